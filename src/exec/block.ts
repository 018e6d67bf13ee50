import { WIDE_KEY_BYTES } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import { BLOCK_BYTES_MAX } from '../base/limits.ts';
import { type DataType, isDataType, isDecimal, isText } from '../base/types.ts';
import type { State } from './accumulator.ts';
import type { Partial } from './partial.ts';
import { inBlocks, runSteps, type Steps } from './steps.ts';
import type { FlatData, FlatVector, TextDictionary, Vector } from './vector.ts';
import { newFlatData, ownTextSteps, vectorLength } from './vector-build.ts';

/*
 * A block: one partial result as bytes.
 *
 *   0        4              8               8 + headerBytes, rounded up to 8
 *   ┌────────┬──────────────┬───────────────┬──────────────────────────────┐
 *   │ "NYB2" │ headerBytes  │ header (JSON) │ arrays, each at a multiple   │
 *   │        │ u32          │               │ of 8 from the block's start  │
 *   └────────┴──────────────┴───────────────┴──────────────────────────────┘
 *
 * All numbers are little-endian. The header describes the partial result; arrays stand in it as
 * `[offset, length in elements]`. A text dictionary is some arrays of bytes, each of them entries as JSON: no
 * longer than what is written or read in a few milliseconds.
 */
const MAGIC = 0x3242594e;
const PREFIX_BYTES = 8;

/** Characters of a dictionary from which on the next entry goes into the next array. */
const TEXTS_CHARACTERS_MAX = 262_144;

/** Bytes that are copied in one step: a millisecond or two. */
const COPY_BYTES = 4_194_304;

/**
 * Writes a block.
 *
 * @param shared dictionaries that the reader has as well; a vector over one of them travels without it.
 */
export function encodeBlock(
  partial: Partial,
  shared: readonly TextDictionary[] = [],
): Uint8Array<ArrayBuffer> {
  return runSteps(encodeBlockSteps(partial, shared));
}

/** The same in steps. */
export function* encodeBlockSteps(
  partial: Partial,
  shared: readonly TextDictionary[] = [],
): Steps<Uint8Array<ArrayBuffer>> {
  const arrays: { bytes: Uint8Array; reference: [number, number] }[] = [];
  const place = (array: FlatData | Uint32Array): [number, number] => {
    const reference: [number, number] = [0, array.length];
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    arrays.push({ bytes, reference });
    return reference;
  };
  const header = yield* describe(partial, { place, shared });
  // Offsets are relative to the first array until the header's own length is known.
  let arrayBytes = 0;
  for (const { bytes, reference } of arrays) {
    reference[0] = arrayBytes;
    arrayBytes += alignUp(bytes.length);
  }
  const headerBytes = new TextEncoder().encode(JSON.stringify(header));
  const arrayStart = alignUp(PREFIX_BYTES + headerBytes.length);
  const block = new Uint8Array(arrayStart + arrayBytes);
  const prefix = new DataView(block.buffer);
  prefix.setUint32(0, MAGIC, true);
  prefix.setUint32(4, headerBytes.length, true);
  block.set(headerBytes, PREFIX_BYTES);
  for (const { bytes, reference } of arrays) {
    const target = block.subarray(arrayStart + reference[0]);
    const copy = (start: number, end: number): void =>
      target.set(bytes.subarray(start, end), start);
    yield* inBlocks(bytes.length, copy, COPY_BYTES);
    yield;
  }
  return block;
}

/**
 * Reads a block. Its vectors are views of `block` where that is aligned.
 *
 * @param shared the dictionaries that the writer was given, in the same order.
 * @throws EngineError CORRUPT_DATA when a length or the magic does not hold.
 */
export function decodeBlock(block: Uint8Array, shared: readonly TextDictionary[] = []): Partial {
  return runSteps(decodeBlockSteps(block, shared));
}

