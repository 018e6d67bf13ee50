import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import { sequence } from '../base/sequence.ts';
import { type FlatType, isArray, isText, physicalType } from '../base/types.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { Scratch } from '../kernels/scratch.ts';
import { type EntryType, textEntryType } from '../segment/metadata.ts';
import { ELEMENT } from '../sql/element.ts';
import { ArrayDictionary } from './array-dictionary.ts';
import { elementRows, elementsSegment } from './element-rows.ts';
import type { EvaluationInput } from './evaluate.ts';
import { type RowSet, someRows } from './row-set.ts';
import {
  bufferAddress,
  type CodedColumnView,
  type ColumnView,
  codedView,
  decodeDomain,
  dictionaryText,
  type SegmentView,
} from './segment-view.ts';
import type { FlatVector, Vector } from './vector.ts';
import { concatVectors, onHeap } from './vector-build.ts';

/**
 * The rows of a row set as vectors in linear memory, decoded column by column on demand. Vectors live
 * until the scratch is released.
 */
export class BatchInput implements EvaluationInput {
  readonly rowCount: number;
  readonly #segment: SegmentView;
  readonly #rows: RowSet;
  readonly #kernels: KernelInstance;
  readonly #scratch: Scratch;
  readonly #vectors = new Map<string, Vector>();

  constructor(segment: SegmentView, rows: RowSet, kernels: KernelInstance, scratch: Scratch) {
    this.rowCount = rows.count;
    this.#segment = segment;
    this.#rows = rows;
    this.#kernels = kernels;
    this.#scratch = scratch;
  }

  /** Columns whose vectors lie in the scratch by now. */
  get loadedCount(): number {
    return this.#vectors.size;
  }

  column(name: string): Vector {
    const known = this.#vectors.get(name);
    if (known) return known;
    const column = this.#segment.columns.get(name);
    assert(column, () => `the plan's columns include ${name}`);
    const coded = codedView(column);
    const vector = coded
      ? this.#decode(coded)
      : column.elements === undefined
        ? this.#readRaw(column)
        : this.#readArrays(column);
    this.#vectors.set(name, vector);
    return vector;
  }

