import { heldBytes } from '../exec/held-bytes.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import { emptyLeafProfile } from '../exec/profile.ts';
import type { Clock } from '../io/clock.ts';
import { type Log, noLog } from '../io/log.ts';
import { type Metrics, noMetrics } from '../io/metrics.ts';
import type { Random } from '../io/random.ts';
import { noTracer, spanned, type Tracer } from '../io/tracing.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import { askServers } from './ask-servers.ts';
import type { ClusterView } from './cluster-view.ts';
import { CursorStore } from './cursor-store.ts';
import { isInternalError, type PinotException, pinotException } from './error-codes.ts';
import { explainTable } from './explain.ts';
import type { FanOutParts } from './fan-out.ts';
import { HedgeBudget } from './hedge-budget.ts';
import { releaseAnswers } from './leaf-answers.ts';
import { Planner } from './planning.ts';
import { QueryAdmission } from './query-admission.ts';
import { type QueryMetrics, queryMetrics } from './query-metrics.ts';
import {
  type EncodedOutcome,
  encodeAnswer,
  encodeFailure,
  type QueryOutcome,
} from './query-outcome.ts';
import type { QueryProgress } from './query-progress.ts';
import type { QuerySettings } from './query-settings.ts';
import { describeOutcome, describePlan, describeText } from './query-span.ts';
import { reduceAnswers } from './reduce-answers.ts';
import type { Reducer } from './reducer.ts';
import type { QueryRequest } from './request.ts';
import type { ResultTable } from './response.ts';
import { RunningQueries } from './running-queries.ts';
import { ServerHealth } from './server-health.ts';
import { ServerLoad } from './server-load.ts';
import { functionsTable } from './show-functions.ts';
import { noteSlowQuery } from './slow-queries.ts';

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
  /** Told of slow queries (default: nobody is). */
  readonly log?: Log | undefined;
  /** Where queries are counted (default: nowhere). */
  readonly metrics?: Metrics | undefined;
  /** Where spans of queries go (default: nowhere). */
  readonly tracer?: Tracer | undefined;
  /** Told of defects of Nyala, whose text is kept from users. */
  readonly onInternalError: (error: unknown) => void;
}

/** Plans, fans out and reduces queries. One a broker. */
export class QueryRunner {
  /** Queries that run now. */
  readonly running: RunningQueries;
  /** Answers that cursors read. */
  readonly cursors: CursorStore;
  /** Which servers are well. */
  readonly health: ServerHealth;
  readonly #load: ServerLoad;
  readonly #options: QueryRunnerOptions;
  readonly #planner: Planner;
  readonly #admission: QueryAdmission;
  readonly #metrics: QueryMetrics;
  readonly #parts: FanOutParts;

