import { errorMessage } from '../../../src/base/errors.ts';
import { CoordinatorClient } from '../../../src/coord/client.ts';
import { SimulatedClient } from '../client.ts';
import { MachineClock } from '../clock.ts';
import { buildCluster, clientAddresses } from '../cluster.ts';
import type { SimulatedNode } from '../cluster-node.ts';
import { World } from '../world.ts';

const LATENCY_MS = 1;
const SESSION_TIMEOUT_MS = 6_000;
const PATIENCE_MS = 60_000;

/** Who plays in a scenario: a cluster without faults of its own, and clients that do as they are told. */
export class Cast {
  readonly world: World;
  readonly #clients = new Map<string, CoordinatorClient>();

  constructor(seed: number, voters: number, observers: number) {
    this.world = new World(seed, LATENCY_MS);
    const cluster = { voters, observers, clients: 0, sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const nodes = { snapshotEntries: 50, raftSizes: null, alterations: {} };
    buildCluster(this.world, { ...cluster, ...nodes, clockDrift: 0 });
    for (const node of this.world.nodes) node.start();
  }

  /** A node by its number, or `leader`. */
  node(name: string): SimulatedNode {
    const { nodes } = this.world;
    const found = name === 'leader' ? this.leader() : nodes.find(({ id }) => String(id) === name);
    if (found == null) throw new Error(`scenario: there is no node '${name}'`);
    return found;
  }

  /** The leader of the newest term, or null. */
  leader(): SimulatedNode | null {
    let newest: SimulatedNode | null = null;
    for (const node of this.world.nodes) {
      const status = node.status();
      if (status?.role !== 'leader') continue;
      if (newest === null || status.term > newest.status()!.term) newest = node;
    }
    return newest;
  }

  /** Lets time pass until something holds; false when it never does. */
  async until(isDone: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
    const { scheduler } = this.world;
    await scheduler.run(scheduler.nowMs + patienceMs, isDone);
    if (scheduler.failure !== null) throw scheduler.failure;
    return isDone();
  }

  /** Lets time pass. */
  async pass(durationMs: number): Promise<void> {
    await this.until(() => false, durationMs);
  }

  /** Does something as a client, which is connected first if it is new; returns what came of it. */
  async act(name: string, action: (client: CoordinatorClient) => Promise<string>): Promise<string> {
    let outcome: string | null = null;
    const settle = (text: string): void => {
      outcome = text;
    };
    const client = this.#clients.get(name) ?? (await this.#connect(name));
    if (client === null) return 'no server answers';
    action(client).then(settle, (error) => settle(errorMessage(error)));
    await this.until(() => outcome !== null);
    return outcome ?? 'no answer';
  }

  async #connect(name: string): Promise<CoordinatorClient | null> {
    const { world } = this;
    const clock = new MachineClock(world.scheduler, 1, 0);
    const host = `10.0.1.${world.clients.length + 1}`;
    const machine = new SimulatedClient(world, { name, host, clock }, SESSION_TIMEOUT_MS);
    world.clients.push(machine);
    let connected: CoordinatorClient | null = null;
    machine.start(clientAddresses(world), async (io) => {
      connected = await CoordinatorClient.connect(io);
    });
    await this.until(() => connected !== null || world.scheduler.failure !== null);
    if (connected !== null) this.#clients.set(name, connected);
    return connected;
  }
}
