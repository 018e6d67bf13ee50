import { type DataType, isNumeric } from '../base/types.ts';
import type { AggregateFunction } from './expression.ts';

/** What the binder knows about an aggregate. */
export interface AggregateSignature {
  readonly function: AggregateFunction;
  /** The result for an argument of a type; null when the aggregate does not take that type. */
  readonly resolve: (argument: DataType) => DataType | null;
}

const COUNT: AggregateSignature = { function: 'count', resolve: () => 'BIGINT' };
const COUNT_DISTINCT: AggregateSignature = { function: 'count_distinct', resolve: () => 'BIGINT' };
const AGGREGATES: ReadonlyMap<string, AggregateSignature> = new Map<string, AggregateSignature>([
  ['count', COUNT],
  ['distinctcount', COUNT_DISTINCT],
  ['countdistinct', COUNT_DISTINCT],
  ['sum', { function: 'sum', resolve: sumType }],
  ['min', { function: 'min', resolve: (argument) => argument }],
  ['max', { function: 'max', resolve: (argument) => argument }],
  ['avg', { function: 'avg', resolve: (argument) => (isNumeric(argument) ? 'DOUBLE' : null) }],
]);

/** Names for suggestions after a misspelt function. */
export const AGGREGATE_NAMES: readonly string[] = [
  'count',
  'distinctcount',
  'sum',
  'min',
  'max',
  'avg',
];

/** The aggregate of this name, without regard to case and underscores. */
export function findAggregate(name: string): AggregateSignature | undefined {
  return AGGREGATES.get(fold(name));
}

/** The aggregate that `COUNT(DISTINCT x)` and its kin mean; undefined when DISTINCT is not offered. */
export function distinctAggregate(signature: AggregateSignature): AggregateSignature | undefined {
  switch (signature.function) {
    case 'count':
    case 'count_distinct':
      return COUNT_DISTINCT;
    case 'min':
    case 'max':
      return signature;
    default:
      return undefined;
  }
}

function sumType(argument: DataType): DataType | null {
  if (argument === 'INT' || argument === 'BIGINT') return 'BIGINT';
  return argument === 'FLOAT' || argument === 'DOUBLE' ? 'DOUBLE' : null;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
