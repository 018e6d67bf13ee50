import { Prng } from '../../../src/base/prng.ts';
import { Nemesis } from '../faults/nemesis.ts';
import { describeFailure, type Failure, type Outcome } from '../outcome.ts';
import { NoConvergence } from '../violation.ts';
import type { RoleAlterations } from './alterations.ts';
import { checkFailures, RECOVERY_MS } from './checkers/check-failures.ts';
import { checkTables } from './checkers/check-tables.ts';
import { ROLE_FAULTS } from './faults/role-faults.ts';
import { judge, type Unrest } from './judge.ts';
import { drawRolePlan, type RolePlan } from './plan.ts';
import { reader, type WorkloadPlan } from './reader.ts';
import { RoleCluster } from './role-cluster.ts';
import { TableHistory } from './table-history.ts';
import { User, type UserProgram } from './user.ts';
import { creator, writer } from './writer.ts';

/** Settings of a simulation beside its seed. */
export interface RoleSimulationOptions {
  /** A planted bug. */
  readonly alterations?: RoleAlterations;
  /** How many of the last happenings a failure tells. */
  readonly eventsShown?: number;
}

const START_MS_MAX = 60_000;
const CONVERGENCE_MS_MAX = 240_000;
const EVENTS_SHOWN_DEFAULT = 60;

/**
 * Simulates a whole cluster: a time with faults, then one without in which everything must come to
 * rest, and all answers must have been right.
 */
export function simulateRoles(seed: number, options: RoleSimulationOptions = {}): Promise<Outcome> {
  return new RoleSimulation(seed, options).run();
}

class RoleSimulation {
  readonly #seed: number;
  readonly #options: RoleSimulationOptions;
  readonly #plan: RolePlan;
  readonly #cluster: RoleCluster;
  readonly #nemesis: Nemesis<RoleCluster>;
  readonly #history = new TableHistory();
  readonly #tables: readonly string[];
  readonly #users: User[] = [];
  #isOver = false;
  #undecided = 0;

  constructor(seed: number, options: RoleSimulationOptions) {
    this.#seed = seed;
    this.#options = options;
    this.#plan = drawRolePlan(new Prng(seed));
    this.#cluster = new RoleCluster(seed, this.#plan, options.alterations ?? {});
    this.#tables = Array.from({ length: this.#plan.tables }, (_, index) => `t${index + 1}`);
    const { faultIntervalMs: intervalMs, isOneAtATime } = this.#plan;
    const rhythm = isOneAtATime ? { intervalMs: 1_000, calmMs: RECOVERY_MS } : { intervalMs };
    this.#nemesis = new Nemesis(this.#cluster, ROLE_FAULTS, rhythm);
  }

  async run(): Promise<Outcome> {
    const onRejection = (error: unknown): void => this.#cluster.world.scheduler.fail(error);
    process.on('unhandledRejection', onRejection);
    let failure: unknown = null;
    try {
      await this.#runPhases();
    } catch (error) {
      failure = error;
    } finally {
      process.off('unhandledRejection', onRejection);
    }
    return this.#outcome(failure);
  }

  async #runPhases(): Promise<void> {
    this.#cluster.start();
    let isCreated = false;
    this.#startUser(
      'creator',
      creator(this.#tables, () => (isCreated = true)),
    );
    await this.#advance(START_MS_MAX, () => isCreated);
    if (!isCreated) throw new NoConvergence(`no tables ${START_MS_MAX} ms after the start`);
    this.#startWorkload();
    this.#nemesis.start();
    await this.#advance(this.#plan.safetyMs);
    this.#cluster.world.scheduler.note('nemesis', 'all is well again');
    this.#isOver = true;
    this.#nemesis.stop();
    try {
      await this.#converge();
    } finally {
      // A broken promise says more than that it did not come to rest.
      if (this.#cluster.world.scheduler.failure === null) this.#undecided = this.#checkTables();
    }
  }

  #startWorkload(): void {
    const { writerPauseMs, readerPauseMs, writers, readers } = this.#plan;
    const { world } = this.#cluster;
    const plan: WorkloadPlan = {
      history: this.#history,
      tables: this.#tables,
      writerPauseMs,
      readerPauseMs,
      isOver: () => this.#isOver,
    };
    let segments = 0;
    for (let index = 1; index <= writers; index++) {
      this.#startUser(
        `writer${index}`,
        writer(plan, () => ++segments),
      );
    }
    for (let index = 1; index <= readers; index++) this.#startUser(`reader${index}`, reader(plan));
    world.scheduler.note('nemesis', 'may begin');
  }

  #startUser(name: string, program: UserProgram): User {
    const user = new User(this.#cluster, name, `10.0.5.${this.#users.length + 1}`);
    this.#users.push(user);
    user.start(program);
    return user;
  }

  async #converge(): Promise<void> {
    const unrest: Unrest = { reason: 'the clients do not come to their end' };
    await this.#expect(unrest, () => this.#users.every((user) => user.isDone));
    unrest.reason = 'nobody has looked';
    const last = this.#startUser(
      'judge',
      judge(this.#cluster, this.#history, this.#tables, unrest),
    );
    await this.#expect(unrest, () => last.isDone);
  }

  #checkTables(): number {
    const { disturbances, world } = this.#cluster;
    const options = {
      disturbances,
      coordinatorHosts: world.nodes.map(({ host }) => host),
      controllerHosts: this.#cluster.of('controller').map(({ host }) => host),
    };
    const undecided = checkTables(this.#history, options);
    checkFailures(this.#history.failures, options);
    return undecided;
  }

  async #expect(unrest: Unrest, isDone: () => boolean): Promise<void> {
    await this.#advance(CONVERGENCE_MS_MAX, isDone);
    if (isDone()) return;
    const machines = this.#cluster.machines.map(({ id, isRunning, lastFailure }) => {
      const failure = lastFailure === null ? '' : `, last failure: ${lastFailure}`;
      return `  ${id}: ${isRunning ? 'runs' : 'does not run'}${failure}`;
    });
    throw new NoConvergence(
      `not at rest ${CONVERGENCE_MS_MAX} ms after the last fault: ${unrest.reason}\n` +
        machines.join('\n'),
    );
  }

  async #advance(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const { scheduler } = this.#cluster.world;
    await scheduler.run(scheduler.nowMs + durationMs, isDone);
    if (scheduler.failure !== null) throw scheduler.failure;
  }

  #outcome(error: unknown): Outcome {
    const { scheduler } = this.#cluster.world;
    const events = this.#options.eventsShown ?? EVENTS_SHOWN_DEFAULT;
    const failure: Failure | null =
      error === null
        ? null
        : { ...describeFailure(error), lastEvents: scheduler.trace.lastLines(events) };
    const { coordinators, controllers, servers, brokers, tables } = this.#plan;
    return {
      seed: this.#seed,
      traceHash: scheduler.trace.hash,
      failure,
      cluster:
        `${coordinators} coordinators, ${controllers} controllers, ${servers} servers, ` +
        `${brokers} brokers, ${tables} tables`,
      faultKinds: this.#nemesis.kinds.map(({ name }) => name),
      simulatedMs: scheduler.nowMs,
      events: scheduler.executedCount,
      faults: this.#nemesis.faultCount,
      operations: this.#history.operationCount,
      undecided: this.#undecided,
    };
  }
}