/** The same in steps. */
export function* decodeBlockSteps(
  block: Uint8Array,
  shared: readonly TextDictionary[] = [],
): Steps<Partial> {
  const aligned = block.byteOffset % 8 === 0 ? block : block.slice();
  if (aligned.length < PREFIX_BYTES || aligned.length > BLOCK_BYTES_MAX) {
    throw corrupt(`expected at least ${PREFIX_BYTES} bytes, found ${aligned.length}`);
  }
  const prefix = new DataView(aligned.buffer, aligned.byteOffset, aligned.length);
  const magic = prefix.getUint32(0, true);
  if (magic !== MAGIC) throw corrupt(`expected magic ${MAGIC}, found ${magic}`);
  const headerLength = prefix.getUint32(4, true);
  const arrayStart = alignUp(PREFIX_BYTES + headerLength);
  if (arrayStart > aligned.length) throw corrupt(`header of ${headerLength} bytes is cut off`);
  const header = aligned.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength);
  return yield* new BlockReader(aligned, arrayStart, shared).content(parseJson(header));
}

/** What bytes say that a peer has sent; whoever uses it checks what it is. */
function parseJson<T>(bytes: Uint8Array): T | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T | null;
  } catch {
    throw corrupt('a part of it is not JSON');
  }
}

type ArrayReference = readonly [offsetBytes: number, length: number];

interface VectorHeader {
  readonly type: DataType;
  readonly data: ArrayReference;
  readonly nulls: ArrayReference | null;
  /**
   * Text has one, and decimals that do not fit 64 bits: the arrays of its entries, or the index of a
   * dictionary that both sides have.
   */
  readonly dictionary?: readonly ArrayReference[] | number;
}

type StateHeader =
  | { readonly kind: 'vector'; readonly vector: VectorHeader }
  | { readonly kind: 'i128'; readonly values: ArrayReference }
  | { readonly kind: 'distinct'; readonly groups: ArrayReference; readonly values: VectorHeader }
  | {
      readonly kind: 'frequencies';
      readonly groups: ArrayReference;
      readonly values: VectorHeader;
      readonly counts: ArrayReference;
    }
  | {
      readonly kind: 'lists';
      readonly groups: ArrayReference;
      readonly columns: readonly VectorHeader[];
    }
  | { readonly kind: 'witnesses'; readonly values: VectorHeader; readonly keys: VectorHeader }
  | { readonly kind: 'sketches'; readonly ends: ArrayReference; readonly bytes: ArrayReference }
  | { readonly kind: 'moments'; readonly values: ArrayReference };

interface Header {
  readonly kind: Partial['kind'];
  readonly rowCount: number;
  readonly isSorted?: boolean;
  readonly vectors: readonly VectorHeader[];
  readonly states: readonly StateHeader[];
}

interface Writer {
  readonly place: (array: FlatData | Uint32Array) => ArrayReference;
  readonly shared: readonly TextDictionary[];
}

function* describe(partial: Partial, writer: Writer): Steps<Header> {
  const isAggregate = partial.kind === 'aggregate';
  const vectors = yield* describeVectors(isAggregate ? partial.keys : partial.columns, writer);
  const states: StateHeader[] = [];
  for (const state of isAggregate ? partial.states : []) {
    states.push(yield* describeState(state, writer));
  }
  return {
    kind: partial.kind,
    rowCount: isAggregate ? partial.groupCount : partial.rowCount,
    ...(!isAggregate && partial.isSorted === true && { isSorted: true }),
    vectors,
    states,
  };
}

function* describeVectors(vectors: readonly Vector[], writer: Writer): Steps<VectorHeader[]> {
  const headers: VectorHeader[] = [];
  for (const vector of vectors) headers.push(yield* describeVector(vector, writer));
  return headers;
}

