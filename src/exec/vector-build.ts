import { assert } from '../base/assert.ts';
import { wideKey, wideValue } from '../base/decimal.ts';
import {
  type DataType,
  type FlatType,
  isDecimal,
  isText,
  physicalType,
  type Value,
} from '../base/types.ts';
import type { Literal } from '../sql/expression.ts';
import { decimalVector, isWideValue, widenDecimals } from './decimal-vector.ts';
import type { EvaluationContext } from './functions/implementation.ts';
import { runSteps, type Steps } from './steps.ts';
import type { FlatData, TextDictionary, TextVector, Vector } from './vector.ts';

/*
 * Building vectors on the JavaScript heap. None of these results refers to linear memory, whatever
 * their inputs do, so they outlive the scratch. Text dictionaries are shared, never copied.
 */

/** A vector of the given values; each must be a value of the type as `Value` describes it. */
export function vectorFromValues(type: DataType, values: readonly Value[]): Vector {
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 1 : 0))
    : null;
  if (isText(type)) {
    const { codes, dictionary } = encodeTexts(values as readonly (string | null)[]);
    return { kind: 'text', type, codes, dictionary, nulls };
  }
  if (isDecimal(type) && values.some(isWideValue)) {
    return decimalVector(
      type,
      values.map((value) => BigInt(value ?? 0n)),
      nulls,
    );
  }
  const data = newFlatData(type, values.length);
  values.forEach((value, row) => {
    if (value !== null && typeof value !== 'string') setFlat(data, row, value);
  });
  return { kind: 'flat', type, data, nulls };
}

/** The value of one row, in the form that `Value` describes for the vector's type. */
export function valueAt(vector: Vector, row: number): Value {
  if (vector.nulls?.[row] === 1) return null;
  if (vector.kind === 'text') {
    const entry = vector.dictionary.at(vector.codes[row]!)!;
    return isDecimal(vector.type) ? wideValue(entry) : entry;
  }
  const value = vector.data[row]!;
  return vector.type === 'BOOLEAN' ? value === 1 : value;
}

/** The number of rows. */
export function vectorLength(vector: Vector): number {
  return vector.kind === 'text' ? vector.codes.length : vector.data.length;
}

/** `rowCount` rows of one value. */
export function literalVector(literal: Pick<Literal, 'type' | 'value'>, rowCount: number): Vector {
  const { type, value } = literal;
  const nulls = value === null ? new Uint8Array(rowCount).fill(1) : null;
  if (isText(type)) {
    const dictionary = [value === null ? '' : (value as string)];
    return { kind: 'text', type, codes: new Uint32Array(rowCount), dictionary, nulls };
  }
  if (isDecimal(type) && isWideValue(value)) {
    const dictionary = [wideKey(BigInt(value!))];
    return { kind: 'text', type, codes: new Uint32Array(rowCount), dictionary, nulls };
  }
  const data = newFlatData(type, rowCount);
  if (value !== null && typeof value !== 'string') fillFlat(data, value);
  return { kind: 'flat', type, data, nulls };
}

/** `result[i] = vector[rows[i]]`; rows may repeat and come in any order, each below the length. */
export function gatherVector(vector: Vector, rows: Uint32Array): Vector {
  const nulls = vector.nulls === null ? null : gatherArray(vector.nulls, rows);
  if (vector.kind === 'text') return { ...vector, codes: gatherArray(vector.codes, rows), nulls };
  return { ...vector, data: gatherFlat(vector.data, rows), nulls };
}

/** A copy of rows `start` (inclusive) to `end` (exclusive). */
export function sliceVector(vector: Vector, start: number, end: number): Vector {
  const nulls = vector.nulls === null ? null : copyRange(vector.nulls, start, end);
  if (vector.kind === 'text') {
    return { ...vector, codes: copyRange(vector.codes, start, end), nulls };
  }
  return { ...vector, data: copyRange(vector.data, start, end), nulls };
}

/** The same texts with a dictionary that is an array, and hardly longer than what the rows need. */
export function withOwnText(vector: TextVector): OwnText {
  return runSteps(ownTextSteps(vector));
}

/** The same in steps. */
export function* ownTextSteps(vector: TextVector): Steps<OwnText> {
  const { codes, dictionary } = vector;
  const entries: string[] = [];
  if (dictionary.length <= codes.length) {
    for (let code = 0; code < dictionary.length; code++) {
      if (code % STEP_ENTRIES === 0) yield;
      entries.push(dictionary.at(code)!);
    }
    return { ...vector, dictionary: entries };
  }
  const places = new Map<number, number>();
  const moved = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    if (row % STEP_ENTRIES === 0) yield;
    const code = codes[row]!;
    let place = places.get(code);
    if (place === undefined) {
      place = entries.push(dictionary.at(code)!) - 1;
      places.set(code, place);
    }
    moved[row] = place;
  }
  return { ...vector, codes: moved, dictionary: entries };
}

/** Texts that one step reads: some milliseconds, if each has to be decoded. */
const STEP_ENTRIES = 16_384;

