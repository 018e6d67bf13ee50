import { EngineError, errorMessage } from '../../src/base/errors.ts';
import type { Prng } from '../../src/base/prng.ts';
import type { Member } from '../../src/coord/core/raft/types.ts';
import type { Disk } from '../../src/io/disk.ts';
import type { Network } from '../../src/io/network.ts';
import type { MachineClock } from './clock.ts';
import {
  type NodeStatus,
  type ObservedNode,
  type Parts,
  type RaftSizes,
  startNode,
} from './node-under-test.ts';
import { SimulatedProcess } from './process.ts';
import { processDisk } from './process-disk.ts';
import { seededRandom } from './random.ts';
import { type CrashMode, POWER_CRASHES, type SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

/** What a planted bug changes around and in a node; nothing by default. */
export interface Alterations {
  readonly disk?: (disk: Disk, node: SimulatedNode) => Disk;
  readonly network?: (network: Network, node: SimulatedNode) => Network;
  readonly parts?: (node: SimulatedNode) => Parts;
}

/** What a machine of the cluster is made of. */
export interface Machine {
  readonly id: number;
  readonly host: string;
  readonly disk: SimulatedDisk;
  readonly clock: MachineClock;
  readonly prng: Prng;
}

/** How all nodes of a cluster are set up. */
export interface NodePlan {
  readonly alterations: Alterations;
  /** Log entries between two snapshots. */
  readonly snapshotEntries: number;
  /** Null: as in production. */
  readonly raftSizes: RaftSizes | null;
}

const RESTART_DELAY_MS = 1_000;

/**
 * A machine with a coordinator on it, that is started again whenever it has ended by itself, as
 * a supervisor would, and stays down after a crash until it is started.
 */
export class SimulatedNode {
  readonly id: number;
  readonly host: string;
  readonly disk: SimulatedDisk;
  readonly clock: MachineClock;
  /** True for those that vote in the beginning. */
  readonly isVoter: boolean;
  readonly #world: World;
  readonly #prng: Prng;
  readonly #members: readonly Member[];
  readonly #alterations: Alterations;
  readonly #snapshotEntries: number;
  readonly #raftSizes: RaftSizes | null;
  #process: SimulatedProcess | null = null;
  #running: ObservedNode | null = null;
  #startCount = 0;
  #lastFailure: string | null = null;
  #isDiskFaulty = false;
  #isHarmed = false;
  #atEnd: () => void = () => {};

  constructor(
    world: World,
    machine: Machine,
    settings: NodePlan & { readonly members: readonly Member[] },
  ) {
    this.#world = world;
    this.id = machine.id;
    this.host = machine.host;
    this.disk = machine.disk;
    this.clock = machine.clock;
    this.#prng = machine.prng;
    this.#members = settings.members;
    this.isVoter = settings.members.some(
      ({ id, role }) => id === machine.id && role === 'participant',
    );
    this.#alterations = settings.alterations;
    this.#snapshotEntries = settings.snapshotEntries;
    this.#raftSizes = settings.raftSizes;
  }

  get name(): string {
    return `node${this.id}`;
  }

  /** True while a process exists, paused or not. */
  get isUp(): boolean {
    return this.#process !== null;
  }

  get isPaused(): boolean {
    return this.#process?.isPaused ?? false;
  }

  /** True once it serves. */
  get isServing(): boolean {
    return this.#running !== null;
  }

  /** Incarnations so far. */
  get startCount(): number {
    return this.#startCount;
  }

  /** What ended the last incarnation, or kept it from starting. */
  get lastFailure(): string | null {
    return this.#lastFailure;
  }

  /** Null while it does not run or cannot tell. */
  status(): NodeStatus | null {
    return this.#running?.status() ?? null;
  }

  stateHash(): string | null {
    return this.#running?.stateHash() ?? null;
  }

  /** Says that its disk misbehaves from now on, so that it may fail with errors of the disk. */
  expectDiskFaults(): void {
    this.#isDiskFaulty = true;
  }

  /** True once its disk may have lost what it had acknowledged. */
  get isHarmed(): boolean {
    return this.#isHarmed;
  }

  /** Says that its disk may lose what it had acknowledged. */
  expectHarm(): void {
    this.#isHarmed = true;
    this.expectDiskFaults();
  }

  /** Calls `action` whenever an incarnation has ended, until another is set. */
  setAtEnd(action: () => void): void {
    this.#atEnd = action;
  }

  /** Starts a new incarnation; nothing when one is there. */
  start(): void {
    if (this.#process !== null) return;
    const { scheduler, network, links } = this.#world;
    links.setDark(this.host, false);
    network.flush();
    this.#startCount++;
    scheduler.note(this.name, 'start', this.#startCount);
    const process = new SimulatedProcess(scheduler, this.name, () => this.#world.ran(this));
    this.#process = process;
    process.run(() => this.#launch(process));
  }

  /**
   * Ends the incarnation, if there is one, without a warning.
   *
   * @param how `kill` is of the process only: its machine tells others at once, and what it wrote is
   *   in the system's memory. `power` is of the machine: others notice late, and what was not synced
   *   is lost.
   * @param disk what it leaves; drawn when it is not given.
   */
  crash(how: 'kill' | 'power', disk: CrashMode | null = null): void {
    if (this.#process === null && how === 'kill') return;
    this.#world.scheduler.note(this.name, 'crash', how);
    const { links, prng } = this.#world;
    this.disk.crash(disk ?? (how === 'power' ? prng.pick(POWER_CRASHES) : 'process'));
    if (how === 'power') links.setDark(this.host, true);
    this.#end(how === 'power' ? 500 + prng.float() * 15_000 : null);
  }

  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  #launch(process: SimulatedProcess): void {
    const { network } = this.#world;
    const disk = this.#alterations.disk?.(this.disk, this) ?? this.disk;
    const door = network.forProcess(process, this.host);
    const failed = (error: unknown): void => this.#failed(process, error);
    startNode({
      id: this.id,
      host: this.host,
      members: this.#members,
      disk: processDisk(process, disk),
      network: this.#alterations.network?.(door, this) ?? door,
      clock: this.clock.forProcess(process),
      random: seededRandom(this.#prng),
      snapshotEntries: this.#snapshotEntries,
      raftSizes: this.#raftSizes,
      parts: this.#alterations.parts?.(this) ?? {},
      onFailure: failed,
      onStored: (stored, findings) => {
        this.#world.scheduler.note(this.name, 'disk', stored.standing, ...findings);
        const { votes, completeness, reads } = this.#world;
        reads.started(this.id);
        if (!this.#isHarmed) votes.started(this.id, stored);
        completeness.started(this.id, stored, { members: this.#members, outgoingVoters: [] });
      },
      observer: {
        onOutput: (output, raft) => {
          const { votes, entries, completeness, reads } = this.#world;
          reads.settled(this.id, output);
          votes.sent(this.id, output);
          entries.committed(this.id, output);
          completeness.asked(this.id, output, () => raft.status().mayVote);
        },
        onPersisted: (number) => this.#world.completeness.persisted(this.id, number),
        onReadAsked: (context) => this.#world.reads.asked(this.id, context),
      },
    }).then((running) => {
      if (!process.isAlive) return;
      this.#running = running;
      this.#world.scheduler.note(this.name, 'serves');
    }, failed);
  }

  /** It ended by itself. That is right when its disk fails it, and a defect otherwise. */
  #failed(process: SimulatedProcess, error: unknown): void {
    if (!process.isAlive) return;
    this.#lastFailure = errorMessage(error);
    this.#world.scheduler.note(this.name, 'failed', this.#lastFailure);
    if (!this.#mayFail(error)) this.#world.scheduler.fail(error);
    this.disk.crash('process');
    this.#end(null);
    this.#world.scheduler.after(RESTART_DELAY_MS, () => this.start());
  }

  #mayFail(error: unknown): boolean {
    if (error instanceof AggregateError) return error.errors.every((inner) => this.#mayFail(inner));
    return error instanceof EngineError && this.#isDiskFaulty;
  }

  /** @param noticedAfterMs how late others learn of it; null when the machine tells them. */
  #end(noticedAfterMs: number | null): void {
    const process = this.#process;
    if (process === null) return;
    process.kill();
    this.#process = null;
    this.#running = null;
    this.#world.network.abandon(process, noticedAfterMs);
    this.#atEnd();
  }
}