function* describeVector(vector: Vector, { place, shared }: Writer): Steps<VectorHeader> {
  const { type } = vector;
  const nulls = vector.nulls === null ? null : place(vector.nulls);
  if (vector.kind === 'flat') return { type, data: place(vector.data), nulls };
  const index = shared.indexOf(vector.dictionary);
  if (index >= 0) return { type, data: place(vector.codes), nulls, dictionary: index };
  const { codes, dictionary } = yield* ownTextSteps(vector);
  const pieces: ArrayReference[] = [];
  for (let start = 0; start < dictionary.length; ) {
    yield;
    let [end, characters] = [start, 0];
    while (end < dictionary.length && characters < TEXTS_CHARACTERS_MAX) {
      // Each has its quotes and a comma, too.
      characters += dictionary[end++]!.length + 3;
    }
    const json = JSON.stringify(dictionary.slice(start, end));
    pieces.push(place(new TextEncoder().encode(json)));
    start = end;
  }
  return { type, data: place(codes), nulls, dictionary: pieces };
}

function* describeState(state: State, writer: Writer): Steps<StateHeader> {
  const { place } = writer;
  switch (state.kind) {
    case 'vector':
      return { kind: 'vector', vector: yield* describeVector(state.vector, writer) };
    case 'i128':
      return { kind: 'i128', values: place(state.values) };
    case 'distinct': {
      const values = yield* describeVector(state.values, writer);
      return { kind: 'distinct', groups: place(state.groups), values };
    }
    case 'frequencies': {
      const values = yield* describeVector(state.values, writer);
      const [groups, counts] = [place(state.groups), place(state.counts)];
      return { kind: 'frequencies', groups, values, counts };
    }
    case 'lists': {
      const columns = yield* describeVectors(state.columns, writer);
      return { kind: 'lists', groups: place(state.groups), columns };
    }
    case 'witnesses': {
      const values = yield* describeVector(state.values, writer);
      return { kind: 'witnesses', values, keys: yield* describeVector(state.keys, writer) };
    }
    case 'sketches':
      return { kind: 'sketches', ends: place(state.ends), bytes: place(state.bytes) };
    case 'moments':
      return { kind: state.kind, values: place(state.values) };
  }
}

class BlockReader {
  readonly #block: Uint8Array;
  readonly #arrayStart: number;
  readonly #shared: readonly TextDictionary[];

  constructor(block: Uint8Array, arrayStart: number, shared: readonly TextDictionary[]) {
    this.#block = block;
    this.#arrayStart = arrayStart;
    this.#shared = shared;
  }

