import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import {
  BROKER_QUERY_BYTES_MAX,
  CURSOR_ROWS_DEFAULT,
  QUERY_BYTES_EXPECTED,
  QUERY_WAIT_MS_MAX,
  RUNNING_QUERIES_MAX,
  WAITING_QUERIES_MAX,
} from '../base/limits.ts';
import { heldBytes } from '../exec/held-bytes.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import { emptyLeafProfile } from '../exec/profile.ts';
import { analyzedPlan } from '../exec/profile-text.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { ReduceProfile } from '../exec/reduce-profile.ts';
import { checkedSteps, runInSlices, runSteps } from '../exec/steps.ts';
import { type Pass, WorkGate } from '../exec/work-gate.ts';
import type { Clock } from '../io/clock.ts';
import type { Random } from '../io/random.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import { askServers } from './ask-servers.ts';
import type { ClusterView } from './cluster-view.ts';
import { encodeRows } from './cursor-rows.ts';
import { CursorStore } from './cursor-store.ts';
import { isInternalError, type PinotException, pinotException } from './error-codes.ts';
import { explainTable } from './explain.ts';
import type { FanOutParts } from './fan-out.ts';
import { HedgeBudget } from './hedge-budget.ts';
import { type LeafAnswers, releaseAnswers } from './leaf-answers.ts';
import { Planner } from './planning.ts';
import type { QueryProgress } from './query-progress.ts';
import { type ClientQuotas, NO_CLIENT_QUOTAS, QueryQuotas } from './query-quotas.ts';
import type { Reducer } from './reducer.ts';
import type { QueryRequest } from './request.ts';
import { encodeResponse, type ResponseFacts, type ResultTable } from './response.ts';
import { RunningQueries } from './running-queries.ts';
import { ServerHealth } from './server-health.ts';
import { type AdaptiveSelector, ServerLoad } from './server-load.ts';
import { functionsTable } from './show-functions.ts';
import { noteSlowQuery, type SlowQueryLog } from './slow-queries.ts';
import { tableQueryConfig } from './table-settings.ts';

/** What a query runner needs. */
export interface QueryRunnerOptions {
  readonly brokerId: string;
  readonly view: ClusterView;
  readonly clock: Clock;
  /** What RAND() and UUID() draw from; without it they need a seed. Spreads probes as well. */
  readonly random?: Random;
  readonly reduce: Reducer;
  readonly evaluateConstant: EvaluateConstant;
  /** The engine of a live server, by its id; null when the server is not live. */
  readonly leafService: (server: string) => LeafService | null;
  /** Asks a server whether it is well, and rejects when it is not (default: all always are). */
  readonly probe?: (server: string, timeoutMs: number) => Promise<void>;
  /** What the people who run the broker have set; what is missing is as usual. */
  readonly settings?: QuerySettings | undefined;
  /** Told of defects of Nyala, whose text is kept from users. */
  readonly onInternalError: (error: unknown) => void;
}

/** How a broker handles queries, as far as that can be set. */
export interface QuerySettings {
  /** By what the best replica is chosen (default: replicas take turns). */
  readonly adaptiveSelector?: AdaptiveSelector | undefined;
  /** Rates of clients (default: none). */
  readonly quotas?: ClientQuotas | undefined;
  /** Queries that run and wait at a time, and the memory of all that run (defaults: see limits). */
  readonly runningMax?: number | undefined;
  readonly waitingMax?: number | undefined;
  readonly bytesMax?: number | undefined;
  /** Queries that are told of because they took long (default: none). */
  readonly slowQueries?: SlowQueryLog | undefined;
}

/** An outcome as the body of a response. */
export interface EncodedOutcome {
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Null after success. */
  readonly error: unknown;
  /** The exceptions in the body: those of a partial answer, too. */
  readonly exceptions: readonly PinotException[];
  readonly facts: ResponseFacts;
}

/** How a query ended: `table` after success, `error` after failure, the rest in any case. */
export interface QueryOutcome {
  readonly table: ResultTable | null;
  readonly error: unknown;
  readonly exceptions: readonly PinotException[];
  readonly facts: ResponseFacts;
}

