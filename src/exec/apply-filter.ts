import { BATCH_ROWS } from '../base/limits.ts';
import type { Expression } from '../sql/expression.ts';
import { BatchInput } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import {
  type CodeRange,
  type CodeSet,
  excludesBatch,
  type Filter,
  type IndexRows,
  type RawComparison,
  type RowRange,
} from './filter.ts';
import { maskedRows } from './row-set.ts';
import { bufferAddress, type SegmentView } from './segment-view.ts';

/** Rows that predicates looked at: one per row and predicate. */
export interface FilterStatistics {
  entriesScanned: number;
}
/**
 * Clears the bits of a mask whose rows do not satisfy the filter.
 *
 * @param mask address of the bitmap for `count` rows from `start`, a multiple of the batch size.
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
      u8.fill(0, mask, mask + wordCount * 8);
      return;
    case 'indexRows':
      applyIndexRows(filter, mask, start, count, context);
      return;
    case 'rowRange':
      applyRowRange(filter, mask, start, count, context);
      return;
    case 'and':
      if (excludesBatch(filter, start / BATCH_ROWS)) {
        u8.fill(0, mask, mask + wordCount * 8);
        return;
      }
      for (const inner of filter.filters) applyInner(inner, mask);
      return;
    case 'or': {
      const union = context.batch.allocate(wordCount * 8);
      const attempt = context.batch.allocate(wordCount * 8);
      u8.fill(0, union, union + wordCount * 8);
      for (const inner of filter.filters) {
        u8.copyWithin(attempt, mask, mask + wordCount * 8);
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
    case 'expression':
      statistics.entriesScanned += count;
      applyExpression(filter.expression, mask, segment, start, count, context);
      return;
    default:
      applyColumn(filter, mask, start, count, context, statistics);
  }
}

function applyIndexRows(
  { containers }: IndexRows,
  mask: number,
  start: number,
  count: number,
  { kernels: { run, u8 }, batch: scratch }: ExecutionContext,
): void {
  const wordCount = Math.ceil(count / 64);
  // Containers are as long as a whole batch, whatever is left of the segment.
  const rows = scratch.allocate(BATCH_ROWS / 8);
  u8.fill(0, rows, rows + BATCH_ROWS / 8);
  for (const { kind, offset, count: elements } of containers.get(start / BATCH_ROWS) ?? []) {
    if (kind === 'array') run.bitmapSetPositions(rows, offset, elements);
    else if (kind === 'runs') run.bitmapSetRuns(rows, offset, elements);
    else run.bitmapOr(rows, offset, elements);
  }
  run.bitmapAnd(mask, rows, wordCount);
}

function applyRowRange(
  { start: first, end }: RowRange,
  mask: number,
  start: number,
  count: number,
  { kernels: { run, u8 }, batch: scratch }: ExecutionContext,
): void {
  const from = Math.min(count, Math.max(0, first - start));
  const to = Math.min(count, Math.max(0, end - start));
  if (from === 0 && to === count) return;
  const lengthBytes = Math.ceil(count / 64) * 8;
  const rows = scratch.allocate(lengthBytes);
  u8.fill(0, rows, rows + lengthBytes);
  if (to > 0) run.bitmapFill(rows, to);
  run.bitmapAnd(mask, rows, lengthBytes / 8);
  if (from === 0) return;
  u8.fill(0, rows, rows + lengthBytes);
  run.bitmapFill(rows, from);
  run.bitmapAndNot(mask, rows, lengthBytes / 8);
}

const RAW_TYPES = {
  INT: 'I32',
  DATE: 'I32',
  BIGINT: 'I64',
  TIMESTAMP: 'I64',
  FLOAT: 'F32',
  DOUBLE: 'F64',
} as const;

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

function applyColumnValues(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  { kernels: { run, u8, u32 } }: ExecutionContext,
  statistics: FilterStatistics,
): void {
  if (filter.kind === 'codeRange') {
    const { column, low, high } = filter;
    const zone = (bufferAddress(column, 'zones') >>> 2) + (start / BATCH_ROWS) * 2;
    const [zoneLow, zoneHigh] = [u32[zone]!, u32[zone + 1]!];
    if (zoneLow >= low && zoneHigh <= high) return;
    if (zoneHigh < low || zoneLow > high) {
      u8.fill(0, mask, mask + Math.ceil(count / 64) * 8);
      return;
    }
    statistics.entriesScanned += count;
    const codes = column.codes + start * column.codeBytes;
    run[`filterBetween${column.width}`](mask, codes, low, high, count);
    return;
  }
  statistics.entriesScanned += count;
  if (filter.kind === 'codeSet') {
    const { column, set } = filter;
    run[`filterSet${column.width}`](mask, column.codes + start * column.codeBytes, set, count);
    return;
  }
  const type = RAW_TYPES[filter.column.metadata.type as keyof typeof RAW_TYPES];
  const bytes = type === 'I64' || type === 'F64' ? 8 : 4;
  const values = bufferAddress(filter.column, 'values') + start * bytes;
  if (type === 'I64') {
    run[`filter${filter.comparison}I64`](mask, values, filter.operand as bigint, count);
  } else {
    run[`filter${filter.comparison}${type}`](mask, values, filter.operand as number, count);
  }
}

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
  const input = new BatchInput(segment, rows, kernels, batch);
  const result = evaluate(expression, input, { kernels, scratch: batch });
  if (result.kind !== 'flat') throw new Error('a predicate is BOOLEAN');
  const { data, nulls } = result;
  kernels.u8.fill(0, mask, mask + wordCount * 8);
  const indexes = rows.indexes >>> 2;
  for (let row = 0; row < rows.count; row++) {
    if (data[row] !== 1 || nulls?.[row] === 1) continue;
    const position = rows.indexes === 0 ? row : kernels.u32[indexes + row]!;
    kernels.u8[mask + (position >>> 3)]! |= 1 << (position & 7);
  }
}