  constructor(options: QueryRunnerOptions) {
    const { clock, random, view, leafService, probe = async () => {}, settings = {} } = options;
    this.#options = options;
    this.#planner = new Planner(options);
    this.#admission = new QueryAdmission(view, clock, settings);
    this.cursors = new CursorStore(clock);
    this.health = new ServerHealth({ clock, random, probe });
    this.#metrics = queryMetrics(options.metrics ?? noMetrics, {
      counts: () => this.#admission.counts,
      heldBytes: () => this.#admission.heldBytes,
      avoidedServers: () => this.health.avoidedCount,
    });
    this.running = new RunningQueries(clock, this.#metrics);
    this.#load = new ServerLoad(clock);
    let turn = 0;
    this.#parts = {
      clock,
      health: this.health,
      load: this.#load,
      budget: new HedgeBudget(),
      leafService,
      scoreOf: this.#load.scores(settings.adaptiveSelector ?? 'NO_OP'),
      nextTurn: () => turn++,
    };
  }

  /** Passes on what is a defect of Nyala and not an error of its user. */
  report(error: unknown): void {
    if (isInternalError(error)) this.#options.onInternalError(error);
  }

  /** Runs one statement. Never throws: what goes wrong is in the outcome. */
  run(request: QueryRequest): Promise<QueryOutcome> {
    return this.#track(request, (progress) => this.#run(request, progress));
  }

  /**
   * Runs one statement and writes its response. Never throws, and can be cancelled to the end: a body that
   * is written while it is sent is a part of the query.
   */
  respond(request: QueryRequest): Promise<EncodedOutcome> {
    return new Promise((resolve, reject) => {
      this.#track(request, (progress) => this.#respond(request, progress, resolve)).then(
        resolve,
        reject,
      );
    });
  }

  /** Forgets what is known of a server: it is gone, or a new process has its name. */
  forgetServer(server: string): void {
    this.health.forget(server);
    this.#load.forget(server);
  }

  /** Ends what goes on between queries. */
  close(): void {
    this.cursors.close();
    this.health.close();
  }

  /** @param begin is given a response whose body is yet to be written. */
  async #respond(
    request: QueryRequest,
    progress: QueryProgress,
    begin: (encoded: EncodedOutcome) => void,
  ): Promise<EncodedOutcome> {
    const outcome = await this.#run(request, progress);
    if (outcome.error !== null) return encodeFailure(outcome);
    try {
      progress.state = 'WRITING';
      const parts = { clock: this.#options.clock, cursors: this.cursors };
      return await spanned(progress.span.begin('write'), async () => {
        const encoded = await encodeAnswer(parts, outcome, request, progress);
        if (encoded.sent !== null) {
          begin(encoded);
          // A client that reads slowly is to keep nobody else waiting.
          progress.pass?.rest();
          await encoded.sent;
        }
        return encoded;
      });
    } catch (error) {
      this.report(error);
      return encodeFailure({ ...outcome, error });
    }
  }

  /** Does the work of a query as a span. */
  async #track<T extends { readonly error: unknown }>(
    { sql, traceParent = null }: QueryRequest,
    work: (progress: QueryProgress) => Promise<T>,
  ): Promise<T> {
    const span = (this.#options.tracer ?? noTracer).begin('query', traceParent);
    describeText(span, sql);
    const outcome = await this.running.track(sql, span, work);
    span.end(outcome.error ?? undefined);
    return outcome;
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
    const { brokerId, clock, log = noLog, settings } = this.#options;
    const facts = progress.facts(brokerId, clock.monotonicMs());
    const { slowQueryMs = Number.POSITIVE_INFINITY } = settings ?? {};
    this.#metrics.ended(failure, exceptions.length > 0);
    if (facts.timeUsedMs >= slowQueryMs) noteSlowQuery(log, request.sql, exceptions, facts);
    const outcome = { table, error: failure, exceptions, facts };
    describeOutcome(progress.span, outcome);
    return outcome;
  }

  async #execute(request: QueryRequest, progress: QueryProgress): Promise<ResultTable> {
    // What is refused should cost no more than this.
    this.#admission.check();
    const { span } = progress;
    const planned = await spanned(span.begin('plan'), () => this.#planner.plan(request));
    progress.planned = planned;
    describePlan(span, planned);
    if (planned.kind === 'explain') return explainTable(planned.explain);
    if (planned.kind === 'functions') return functionsTable(planned.pattern);
    const { view, clock, reduce } = this.#options;
    const pass = await spanned(span.begin('wait'), () =>
      this.#admission.admit(request, planned, progress),
    );
    if (planned.kind === 'analyze') progress.profile = emptyLeafProfile();
    progress.state = 'RUNNING';
    const answers = await askServers(view, this.#parts, planned, progress);
    try {
      pass.hold(heldBytes(answers.answers.map(({ result }) => result.partial)));
      progress.state = 'REDUCING';
      const table = await spanned(span.begin('reduce'), (own) =>
        reduceAnswers({ reduce, clock, span: own }, planned, answers, progress),
      );
      pass.hold(heldBytes(table.vectors));
      return table;
    } finally {
      releaseAnswers(answers);
    }
  }
}
