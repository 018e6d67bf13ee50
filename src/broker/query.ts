import { EngineError } from '../base/errors.ts';
import { QUERY_TIMEOUT_MS_DEFAULT, TIMER_MS_MAX } from '../base/limits.ts';
import type { TableSchema } from '../base/types.ts';
import type { LeafResult, LeafService, LeafStats } from '../exec/leaf-service.ts';
import type { Partial } from '../exec/partial.ts';
import type { Clock } from '../io/clock.ts';
import type { LeafPlan, QueryPlan } from '../sql/plan.ts';
import { planQuery } from '../sql/query.ts';
import type { ClusterView } from './cluster-view.ts';
import { isInternalError } from './error-codes.ts';
import { explainTable } from './explain.ts';
import type { Reducer } from './reducer.ts';
import type { QueryRequest } from './request.ts';
import { addLeafStats, NO_LEAF_STATS, type ResponseFacts, type ResultTable } from './response.ts';
import { assignSegments } from './routing.ts';
import { functionsTable } from './show-functions.ts';

/** What a query runner needs. */
export interface QueryRunnerOptions {
  readonly brokerId: string;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly reduce: Reducer;
  /** The engine of a live server, by its id; null when the server is not live. */
  readonly leafService: (server: string) => LeafService | null;
  /** Told of defects of Nyala, whose text is kept from users. */
  readonly onInternalError: (error: unknown) => void;
}

/** How a query ended: `table` after success, `error` after failure, `facts` in any case. */
export interface QueryOutcome {
  readonly table: ResultTable | null;
  readonly error: unknown;
  readonly facts: ResponseFacts;
}

/** What a query has found out so far; ends up in its facts. */
interface Progress {
  readonly requestId: string;
  readonly startedAtMs: number;
  clientRequestId: string | null;
  table: string | null;
  readonly serversQueried: Set<string>;
  readonly serversResponded: Set<string>;
  leaf: LeafStats;
  reduceTimeMs: number;
}

/** What servers have answered to one query, until it ends. */
class LeafResults {
  readonly #results: LeafResult[] = [];
  #isOver = false;

  get partials(): Partial[] {
    return this.#results.map(({ partial }) => partial);
  }

  /** An answer that comes after the query has failed elsewhere is let go of at once. */
  add(result: LeafResult): void {
    if (this.#isOver) result.release();
    else this.#results.push(result);
  }

  release(): void {
    this.#isOver = true;
    for (const { release } of this.#results) release();
  }
}

/** Plans, fans out and reduces queries. One a broker. */
export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #running = new Map<string, string>();
  #turn = 0;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
  }

  /** Running queries: request id and SQL text. */
  running(): ReadonlyMap<string, string> {
    return this.#running;
  }

  /** Passes on what is a defect of Nyala and not an error of its user. */
  report(error: unknown): void {
    if (isInternalError(error)) this.#options.onInternalError(error);
  }

  /** Runs one statement. Never throws: what goes wrong is in the outcome. */
  async run(request: QueryRequest): Promise<QueryOutcome> {
    const progress = this.#begin();
    this.#running.set(progress.requestId, request.sql);
    try {
      const table = await this.#execute(request, progress);
      return { table, error: null, facts: this.#facts(progress) };
    } catch (error) {
      this.report(error);
      return { table: null, error, facts: this.#facts(progress) };
    } finally {
      this.#running.delete(progress.requestId);
    }
  }

  #begin(): Progress {
    const { clock } = this.#options;
    const turn = this.#turn++;
    return {
      requestId: `${Math.floor(clock.nowMs() / 1000)}${String(turn % 1e9).padStart(9, '0')}`,
      startedAtMs: clock.monotonicMs(),
      clientRequestId: null,
      table: null,
      serversQueried: new Set(),
      serversResponded: new Set(),
      leaf: NO_LEAF_STATS,
      reduceTimeMs: 0,
    };
  }

  async #execute(request: QueryRequest, progress: Progress): Promise<ResultTable> {
    const { view, clock } = this.#options;
    const planned = planQuery(request.sql, {
      resolveTable: (name: string): TableSchema | null => view.schema(name),
      tableNames: () => view.tableNames(),
      nowMs: clock.nowMs(),
      options: request.options,
      tableIndexes: (name) => view.indexes(name),
    });
    progress.table = planned.table;
    progress.clientRequestId = planned.options.get('clientQueryId') ?? null;
    if (planned.kind === 'explain') return explainTable(planned.explain);
    if (planned.kind === 'functions') return functionsTable(planned.pattern);
    const deadlineMs = progress.startedAtMs + timeoutMs(planned.options);
    const results = new LeafResults();
    try {
      await this.#runLeaf(planned.plan, deadlineMs, progress, results);
      const reduceStartMs = clock.monotonicMs();
      const answer = this.#options.reduce(planned.plan, results.partials);
      progress.reduceTimeMs = clock.monotonicMs() - reduceStartMs;
      return answer;
    } finally {
      results.release();
    }
  }

