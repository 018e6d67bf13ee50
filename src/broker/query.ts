import { EngineError } from '../base/errors.ts';
import type { TableSchema } from '../base/types.ts';
import type { LeafResult, LeafService, LeafStats } from '../exec/leaf-service.ts';
import type { Partial } from '../exec/partial.ts';
import { addLeafProfile, emptyLeafProfile, type LeafProfile } from '../exec/profile.ts';
import { analyzedPlan } from '../exec/profile-text.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { ReduceProfile } from '../exec/reduce-profile.ts';
import { checkedSteps, runInSlices, runSteps } from '../exec/steps.ts';
import type { Clock } from '../io/clock.ts';
import { type Random, randomBits } from '../io/random.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { PlanCache } from '../sql/plan-cache.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import type { ClusterView } from './cluster-view.ts';
import { isInternalError, pinotException } from './error-codes.ts';
import { explainTable } from './explain.ts';
import type { Reducer } from './reducer.ts';
import type { QueryRequest } from './request.ts';
import {
  addLeafStats,
  encodeResponse,
  NO_LEAF_STATS,
  type ResponseFacts,
  type ResultTable,
} from './response.ts';
import { assignSegments } from './routing.ts';
import { functionsTable } from './show-functions.ts';

/** What a query runner needs. */
export interface QueryRunnerOptions {
  readonly brokerId: string;
  readonly view: ClusterView;
  readonly clock: Clock;
  /** What RAND() and UUID() draw from; without it they need a seed. */
  readonly random?: Random;
  readonly reduce: Reducer;
  readonly evaluateConstant: EvaluateConstant;
  /** The engine of a live server, by its id; null when the server is not live. */
  readonly leafService: (server: string) => LeafService | null;
  /** Told of defects of Nyala, whose text is kept from users. */
  readonly onInternalError: (error: unknown) => void;
}

/** A query that runs now. */
interface Running {
  readonly sql: string;
  readonly abort: AbortController;
  clientRequestId: string | null;
}

/** An outcome as the body of a response. */
export interface EncodedOutcome {
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Null after success. */
  readonly error: unknown;
  readonly facts: ResponseFacts;
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
  readonly query: Running;
  /** Null until the statement is planned. */
  stop: QueryStop | null;
  table: string | null;
  readonly serversQueried: Set<string>;
  readonly serversResponded: Set<string>;
  leaf: LeafStats;
  /** Null when nothing is measured. */
  profile: LeafProfile | null;
  reduceTimeMs: number;
}

