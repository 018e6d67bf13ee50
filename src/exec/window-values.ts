import { assert } from '../base/assert.ts';
import type { WindowCall } from '../sql/expression.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { concatVectors, gatherVector, vectorLength } from './vector-build.ts';
import type { Frames } from './window-frames.ts';
import { STEP_PLACES, type WindowRows } from './window-order.ts';

/** In the place of the number of a row: there is none. */
export const NO_ROW = 0xffff_ffff;

/**
 * The values of a function that takes those of other rows: `lag`, `lead`, `first_value`, `last_value` or
 * `nth_value`.
 *
 * @param args the value, and for `lag` and `lead` what stands for a row that is not there, by row.
 * @param frames null for `lag` and `lead`.
 */
export function* valueSteps(
  call: WindowCall,
  args: readonly Vector[],
  window: WindowRows,
  frames: Frames | null,
): Steps<Vector> {
  const [value, otherwise] = args;
  assert(value !== undefined, 'the functions of values have one');
  const nulls = call.ignoresNulls ? value.nulls : null;
  const all = nulls === null ? new EveryPlace() : new PresentPlaces(nulls, window.rows);
  const find = finder(call, all, frames);
  const { rows, partitions } = window;
  const picked = new Uint32Array(rows.length);
  for (let index = 0; index + 1 < partitions.length; index++) {
    const [start, end] = [partitions[index]!, partitions[index + 1]!];
    for (let place = start; place < end; place++) {
      if (place % STEP_PLACES === 0) yield;
      const found = find(place, start, end);
      picked[rows[place]!] = found < 0 ? NO_ROW : rows[found]!;
    }
  }
  return pickRows(value, picked, otherwise);
}

/**
 * The values of other rows.
 *
 * @param picked for each row the one whose value it takes, or `NO_ROW`.
 * @param otherwise values for rows without one; NULL when left out.
 */
export function pickRows(value: Vector, picked: Uint32Array, otherwise?: Vector): Vector {
  if (otherwise !== undefined) {
    const count = vectorLength(value);
    const rows = picked.map((row, index) => (row === NO_ROW ? count + index : row));
    return gatherVector(concatVectors([value, otherwise]), rows);
  }
  if (!picked.includes(NO_ROW)) return gatherVector(value, picked);
  const known = gatherVector(
    value,
    picked.map((row) => (row === NO_ROW ? 0 : row)),
  );
  const nulls = known.nulls ?? new Uint8Array(picked.length);
  for (let row = 0; row < nulls.length; row++) if (picked[row] === NO_ROW) nulls[row] = 1;
  return { ...known, nulls };
}

/** Places that count, in their order. */
interface Places {
  /** How many there are before a place. */
  before(place: number): number;
  /** The place of a number from 0. */
  at(index: number): number;
}

class EveryPlace implements Places {
  before(place: number): number {
    return place;
  }

  at(index: number): number {
    return index;
  }
}

/** Those whose value is not NULL. */
class PresentPlaces implements Places {
  readonly #before: Uint32Array;
  readonly #places: Uint32Array;

  constructor(nulls: Uint8Array, rows: Uint32Array) {
    this.#before = new Uint32Array(rows.length + 1);
    this.#places = new Uint32Array(rows.length);
    let count = 0;
    for (let place = 0; place < rows.length; place++) {
      this.#before[place] = count;
      if (nulls[rows[place]!] === 0) this.#places[count++] = place;
    }
    this.#before[rows.length] = count;
  }

  before(place: number): number {
    return this.#before[place]!;
  }

  at(index: number): number {
    return this.#places[index]!;
  }
}

/** The place whose value a place of a partition takes; less than 0 for none. */
type Finder = (place: number, start: number, end: number) => number;

function finder(call: WindowCall, all: Places, frames: Frames | null): Finder {
  const { function: name, constant } = call;
  if (name === 'lag' || name === 'lead') {
    return neighbour(name === 'lag' ? -constant : constant, all);
  }
  assert(frames !== null, () => `${name} looks at a frame`);
  const { starts, ends } = frames;
  return (place) => {
    const [start, end] = [all.before(starts[place]!), all.before(ends[place]!)];
    const index = name === 'last_value' ? end - 1 : start + constant - 1;
    return index >= start && index < end ? all.at(index) : -1;
  };
}

/** @param distance how many of the places that count it is behind the current one. */
function neighbour(distance: number, all: Places): Finder {
  if (distance === 0) return (place) => place;
  return (place, start, end) => {
    const from = distance < 0 ? all.before(place) : all.before(place + 1) - 1;
    const index = from + distance;
    return index >= all.before(start) && index < all.before(end) ? all.at(index) : -1;
  };
}