/** Plans, fans out and reduces queries. One a broker. */
export class QueryRunner {
  /** Queries that run now. */
  readonly running: RunningQueries;
  /** Answers that cursors read. */
  readonly cursors: CursorStore;
  /** Which servers are well. */
  readonly health: ServerHealth;
  readonly #options: QueryRunnerOptions;
  readonly #planner: Planner;
  readonly #gate: WorkGate;
  readonly #quotas: QueryQuotas;
  readonly #parts: FanOutParts;

  constructor(options: QueryRunnerOptions) {
    const { clock, random, view, leafService, probe = async () => {}, settings = {} } = options;
    this.#options = options;
    this.#planner = new Planner(options);
    this.#gate = queryGate(clock, settings);
    const brokerCount = () => view.brokerCount?.() ?? 1;
    this.#quotas = new QueryQuotas(clock, settings.quotas ?? NO_CLIENT_QUOTAS, brokerCount);
    this.running = new RunningQueries(clock);
    this.cursors = new CursorStore(clock);
    this.health = new ServerHealth({ clock, random, probe });
    const load = new ServerLoad(clock);
    let turn = 0;
    this.#parts = {
      clock,
      health: this.health,
      load,
      budget: new HedgeBudget(),
      leafService,
      scoreOf: load.scores(settings.adaptiveSelector ?? 'NO_OP'),
      nextTurn: () => turn++,
    };
  }

  /** Passes on what is a defect of Nyala and not an error of its user. */
  report(error: unknown): void {
    if (isInternalError(error)) this.#options.onInternalError(error);
  }

  /** Runs one statement. Never throws: what goes wrong is in the outcome. */
  run(request: QueryRequest): Promise<QueryOutcome> {
    return this.running.track(request.sql, (progress) => this.#run(request, progress));
  }

  /** Runs one statement and writes its response. Never throws, and can be cancelled to the end. */
  respond(request: QueryRequest): Promise<EncodedOutcome> {
    return this.running.track(request.sql, async (progress) => {
      const outcome = await this.#run(request, progress);
      if (outcome.error !== null) return this.#encodeFailure(outcome);
      try {
        progress.state = 'WRITING';
        const cursorRows = cursorRowsOf(request, progress.planned);
        const body =
          cursorRows === null
            ? await this.#encode(outcome, progress)
            : await this.#encodeFirstPage(outcome, progress, cursorRows, request);
        return { ...outcome, body };
      } catch (error) {
        this.report(error);
        return this.#encodeFailure({ ...outcome, error });
      }
    });
  }

  /** Ends what goes on between queries. */
  close(): void {
    this.cursors.close();
    this.health.close();
  }

  /** Large answers are written in slices. */
  #encode(
    { table, exceptions, facts }: QueryOutcome,
    { stop }: QueryProgress,
  ): Promise<EncodedOutcome['body']> {
    const steps = checkedSteps(encodeResponse(table, exceptions, facts), () => stop?.check());
    return runInSlices(steps, this.#options.clock);
  }

  /** Keeps the answer for its cursor. */
  async #encodeFirstPage(
    { table, exceptions, facts }: QueryOutcome,
    { stop, start }: QueryProgress,
    rows: number,
    { brokerAddress }: QueryRequest,
  ): Promise<string> {
    assert(table !== null, 'an answer without an error is a table');
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const encoding = checkedSteps(encodeRows(table), () => stop?.check());
    const answer = { rows: await runInSlices(encoding, clock), exceptions, facts };
    const writeTimeMs = clock.monotonicMs() - startMs;
    const broker = brokerAddress?.() ?? { host: 'localhost', port: 0 };
    const origin = { submittedAtMs: start.startedAtMs, writeTimeMs, broker };
    return this.cursors.put(answer, origin).page(0, rows);
  }

  #encodeFailure({ error, facts }: QueryOutcome): EncodedOutcome {
    const exceptions = [pinotException(error)];
    const body = runSteps(encodeResponse(null, exceptions, facts));
    return { body, error, exceptions, facts };
  }

  async #run(request: QueryRequest, progress: QueryProgress): Promise<QueryOutcome> {
    let table: ResultTable | null = null;
    let failure: unknown = null;
    let exceptions: readonly PinotException[];
    try {
      table = await this.#execute(request, progress);
      exceptions = progress.exceptions();
    } catch (error) {
      this.report(error);
      failure = error;
      exceptions = [pinotException(error)];
    }
    const { brokerId, clock, settings } = this.#options;
    const facts = progress.facts(brokerId, clock.monotonicMs());
    if (settings?.slowQueries !== undefined) {
      noteSlowQuery(settings.slowQueries, request.sql, exceptions, facts);
    }
    return { table, error: failure, exceptions, facts };
  }

  async #execute(request: QueryRequest, progress: QueryProgress): Promise<ResultTable> {
    // What is refused should cost no more than this.
    this.#gate.check();
    const planned = this.#planner.plan(request);
    progress.planned = planned;
    if (planned.kind === 'explain') return explainTable(planned.explain);
    if (planned.kind === 'functions') return functionsTable(planned.pattern);
    const { view } = this.#options;
    const pass = await this.#admit(request, planned, progress);
    if (planned.kind === 'analyze') progress.profile = emptyLeafProfile();
    progress.state = 'RUNNING';
    const answers = await askServers(view, this.#parts, planned, progress);
    try {
      pass.hold(heldBytes(answers.answers.map(({ result }) => result.partial)));
      progress.state = 'REDUCING';
      const table = await this.#reduce(planned, answers, progress);
      pass.hold(heldBytes(table.vectors));
      return table;
    } finally {
      releaseAnswers(answers);
    }
  }

  /** Starts the query's time, in which it may have to wait for its turn. */
  async #admit(
    { address = null }: QueryRequest,
    { table, options, limits }: PlannedQuery,
    progress: QueryProgress,
  ): Promise<Pass> {
    const { clock, view } = this.#options;
    const config = table === null ? null : (view.tableConfig?.(table) ?? null);
    const tableRateMax = tableQueryConfig(config).queriesPerSecondMax;
    const application = options.get('applicationName') ?? null;
    this.#quotas.take({ table, tableRateMax, application, address });
    const { signal } = progress.abort;
    progress.stop = new QueryStop(clock, limits.timeoutMs, signal);
    const bytes = Math.min(limits.memoryBytesMax, QUERY_BYTES_EXPECTED);
    progress.pass = await this.#gate.enter(bytes, limits.timeoutMs, signal);
    return progress.pass;
  }

  async #reduce(
    { plan, limits }: PlannedQuery,
    { answers }: LeafAnswers,
    progress: QueryProgress,
  ): Promise<ResultTable> {
    const { clock, reduce } = this.#options;
    const { stop, profile } = progress;
    assert(stop !== null, 'a query that runs has a time');
    const startMs = clock.monotonicMs();
    const partials = answers.map(({ result }) => result.partial);
    const reduceProfile = profile === null ? null : new ReduceProfile(clock);
    const answer = await reduce(plan, partials, limits, stop, reduceProfile);
    progress.reduceTimeMs = clock.monotonicMs() - startMs;
    if (profile === null || reduceProfile === null) return answer;
    const leaf = { profile, stats: progress.leafStats };
    return explainTable(analyzedPlan(plan, leaf, reduceProfile, answer.rowCount));
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

/** Rows of a cursor's first page; null when no cursor is wanted. */
function cursorRowsOf({ cursorRows = null }: QueryRequest, planned: PlannedQuery | null) {
  const { options } = planned ?? {};
  const isWanted = cursorRows !== null || options?.get('getCursor')?.toLowerCase() === 'true';
  if (!isWanted) return null;
  return cursorRows || Number(options?.get('cursorNumRows') ?? 0) || CURSOR_ROWS_DEFAULT;
}