/** What one server is asked. */
interface Share {
  readonly leaf: LeafPlan;
  readonly segments: readonly string[];
  readonly limits: QueryLimits;
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
  readonly #plans = new PlanCache();
  readonly #running = new Map<string, Running>();
  #turn = 0;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
  }

  /** Running queries: request id and SQL text. */
  running(): ReadonlyMap<string, string> {
    return new Map([...this.#running].map(([id, { sql }]) => [id, sql]));
  }

  /**
   * Cancels running queries, here and on the servers that work for them.
   *
   * @param id a request id, or with `isClientId` what the client has called them (`clientQueryId`).
   * @returns false when none of that id runs.
   */
  cancel(id: string, isClientId = false): boolean {
    const found = [...this.#running].filter(([requestId, { clientRequestId }]) =>
      isClientId ? clientRequestId === id : requestId === id,
    );
    for (const [, { abort }] of found) abort.abort();
    return found.length > 0;
  }

  /** Passes on what is a defect of Nyala and not an error of its user. */
  report(error: unknown): void {
    if (isInternalError(error)) this.#options.onInternalError(error);
  }

  /** Runs one statement. Never throws: what goes wrong is in the outcome. */
  run(request: QueryRequest): Promise<QueryOutcome> {
    return this.#track(request.sql, (progress) => this.#run(request, progress));
  }

  /** Runs one statement and writes its response. Never throws, and can be cancelled to the end. */
  respond(request: QueryRequest): Promise<EncodedOutcome> {
    return this.#track(request.sql, async (progress) => {
      const outcome = await this.#run(request, progress);
      if (outcome.error === null) {
        try {
          return { ...outcome, body: await this.#encode(outcome, progress) };
        } catch (error) {
          this.report(error);
          return this.#encodeFailure({ ...outcome, error });
        }
      }
      return this.#encodeFailure(outcome);
    });
  }

  /** Large answers are written in slices. */
  #encode({ table, facts }: QueryOutcome, { stop }: Progress): Promise<EncodedOutcome['body']> {
    const steps = checkedSteps(encodeResponse(table, [], facts), () => stop?.check());
    return runInSlices(steps, this.#options.clock);
  }

  #encodeFailure({ error, facts }: QueryOutcome): EncodedOutcome {
    const body = runSteps(encodeResponse(null, [pinotException(error)], facts));
    return { body, error, facts };
  }

  async #track<T>(sql: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const progress = this.#begin(sql);
    this.#running.set(progress.requestId, progress.query);
    try {
      return await work(progress);
    } finally {
      progress.stop?.dispose();
      this.#running.delete(progress.requestId);
    }
  }

  async #run(request: QueryRequest, progress: Progress): Promise<QueryOutcome> {
    try {
      const table = await this.#execute(request, progress);
      return { table, error: null, facts: this.#facts(progress) };
    } catch (error) {
      this.report(error);
      return { table: null, error, facts: this.#facts(progress) };
    }
  }

  #begin(sql: string): Progress {
    const { clock } = this.#options;
    const turn = this.#turn++;
    return {
      requestId: `${Math.floor(clock.nowMs() / 1000)}${String(turn % 1e9).padStart(9, '0')}`,
      startedAtMs: clock.monotonicMs(),
      query: { sql, abort: new AbortController(), clientRequestId: null },
      stop: null,
      table: null,
      serversQueried: new Set(),
      serversResponded: new Set(),
      leaf: NO_LEAF_STATS,
      profile: null,
      reduceTimeMs: 0,
    };
  }

  async #execute(request: QueryRequest, progress: Progress): Promise<ResultTable> {
    const { view, clock, random, evaluateConstant } = this.#options;
    const planned = this.#plans.plan(request.sql, {
      resolveTable: (name: string): TableSchema | null => view.schema(name),
      tableNames: () => view.tableNames(),
      nowMs: clock.nowMs(),
      ...(random === undefined ? {} : { randomBits: () => randomBits(random) }),
      options: request.options,
      tableIndexes: (name) => view.indexes(name),
      evaluateConstant,
    });
    progress.table = planned.table;
    progress.query.clientRequestId = planned.options.get('clientQueryId') ?? null;
    if (planned.kind === 'explain') return explainTable(planned.explain);
    if (planned.kind === 'functions') return functionsTable(planned.pattern);
    const { plan, limits } = planned;
    const stop = new QueryStop(clock, limits.timeoutMs, progress.query.abort.signal);
    progress.stop = stop;
    const isProfiled = planned.kind === 'analyze';
    if (isProfiled) progress.profile = emptyLeafProfile();
    const results = new LeafResults();
    try {
      await this.#runLeaf(planned, stop, progress, results);
      const reduceStartMs = clock.monotonicMs();
      const profile = isProfiled ? new ReduceProfile(clock) : null;
      const answer = await this.#options.reduce(plan, results.partials, limits, stop, profile);
      progress.reduceTimeMs = clock.monotonicMs() - reduceStartMs;
      if (profile === null || progress.profile === null) return answer;
      const leaf = { profile: progress.profile, stats: progress.leaf };
      return explainTable(analyzedPlan(plan, leaf, profile, answer.rowCount));
    } finally {
      results.release();
    }
  }

  /** Adds the answers of all servers to `results`, as they come in. */
  async #runLeaf(
    { plan: { leaf }, limits }: PlannedQuery,
    stop: QueryStop,
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
            results.add(await this.#ask(server, { leaf, segments, limits }, stop, progress));
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
    { leaf, segments, limits }: Share,
    stop: QueryStop,
    progress: Progress,
  ): Promise<LeafResult> {
    const service = this.#options.leafService(server);
    if (service === null) throw serverGone(server);
    stop.check();
    progress.serversQueried.add(server);
    const id = `${this.#options.brokerId}-${progress.requestId}-${this.#turn++}`;
    const { signal } = progress.query.abort;
    const options = { id, limits, signal, isProfiled: progress.profile !== null };
    const pending = service.execute(leaf, segments, stop.leftMs, options);
    const result = await stop.race(pending).catch((error: unknown) => {
      pending.then(
        ({ release }) => release(),
        () => undefined,
      );
      throw error;
    });
    progress.serversResponded.add(server);
    progress.leaf = addLeafStats(progress.leaf, result.stats);
    if (progress.profile !== null && result.profile !== null) {
      addLeafProfile(progress.profile, result.profile);
    }
    return result;
  }

  #facts(progress: Progress): ResponseFacts {
    return {
      timeUsedMs: this.#options.clock.monotonicMs() - progress.startedAtMs,
      reduceTimeMs: progress.reduceTimeMs,
      requestId: progress.requestId,
      clientRequestId: progress.query.clientRequestId,
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

function serverGone(server: string): EngineError {
  return new EngineError('SERVER_UNAVAILABLE', `broker: server ${server} has just gone`);
}
