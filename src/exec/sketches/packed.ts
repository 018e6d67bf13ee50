import { assert } from '../../base/assert.ts';
import type { State } from '../accumulator.ts';
import { inBlocks, type Steps } from '../steps.ts';

/** The arrays that sketches are. */
export type Sketch = Float64Array | BigUint64Array | Uint32Array | Uint8Array;

/** The sketch of the values of all; of at least one, none of which it changes. */
export type UniteSketches = (sketches: readonly Uint8Array[]) => Sketch;

type SketchState = Extract<State, { kind: 'sketches' }>;

/** Sketches that one step makes, reads or unites: some milliseconds. */
export const STEP_SKETCHES = 256;

/**
 * Sketches of groups one after another.
 *
 * @param groupCount groups, whose sketches are made one by one.
 * @param sketchOf the sketch of a group by its place; null for one without values.
 */
export function* packSketchesSteps(
  groupCount: number,
  sketchOf: (place: number) => Sketch | null,
): Steps<SketchState> {
  const sketches: (Sketch | null)[] = [];
  const ends = new Uint32Array(groupCount);
  let length = 0;
  for (let place = 0; place < groupCount; place++) {
    if (place % STEP_SKETCHES === STEP_SKETCHES - 1) yield;
    const sketch = sketchOf(place);
    length += Math.ceil((sketch?.byteLength ?? 0) / 8) * 8;
    ends[place] = length;
    sketches.push(sketch);
  }
  const bytes = new Uint8Array(length);
  const copy = (start: number, end: number): void => {
    for (let place = start; place < end; place++) {
      const sketch = sketches[place]!;
      if (sketch === null) continue;
      const own = new Uint8Array(sketch.buffer, sketch.byteOffset, sketch.byteLength);
      bytes.set(own, ends[place - 1] ?? 0);
    }
  };
  yield* inBlocks(groupCount, copy, COPIED_SKETCHES);
  return { kind: 'sketches', ends, bytes };
}

/** Sketches that one step copies. */
const COPIED_SKETCHES = 4096;

/** The bytes of each group's sketch at a multiple of 8, as views; null for none. */
export function unpackSketches(state: State): (Uint8Array | null)[] {
  assert(state.kind === 'sketches', 'expected sketches');
  const { ends, bytes } = state;
  return Array.from(ends, (end, group) => {
    const start = ends[group - 1] ?? 0;
    return end === start ? null : bytes.subarray(start, end);
  });
}

/** Bytes of a sketch as doubles. */
export function asFloats({ buffer, byteOffset, byteLength }: Uint8Array): Float64Array {
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

/** Bytes of a sketch as 64-bit numbers. */
export function asWords({ buffer, byteOffset, byteLength }: Uint8Array): BigUint64Array {
  return new BigUint64Array(buffer, byteOffset, byteLength / 8);
}

/** Sketches of groups, which are united when all are there, on the JavaScript heap. */
export class SketchLists {
  readonly #unite: UniteSketches;
  readonly #lists: Uint8Array[][] = [];

  constructor(unite: UniteSketches) {
    this.#unite = unite;
  }

  /** Adds the sketch of some values of a group. */
  add(group: number, sketch: Uint8Array): void {
    const own = this.#lists[group];
    if (own === undefined) this.#lists[group] = [sketch];
    else own.push(sketch);
  }

  /** The sketches of groups. */
  emit(groups: Uint32Array): Steps<State> {
    return packSketchesSteps(groups.length, (place) => {
      const own = this.#lists[groups[place]!];
      return own === undefined ? null : this.#unite(own);
    });
  }
}

/** Merges sketches of groups: once a group, not once a row. */
export class SketchMerge {
  readonly #lists: SketchLists;

  constructor(unite: UniteSketches) {
    this.#lists = new SketchLists(unite);
  }

  /** Groups take no room; their sketches do. */
  reserve(_groupCount: number): void {}

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  add(state: State, groupIds: Uint32Array): void {
    unpackSketches(state).forEach((sketch, index) => {
      if (sketch !== null) this.#lists.add(groupIds[index]!, sketch);
    });
  }

  emit(groups: Uint32Array): Steps<State> {
    return this.#lists.emit(groups);
  }
}
