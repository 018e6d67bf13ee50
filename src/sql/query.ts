import { columnDefaultValue } from '../base/column-default.ts';
import type { IndexConfig } from '../base/index-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { Statement } from './ast.ts';
import { type BindContext, type BoundQuery, bindQuery } from './bind.ts';
import { explainPlan } from './explain.ts';
import { indexUseOf } from './index-use.ts';
import { logicalPlan } from './logical-plan.ts';
import { withNullDefaults } from './null-defaults.ts';
import { optimizeLogical, optimizePhysical } from './optimize.ts';
import { parseStatement } from './parser.ts';
import { physicalPlan } from './physical-plan.ts';
import type { IndexUse, QueryPlan } from './plan.ts';
import { type QueryLimits, queryLimits } from './query-limits.ts';
import { queryOptions } from './query-options.ts';
import type { EvaluateConstant } from './rules/constant-rule.ts';

/** What planning needs beside the text. */
export interface PlanQueryOptions extends BindContext {
  /** Query options that came with the request (default none); options in the text win. */
  readonly options?: ReadonlyMap<string, string>;
  /** The indexes that a table has, for EXPLAIN; default: none is known. */
  readonly tableIndexes?: (table: string) => readonly IndexConfig[];
  /** Computes calls of constants while planning; default: most are left to execution. */
  readonly evaluateConstant?: EvaluateConstant;
}

/** A statement that is ready to run, or to be explained. */
export interface PlannedQuery {
  /**
   * `explain` for EXPLAIN: the answer is `explain`, and nothing runs. `analyze` for
   * EXPLAIN ANALYZE: the query runs, and the answer is what its steps did. `functions` for SHOW FUNCTIONS:
   * the answer is the list of functions that fit `pattern`.
   */
  readonly kind: 'query' | 'explain' | 'analyze' | 'functions';
  readonly plan: QueryPlan;
  /** Query options under their canonical names, such as `timeoutMs`; values are text. */
  readonly options: ReadonlyMap<string, string>;
  /** What the options set, or the defaults. */
  readonly limits: QueryLimits;
  /** The table's name as its schema spells it; null without FROM. */
  readonly table: string | null;
  /** The plan as text, one line a node; empty unless `kind` is `explain`. */
  readonly explain: readonly string[];
  /** The pattern of SHOW FUNCTIONS; null for all, and for other statements. */
  readonly pattern: string | null;
}

/**
 * The front door of SQL: parses, binds, optimizes and splits a statement. Pure: the answer depends on
 * the arguments alone.
 *
 * @param text one statement, with `SET k = v;` in front of it if wanted.
 * @throws EngineError with the position in the text: SQL_SYNTAX, INVALID_QUERY, TYPE_MISMATCH,
 *   UNKNOWN_TABLE, UNKNOWN_COLUMN, UNKNOWN_FUNCTION, UNKNOWN_OPTION, BAD_CAST, BAD_REQUEST,
 *   NUMERIC_OVERFLOW (a literal) or NOT_SUPPORTED.
 */
export function planQuery(text: string, context: PlanQueryOptions): PlannedQuery {
  const { statement, positionOf } = parseStatement(text);
  const options = queryOptions(statement, positionOf, context.options ?? new Map());
  const named = bindQuery(statement.select, positionOf, context);
  const bound = options.get('enableNullHandling') === 'false' ? withNullDefaults(named) : named;
  const plan = planOf(bound, indexUseOf(options), context.evaluateConstant);
  const pattern = statement.show?.pattern ?? null;
  const table = innermost(bound).table?.name ?? null;
  const indexes = table === null ? [] : (context.tableIndexes?.(table) ?? []);
  const isExplained = statement.explain && !statement.analyze;
  const explain = isExplained ? explainPlan(plan, indexes) : [];
  const limits = queryLimits(options);
  return { kind: kindOf(statement), plan, options, limits, table, explain, pattern };
}

/** A query in FROM is planned as if alone, and becomes the first stage of all. */
function planOf(
  bound: BoundQuery,
  indexUse: IndexUse,
  evaluateConstant: EvaluateConstant | undefined,
): QueryPlan {
  const logical = optimizeLogical(logicalPlan(bound), evaluateConstant);
  const own = withAbsentColumns(optimizePhysical(physicalPlan(logical, indexUse)), bound.table);
  if (bound.input === null || own.leaf === null) return own;
  const inner = planOf(bound.input, indexUse, evaluateConstant);
  const stage = { leaf: own.leaf, reduce: own.reduce };
  return optimizePhysical({ ...inner, stages: [...(inner.stages ?? []), stage] });
}

/** A plan that says what rows read of columns that their segments may lack. */
function withAbsentColumns(plan: QueryPlan, table: TableSchema | null): QueryPlan {
  const { leaf } = plan;
  if (leaf === null || table === null) return plan;
  const absent = table.columns.flatMap(({ name, type, absent: text }) =>
    text === undefined || !leaf.columns.includes(name)
      ? []
      : [{ name, value: columnDefaultValue(type, text) }],
  );
  return absent.length === 0 ? plan : { ...plan, leaf: { ...leaf, absent } };
}

function innermost(query: BoundQuery): BoundQuery {
  return query.input === null ? query : innermost(query.input);
}

function kindOf({ explain, analyze, show }: Statement): PlannedQuery['kind'] {
  if (show !== null) return 'functions';
  if (analyze) return 'analyze';
  return explain ? 'explain' : 'query';
}