  /** Adds the answers of all servers to `results`, as they come in. */
  async #runLeaf(
    { leaf }: QueryPlan,
    deadlineMs: number,
    progress: Progress,
    results: LeafResults,
  ): Promise<void> {
    if (leaf === null) return;
    const routing = this.#options.view.routing(leaf.table);
    if (routing === null) return;
    const failed = new Map<string, unknown>();
    let pending = [...routing.keys()];
    while (pending.length > 0) {
      const isUsable = (server: string) =>
        !failed.has(server) && this.#options.leafService(server) !== null;
      const shares = assignOrRethrow(pending, routing, isUsable, this.#turn, failed);
      pending = [];
      await Promise.all(
        [...shares].map(async ([server, segments]) => {
          try {
            results.add(await this.#ask(server, leaf, segments, deadlineMs, progress));
          } catch (error) {
            if (!isReplicaFailure(error)) throw error;
            failed.set(server, error);
            pending.push(...segments);
          }
        }),
      );
    }
  }

  async #ask(
    server: string,
    leaf: LeafPlan,
    segments: readonly string[],
    deadlineMs: number,
    progress: Progress,
  ): Promise<LeafResult> {
    const service = this.#options.leafService(server);
    if (service === null) throw serverGone(server);
    const leftMs = deadlineMs - this.#options.clock.monotonicMs();
    if (leftMs <= 0) throw tooLate();
    progress.serversQueried.add(server);
    const result = await service.execute(leaf, segments, leftMs);
    progress.serversResponded.add(server);
    progress.leaf = addLeafStats(progress.leaf, result.stats);
    return result;
  }

  #facts(progress: Progress): ResponseFacts {
    return {
      timeUsedMs: this.#options.clock.monotonicMs() - progress.startedAtMs,
      reduceTimeMs: progress.reduceTimeMs,
      requestId: progress.requestId,
      clientRequestId: progress.clientRequestId,
      brokerId: this.#options.brokerId,
      tables: progress.table === null ? [] : [progress.table],
      serversQueried: progress.serversQueried.size,
      serversResponded: progress.serversResponded.size,
      leaf: progress.leaf,
    };
  }
}

/** When replicas have failed and none is left, the first failure says more than "unavailable". */
function assignOrRethrow(
  segments: readonly string[],
  routing: NonNullable<ReturnType<ClusterView['routing']>>,
  isUsable: (server: string) => boolean,
  turn: number,
  failed: ReadonlyMap<string, unknown>,
): Map<string, string[]> {
  try {
    return assignSegments(segments, routing, isUsable, turn);
  } catch (error) {
    const [firstFailure] = failed.values();
    throw firstFailure ?? error;
  }
}

/** Errors after which another replica may still answer. */
function isReplicaFailure(error: unknown): boolean {
  return (
    error instanceof EngineError &&
    (error.code === 'SERVER_UNAVAILABLE' || error.code === 'SEGMENT_UNAVAILABLE')
  );
}

function timeoutMs(options: ReadonlyMap<string, string>): number {
  return Math.min(Number(options.get('timeoutMs') ?? QUERY_TIMEOUT_MS_DEFAULT), TIMER_MS_MAX);
}

function serverGone(server: string): EngineError {
  return new EngineError('SERVER_UNAVAILABLE', `broker: server ${server} has just gone`);
}

function tooLate(): EngineError {
  return new EngineError(
    'TIMEOUT',
    'broker: the time limit passed before all servers were asked; raise it with SET timeoutMs',
  );
}