/** Text whose strings are on the JavaScript heap. */
export interface OwnText extends TextVector {
  readonly dictionary: readonly string[];
}

/** Copies a vector out of linear memory, where scratch is about to be reused. */
export function onHeap(vector: Vector, { kernels }: Pick<EvaluationContext, 'kernels'>): Vector {
  const { buffer } = kernels.memory;
  const own = <T extends { buffer: ArrayBufferLike; slice(): T }>(array: T): T =>
    array.buffer === buffer ? array.slice() : array;
  const nulls = vector.nulls === null ? null : own(vector.nulls);
  if (vector.kind === 'text') return { ...vector, codes: own(vector.codes), nulls };
  return { ...vector, data: own(vector.data as Int32Array) as typeof vector.data, nulls };
}

/** The rows of all vectors, in order. There must be one at least, and all must have one type. */
export function concatVectors(vectors: readonly Vector[]): Vector {
  return runSteps(concatSteps(vectors));
}

/** The same in steps. */
export function* concatSteps(vectors: readonly Vector[]): Steps<Vector> {
  const [first] = vectors;
  assert(first, 'concatenation needs a vector');
  const rowCount = vectors.reduce((sum, vector) => sum + vectorLength(vector), 0);
  const builder = new VectorBuilder(first.type, rowCount);
  for (const vector of vectors) {
    yield* builder.appendSteps(vector);
    yield;
  }
  return builder.finish();
}

/** A fresh array for `rowCount` values of a type, all zero. */
export function newFlatData(type: FlatType, rowCount: number): FlatData {
  switch (physicalType(type)) {
    case 'flag':
      return new Uint8Array(rowCount);
    case 'i32':
      return new Int32Array(rowCount);
    case 'i64':
      return new BigInt64Array(rowCount);
    case 'f32':
    case 'f64':
      return new Float64Array(rowCount);
  }
}

/** Stores a value that is not NULL; BIGINT and TIMESTAMP also take a safe integer as a number. */
export function setFlat(data: FlatData, row: number, value: boolean | number | bigint): void {
  if (data instanceof BigInt64Array) data[row] = BigInt(value);
  else data[row] = Number(value);
}

/**
 * Puts vectors of one type together from pieces, row ranges or scattered rows. Text dictionaries that
 * occur twice are kept once; of a dictionary larger than its rows only the used entries are kept.
 */
export class VectorBuilder {
  readonly #type: DataType;
  #data: FlatData | Uint32Array;
  readonly #nulls: Uint8Array;
  readonly #dictionary: string[] = [];
  readonly #offsets = new Map<TextDictionary, number>();
  #onlyDictionary: TextDictionary | null = null;
  #isEmpty = true;
  #hasNulls = false;
  #next = 0;

  /** @param rowCount of the finished vector. */
  constructor(type: DataType, rowCount: number) {
    this.#type = type;
    this.#data = isText(type) ? new Uint32Array(rowCount) : newFlatData(type, rowCount);
    this.#nulls = new Uint8Array(rowCount);
  }

  /** Adds all rows of a vector after those already appended. */
  append(vector: Vector): void {
    runSteps(this.appendSteps(vector));
  }

  /** The same in steps; nothing else may be added between them. */
  *appendSteps(vector: Vector): Steps<void> {
    const start = this.#next;
    const rowCount = vectorLength(vector);
    this.#next += rowCount;
    const source = yield* this.#sourceOf(vector);
    const target = this.#data;
    if (target instanceof BigInt64Array) target.set(source as BigInt64Array, start);
    else target.set(source as Float64Array, start);
    if (vector.nulls === null) return;
    this.#nulls.set(vector.nulls, start);
    this.#hasNulls = true;
  }

