import { isText } from '../base/types.ts';
import { type ColumnMetadata, isCoded, type SegmentMetadata } from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import type { AggregateLeaf, LeafPlan } from '../sql/plan.ts';
import { aggregateStates } from './aggregate-states.ts';
import { type TextSources, textSources } from './chosen-text.ts';

/** Guesses for expressions, which mostly put many values into one: of one column, and of several. */
const VALUES_OF_EXPRESSION = 32;
const VALUES_OF_COLUMNS = 1024;

/**
 * Whether a plan may find so many groups, or distinct values, that it is better to gather them over all
 * segments at once, by value, than for each segment by its codes, which is faster for a few; or whether the
 * rows of a segment are known to be too many by those of others.
 *
 * @param groupsMin how many are many.
 */
export function isSpanningWorthIt(
  plan: LeafPlan,
  segments: readonly SegmentMetadata[],
  groupsMin: number,
): boolean {
  if (plan.kind === 'select') return plan.partitionLimit !== undefined;
  // Rows of lists are ordered by their segment, which must then be one.
  const { specifications } = aggregateStates(plan.aggregates);
  if (specifications.some(({ kind }) => kind === 'lists')) return false;
  let groups = 1;
  for (const key of plan.keys) groups *= valueCount(key, segments);
  const sets = valueSets(plan).map((argument) => valueCount(argument, segments));
  return Math.max(groups, ...sets) >= groupsMin;
}

/**
 * Texts of a plan that are told apart or compared by value: those that meet in one expression together,
 * each column once.
 */
export function comparedTexts(plan: LeafPlan): TextSources[] {
  if (plan.kind === 'select') {
    const keys = plan.partitionLimit?.keys ?? [];
    return textsTogether(keys.map((key) => plan.outputs[key]!));
  }
  const { specifications } = aggregateStates(plan.aggregates);
  const extremes = specifications.flatMap(({ kind, args }) =>
    kind === 'min' || kind === 'max' ? args : [],
  );
  return textsTogether([...plan.keys, ...valueSets(plan), ...extremes]);
}

function textsTogether(expressions: readonly Expression[]): TextSources[] {
  let together: TextSources[] = [];
  for (const expression of expressions) {
    const isOther = expression.kind === 'column' && isText(expression.type);
    const own = isOther ? { columns: [expression.name], texts: [] } : textSources(expression);
    if (own === null) continue;
    const meets = ({ columns }: TextSources): boolean =>
      columns.some((name) => own.columns.includes(name));
    const met = [...together.filter(meets), own];
    const union = <T>(lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())];
    const columns = union(met.map((sources) => sources.columns));
    const texts = union(met.map((sources) => sources.texts));
    together = [...together.filter((sources) => !meets(sources)), { columns, texts }];
  }
  return together;
}

/** Arguments of which the distinct values are kept. */
function valueSets(plan: AggregateLeaf): Expression[] {
  const { specifications } = aggregateStates(plan.aggregates);
  return specifications.flatMap(({ kind, args }) =>
    kind === 'distinct' || kind === 'frequencies' ? args.slice(0, 1) : [],
  );
}

/** Values that an expression may have in a segment, at a guess. */
function valueCount(expression: Expression, segments: readonly SegmentMetadata[]): number {
  if (expression.kind === 'literal') return 1;
  if (expression.kind === 'call') {
    const columns = expression.args.filter(({ kind }) => kind !== 'literal');
    return columns.length > 1 ? VALUES_OF_COLUMNS : VALUES_OF_EXPRESSION;
  }
  const { name } = expression;
  let most = 1;
  for (const { columns, rowCount } of segments) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column !== undefined) most = Math.max(most, Math.min(rowCount, codesOf(column, rowCount)));
  }
  return most;
}

function codesOf({ encoding }: ColumnMetadata, rowCount: number): number {
  if (!isCoded(encoding)) return rowCount;
  return encoding.kind === 'dictionary' ? encoding.cardinality : encoding.codeCount;
}
