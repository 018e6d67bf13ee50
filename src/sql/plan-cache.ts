import { KEPT_PLANS_MAX, KEPT_STATEMENT_CHARACTERS_MAX } from '../base/limits.ts';
import type { TableSchema } from '../base/types.ts';
import { type PlannedQuery, type PlanQueryOptions, planQuery } from './query.ts';

/** A plan with what it was made from beside its text. */
interface KeptPlan {
  readonly planned: PlannedQuery;
  readonly schemas: ReadonlyMap<string, TableSchema | null>;
}

/**
 * Plans of statements that come again and again, as those of dashboards do. A plan is kept as long as the
 * schemas that it was made from are the same objects; one that depends on the moment, on chance, or on which
 * other tables there are, is not kept.
 */
export class PlanCache {
  /** By options and text, those that were not used for longest first. */
  readonly #plans = new Map<string, KeptPlan>();

  /**
   * What `planQuery` gives.
   *
   * @throws EngineError as `planQuery` does.
   */
  plan(text: string, context: PlanQueryOptions): PlannedQuery {
    if (text.length > KEPT_STATEMENT_CHARACTERS_MAX) return planQuery(text, context);
    const key = JSON.stringify([text, ...(context.options ?? [])]);
    const kept = this.#plans.get(key);
    this.#plans.delete(key);
    if (kept !== undefined && isOf(kept.schemas, context)) {
      this.#plans.set(key, kept);
      return kept.planned;
    }
    const { planned, schemas, isLasting } = planWatched(text, context);
    if (planned.kind === 'query' && isLasting) this.#keep(key, { planned, schemas });
    return planned;
  }

  #keep(key: string, kept: KeptPlan): void {
    this.#plans.set(key, kept);
    if (this.#plans.size <= KEPT_PLANS_MAX) return;
    const [oldest] = this.#plans.keys();
    this.#plans.delete(oldest!);
  }
}

function isOf(schemas: KeptPlan['schemas'], { resolveTable }: PlanQueryOptions): boolean {
  for (const [name, schema] of schemas) if (resolveTable(name) !== schema) return false;
  return true;
}

/** Plans, and tells what the plan was made from. */
function planWatched(
  text: string,
  context: PlanQueryOptions,
): KeptPlan & { readonly isLasting: boolean } {
  const schemas = new Map<string, TableSchema | null>();
  let isLasting = true;
  const { randomBits } = context;
  const planned = planQuery(text, {
    ...context,
    resolveTable: (name) => {
      const schema = context.resolveTable(name);
      schemas.set(name, schema);
      return schema;
    },
    get nowMs() {
      isLasting = false;
      return context.nowMs;
    },
    ...(randomBits && {
      randomBits: () => {
        isLasting = false;
        return randomBits();
      },
    }),
    tableNames: () => {
      isLasting = false;
      return context.tableNames();
    },
  });
  return { planned, schemas, isLasting };
}
