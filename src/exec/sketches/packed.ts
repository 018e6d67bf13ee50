import { assert } from '../../base/assert.ts';
import type { State } from '../accumulator.ts';

/** The arrays that sketches are. */
export type Sketch = Float64Array | BigUint64Array | Uint32Array | Uint8Array;

/** The sketch of the values of all; of at least one, none of which it changes. */
export type UniteSketches = (sketches: readonly Uint8Array[]) => Sketch;

type SketchState = Extract<State, { kind: 'sketches' }>;

/** Sketches of groups one after another; null for a group without values. */
export function packSketches(sketches: readonly (Sketch | null)[]): SketchState {
  const ends = new Uint32Array(sketches.length);
  let end = 0;
  sketches.forEach((sketch, group) => {
    end += Math.ceil((sketch?.byteLength ?? 0) / 8) * 8;
    ends[group] = end;
  });
  const bytes = new Uint8Array(end);
  sketches.forEach((sketch, group) => {
    if (sketch === null) return;
    const own = new Uint8Array(sketch.buffer, sketch.byteOffset, sketch.byteLength);
    bytes.set(own, ends[group - 1] ?? 0);
  });
  return { kind: 'sketches', ends, bytes };
}

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

  /** The sketches of groups; null for one without. */
  emit(groups: Uint32Array): State {
    return packSketches(
      Array.from(groups, (group) => {
        const own = this.#lists[group];
        return own === undefined ? null : this.#unite(own);
      }),
    );
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

  emit(groups: Uint32Array): State {
    return this.#lists.emit(groups);
  }
}
