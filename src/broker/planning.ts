import type { TableSchema } from '../base/types.ts';
import type { Clock } from '../io/clock.ts';
import { type Random, randomBits } from '../io/random.ts';
import { PlanCache } from '../sql/plan-cache.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import type { ClusterView } from './cluster-view.ts';
import type { QueryRequest } from './request.ts';

/** What planning needs. */
export interface PlannerOptions {
  readonly view: ClusterView;
  readonly clock: Clock;
  /** What RAND() and UUID() draw from; without it they need a seed. */
  readonly random?: Random | undefined;
  readonly evaluateConstant: EvaluateConstant;
}

/** Makes plans of statements over the tables of a cluster, and keeps those that come again. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #plans = new PlanCache();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** @throws EngineError as `planQuery` does. */
  plan({ sql, options }: QueryRequest): PlannedQuery {
    const { view, clock, random, evaluateConstant } = this.#options;
    return this.#plans.plan(sql, {
      resolveTable: (name: string): TableSchema | null => view.schema(name),
      tableNames: () => view.tableNames(),
      nowMs: clock.nowMs(),
      ...(random === undefined ? {} : { randomBits: () => randomBits(random) }),
      options,
      tableIndexes: (name) => view.indexes(name),
      evaluateConstant,
    });
  }
}
