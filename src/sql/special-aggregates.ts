import { foldFunctionName } from './function-name.ts';

/** An aggregate whose arguments have a form of their own; `bind-special.ts` binds them. */
export interface SpecialAggregate {
  readonly name: 'list_agg' | 'group_concat' | 'array_agg';
  readonly aliases: readonly string[];
  /** One sentence for people who look the aggregate up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
}

const LIST_TYPES = '(ANY[, constant STRING[, constant BOOLEAN]] [ORDER BY …]) → STRING';

/** Every special aggregate. */
export const SPECIAL_AGGREGATES: readonly SpecialAggregate[] = [
  {
    ...{ name: 'list_agg', aliases: ['string_agg'], types: LIST_TYPES },
    summary: 'The values as text with a separator, a comma by default, between them.',
  },
  {
    ...{ name: 'group_concat', aliases: [], types: LIST_TYPES },
    summary: 'The same as list_agg with a comma and a blank by default.',
  },
  {
    ...{ name: 'array_agg', aliases: ['list'] },
    types: "(ANY[, constant STRING: the values' type[, constant BOOLEAN]] [ORDER BY …]) → ARRAY",
    summary: 'The values that are not NULL as an array, with TRUE or DISTINCT each once.',
  },
];

const byName: ReadonlyMap<string, SpecialAggregate> = new Map(
  SPECIAL_AGGREGATES.flatMap((one) =>
    [one.name, ...one.aliases].map((name) => [foldFunctionName(name), one] as const),
  ),
);

/** The special aggregate of this name, without regard to case and underscores. */
export function findSpecialAggregate(name: string): SpecialAggregate | undefined {
  return byName.get(foldFunctionName(name));
}
