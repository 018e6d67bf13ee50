import { checkHistory } from './checkers/check-history.ts';
import { RaftInvariants } from './checkers/raft-invariants.ts';
import { StateHashes } from './checkers/state-hashes.ts';
import { type ClientProgram, SimulatedClient } from './client.ts';
import { MachineClock } from './clock.ts';
import { buildCluster, clientAddresses, membersOf } from './cluster.ts';
import type { Alterations } from './cluster-node.ts';
import { HarmGuard } from './faults/harm-guard.ts';
import { FAULT_KINDS, type FaultContext } from './faults/kinds.ts';
import { Nemesis } from './faults/nemesis.ts';
import { describeFailure, type Outcome } from './outcome.ts';
import { drawLongPlan, drawPlan, type SimulationPlan } from './plan.ts';
import { NoConvergence } from './violation.ts';
import { apiUser } from './workload/api-user.ts';
import { judge } from './workload/judge.ts';
import { operator } from './workload/operator.ts';
import type { WorkloadPlan } from './workload/plan.ts';
import { rawUser } from './workload/raw-user.ts';
import { World } from './world.ts';

/** Settings of a simulation beside its seed. */
export interface SimulationOptions {
  /** A planted bug. */
  readonly alterations?: Alterations;
  /** How many of the last happenings a failure tells. */
  readonly eventsShown?: number;
  /** Half an hour of faults at a slower pace, instead of half a minute at a fast one. */
  readonly isLong?: boolean;
}

const CONVERGENCE_MS_MAX = 120_000;
/** What the checks of nodes look for lasts, so they need not look every time. */
const OFTEN = { runsPerLook: 3, entriesPerLook: 5 };
const SELDOM = { runsPerLook: 15, entriesPerLook: 20 };
const EVENTS_SHOWN_DEFAULT = 60;

/** Runs one simulation: a time with faults, then one without in which everything must come to rest. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  return new Simulation(seed, options).run();
}

class Simulation {
  readonly #seed: number;
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #plan: SimulationPlan;
  readonly #nemesis: Nemesis<FaultContext>;
  #isOver = false;
  #undecided = 0;

  constructor(seed: number, options: SimulationOptions) {
    this.#seed = seed;
    this.#options = options;
    const draft = new World(seed, 1);
    const draw = options.isLong === true ? drawLongPlan : drawPlan;
    this.#plan = draw(draft.prng, options.alterations ?? {});
    this.#world = new World(seed, this.#plan.latencyMs);
    buildCluster(this.#world, this.#plan);
    const { faultIntervalMs, votersMin } = this.#plan;
    const context = { world: this.#world, guard: new HarmGuard(this.#world, votersMin) };
    this.#nemesis = new Nemesis(context, FAULT_KINDS, { intervalMs: faultIntervalMs });
  }

  async run(): Promise<Outcome> {
    const onRejection = (error: unknown): void => this.#world.scheduler.fail(error);
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
    const { scheduler, nodes, clients } = this.#world;
    this.#watchNodes();
    for (const node of nodes) node.start();
    const addresses = clientAddresses(this.#world);
    const plan = { thinkMs: this.#plan.thinkMs, isOver: () => this.#isOver };
    for (const [index, client] of clients.entries()) {
      const prng = this.#world.fork();
      client.start(addresses, index % 2 === 0 ? rawUser(prng, plan) : apiUser(prng, plan));
    }
    if (this.#plan.votersMin < this.#plan.voters) this.#startOperator(plan);
    this.#nemesis.start();
    await this.#advance(this.#plan.safetyMs);
    scheduler.note('nemesis', 'all is well again');
    this.#isOver = true;
    this.#nemesis.stop();
    try {
      await this.#converge();
    } finally {
      // A broken promise says more than that it did not come to rest.
      if (scheduler.failure === null) this.#undecided = checkHistory(this.#world.history);
    }
  }

  #watchNodes(): void {
    const { runsPerLook, entriesPerLook } = this.#options.isLong ? SELDOM : OFTEN;
    const invariants = new RaftInvariants();
    const hashes = new StateHashes(entriesPerLook);
    let ranCount = 0;
    this.#world.scheduler.afterEachEvent(() => {
      const node = this.#world.takeLastRan();
      if (node === null || ranCount++ % runsPerLook !== 0) return;
      invariants.look(node);
      hashes.look(node);
    });
  }

  async #converge(): Promise<void> {
    await this.#expect('the clients come to their end', () =>
      this.#world.clients.every((client) => client.isDone),
    );
    const last = this.#startJudge();
    await this.#expect('a last client can write, and ephemeral nodes are gone', () => last.isDone);
    await this.#expect('all nodes are in the same state', () => this.#isUniform());
  }

  #startJudge(): SimulatedClient {
    return this.#startClient('judge', '10.0.1.250', judge());
  }

  #startOperator(plan: WorkloadPlan): void {
    const members = membersOf(this.#plan);
    const program = operator(this.#world.fork(), plan, members, this.#plan.votersMin);
    this.#world.clients.push(this.#startClient('operator', '10.0.1.251', program));
  }

  #startClient(name: string, host: string, program: ClientProgram): SimulatedClient {
    const clock = new MachineClock(this.#world.scheduler, 1, 0);
    const place = { name, host, clock };
    const client = new SimulatedClient(this.#world, place, this.#plan.sessionTimeoutMs);
    client.start(clientAddresses(this.#world), program);
    return client;
  }

  /** All nodes serve and have applied the same; nodes that cannot tell count as equal. */
  #isUniform(): boolean {
    const { nodes } = this.#world;
    if (!nodes.every((node) => node.isServing)) return false;
    const states = nodes.map((node) => `${node.status()?.appliedIndex} ${node.stateHash()}`);
    return new Set(states).size === 1;
  }

  async #expect(what: string, isDone: () => boolean): Promise<void> {
    await this.#advance(CONVERGENCE_MS_MAX, isDone);
    if (isDone()) return;
    const nodes = this.#world.nodes.map((node) => {
      const failure = node.lastFailure === null ? '' : `, last failure: ${node.lastFailure}`;
      return `  ${node.name}: ${node.isServing ? 'serves' : 'does not serve'}${failure}`;
    });
    const clients = this.#world.clients.filter((client) => !client.isDone);
    const names = clients.map(({ name }) => name).join(', ') || 'none';
    throw new NoConvergence(
      `expected within ${CONVERGENCE_MS_MAX} ms without faults: ${what}\n${nodes.join('\n')}\n` +
        `  clients that are not done: ${names}`,
    );
  }

  async #advance(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const { scheduler } = this.#world;
    await scheduler.run(scheduler.nowMs + durationMs, isDone);
    if (scheduler.failure !== null) throw scheduler.failure;
  }

  #outcome(error: unknown): Outcome {
    const { scheduler, history } = this.#world;
    const events = this.#options.eventsShown ?? EVENTS_SHOWN_DEFAULT;
    const failure =
      error === null
        ? null
        : { ...describeFailure(error), lastEvents: scheduler.trace.lastLines(events) };
    return {
      seed: this.#seed,
      traceHash: scheduler.trace.hash,
      failure,
      cluster: describeCluster(this.#plan),
      faultKinds: this.#nemesis.kinds.map(({ name }) => name),
      simulatedMs: scheduler.nowMs,
      events: scheduler.executedCount,
      faults: this.#nemesis.faultCount,
      operations: history.operations.length,
      undecided: this.#undecided,
    };
  }
}

function describeCluster({ voters, observers, votersMin, clients }: SimulationPlan): string {
  return `${voters} voters, ${observers} observers, at least ${votersMin} voters, ${clients} clients`;
}
