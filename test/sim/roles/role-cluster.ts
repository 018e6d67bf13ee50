import { startBroker } from '../../../src/broker/role.ts';
import { type ControllerOptions, startController } from '../../../src/controller/role.ts';
import { inlineBuilds } from '../../../src/controller/segment-builds.ts';
import type { Address } from '../../../src/io/network.ts';
import { startServer } from '../../../src/server/role.ts';
import { MachineClock } from '../clock.ts';
import { clientAddresses, membersOf } from '../cluster.ts';
import { SimulatedNode } from '../cluster-node.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { World } from '../world.ts';
import type { RoleAlterations } from './alterations.ts';
import { TermOrder } from './checkers/term-order.ts';
import { Disturbances } from './disturbances.ts';
import { brokerParts, segmentDecoder, startEngine } from './engines.ts';
import { mountedDisk } from './mounted-disk.ts';
import type { RolePlan } from './plan.ts';
import { type RoleIo, type RoleKind, RoleMachine, type StartRole } from './role-machine.ts';

/** Where the deep store is mounted on all machines. */
export const DEEP_STORE = '/deep';

/** Stands among disturbed hosts for wall clocks that jump, as `DEEP_STORE` does for the deep store. */
export const WALL_CLOCKS = 'wall clocks';

/** Copies of each segment. */
export const REPLICATION = 2;

const SNAPSHOT_ENTRIES = 200;
/** Longer than any query, and far shorter than in production, so that simulations see its end. */
const GRACE_MS = 10_000;
const ORPHAN_GRACE_MS = 20_000;

/** Everything that a simulation of a whole cluster consists of. */
export class RoleCluster {
  readonly world: World;
  readonly machines: readonly RoleMachine[];
  /** The disk behind the deep store: it never crashes, but may fail. */
  readonly deepStore: SimulatedDisk;
  readonly disturbances: Disturbances;
  /** Hosts of those who ask it. */
  readonly userHosts: string[] = [];
  readonly #terms: TermOrder;
  readonly #plan: RolePlan;
  readonly #alterations: RoleAlterations;

  constructor(seed: number, plan: RolePlan, alterations: RoleAlterations) {
    this.#plan = plan;
    this.#alterations = alterations;
    this.world = new World(seed, plan.latencyMs);
    this.#terms = new TermOrder((error) => this.world.scheduler.fail(error));
    this.disturbances = new Disturbances(this.world.scheduler);
    this.deepStore = this.#newDisk(plan.storeLatencyMs);
    this.#addCoordinators();
    this.machines = [
      ...this.#addMachines('controller', plan.controllers, this.#startController),
      ...this.#addMachines('server', plan.servers, this.#startServer),
      ...this.#addMachines('broker', plan.brokers, this.#startBroker),
    ];
  }

  of(kind: RoleKind): RoleMachine[] {
    return this.machines.filter((machine) => machine.kind === kind);
  }

  /** Hosts of coordinators and roles. */
  hosts(): string[] {
    return [...this.world.nodes, ...this.machines].map(({ host }) => host);
  }

  start(): void {
    for (const node of this.world.nodes) node.start();
    for (const machine of this.machines) machine.start();
  }

  coordinators(): readonly Address[] {
    return clientAddresses(this.world);
  }

  #addCoordinators(): void {
    const members = membersOf({ voters: this.#plan.coordinators, observers: 0 });
    for (const { id, clientHost: host } of members) {
      const place = { id, host, disk: this.#newDisk(), clock: this.#drawClock() };
      const settings = {
        members,
        alterations: {},
        snapshotEntries: SNAPSHOT_ENTRIES,
        raftSizes: null,
      };
      const machine = { ...place, prng: this.world.fork() };
      this.world.nodes.push(new SimulatedNode(this.world, machine, settings));
    }
  }

  #addMachines(kind: RoleKind, count: number, start: StartRole): RoleMachine[] {
    return Array.from({ length: count }, (_, index) => {
      const disk = this.#newDisk();
      const mounted = mountedDisk(disk, DEEP_STORE, this.deepStore);
      const place = { kind, number: index + 1, clock: this.#drawClock(), disk, mounted };
      return new RoleMachine(this.world, place, start);
    });
  }

  readonly #startController: StartRole = (io, machine) => {
    const options = this.#altered<'controller', ControllerOptions>('controller', machine, {
      ...this.#common(io),
      storeDirectory: DEEP_STORE,
      replication: REPLICATION,
      builds: (store) => inlineBuilds({ ...io, store, decode: segmentDecoder() }),
      graceMs: GRACE_MS,
      orphanGraceMs: ORPHAN_GRACE_MS,
      version: '0.0.0',
    });
    return startController({ ...options, parts: this.#terms.observe(options.parts) });
  };

  readonly #startServer: StartRole = async (io, machine) => {
    const engine = await startEngine(io.clock);
    return startServer(
      this.#altered('server', machine, { ...this.#common(io), engine, graceMs: GRACE_MS }),
    );
  };

  readonly #startBroker: StartRole = (io, machine) =>
    startBroker(
      this.#altered('broker', machine, {
        ...this.#common(io),
        ...brokerParts(io.clock),
        localEngines: new Map(),
      }),
    );

  #common(io: RoleIo) {
    return { ...io, coordinator: { addresses: this.coordinators() } };
  }

  #altered<K extends RoleKind, O>(kind: K, machine: RoleMachine, options: O): O {
    const alter = this.#alterations[kind] as ((options: O, machine: RoleMachine) => O) | undefined;
    return alter === undefined ? options : alter(options, machine);
  }

  #newDisk(latencyMsMax = 0.5): SimulatedDisk {
    const { world } = this;
    return new SimulatedDisk({
      prng: world.fork(),
      clock: world.scheduler.clock,
      latencyMs: { min: latencyMsMax / 10, max: latencyMsMax },
      recordsOperations: false,
    });
  }

  #drawClock(): MachineClock {
    const { prng, scheduler } = this.world;
    const rate = 1 + (2 * prng.float() - 1) * this.#plan.clockDrift;
    return new MachineClock(scheduler, rate, prng.integer(-5_000, 5_000));
  }
}
