import { compareFloats } from '../base/float-order.ts';
import { compareText } from '../base/text-order.ts';
import type { Value } from '../base/types.ts';
import type { ColumnMetadata } from '../segment/metadata.ts';
import type { Expression, Literal } from '../sql/expression.ts';

/** What is known of a column's values in a segment. */
export interface ColumnFacts
  extends Pick<ColumnMetadata, 'name' | 'type' | 'nullCount' | 'min' | 'max'> {
  /** True when `min` and `max` say nothing, not even that all values are NULL (default false). */
  readonly isRangeUnknown?: boolean;
}

/** What is known of a segment's values; columns that are not listed may have any. */
export interface ValueFacts {
  readonly rowCount: number;
  readonly columns: readonly ColumnFacts[];
}

/** Says false when a column certainly has no such value: a Bloom filter. */
export type MayHave = (column: ColumnFacts, value: Exclude<Value, null>) => boolean;

/**
 * False when no row of a segment can satisfy a predicate, as far as the least and greatest values of
 * its columns tell, and what else is known of single values.
 */
export function mayMatch(
  predicate: Expression | null,
  segment: ValueFacts,
  mayHave: MayHave = () => true,
): boolean {
  if (predicate === null || predicate.kind === 'column') return true;
  if (predicate.kind === 'literal') return predicate.value === true;
  const { function: name, args } = predicate;
  if (name === 'and') return args.every((arg) => mayMatch(arg, segment, mayHave));
  if (name === 'or') return args.some((arg) => mayMatch(arg, segment, mayHave));
  const [first, ...others] = args;
  if (first?.kind !== 'column') return true;
  const column = segment.columns.find((candidate) => candidate.name === first.name);
  if (column === undefined) return true;
  if (name === 'is_null') return column.nullCount > 0;
  if (name === 'is_not_null') return column.nullCount < segment.rowCount;
  const literals = others.filter((other) => other.kind === 'literal');
  if (literals.length !== others.length || literals.some(({ type }) => type !== column.type)) {
    return true;
  }
  if (name === 'in') return literals.some((literal) => mayEqual(column, literal, mayHave));
  if (literals.length !== 1) return true;
  if (name === 'equal') return mayEqual(column, literals[0]!, mayHave);
  return mayCompare(name, column, literals[0]!);
}

function mayEqual(column: ColumnFacts, { value }: Literal, mayHave: MayHave): boolean {
  if (value === null) return false;
  return isWithin(column, value) && mayHave(column, value);
}

/** NaN is left out of least and greatest values, so a column of floats may always have it. */
function isWithin(column: ColumnFacts, value: Exclude<Value, null>): boolean {
  const { min, max, type, isRangeUnknown = false } = column;
  if (isRangeUnknown) return true;
  const isFloat = type === 'FLOAT' || type === 'DOUBLE';
  if (isFloat && Number.isNaN(value)) return true;
  if (min === null || max === null) return false;
  return compareValues(min, value) <= 0 && compareValues(max, value) >= 0;
}

function mayCompare(name: string, column: ColumnFacts, { value }: Literal): boolean {
  const { min, max, type, isRangeUnknown = false } = column;
  const isFloat = type === 'FLOAT' || type === 'DOUBLE';
  if (isRangeUnknown || value === null || (isFloat && (min === null || Number.isNaN(value))))
    return true;
  switch (name) {
    case 'less':
      return min !== null && compareValues(min, value) < 0;
    case 'less_or_equal':
      return min !== null && compareValues(min, value) <= 0;
    case 'greater':
      return isFloat || (max !== null && compareValues(max, value) > 0);
    case 'greater_or_equal':
      return isFloat || (max !== null && compareValues(max, value) >= 0);
    default:
      return true;
  }
}

/** Both of one type and not NULL. */
function compareValues(left: Exclude<Value, null>, right: Exclude<Value, null>): number {
  if (typeof left === 'string') return compareText(left, String(right));
  if (typeof left === 'bigint') return left < BigInt(right) ? -1 : left > BigInt(right) ? 1 : 0;
  return compareFloats(Number(left), Number(right));
}
