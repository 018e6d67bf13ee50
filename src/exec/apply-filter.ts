import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import { physicalType } from '../base/types.ts';
import type { RawType } from '../kernels/exports.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { Expression } from '../sql/expression.ts';
import { BatchInput } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate, evaluationOf } from './evaluate.ts';
import {
  type AnyElement,
  type CodeRange,
  type CodeSet,
  excludesRows,
  type Filter,
  type IndexRows,
  type RawComparison,
  type RowRange,
  zonesOf,
} from './filter.ts';
import { maskedRows } from './row-set.ts';
import { bufferAddress, rowBytes, type SegmentView } from './segment-view.ts';
import { codeVerdict, rawVerdict, type ZoneVerdict } from './zone-verdict.ts';

/** What predicates looked at. */
export interface FilterStatistics {
  /** Values: one per row and predicate. */
  entriesScanned: number;
  /** Bytes of columns. */
  bytesScanned: number;
}

/**
 * Clears the bits of a mask whose rows do not satisfy the filter.
 *
 * @param mask address of the bitmap for `count` rows from `start`, a multiple of 64.
 */
export function applyFilter(
  filter: Filter,
  mask: number,
  segment: SegmentView,
  start: number,
  count: number,
  context: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const { run, u8 } = context.kernels;
  const wordCount = Math.ceil(count / 64);
  const applyInner = (inner: Filter, target: number): void =>
    applyFilter(inner, target, segment, start, count, context, statistics);
  switch (filter.kind) {
    case 'all':
      return;
    case 'none':
      run.fillBytes(mask, 0, wordCount * 8);
      return;
    case 'indexRows':
      applyIndexRows(filter, mask, start, count, context);
      return;
    case 'rowRange':
      applyRowRange(filter, mask, start, count, context);
      return;
    case 'and':
      if (excludesRows(filter, start, count)) {
        run.fillBytes(mask, 0, wordCount * 8);
        return;
      }
      for (const inner of filter.filters) applyInner(inner, mask);
      return;
    case 'or': {
      const union = context.batch.allocate(wordCount * 8);
      const attempt = context.batch.allocate(wordCount * 8);
      run.fillBytes(union, 0, wordCount * 8);
      for (const inner of filter.filters) {
        u8.copyWithin(attempt, mask, mask + wordCount * 8);
        run.bitmapAndNot(attempt, union, wordCount);
        applyInner(inner, attempt);
        run.bitmapOr(union, attempt, wordCount);
      }
      u8.copyWithin(mask, union, union + wordCount * 8);
      return;
    }
    case 'isNull':
      run.bitmapAnd(mask, bufferAddress(filter.column, 'nulls') + start / 8, wordCount);
      return;
    case 'isNotNull':
      run.bitmapAndNot(mask, bufferAddress(filter.column, 'nulls') + start / 8, wordCount);
      return;
    case 'anyElement':
      applyAnyElement(filter, mask, start, count, context, statistics);
      return;
    case 'expression':
      statistics.entriesScanned += count;
      statistics.bytesScanned += count * rowBytes([filter.expression], segment);
      applyExpression(filter.expression, mask, segment, start, count, context);
      return;
    default:
      applyColumn(filter, mask, start, count, context, statistics);
  }
}

/** The elements of the rows are filtered zone by zone, then each row asks for the bits of its own. */
function applyAnyElement(
  { column, elements, filter, negated }: AnyElement,
  mask: number,
  start: number,
  count: number,
  context: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const { kernels, batch } = context;
  const { run } = kernels;
  const wordCount = Math.ceil(count / 64);
  const passing = batch.allocate(wordCount * 8);
  run.fillBytes(passing, 0, wordCount * 8);
  const offsets = bufferAddress(column, 'offsets') + start * 4;
  const starts = kernels.u32.subarray(offsets / 4, offsets / 4 + count + 1);
  const end = starts[count]!;
  statistics.bytesScanned += starts.byteLength;
  let row = 0;
  for (let low = starts[0]! & ~63; low < end; ) {
    const high = Math.min(end, (Math.floor(low / BATCH_ROWS) + 1) * BATCH_ROWS);
    const mark = batch.mark();
    const bits = batch.allocate(Math.ceil((high - low) / 64) * 8);
    run.bitmapFill(bits, high - low);
    applyFilter(filter, bits, elements, low, high - low, context, statistics);
    // The first row with an element here is the last that starts before it, or has elements of its own.
    const lastRow = lowerBound(starts, high);
    run.bitmapAnyOfArrays(passing, offsets, bits, low, high, row, Math.min(count, lastRow));
    row = Math.max(row, lastRow - 1);
    batch.release(mark);
    low = high;
  }
  if (!negated) {
    run.bitmapAnd(mask, passing, wordCount);
    return;
  }
  run.bitmapAndNot(mask, passing, wordCount);
  if (column.metadata.nullCount === 0) return;
  run.bitmapAndNot(mask, bufferAddress(column, 'nulls') + start / 8, wordCount);
}