  /** `result[rows[i]] = vector[i]`; replaces what an earlier piece put there. */
  scatter(vector: Vector, rows: Uint32Array): void {
    const source = runSteps(this.#sourceOf(vector));
    scatterArray(this.#data, source, rows);
    if (vector.nulls === null) {
      if (this.#hasNulls) for (const row of rows) this.#nulls[row] = 0;
      return;
    }
    scatterArray(this.#nulls, vector.nulls, rows);
    this.#hasNulls = true;
  }

  /** The vector. Rows that were never given are zero, false, or the first text. */
  finish(): Vector {
    const nulls = this.#hasNulls && this.#nulls.includes(1) ? this.#nulls : null;
    const data = this.#data;
    const type = this.#type;
    const isCodes = data instanceof Uint32Array;
    if (!isText(type) && !isCodes) return { kind: 'flat', type, data, nulls };
    assert(isCodes && (isText(type) || isDecimal(type)), 'only texts and decimals have codes');
    const dictionary = this.#onlyDictionary ?? this.#dictionary;
    return { kind: 'text', type, codes: data, dictionary, nulls };
  }

  /** The vector's data, for text with codes moved to where its dictionary went. */
  *#sourceOf(vector: Vector): Steps<FlatData | Uint32Array> {
    assert(vector.type === this.#type, () => `${vector.type} rows for a ${this.#type} vector`);
    if (vector.kind === 'text') {
      if (this.#data instanceof BigInt64Array) this.#widen(this.#data);
      return yield* this.#translate(vector);
    }
    const isWide = this.#data instanceof Uint32Array;
    return isWide ? yield* this.#translate(widenDecimals(vector)) : vector.data;
  }

  /** Goes over from 64-bit integers to wide keys, at the first decimals that need them. */
  #widen(data: BigInt64Array): void {
    this.#data = Uint32Array.from(data, (_, row) => row);
    for (const value of data) this.#dictionary.push(wideKey(value));
    this.#isEmpty = false;
  }

  *#translate({ codes, dictionary }: TextVector): Steps<Uint32Array> {
    if (this.#isEmpty) this.#onlyDictionary = dictionary;
    else if (this.#onlyDictionary !== dictionary) yield* this.#mergeOnly();
    this.#isEmpty = false;
    if (this.#onlyDictionary === dictionary) return codes;
    const known = this.#offsets.get(dictionary);
    if (known === undefined && dictionary.length > codes.length) {
      return yield* this.#appendUsed(codes, dictionary);
    }
    const offset = known ?? (yield* this.#appendEntries(dictionary));
    return codes.map((code) => code + offset);
  }

  /** Gives up the shared first dictionary once a second one comes. */
  *#mergeOnly(): Steps<void> {
    const only = this.#onlyDictionary;
    if (only === null) return;
    this.#onlyDictionary = null;
    if (only.length <= this.#data.length) {
      yield* this.#appendEntries(only);
      return;
    }
    this.#offsets.delete(only);
    const codes = this.#data as Uint32Array;
    codes.set(yield* this.#appendUsed(codes, only));
  }

  *#appendEntries(entries: TextDictionary): Steps<number> {
    const offset = this.#dictionary.length;
    this.#offsets.set(entries, offset);
    for (let code = 0; code < entries.length; code++) {
      if (code % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
      this.#dictionary.push(entries.at(code)!);
    }
    return offset;
  }

  *#appendUsed(codes: Uint32Array, entries: TextDictionary): Steps<Uint32Array> {
    const places = new Map<number, number>();
    const moved = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      if (row % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
      const code = codes[row]!;
      let place = places.get(code);
      if (place === undefined) {
        place = this.#dictionary.push(entries.at(code)!) - 1;
        places.set(code, place);
      }
      moved[row] = place;
    }
    return moved;
  }
}

function encodeTexts(values: readonly (string | null)[]): {
  readonly codes: Uint32Array;
  readonly dictionary: string[];
} {
  const codeOf = new Map<string, number>();
  const codes = Uint32Array.from(values, (value) => {
    const text = value ?? '';
    let code = codeOf.get(text);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(text, code);
    }
    return code;
  });
  return { codes, dictionary: [...codeOf.keys()] };
}

function fillFlat(data: FlatData, value: boolean | number | bigint): void {
  if (data instanceof BigInt64Array) data.fill(BigInt(value));
  else data.fill(Number(value));
}

function gatherFlat(data: FlatData, rows: Uint32Array): FlatData {
  if (!(data instanceof BigInt64Array)) return gatherArray(data, rows);
  const out = new BigInt64Array(rows.length);
  const [target, source] = [words(out), words(data)];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    target[2 * index] = source[2 * row]!;
    target[2 * index + 1] = source[2 * row + 1]!;
  }
  return out;
}

function gatherArray<Data extends Int32Array | Uint32Array | Uint8Array | Float64Array>(
  data: Data,
  rows: Uint32Array,
): Data {
  const out = emptyLike(data, rows.length);
  for (let index = 0; index < rows.length; index++) out[index] = data[rows[index]!]!;
  return out;
}

/** A heap array of the same kind; `data.slice` and `constructor` would do, but their types do not. */
function emptyLike<Data extends FlatData | Uint32Array>(data: Data, length: number): Data {
  const Kind = data.constructor as new (length: number) => Data;
  return new Kind(length);
}

function copyRange<Data extends FlatData | Uint32Array>(
  data: Data,
  start: number,
  end: number,
): Data {
  return data.slice(start, end) as Data;
}

function scatterArray(
  target: FlatData | Uint32Array,
  source: FlatData | Uint32Array,
  rows: Uint32Array,
): void {
  if (target instanceof BigInt64Array) {
    const [to, from] = [words(target), words(source as BigInt64Array)];
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      to[2 * row] = from[2 * index]!;
      to[2 * row + 1] = from[2 * index + 1]!;
    }
    return;
  }
  const numbers = source as Exclude<FlatData, BigInt64Array>;
  for (let index = 0; index < rows.length; index++) target[rows[index]!] = numbers[index]!;
}

/** 64-bit values as pairs of 32-bit halves, low first: moving those allocates no BigInt. */
function words(data: BigInt64Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
}
