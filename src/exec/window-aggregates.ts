import { assert } from '../base/assert.ts';
import { isDecimal, isFloat } from '../base/types.ts';
import type { WindowAggregate, WindowCall } from '../sql/expression.ts';
import type { State } from './accumulator.ts';
import type { ExecutionContext } from './context.ts';
import { decimalReader } from './decimal-vector.ts';
import { finalizeAggregate } from './finalize.ts';
import { asExactNumbers, rowComparator } from './sort.ts';
import type { Steps } from './steps.ts';
import type { FlatVector, Vector } from './vector.ts';
import { concatVectors } from './vector-build.ts';
import type { Frames } from './window-frames.ts';
import { STEP_PLACES, type WindowRows } from './window-order.ts';
import { NO_ROW, pickRows } from './window-values.ts';

/** A call of an aggregate. */
export type AggregateWindow = WindowCall & { readonly function: WindowAggregate };

/** What an aggregate runs over. */
export interface AggregateInput {
  readonly window: WindowRows;
  readonly frames: Frames;
  /** The argument; undefined for `count(*)`. */
  readonly value: Vector | undefined;
  /** By row 1 where the argument is NULL or the filter is not true; null where all rows count. */
  readonly isMissing: Uint8Array | null;
}

/**
 * The values of an aggregate over the frame of each row, by row. Frames move forward only: each row comes
 * into them once and leaves them once.
 *
 * @throws EngineError NUMERIC_OVERFLOW when an exact sum does not fit.
 */
export function* aggregateSteps(
  call: AggregateWindow,
  input: AggregateInput,
  context: ExecutionContext,
): Steps<Vector> {
  const { value, isMissing, window } = input;
  const { type, function: name } = call;
  const rowCount = window.rows.length;
  const counts = new Counts(rowCount, isMissing);
  if (name === 'count' || value === undefined) {
    yield* slideSteps(input, [counts]);
    return counts.vector;
  }
  if (name === 'min' || name === 'max') {
    const extremes = new Extremes(name, value, isMissing, window.rows);
    yield* slideSteps(input, [extremes]);
    return pickRows(value, extremes.picked);
  }
  const sums = isFloat(value.type)
    ? new FloatSums(value, isMissing, window.rows)
    : exactSums(value, isMissing);
  yield* slideSteps(input, [counts, sums]);
  const pieces: Vector[] = [];
  const aggregate = { function: name, args: call.args, filter: null, type };
  for (let start = 0; start === 0 || start < rowCount; start += context.batchRows) {
    const end = Math.min(rowCount, start + context.batchRows);
    const data = counts.vector.data.subarray(start, end) as BigInt64Array;
    const own: State = { kind: 'vector', vector: { ...counts.vector, data } };
    pieces.push(finalizeAggregate(aggregate, [sums.state(start, end)], own, context));
    yield;
  }
  return concatVectors(pieces);
}

/** What is known of the rows of a frame. */
interface Sliding {
  /** Forgets all rows; the next one that is added has this place. */
  clear(place: number): void;
  /** The row at the place behind those in it. */
  add(row: number, place: number): void;
  /** The first one. */
  remove(row: number, place: number): void;
  /** Notes what is known as the result of a row. */
  emit(row: number): void;
}

function* slideSteps(
  { window: { rows, partitions }, frames: { starts, ends } }: AggregateInput,
  all: readonly Sliding[],
): Steps<void> {
  for (const sliding of all) {
    for (let index = 0; index + 1 < partitions.length; index++) {
      let head = partitions[index]!;
      let tail = head;
      sliding.clear(head);
      for (let place = head; place < partitions[index + 1]!; place++) {
        if (place % STEP_PLACES === 0) yield;
        const [start, end] = [starts[place]!, ends[place]!];
        if (start >= tail && start > head) {
          sliding.clear(start);
          head = start;
          tail = start;
        }
        for (; tail < end; tail++) sliding.add(rows[tail]!, tail);
        for (; head < start; head++) sliding.remove(rows[head]!, head);
        sliding.emit(rows[place]!);
      }
    }
  }
}

