import { EngineError } from '../base/errors.ts';
import { REBALANCE_LOOK_MS, REBALANCE_PAUSE_MS } from '../base/placement-limits.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import type { RebalanceConfig, RebalanceJob } from '../coord/cluster/placement-nodes.ts';
import { type Clock, sleep } from '../io/clock.ts';
import { randomHex } from '../io/random.ts';
import type { CatalogWork } from './catalog-work.ts';
import { ChangeNotices } from './change-notices.ts';
import { writeGroups } from './instance-changes.ts';
import { beginJob, endJob, runningJob } from './rebalance-jobs.ts';
import { plannedMoves, targetPlacement } from './rebalance-moves.ts';
import { type PassResult, rebalancePass, settleMoves } from './rebalance-pass.ts';
import { hostingOf, type ServerPools, serverPools } from './server-pools.ts';
import { checkEnabled, existingTable } from './table-changes.ts';

/** What a rebalancer works with. */
export interface RebalancerOptions {
  readonly clock: Clock;
  /** Runs a step when nothing else changes the tree, while this controller leads. */
  readonly run: <R>(step: (work: CatalogWork) => Promise<R>) => Promise<R>;
  /** Told of what it fails in, which is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Where a rebalance brings segments. */
export interface RebalancePlan {
  /** Null for one that was only to be looked at. */
  readonly jobId: string | null;
  readonly isNoOp: boolean;
  readonly pools: ServerPools;
  readonly target: ReadonlyMap<string, readonly string[]>;
  readonly copies: number;
  readonly removals: number;
}

const JOB_ID_BYTES = 8;

/**
 * Moves segments to the servers where they should be, while queries run. All that it knows is in the
 * tree: the job, and in the records what moves (`rebalance-pass.ts`); so another controller goes on.
 *
 * Caller must: call `noticeChange` whenever the cluster's state has changed, and `resume` when it has
 * begun to lead and from time to time.
 */
export class Rebalancer {
  readonly #options: RebalancerOptions;
  readonly #changes: ChangeNotices;
  /** Tables whose rebalance is driven here. */
  readonly #driven = new Set<string>();
  readonly #over = new AbortController();

  constructor(options: RebalancerOptions) {
    this.#options = options;
    this.#changes = new ChangeNotices(options.clock);
  }

  /** The clock by which it goes. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** Lets rebalances look again. */
  noticeChange(): void {
    this.#changes.notice();
  }

  /** Stops; whoever leads next goes on. */
  close(): void {
    this.#over.abort();
  }

  /**
   * Begins to move a table's segments; goes on by itself.
   *
   * @throws EngineError UNKNOWN_TABLE, CONFLICT when it is rebalanced already, BAD_REQUEST when it
   *   cannot be done so, SERVER_UNAVAILABLE when servers are missing.
   */
  async start(table: string, config: RebalanceConfig): Promise<RebalancePlan> {
    const plan = await this.#options.run((work) => begin(work, table, config));
    if (!plan.isNoOp && plan.jobId !== null) this.#drive(table);
    return plan;
  }

  /**
   * Stops the rebalance of a table: what has not arrived stays where it was.
   *
   * @returns its id; null when there is none.
   */
  cancel(table: string): Promise<string | null> {
    return this.#options.run(async (work) => {
      existingTable(work.state.tables, table);
      const job = runningJob(work.state, table);
      if (job === null) return null;
      await endJob(work, table, job.id, 'CANCELLED', 'cancelled by a user');
      await settleMoves(work, table);
      return job.id;
    });
  }

  /** Goes on with what is under way, and ends moves that belong to no rebalance any more. */
  async resume(work: CatalogWork): Promise<void> {
    for (const table of [...work.state.tables.keys()]) {
      if (runningJob(work.state, table) === null) await settleMoves(work, table);
      else this.#drive(table);
    }
  }

  #drive(table: string): void {
    if (this.#driven.has(table) || this.#over.signal.aborted) return;
    this.#driven.add(table);
    this.#driveToEnd(table)
      .catch((error: unknown) => {
        const isOver = this.#over.signal.aborted || isDeposed(error);
        if (!isOver) this.#options.onError(error);
      })
      .finally(() => this.#driven.delete(table));
  }

  async #driveToEnd(table: string): Promise<void> {
    const { clock, run } = this.#options;
    const { signal } = this.#over;
    let sinceMs = clock.monotonicMs();
    let before: PassResult | null = null;
    for (;;) {
      const silentMs = clock.monotonicMs() - sinceMs;
      const found: PassResult | null = await run((work) => pass(work, table, silentMs));
      if (found === null) return;
      const hasMoved = found.finished > 0 || found.waiting !== before?.waiting;
      if (hasMoved) sinceMs = clock.monotonicMs();
      before = found;
      await this.#changes.next(REBALANCE_LOOK_MS, signal);
      if (signal.aborted) return;
      await sleep(clock, REBALANCE_PAUSE_MS);
    }
  }
}

