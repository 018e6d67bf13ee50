import type { ExecutionContext } from './context.ts';
import { type Filter, rowsListed } from './filter.ts';
import type { SegmentView } from './segment-view.ts';

/** A raw value's chance to pass a comparison of which nothing is known. */
const COMPARISON_PASS_RATE = { Equal: 0.01, NotEqual: 0.99 } as const;
const RANGE_PASS_RATE = 1 / 3;

/** The share of rows that a filter passes, as far as codes and NULLs tell: each code as likely as another. */
export function estimatedPassRate(
  filter: Filter,
  segment: SegmentView,
  context: ExecutionContext,
): number {
  switch (filter.kind) {
    case 'all':
      return 1;
    case 'none':
      return 0;
    case 'isNull':
    case 'isNotNull': {
      const nulls = filter.column.metadata.nullCount / Math.max(1, segment.metadata.rowCount);
      return filter.kind === 'isNull' ? nulls : 1 - nulls;
    }
    case 'codeRange':
      return (filter.high - filter.low + 1) / filter.column.codeCount;
    case 'codeSet': {
      const { column, set } = filter;
      const words = Math.ceil(column.codeCount / 64);
      return context.kernels.run.bitmapCount(set, words) / column.codeCount;
    }
    case 'indexRows':
      return Math.min(1, rowsListed(filter) / segment.metadata.rowCount);
    case 'rowRange':
      return (filter.end - filter.start) / segment.metadata.rowCount;
    case 'comparison': {
      const { comparison } = filter;
      const isRange = comparison !== 'Equal' && comparison !== 'NotEqual';
      return isRange ? RANGE_PASS_RATE : COMPARISON_PASS_RATE[comparison];
    }
    case 'anyElement': {
      const { column, elements, filter: inner, negated } = filter;
      const { rowCount } = segment.metadata;
      const length = elements.metadata.rowCount / Math.max(1, rowCount);
      const none = (1 - estimatedPassRate(inner, elements, context)) ** length;
      return negated ? none * (1 - column.metadata.nullCount / Math.max(1, rowCount)) : 1 - none;
    }
    case 'and':
    case 'or': {
      const isAnd = filter.kind === 'and';
      let product = 1;
      for (const inner of filter.filters) {
        const rate = estimatedPassRate(inner, segment, context);
        product *= isAnd ? rate : 1 - rate;
      }
      return isAnd ? product : 1 - product;
    }
    default:
      return RANGE_PASS_RATE;
  }
}

/** What testing a row costs, about, in bytes read; a set is looked up besides. */
export function rowCost(filter: Filter): number {
  switch (filter.kind) {
    case 'all':
    case 'none':
      return 0;
    case 'isNull':
    case 'isNotNull':
    case 'indexRows':
    case 'rowRange':
      return 1 / 8;
    case 'codeRange':
      return filter.column.codeBytes;
    case 'codeSet':
      return filter.column.codeBytes + 8;
    case 'comparison':
      return 8;
    case 'anyElement':
      // An offset, and a guess of how many elements a row has.
      return 4 + 4 * rowCost(filter.filter);
    case 'and':
    case 'or':
      return filter.filters.reduce((sum, inner) => sum + rowCost(inner), 1);
    default:
      return 256;
  }
}

/** True for a filter that no row makes fail. */
export function isSafe(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.filters.every(isSafe);
  if (filter.kind === 'anyElement') return isSafe(filter.filter);
  return filter.kind !== 'expression';
}