/** The first index of an ascending array whose element is not below a value, or the length. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function applyIndexRows(
  { containers }: IndexRows,
  mask: number,
  start: number,
  count: number,
  { kernels: { run }, batch: scratch }: ExecutionContext,
): void {
  // Containers are as long as a whole zone, however short the part of it is.
  const rows = scratch.allocate(BATCH_ROWS / 8);
  for (const part of zonesOf(start, count)) {
    run.fillBytes(rows, 0, BATCH_ROWS / 8);
    for (const { kind, offset, count: elements } of containers.get(part.zone) ?? []) {
      if (kind === 'array') run.bitmapSetPositions(rows, offset, elements);
      else if (kind === 'runs') run.bitmapSetRuns(rows, offset, elements);
      else run.bitmapOr(rows, offset, elements);
    }
    const target = mask + (part.start - start) / 8;
    run.bitmapAnd(target, rows + (part.start % BATCH_ROWS) / 8, Math.ceil(part.count / 64));
  }
}

function applyRowRange(
  { start: first, end }: RowRange,
  mask: number,
  start: number,
  count: number,
  { kernels: { run }, batch: scratch }: ExecutionContext,
): void {
  const from = Math.min(count, Math.max(0, first - start));
  const to = Math.min(count, Math.max(0, end - start));
  if (from === 0 && to === count) return;
  const lengthBytes = Math.ceil(count / 64) * 8;
  const rows = scratch.allocate(lengthBytes);
  run.fillBytes(rows, 0, lengthBytes);
  if (to > 0) run.bitmapFill(rows, to);
  run.bitmapAnd(mask, rows, lengthBytes / 8);
  if (from === 0) return;
  run.fillBytes(rows, 0, lengthBytes);
  run.bitmapFill(rows, from);
  run.bitmapAndNot(mask, rows, lengthBytes / 8);
}

function applyColumn(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  context: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const { kernels, batch } = context;
  const { run, u8 } = kernels;
  const wordCount = Math.ceil(count / 64);
  const nulls =
    filter.column.metadata.nullCount === 0 ? 0 : bufferAddress(filter.column, 'nulls') + start / 8;
  if (nulls !== 0 && filter.kind !== 'comparison' && filter.nullsPass) {
    const passing = batch.allocate(wordCount * 8);
    u8.copyWithin(passing, mask, mask + wordCount * 8);
    run.bitmapAnd(passing, nulls, wordCount);
    run.bitmapAndNot(mask, nulls, wordCount);
    applyColumnValues(filter, mask, start, count, context, statistics);
    run.bitmapOr(mask, passing, wordCount);
    return;
  }
  if (nulls !== 0) run.bitmapAndNot(mask, nulls, wordCount);
  applyColumnValues(filter, mask, start, count, context, statistics);
}

/** Looks at the values of zones whose ends leave it open; neighbours of the same verdict go together. */
function applyColumnValues(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  { kernels }: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const verdictAt = (row: number): ZoneVerdict =>
    filter.kind === 'comparison'
      ? rawVerdict(kernels, filter, rawTypeOf(filter), row)
      : codeVerdict(kernels, filter, row);
  const end = start + count;
  for (let from = start; from < end; ) {
    const verdict = verdictAt(from);
    let to = zoneEnd(from);
    while (to < end && verdictAt(to) === verdict) to = zoneEnd(to);
    const rows = Math.min(to, end) - from;
    const target = mask + (from - start) / 8;
    if (verdict === 'some') compareValues(filter, target, from, rows, kernels, statistics);
    else if (verdict === 'none') kernels.run.fillBytes(target, 0, Math.ceil(rows / 64) * 8);
    from = to;
  }
}

function zoneEnd(row: number): number {
  return (Math.floor(row / BATCH_ROWS) + 1) * BATCH_ROWS;
}

function compareValues(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  { run }: KernelInstance,
  statistics: FilterStatistics,
): void {
  statistics.entriesScanned += count;
  if (filter.kind !== 'comparison') {
    const { column } = filter;
    statistics.bytesScanned += count * column.codeBytes;
    const codes = column.codes + start * column.codeBytes;
    if (filter.kind === 'codeSet') run[`filterSet${column.width}`](mask, codes, filter.set, count);
    else run[`filterBetween${column.width}`](mask, codes, filter.low, filter.high, count);
    return;
  }
  const type = rawTypeOf(filter);
  const bytes = type === 'I64' || type === 'F64' ? 8 : 4;
  statistics.bytesScanned += count * bytes;
  const values = bufferAddress(filter.column, 'values') + start * bytes;
  if (type === 'I64') {
    run[`filter${filter.comparison}I64`](mask, values, filter.operand as bigint, count);
  } else {
    run[`filter${filter.comparison}${type}`](mask, values, filter.operand as number, count);
  }
}

function rawTypeOf({ column }: RawComparison): RawType {
  const type = physicalType(column.metadata.type);
  assert(type !== 'text' && type !== 'flag', 'raw values are numbers');
  return RAW_TYPES[type];
}

const RAW_TYPES = { i32: 'I32', i64: 'I64', f32: 'F32', f64: 'F64' } as const;

/** Evaluates on the rows that are still selected only, so that earlier predicates guard later ones. */
function applyExpression(
  expression: Expression,
  mask: number,
  segment: SegmentView,
  start: number,
  count: number,
  context: ExecutionContext,
): void {
  const { kernels, batch } = context;
  const wordCount = Math.ceil(count / 64);
  const rows = maskedRows(mask, start, count, context);
  if (rows.count === 0) return;
  context.control.checkpoint();
  const input = new BatchInput(segment, rows, kernels, batch);
  const result = evaluate(expression, input, evaluationOf(context));
  if (result.kind !== 'flat') throw new Error('a predicate is BOOLEAN');
  const { data, nulls } = result;
  // Before the mask is cleared, from which positions are made when they are first asked for.
  const { indexes } = rows;
  kernels.run.fillBytes(mask, 0, wordCount * 8);
  for (let row = 0; row < rows.count; row++) {
    if (data[row] !== 1 || nulls?.[row] === 1) continue;
    const position = indexes === 0 ? row : kernels.u32[(indexes >>> 2) + row]!;
    kernels.u8[mask + (position >>> 3)]! |= 1 << (position & 7);
  }
}
