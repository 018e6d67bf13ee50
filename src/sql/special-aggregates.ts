import type { FunnelFunction } from './expression.ts';
import { foldFunctionName } from './function-name.ts';

/** An aggregate whose arguments have a form of their own; `bind-special.ts` binds them. */
export interface SpecialAggregate {
  readonly name: 'list_agg' | 'group_concat' | 'array_agg' | FunnelFunction;
  readonly aliases: readonly string[];
  /** One sentence for people who look the aggregate up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
}

const LIST_TYPES = '(ANY[, constant STRING[, constant BOOLEAN]] [ORDER BY …]) → STRING';

const FUNNEL_TYPES =
  '(TIMESTAMP or BIGINT, constant window, constant number of steps, BOOLEAN, …[, constant mode, …])';

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
  {
    ...{ name: 'funnel_count', aliases: [] },
    types: '(STEPS of BOOLEAN, CORRELATE_BY of ANY[, SETTINGS of constant STRING]) → STRING',
    summary: 'How many values have done each step and all before it, as text of a JSON array.',
  },
  {
    ...{ name: 'funnel_max_step', aliases: [], types: `${FUNNEL_TYPES} → INT` },
    summary: 'How many steps were done one after another within a window, at most.',
  },
  {
    ...{ name: 'funnel_complete_count', aliases: [], types: `${FUNNEL_TYPES} → INT` },
    summary: 'How often all steps were done one after another within a window.',
  },
  {
    ...{ name: 'funnel_match_step', aliases: [], types: `${FUNNEL_TYPES} → STRING` },
    summary: 'For each step 1 if it was reached within a window, else 0, as text of a JSON array.',
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
