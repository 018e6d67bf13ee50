import { indexName } from '../base/index-config.ts';
import type { ExecutionContext } from './context.ts';
import {
  type CodeRange,
  type CodeSet,
  combineFilters,
  type Filter,
  type RawComparison,
  rowsListed,
} from './filter.ts';
import { IndexSets } from './index-rows.ts';
import { compareRaw, rangeBuckets } from './range-buckets.ts';
import {
  type CodedColumnView,
  type ColumnView,
  findIndex,
  fixedWidthValues,
  type SegmentView,
} from './segment-view.ts';

/** What indexes are chosen for. */
export interface IndexChoice {
  readonly segment: SegmentView;
  readonly context: ExecutionContext;
  /** True when indexes are to be used whatever they cost. */
  readonly isForced: boolean;
}

/**
 * Puts indexes in the place of scans where they cost less: consecutive rows of a sorted column always,
 * an inverted or a range index by what its sets say about the number of matches. The rows that pass
 * stay the same.
 */
export function chooseIndexes(filter: Filter, choice: IndexChoice): Filter {
  if (choice.segment.indexes.length === 0) return filter;
  switch (filter.kind) {
    case 'and':
      return combineFilters('and', [
        ...filter.filters
          .filter(({ kind }) => kind !== 'comparison')
          .map((inner) => chooseIndexes(inner, choice)),
        ...comparedColumns(filter.filters).flatMap(
          (comparisons) => ofComparisons(comparisons, choice) ?? comparisons,
        ),
      ]);
    case 'or':
      return combineFilters(
        'or',
        filter.filters.map((inner) => chooseIndexes(inner, choice)),
      );
    case 'codeRange':
    case 'codeSet':
      return withNulls(filter, ofCodes(filter, choice));
    case 'comparison':
      return ofComparisons([filter], choice) ?? filter;
    default:
      return filter;
  }
}

/** An index knows no NULL: their rows are added where they pass. */
function withNulls(filter: CodeRange | CodeSet, found: Filter | null): Filter {
  if (found === null) return filter;
  const { column, nullsPass } = filter;
  if (!nullsPass || column.metadata.nullCount === 0) return found;
  return combineFilters('or', [found, { kind: 'isNull', column }]);
}

function ofCodes(filter: CodeRange | CodeSet, choice: IndexChoice): Filter | null {
  const { segment, context } = choice;
  const { column } = filter;
  const { name } = column.metadata;
  const sorted = findIndex(segment, 'sorted', name);
  if (sorted !== null && filter.kind === 'codeRange') {
    const codes = codesOf(column, segment, context);
    const first = column.metadata.nullCount;
    const start = firstRow(first, codes.length, (row) => codes[row]! >= filter.low);
    const end = firstRow(start, codes.length, (row) => codes[row]! > filter.high);
    if (start === end) return { kind: 'none' };
    return { kind: 'rowRange', index: indexName(sorted.metadata), start, end };
  }
  const inverted = findIndex(segment, 'inverted', name);
  if (inverted === null) return null;
  const scanBytes = choice.isForced ? Infinity : segment.metadata.rowCount * column.codeBytes;
  return new IndexSets(inverted, context).rowsOf(codesIn(filter, context), scanBytes);
}

/** The codes that pass, ascending. */
function* codesIn(filter: CodeRange | CodeSet, { kernels: { u8 } }: ExecutionContext) {
  if (filter.kind === 'codeRange') {
    for (let code = filter.low; code <= filter.high; code++) yield code;
    return;
  }
  for (let code = 0; code < filter.column.codeCount; code++) {
    if ((u8[filter.set + (code >>> 3)]! >>> (code & 7)) & 1) yield code;
  }
}

function codesOf(
  column: CodedColumnView,
  { metadata: { rowCount } }: SegmentView,
  { kernels }: ExecutionContext,
): Uint8Array | Uint16Array | Uint32Array {
  const { buffer } = kernels.memory;
  switch (column.codeBytes) {
    case 1:
      return new Uint8Array(buffer, column.codes, rowCount);
    case 2:
      return new Uint16Array(buffer, column.codes, rowCount);
    case 4:
      return new Uint32Array(buffer, column.codes, rowCount);
  }
}

/** Comparisons of raw columns inside an AND, together for each column. */
function comparedColumns(filters: readonly Filter[]): RawComparison[][] {
  const byColumn = new Map<ColumnView['metadata'], RawComparison[]>();
  for (const filter of filters) {
    if (filter.kind !== 'comparison') continue;
    const { metadata } = filter.column;
    byColumn.set(metadata, [...(byColumn.get(metadata) ?? []), filter]);
  }
  return [...byColumn.values()];
}

/** All comparisons are of one column. */
function ofComparisons(comparisons: readonly RawComparison[], choice: IndexChoice): Filter | null {
  const { segment, context } = choice;
  const { column } = comparisons[0]!;
  const sorted = findIndex(segment, 'sorted', column.metadata.name);
  if (sorted !== null) return sortedRows(comparisons, indexName(sorted.metadata), segment, context);
  const range = findIndex(segment, 'range', column.metadata.name);
  if (range === null) return null;
  const { full, partial } = rangeBuckets(range, column, comparisons, context.kernels);
  const { rowCount } = segment.metadata;
  const scanBytes = choice.isForced
    ? Infinity
    : fixedWidthValues(context.kernels, column, 'values', rowCount).byteLength;
  const sets = new IndexSets(range, context);
  const certain = sets.rowsOf(full, scanBytes);
  const open = sets.rowsOf(partial, scanBytes);
  if (certain === null || open === null) return null;
  // Comparing looks at 64 rows at once: where nearly every word has a candidate, nothing is saved.
  const openRows = open.kind === 'indexRows' ? rowsListed(open) : 0;
  if (!choice.isForced && openRows * 32 > rowCount) return null;
  return combineFilters('or', [certain, combineFilters('and', [open, ...comparisons])]);
}

function sortedRows(
  comparisons: readonly RawComparison[],
  index: string,
  { metadata: { rowCount } }: SegmentView,
  { kernels }: ExecutionContext,
): Filter | null {
  const { column } = comparisons[0]!;
  if (comparisons.some(({ comparison }) => comparison === 'NotEqual')) return null;
  const values = fixedWidthValues(kernels, column, 'values', rowCount);
  let start = column.metadata.nullCount;
  let end = rowCount;
  for (const { comparison, operand } of comparisons) {
    const order = (row: number): number => compareRaw(values[row]!, operand);
    const atLeast = firstRow(start, end, (row) => order(row) >= 0);
    const above = firstRow(atLeast, end, (row) => order(row) > 0);
    if (comparison === 'Equal' || comparison === 'GreaterOrEqual') start = atLeast;
    if (comparison === 'Greater') start = above;
    if (comparison === 'Equal' || comparison === 'LessOrEqual') end = above;
    if (comparison === 'Less') end = atLeast;
  }
  if (start >= end) return { kind: 'none' };
  return { kind: 'rowRange', index, start, end };
}

/** The first row from `start` on that passes a test which all later ones pass too; `end` if none. */
function firstRow(start: number, end: number, passes: (row: number) => boolean): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
