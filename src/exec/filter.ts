import { BATCH_ROWS } from '../base/limits.ts';
import type { Comparison } from '../kernels/exports.ts';
import type { RoaringContainer } from '../segment/indexes/roaring.ts';
import type { Expression } from '../sql/expression.ts';
import type { CodedColumnView, ColumnView, SegmentView } from './segment-view.ts';

/**
 * A predicate prepared for one segment. `codeRange` is inclusive at both ends; `nullsPass` says
 * whether rows in which the column is NULL satisfy the predicate.
 */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | CodeRange
  | CodeSet
  | RawComparison
  | IndexRows
  | RowRange
  | { readonly kind: 'isNull' | 'isNotNull'; readonly column: ColumnView }
  | AnyElement
  | { readonly kind: 'expression'; readonly expression: Expression };

/** Rows with an element that passes; or, negated, rows that are not NULL without one. */
export interface AnyElement {
  readonly kind: 'anyElement';
  readonly column: ColumnView;
  /** The elements as rows. */
  readonly elements: SegmentView;
  /** Of the elements. */
  readonly filter: Filter;
  readonly negated: boolean;
}

/** Rows whose code is in a range. */
export interface CodeRange {
  readonly kind: 'codeRange';
  readonly column: CodedColumnView;
  readonly low: number;
  readonly high: number;
  readonly nullsPass: boolean;
}

/** Rows whose code is in a set. */
export interface CodeSet {
  readonly kind: 'codeSet';
  readonly column: CodedColumnView;
  /** Address of a bitmap over codes. */
  readonly set: number;
  readonly nullsPass: boolean;
}

/** Rows whose raw value compares so with the operand. */
export interface RawComparison {
  readonly kind: 'comparison';
  readonly column: ColumnView;
  readonly comparison: Comparison;
  readonly operand: number | bigint;
}

/** Rows that an index lists. */
export interface IndexRows {
  readonly kind: 'indexRows';
  /** The index, as `indexName` names it: for statistics. */
  readonly index: string;
  /** By zone of `BATCH_ROWS` rows: the containers whose rows match; a zone without matches has none. */
  readonly containers: ReadonlyMap<number, readonly RoaringContainer[]>;
}

/** Consecutive rows of a sorted column: from `start` to before `end`. */
export interface RowRange {
  readonly kind: 'rowRange';
  /** The index that says that it is sorted. */
  readonly index: string;
  readonly start: number;
  readonly end: number;
}

/** Numeric order of evaluation inside an AND: cheap predicates thin out the rows for dear ones. */
const COST: Record<Filter['kind'], number> = {
  none: 0,
  all: 0,
  rowRange: 1,
  indexRows: 2,
  isNull: 3,
  isNotNull: 3,
  codeRange: 4,
  codeSet: 5,
  comparison: 6,
  anyElement: 7,
  and: 8,
  or: 9,
  expression: 10,
};

/** AND or OR of filters, simplified, cheapest first. */
export function combineFilters(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const neutral = kind === 'and' ? 'all' : 'none';
  const dominant = kind === 'and' ? 'none' : 'all';
  if (filters.some((filter) => filter.kind === dominant)) return { kind: dominant };
  const useful = filters.filter((filter) => filter.kind !== neutral);
  const rest = kind === 'and' ? intersectRanges(useful) : useful;
  if (rest.some((filter) => filter.kind === dominant)) return { kind: dominant };
  if (rest.length === 0) return { kind: neutral };
  if (rest.length === 1) return rest[0]!;
  return { kind, filters: rest.toSorted((left, right) => COST[left.kind] - COST[right.kind]) };
}

/** Ranges over one column become one: BETWEEN costs as much as a single comparison. */
function intersectRanges(filters: readonly Filter[]): Filter[] {
  const result: Filter[] = [];
  for (const filter of filters) {
    const index = result.findIndex((other) => isRangeOfSameColumn(other, filter));
    const other = result[index];
    if (other?.kind !== 'codeRange' || filter.kind !== 'codeRange') {
      result.push(filter);
      continue;
    }
    const low = Math.max(filter.low, other.low);
    const high = Math.min(filter.high, other.high);
    result[index] = low > high ? { kind: 'none' } : { ...filter, low, high };
  }
  return result;
}

function isRangeOfSameColumn(left: Filter, right: Filter): boolean {
  return (
    left.kind === 'codeRange' &&
    right.kind === 'codeRange' &&
    left.column.metadata === right.column.metadata &&
    !left.nullsPass &&
    !right.nullsPass
  );
}

/** The rows that an index lists; those of several containers of a zone more than once. */
export function rowsListed({ containers }: IndexRows): number {
  let count = 0;
  for (const zone of containers.values()) {
    for (const { cardinality } of zone) count += cardinality;
  }
  return count;
}

/** True when none of `count` rows from `start` can pass, which costs nothing to find out. */
export function excludesRows(filter: Filter, start: number, count: number): boolean {
  switch (filter.kind) {
    case 'none':
      return true;
    case 'indexRows':
      return zonesOf(start, count).every(({ zone }) => !filter.containers.has(zone));
    case 'rowRange':
      return filter.end <= start || filter.start >= start + count;
    case 'and':
      return filter.filters.some((inner) => excludesRows(inner, start, count));
    case 'or':
      return filter.filters.every((inner) => excludesRows(inner, start, count));
    default:
      return false;
  }
}

/** A zone of `BATCH_ROWS` rows, or a part of one. */
export interface ZonePart {
  readonly zone: number;
  readonly start: number;
  readonly count: number;
}

/** The zones that `count` rows from `start` lie in. */
export function zonesOf(start: number, count: number): ZonePart[] {
  const parts: ZonePart[] = [];
  const end = start + count;
  for (let at = start; at < end; ) {
    const zone = Math.floor(at / BATCH_ROWS);
    const next = Math.min(end, (zone + 1) * BATCH_ROWS);
    parts.push({ zone, start: at, count: next - at });
    at = next;
  }
  return parts;
}

/** True when a filter evaluates an expression, whose values take memory for each row. */
export function hasExpression(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.filters.some(hasExpression);
  return filter.kind === 'expression';
}

/** The names of the indexes that a filter goes by; one that found nothing at all is not among them. */
export function filterIndexNames(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return [...new Set(filter.filters.flatMap(filterIndexNames))];
    case 'indexRows':
    case 'rowRange':
      return [filter.index];
    default:
      return [];
  }
}
