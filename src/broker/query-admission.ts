import { EngineError } from '../base/errors.ts';
import {
  BROKER_QUERY_BYTES_MAX,
  QUERY_BYTES_EXPECTED,
  QUERY_WAIT_MS_MAX,
  RUNNING_QUERIES_MAX,
  WAITING_QUERIES_MAX,
} from '../base/serving-limits.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { type Pass, WorkGate } from '../exec/work-gate.ts';
import type { Clock } from '../io/clock.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { ClusterView } from './cluster-view.ts';
import type { QueryProgress } from './query-progress.ts';
import { NO_CLIENT_QUOTAS, QueryQuotas } from './query-quotas.ts';
import type { QuerySettings } from './query-settings.ts';
import type { QueryRequest } from './request.ts';
import { tableQueryConfig } from './table-settings.ts';

/** Lets queries in: within their rates, and as many as a broker can answer. */
export class QueryAdmission {
  readonly #view: ClusterView;
  readonly #clock: Clock;
  readonly #gate: WorkGate;
  readonly #quotas: QueryQuotas;

  constructor(view: ClusterView, clock: Clock, settings: QuerySettings) {
    this.#view = view;
    this.#clock = clock;
    this.#gate = queryGate(clock, settings);
    const brokerCount = () => view.brokerCount?.() ?? 1;
    this.#quotas = new QueryQuotas(clock, settings.quotas ?? NO_CLIENT_QUOTAS, brokerCount);
  }

  /** Queries that run and wait. */
  get counts(): WorkGate['counts'] {
    return this.#gate.counts;
  }

  /** Memory that running queries are taken to hold. */
  get heldBytes(): number {
    return this.#gate.heldBytes;
  }

  /**
   * Looks whether one more query would be let in, before anything is spent on it.
   *
   * @throws EngineError TOO_MANY_REQUESTS when not.
   */
  check(): void {
    this.#gate.check();
  }

  /**
   * Starts a query's time, in which it may have to wait for its turn.
   *
   * @throws EngineError TOO_MANY_REQUESTS when its rate is used up or it would wait too long, CANCELLED.
   */
  async admit(
    { address = null }: QueryRequest,
    { table, options, limits }: PlannedQuery,
    progress: QueryProgress,
  ): Promise<Pass> {
    const config = table === null ? null : (this.#view.tableConfig?.(table) ?? null);
    const { queriesPerSecondMax: tableRateMax, quotaWindowSeconds } = tableQueryConfig(config);
    const application = options.get('applicationName') ?? null;
    this.#quotas.take({ table, tableRateMax, quotaWindowSeconds, application, address });
    const { signal } = progress.abort;
    progress.stop = new QueryStop(this.#clock, limits.timeoutMs, signal);
    const bytes = Math.min(limits.memoryBytesMax, QUERY_BYTES_EXPECTED);
    progress.pass = await this.#gate.enter(bytes, limits.timeoutMs, signal);
    return progress.pass;
  }
}

function queryGate(clock: Clock, settings: QuerySettings): WorkGate {
  return new WorkGate({
    clock,
    runningMax: settings.runningMax ?? RUNNING_QUERIES_MAX,
    waitingMax: settings.waitingMax ?? WAITING_QUERIES_MAX,
    bytesMax: settings.bytesMax ?? BROKER_QUERY_BYTES_MAX,
    waitMsMax: QUERY_WAIT_MS_MAX,
    refusal: (reason, retryAfterMs) => {
      const message = `broker: it has more queries than it can answer soon (${reason}); try again later`;
      return new EngineError('TOO_MANY_REQUESTS', message, { retryAfterMs });
    },
  });
}