  #decode(column: CodedColumnView): Vector {
    const { type, encoding } = column.metadata;
    const nulls = this.#nulls(column);
    const codes = rowCodes(this.#kernels, this.#scratch, column, this.#rows);
    const entryType = textEntryType(column.metadata);
    if (entryType !== null) return this.#decodeText(column, entryType, codes, nulls);
    assert(!isText(type), 'text has entries of text');
    const { run } = this.#kernels;
    const count = this.rowCount;
    const out = this.#scratch.allocate(count * 8);
    const physical = physicalType(type);
    if (physical === 'flag' || encoding.kind === 'dictionary') {
      const table = domainTable(this.#kernels, this.#scratch, column);
      run[`lookup${column.width}To${flatBits(type)}`](out, codes, table, count);
    } else {
      assert(encoding.kind === 'affine', 'a coded column is a dictionary or affine');
      const { base, scale } = encoding;
      if (physical === 'i64') {
        run[`decode${column.width}ToI64`](out, codes, base, scale, count);
      } else {
        run[`decode${column.width}ToI32`](out, codes, Number(base), Number(scale), count);
      }
    }
    return { kind: 'flat', type, data: flatData(this.#kernels, type, out, count), nulls };
  }

  /** The elements of all rows are read into memory of their own, because no scratch outlives a batch. */
  #readArrays(column: ColumnView): Vector {
    const { name, type, nullCount } = column.metadata;
    assert(isArray(type), () => `column ${name} has arrays`);
    const { offsets, rows } = elementRows(this.#kernels, this.#scratch, column, this.#rows);
    const segment = elementsSegment(this.#segment.metadata, column);
    const pieces: Vector[] = [];
    // A batch of long arrays has more elements than scratch has room for.
    for (let from = 0; from < Math.max(1, rows.count); from += BATCH_ROWS) {
      const mark = this.#scratch.mark();
      const piece = someRows(rows, from, Math.min(BATCH_ROWS, rows.count - from));
      const input = new BatchInput(segment, piece, this.#kernels, this.#scratch);
      pieces.push(onHeap(input.column(ELEMENT), { kernels: this.#kernels }));
      this.#scratch.release(mark);
    }
    const vector = pieces.length === 1 ? pieces[0]! : concatVectors(pieces);
    return {
      kind: 'text',
      type,
      codes: sequence(this.rowCount),
      dictionary: new ArrayDictionary(offsets, vector),
      nulls: nullCount === 0 ? null : this.#nulls(column),
    };
  }

  #decodeText(
    column: CodedColumnView,
    type: EntryType,
    codes: number,
    nulls: Uint8Array | null,
  ): Vector {
    const { ordinals } = column;
    let wide = codes;
    if (ordinals !== undefined) {
      wide = this.#scratch.allocate(this.rowCount * 4);
      const { run } = this.#kernels;
      run[`lookup${column.width}To32`](wide, codes, ordinals.table, this.rowCount);
    } else if (column.width !== 'U32') {
      wide = this.#scratch.allocate(this.rowCount * 4);
      this.#kernels.run[`convert${column.width}ToU32`](wide, codes, this.rowCount);
    }
    return {
      kind: 'text',
      type,
      codes: new Uint32Array(this.#kernels.memory.buffer, wide, this.rowCount),
      dictionary: ordinals?.dictionary ?? dictionaryText(this.#kernels, column),
      nulls,
    };
  }

  #readRaw(column: ColumnView): Vector {
    const { type } = column.metadata;
    assert(!isText(type) && type !== 'BOOLEAN', 'text and booleans are coded');
    const physical = physicalType(type);
    const count = this.rowCount;
    const bytes = physical === 'i64' || physical === 'f64' ? 8 : 4;
    let values = bufferAddress(column, 'values') + this.#rows.start * bytes;
    if (this.#rows.indexes !== 0) {
      const gathered = this.#scratch.allocate(count * bytes);
      const gather = bytes === 8 ? this.#kernels.run.gather64 : this.#kernels.run.gather32;
      gather(gathered, values, this.#rows.indexes, count);
      values = gathered;
    }
    if (physical === 'f32') {
      const wide = this.#scratch.allocate(count * 8);
      this.#kernels.run.convertF32ToF64(wide, values, count);
      values = wide;
    }
    const data = flatData(this.#kernels, type, values, count);
    return { kind: 'flat', type, data, nulls: this.#nulls(column) };
  }

  #nulls(column: ColumnView): Uint8Array | null {
    const flags = nullFlags(this.#kernels, this.#scratch, column, this.#rows);
    return flags === 0 ? null : this.#kernels.u8.subarray(flags, flags + this.rowCount);
  }
}

/** Address of the codes of a row set's rows: in place when the rows are consecutive. */
export function rowCodes(
  kernels: KernelInstance,
  scratch: Scratch,
  column: CodedColumnView,
  rows: RowSet,
): number {
  const codes = column.codes + rows.start * column.codeBytes;
  if (rows.indexes === 0) return codes;
  const out = scratch.allocate(rows.count * column.codeBytes);
  const bits = column.codeBytes === 1 ? 8 : column.codeBytes === 2 ? 16 : 32;
  kernels.run[`gather${bits}`](out, codes, rows.indexes, rows.count);
  return out;
}

/** Address of one flag a row, 1 = NULL, or 0 when the segment has no NULL in the column. */
export function nullFlags(
  kernels: KernelInstance,
  scratch: Scratch,
  column: ColumnView,
  rows: RowSet,
): number {
  if (column.metadata.nullCount === 0) return 0;
  const bitmap = bufferAddress(column, 'nulls') + rows.start / 8;
  const span = rows.indexes === 0 ? rows.count : lastIndex(kernels, rows) + 1;
  const flags = scratch.allocate(span);
  kernels.run.bitmapToFlags(flags, bitmap, span);
  if (rows.indexes === 0) return flags;
  const gathered = scratch.allocate(rows.count);
  kernels.run.gather8(gathered, flags, rows.indexes, rows.count);
  return gathered;
}

function lastIndex(kernels: KernelInstance, rows: RowSet): number {
  return rows.count === 0 ? -1 : kernels.u32[(rows.indexes >>> 2) + rows.count - 1]!;
}

/** Flat vector data over linear memory. */
export function flatData(
  kernels: KernelInstance,
  type: FlatType,
  address: number,
  count: number,
): FlatVector['data'] {
  const { buffer } = kernels.memory;
  switch (physicalType(type)) {
    case 'flag':
      return new Uint8Array(buffer, address, count);
    case 'i32':
      return new Int32Array(buffer, address, count);
    case 'i64':
      return new BigInt64Array(buffer, address, count);
    case 'f32':
    case 'f64':
      return new Float64Array(buffer, address, count);
  }
}

/** Bits of one flat value in a vector. */
export function flatBits(type: FlatType): 8 | 32 | 64 {
  const physical = physicalType(type);
  if (physical === 'flag') return 8;
  return physical === 'i32' ? 32 : 64;
}

function domainTable(kernels: KernelInstance, scratch: Scratch, column: CodedColumnView): number {
  const { type } = column.metadata;
  assert(!isText(type), 'text has no value table');
  if (column.metadata.encoding.kind === 'dictionary' && physicalType(type) !== 'f32') {
    return bufferAddress(column, 'dictionaryValues');
  }
  const domain = cachedDomain(kernels, column);
  assert(domain.kind === 'flat', 'fixed-width columns decode to flat vectors');
  return copyToMemory(kernels, scratch, domain.data);
}

/** Copies typed-array contents into scratch memory; returns the address. */
export function copyToMemory(
  kernels: KernelInstance,
  scratch: Scratch,
  data: FlatVector['data'] | Uint32Array,
): number {
  const address = scratch.allocate(data.byteLength);
  kernels.u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
  return address;
}

/** Domains of small dictionaries are asked for once a batch: keep them. */
const domains = new WeakMap<CodedColumnView['metadata'], Vector>();

function cachedDomain(kernels: KernelInstance, column: CodedColumnView): Vector {
  let domain = domains.get(column.metadata);
  if (!domain) {
    domain = decodeDomain(kernels, column);
    domains.set(column.metadata, domain);
  }
  return domain;
}