  *content(header: Header | null): Steps<Partial> {
    const { kind, rowCount } = header ?? {};
    if (kind !== 'select' && kind !== 'aggregate') throw corrupt(`unknown kind ${kind}`);
    if (!isCount(rowCount)) throw corrupt(`${rowCount} is no number of rows`);
    const vectors = yield* this.#vectors(header?.vectors);
    for (const vector of vectors) {
      const length = vectorLength(vector);
      if (length !== rowCount) throw corrupt(`expected ${rowCount} rows, found ${length}`);
    }
    if (kind === 'select') {
      return {
        kind,
        rowCount,
        columns: vectors,
        ...(header?.isSorted === true && { isSorted: true }),
      };
    }
    const states: State[] = [];
    for (const state of list(header?.states)) states.push(yield* this.#state(state));
    return { kind, groupCount: rowCount, keys: vectors, states };
  }

  *#vectors(headers: readonly VectorHeader[] | undefined): Steps<Vector[]> {
    const vectors: Vector[] = [];
    for (const header of list(headers)) vectors.push(yield* this.#vector(header));
    return vectors;
  }

  *#vector(header: VectorHeader | null | undefined): Steps<Vector> {
    if (!header || !isDataType(header.type)) throw corrupt('a vector has no type');
    const { type, data, nulls, dictionary } = header;
    const nullBytes = nulls === null || nulls === undefined ? null : this.#array(nulls, Uint8Array);
    const isWide = dictionary !== undefined && isDecimal(type);
    if (!isText(type) && !isWide) {
      const sample = newFlatData(type, 0);
      const View = sample.constructor as ArrayView<FlatData>;
      return { kind: 'flat', type, data: this.#array(data, View), nulls: nullBytes } as FlatVector;
    }
    const codes = this.#array(data, Uint32Array);
    const entries =
      typeof dictionary === 'number'
        ? this.#shared[dictionary]
        : yield* this.#dictionary(dictionary);
    if (entries === undefined) throw corrupt(`there is no shared dictionary ${dictionary}`);
    yield* inBlocks(codes.length, (start, end) => {
      for (let row = start; row < end; row++) {
        if (codes[row]! < entries.length) continue;
        throw corrupt(`a text code is outside its dictionary of ${entries.length} entries`);
      }
    });
    if (isWide && !areWideKeys(codes, nullBytes, entries)) {
      throw corrupt('a wide decimal has another length');
    }
    return { kind: 'text', type, codes, dictionary: entries, nulls: nullBytes };
  }

  *#dictionary(pieces: readonly ArrayReference[] | undefined): Steps<string[]> {
    const entries: string[] = [];
    for (const piece of list(pieces)) {
      yield;
      const texts = parseJson<readonly string[]>(this.#array(piece, Uint8Array));
      for (const text of list(texts)) entries.push(text);
    }
    return entries;
  }

  *#state(state: StateHeader): Steps<State> {
    switch (state.kind) {
      case 'vector':
        return { kind: 'vector', vector: yield* this.#vector(state.vector) };
      case 'i128':
        return { kind: 'i128', values: this.#array(state.values, BigInt64Array) };
      case 'distinct': {
        const groups = this.#array(state.groups, Uint32Array);
        return { kind: 'distinct', groups, values: yield* this.#vector(state.values) };
      }
      case 'frequencies': {
        const groups = this.#array(state.groups, Uint32Array);
        const counts = this.#array(state.counts, Float64Array);
        return { kind: 'frequencies', groups, values: yield* this.#vector(state.values), counts };
      }
      case 'lists': {
        const groups = this.#array(state.groups, Uint32Array);
        return { kind: 'lists', groups, columns: yield* this.#vectors(state.columns) };
      }
      case 'witnesses': {
        const values = yield* this.#vector(state.values);
        return { kind: 'witnesses', values, keys: yield* this.#vector(state.keys) };
      }
      case 'sketches':
        return this.#sketches(state.ends, state.bytes);
      case 'moments':
        return { kind: 'moments', values: this.#array(state.values, Float64Array) };
      default:
        throw corrupt('unknown kind of state');
    }
  }

  #sketches(endsAt: ArrayReference, bytesAt: ArrayReference): State {
    const ends = this.#array(endsAt, Uint32Array);
    const bytes = this.#array(bytesAt, Uint8Array);
    const isWhole = ends.every((end, group) => end % 8 === 0 && end >= (ends[group - 1] ?? 0));
    if (!isWhole || (ends.at(-1) ?? 0) !== bytes.length) throw corrupt('a sketch is cut off');
    return { kind: 'sketches', ends, bytes };
  }

  #array<T>(reference: ArrayReference, View: ArrayView<T>): T {
    const [offsetBytes, length] = list<number>(reference);
    if (!isCount(offsetBytes) || !isCount(length)) throw corrupt('an array has no place');
    const start = this.#arrayStart + offsetBytes;
    const end = start + length * View.BYTES_PER_ELEMENT;
    if (start % 8 !== 0 || end > this.#block.length) {
      throw corrupt(`an array of ${length} elements at byte ${start} is cut off`);
    }
    return new View(this.#block.buffer, this.#block.byteOffset + start, length);
  }
}

/** The entries of NULL rows may be any text. */
function areWideKeys(
  codes: Uint32Array,
  nulls: Uint8Array | null,
  entries: TextDictionary,
): boolean {
  return codes.every(
    (code, row) => nulls?.[row] === 1 || entries.at(code)!.length === WIDE_KEY_BYTES,
  );
}

interface ArrayView<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** What a peer sent in the place of a list. */
function list<T>(value: readonly T[] | null | undefined): readonly NonNullable<T>[] {
  if (!Array.isArray(value) || value.some((item) => item === null || item === undefined)) {
    throw corrupt('a list is missing');
  }
  return value;
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function corrupt(detail: string): EngineError {
  return new EngineError('CORRUPT_DATA', `exchange: not a block of a leaf result: ${detail}`);
}