async function begin(
  work: CatalogWork,
  table: string,
  config: RebalanceConfig,
): Promise<RebalancePlan> {
  const { state, clock, random } = work;
  const node = existingTable(state.tables, table);
  checkEnabled(state, table);
  checkReplicas(node, config);
  const pools = serverPools(state, node, config.reassignInstances);
  const target = targetPlacement(state, node, pools, clock.nowMs(), config.bootstrap);
  const moves = [...plannedMoves(state, table, target).values()];
  const copies = moves.reduce((sum, { add }) => sum + add.length, 0);
  const removals = moves.reduce((sum, { drop }) => sum + drop.length, 0);
  const plan = { isNoOp: moves.length === 0, pools, target, copies, removals };
  if (config.dryRun) return { ...plan, jobId: null };
  const job: RebalanceJob = {
    id: randomHex(random, JOB_ID_BYTES),
    status: 'IN_PROGRESS',
    startedAtMs: clock.nowMs(),
    endedAtMs: null,
    description: 'segments move',
    ...{ copies, removals, config, pools },
  };
  const running = runningJob(state, table);
  if (plan.isNoOp && running === null) {
    await writeGroups(work, table, pools);
    return { ...plan, jobId: job.id };
  }
  if (running === null) await writeGroups(work, table, pools);
  await beginJob(work, table, job);
  return { ...plan, isNoOp: false, jobId: job.id };
}

/** @returns null when the rebalance has ended. */
async function pass(
  work: CatalogWork,
  table: string,
  silentMs: number,
): Promise<PassResult | null> {
  const job = work.state.tables.has(table) ? runningJob(work.state, table) : null;
  if (job === null) return null;
  const { bestEfforts, externalViewStabilizationTimeoutInMs: timeoutMs } = job.config;
  const isLate = silentMs > timeoutMs;
  if (isLate && !bestEfforts) {
    const description = `nothing has moved for ${timeoutMs} ms; what had not arrived stays`;
    return giveUp(work, table, job.id, description);
  }
  try {
    const needed = isLate ? neededReplicas(work, table, job) : null;
    const found = await rebalancePass(work, table, job, needed);
    if (found.moving + found.waiting > 0) return found;
  } catch (error) {
    const isFinal = error instanceof EngineError && HOPELESS.has(error.code);
    if (!isFinal || work.term.signal.aborted) throw error;
    return giveUp(work, table, job.id, error.message);
  }
  await endJob(work, table, job.id, 'DONE', 'all segments are where they should be');
  return null;
}

/** What would go wrong again: a pool without servers, a record that finds no room. */
const HOPELESS: ReadonlySet<EngineError['code']> = new Set(['SERVER_UNAVAILABLE', 'BAD_REQUEST']);

async function giveUp(
  work: CatalogWork,
  table: string,
  id: string,
  description: string,
): Promise<null> {
  await endJob(work, table, id, 'FAILED', description);
  await settleMoves(work, table);
  return null;
}

/** Servers that have to serve a segment in any case; a negative number is of those that may not. */
function neededReplicas({ state }: CatalogWork, table: string, { config }: RebalanceJob): number {
  const { replication } = hostingOf(existingTable(state.tables, table));
  const { minAvailableReplicas: least } = config;
  return Math.max(1, least < 0 ? replication + least : least);
}

function checkReplicas(node: TableNode, { minAvailableReplicas, downtime }: RebalanceConfig): void {
  const { replication } = hostingOf(node);
  if (downtime || minAvailableReplicas <= replication) return;
  throw new EngineError(
    'BAD_REQUEST',
    `controller: minAvailableReplicas: expected at most the ${replication} replicas of the table, ` +
      `found ${minAvailableReplicas}`,
  );
}

function isDeposed(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'SERVER_UNAVAILABLE';
}
