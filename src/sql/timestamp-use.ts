import { findDateUnit } from '../base/date-units.ts';
import { indexName } from '../base/index-config.ts';
import { GRANULARITIES, timestampColumnName, unitOfGranularity } from '../base/timestamp-column.ts';
import type { Call, Expression } from './expression.ts';
import { call, collectColumns, column, isCall, mapArguments } from './expression-tools.ts';
import { mayUse } from './index-use.ts';
import type { LeafPlan } from './plan.ts';

/** A plan that reads columns of timestamp indexes, and the names of these. */
export interface TruncatedPlan {
  readonly plan: LeafPlan;
  readonly indexes: readonly string[];
}

/**
 * A plan in which `date_trunc('DAY', at)` is the column `$at$DAY` wherever there is one.
 *
 * @param has true for the names of the columns that there are.
 */
export function withTimestampIndexes(
  plan: LeafPlan,
  has: (name: string) => boolean,
): TruncatedPlan {
  const used = new Map<string, string>();
  const isOffered = (name: string): boolean => {
    const index = { kind: 'timestamp', columns: [name], parameters: {} } as const;
    if (!has(name) || !mayUse(plan.indexUse, index)) return false;
    used.set(name, indexName(index));
    return true;
  };
  const rewrite = (expression: Expression): Expression => {
    const found = isCall(expression, 'date_trunc') ? truncated(expression, isOffered) : null;
    return found ?? mapArguments(expression, rewrite);
  };
  const optional = (expression: Expression | null) => expression && rewrite(expression);
  const filter = optional(plan.filter);
  if (plan.kind === 'select') {
    const outputs = plan.outputs.map(rewrite);
    if (used.size === 0) return { plan, indexes: [] };
    const columns = columnsOf([filter, ...outputs]);
    return { plan: { ...plan, filter, outputs, columns }, indexes: [...used.values()] };
  }
  const keys = plan.keys.map(rewrite);
  const aggregates = plan.aggregates.map((one) => {
    return { ...one, args: one.args.map(rewrite), filter: optional(one.filter) };
  });
  if (used.size === 0) return { plan, indexes: [] };
  const parts = aggregates.flatMap(({ args, filter: condition }) => [...args, condition]);
  const columns = columnsOf([filter, ...keys, ...parts]);
  return { plan: { ...plan, filter, keys, aggregates, columns }, indexes: [...used.values()] };
}

/** The column of a truncation, or of its argument with what stands for NULL; null when there is none. */
function truncated(
  { args: [unit, moment, zone] }: Call,
  isOffered: (name: string) => boolean,
): Expression | null {
  if (unit?.kind !== 'literal' || moment === undefined || zone !== undefined) return null;
  const found = findDateUnit(String(unit.value));
  const granularity = GRANULARITIES.find((one) => unitOfGranularity(one) === found);
  if (granularity === undefined) return null;
  // Every unit but a week begins in 1970 where the TIMESTAMP 0 lies.
  if (isCall(moment, 'coalesce') && granularity !== 'WEEK') {
    const [inner, otherwise, ...others] = moment.args;
    const isZero = otherwise?.kind === 'literal' && otherwise.value === 0n && others.length === 0;
    const own = inner === undefined || !isZero ? null : columnFor(inner);
    return own === null ? null : call('coalesce', [own, otherwise!], 'TIMESTAMP');
  }
  return columnFor(moment);

  function columnFor(expression: Expression): Expression | null {
    if (expression.kind !== 'column' || expression.type !== 'TIMESTAMP') return null;
    const name = timestampColumnName({ column: expression.name, granularity: granularity! });
    return isOffered(name) ? column(name, 'TIMESTAMP') : null;
  }
}

function columnsOf(expressions: readonly (Expression | null)[]): readonly string[] {
  const names = new Set<string>();
  for (const expression of expressions) collectColumns(expression, names);
  return [...names];
}