class Counts implements Sliding {
  readonly vector: FlatVector;
  readonly #isMissing: Uint8Array | null;
  readonly #low: Uint32Array;
  #count = 0;

  constructor(rowCount: number, isMissing: Uint8Array | null) {
    const data = new BigInt64Array(rowCount);
    this.vector = { kind: 'flat', type: 'BIGINT', data, nulls: null };
    this.#low = new Uint32Array(data.buffer);
    this.#isMissing = isMissing;
  }

  clear(): void {
    this.#count = 0;
  }

  add(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#count++;
  }

  remove(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#count--;
  }

  emit(row: number): void {
    this.#low[2 * row] = this.#count;
  }
}

/** Sums, as the state that `finalizeAggregate` takes. */
interface Sums extends Sliding {
  /** Of some rows. */
  state(start: number, end: number): State;
}

/** Sums of integers and decimals: rows that leave are subtracted. */
function exactSums(value: Vector, isMissing: Uint8Array | null): Sums {
  const numbers = isDecimal(value.type) && value.kind === 'text' ? null : summable(value);
  if (numbers !== null) return new NumberSums(numbers, isMissing);
  const read = decimalReader(value);
  return new BigSums((row) => BigInt(read(row)), isMissing);
}

/** The values as doubles, if no sum of them leaves what doubles have exactly. */
function summable(value: Vector): Float64Array | Int32Array | null {
  assert(value.kind === 'flat', 'numbers are flat');
  const { data } = value;
  const numbers = data instanceof BigInt64Array ? asExactNumbers(data) : data;
  if (numbers === null || numbers instanceof Uint8Array) return null;
  let sum = 0;
  for (let row = 0; row < numbers.length; row++) sum += Math.abs(numbers[row]!);
  return sum <= Number.MAX_SAFE_INTEGER ? numbers : null;
}

class NumberSums implements Sums {
  readonly #numbers: Float64Array | Int32Array;
  readonly #isMissing: Uint8Array | null;
  readonly #values: BigInt64Array;
  readonly #words: Int32Array;
  #sum = 0;

  constructor(numbers: Float64Array | Int32Array, isMissing: Uint8Array | null) {
    this.#numbers = numbers;
    this.#isMissing = isMissing;
    this.#values = new BigInt64Array(2 * numbers.length);
    this.#words = new Int32Array(this.#values.buffer);
  }

  clear(): void {
    this.#sum = 0;
  }

  add(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#sum += this.#numbers[row]!;
  }

  remove(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#sum -= this.#numbers[row]!;
  }

  emit(row: number): void {
    const high = Math.floor(this.#sum / 2 ** 32);
    this.#words[4 * row] = this.#sum - high * 2 ** 32;
    this.#words[4 * row + 1] = high;
    const sign = high < 0 ? -1 : 0;
    this.#words[4 * row + 2] = sign;
    this.#words[4 * row + 3] = sign;
  }

  state(start: number, end: number): State {
    return { kind: 'i128', values: this.#values.subarray(2 * start, 2 * end) };
  }
}

class BigSums implements Sums {
  readonly #read: (row: number) => bigint;
  readonly #isMissing: Uint8Array | null;
  readonly #values: bigint[] = [];
  #sum = 0n;

  constructor(read: (row: number) => bigint, isMissing: Uint8Array | null) {
    this.#read = read;
    this.#isMissing = isMissing;
  }

  clear(): void {
    this.#sum = 0n;
  }

  add(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#sum += this.#read(row);
  }

  remove(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#sum -= this.#read(row);
  }

  emit(row: number): void {
    this.#values[row] = this.#sum;
  }

  state(start: number, end: number): State {
    const values = new BigInt64Array(2 * (end - start));
    for (let row = start; row < end; row++) {
      values[2 * (row - start)] = BigInt.asIntN(64, this.#values[row]!);
      values[2 * (row - start) + 1] = this.#values[row]! >> 64n;
    }
    return { kind: 'i128', values };
  }
}

/**
 * A queue whose sum is known without subtraction, which would lose digits and keep an infinity that has
 * left: the older rows have the sums up to the last of them, the newer ones one sum, and when the older
 * ones are used up the newer ones become them.
 */
abstract class Queue implements Sliding {
  readonly #rows: Uint32Array;
  #head = 0;
  #middle = 0;
  #tail = 0;

  constructor(rows: Uint32Array) {
    this.#rows = rows;
  }

  /** Forgets the newer rows. */
  protected abstract clearNew(): void;
  protected abstract addNew(row: number): void;
  /** Takes a row before the older ones, the first of which is at the next place unless `isLast`. */
  protected abstract addOld(row: number, place: number, isLast: boolean): void;
  /** @param place of the first of the older rows; -1 when there are none. */
  protected abstract note(row: number, place: number): void;

  clear(place: number): void {
    this.#head = place;
    this.#middle = place;
    this.#tail = place;
    this.clearNew();
  }

  add(row: number): void {
    this.#tail++;
    this.addNew(row);
  }

  remove(): void {
    if (this.#head === this.#middle) {
      for (let place = this.#tail - 1; place >= this.#head; place--) {
        this.addOld(this.#rows[place]!, place, place === this.#tail - 1);
      }
      this.#middle = this.#tail;
      this.clearNew();
    }
    this.#head++;
  }

  emit(row: number): void {
    this.note(row, this.#head < this.#middle ? this.#head : -1);
  }
}

class FloatSums extends Queue implements Sums {
  readonly #numbers: Float64Array;
  readonly #isMissing: Uint8Array | null;
  readonly #old: Float64Array;
  readonly #sums: Float64Array;
  #new = 0;

  constructor(value: Vector, isMissing: Uint8Array | null, rows: Uint32Array) {
    super(rows);
    assert(value.kind === 'flat' && value.data instanceof Float64Array, 'floats are doubles');
    this.#numbers = value.data;
    this.#isMissing = isMissing;
    this.#old = new Float64Array(rows.length);
    this.#sums = new Float64Array(rows.length);
  }

  protected clearNew(): void {
    this.#new = 0;
  }

  protected addNew(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#new += this.#numbers[row]!;
  }

  protected addOld(row: number, place: number, isLast: boolean): void {
    const rest = isLast ? 0 : this.#old[place + 1]!;
    this.#old[place] = this.#isMissing?.[row] === 1 ? rest : this.#numbers[row]! + rest;
  }

  protected note(row: number, place: number): void {
    this.#sums[row] = place < 0 ? this.#new : this.#old[place]! + this.#new;
  }

  state(start: number, end: number): State {
    const data = this.#sums.subarray(start, end);
    return { kind: 'vector', vector: { kind: 'flat', type: 'DOUBLE', data, nulls: null } };
  }
}

/** The row with the least or greatest value, the earlier of equal ones. */
class Extremes extends Queue {
  /** For each row the one with the extreme of its frame, or `NO_ROW`. */
  readonly picked: Uint32Array;
  readonly #isMissing: Uint8Array | null;
  readonly #compare: (left: number, right: number) => number;
  readonly #old: Uint32Array;
  #new = NO_ROW;

  constructor(
    extreme: 'min' | 'max',
    value: Vector,
    isMissing: Uint8Array | null,
    rows: Uint32Array,
  ) {
    super(rows);
    const key = { column: 0, descending: extreme === 'max', nullsFirst: false };
    this.#compare = rowComparator([value], [key]);
    this.#isMissing = isMissing;
    this.#old = new Uint32Array(rows.length);
    this.picked = new Uint32Array(rows.length);
  }

  protected clearNew(): void {
    this.#new = NO_ROW;
  }

  protected addNew(row: number): void {
    if (this.#isMissing?.[row] !== 1) this.#new = this.#better(this.#new, row);
  }

  protected addOld(row: number, place: number, isLast: boolean): void {
    const rest = isLast ? NO_ROW : this.#old[place + 1]!;
    this.#old[place] = this.#isMissing?.[row] === 1 ? rest : this.#better(row, rest);
  }

  protected note(row: number, place: number): void {
    this.picked[row] = place < 0 ? this.#new : this.#better(this.#old[place]!, this.#new);
  }

  #better(left: number, right: number): number {
    if (left === NO_ROW) return right;
    return right === NO_ROW || this.#compare(left, right) <= 0 ? left : right;
  }
}
