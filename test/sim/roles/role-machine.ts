import { EngineError, errorMessage } from '../../../src/base/errors.ts';
import type { Clock } from '../../../src/io/clock.ts';
import type { Disk } from '../../../src/io/disk.ts';
import type { Address, Network } from '../../../src/io/network.ts';
import type { Random } from '../../../src/io/random.ts';
import type { MachineClock } from '../clock.ts';
import { SimulatedProcess } from '../process.ts';
import { processDisk } from '../process-disk.ts';
import { seededRandom } from '../random.ts';
import { POWER_CRASHES, type SimulatedDisk } from '../simulated-disk.ts';
import type { World } from '../world.ts';

/** The roles that have machines of their own. */
export type RoleKind = 'controller' | 'server' | 'broker';

/** What every role is started with. */
export interface RoleIo {
  readonly id: string;
  readonly address: Address;
  readonly network: Network;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

/** A role that runs. */
export interface RunningRole {
  /** Says goodbye to its clients; roles that have none to say it to need not. */
  leave?(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the role of a machine. */
export type StartRole = (io: RoleIo, machine: RoleMachine) => Promise<RunningRole>;

/** What a machine is made of. */
export interface RolePlace {
  readonly kind: RoleKind;
  /** Counts the machines of a kind from 1. */
  readonly number: number;
  readonly clock: MachineClock;
  readonly disk: SimulatedDisk;
  /** The disk as programs see it: with the deep store, which survives the machine. */
  readonly mounted: Disk;
}

const RESTART_DELAY_MS = 1_000;
const NOTICED_MS = { min: 500, max: 15_000 };
const PLACES: Readonly<Record<RoleKind, { readonly network: string; readonly port: number }>> = {
  controller: { network: '10.0.2', port: 9_000 },
  server: { network: '10.0.3', port: 8_098 },
  broker: { network: '10.0.4', port: 8_099 },
};

/**
 * A machine with a role on it, that is started again whenever it could not start, as a supervisor
 * would, and stays down after a crash until it is started.
 */
export class RoleMachine {
  readonly kind: RoleKind;
  /** The role's id over all restarts. */
  readonly id: string;
  readonly host: string;
  readonly address: Address;
  readonly clock: MachineClock;
  readonly disk: SimulatedDisk;
  readonly #mounted: Disk;
  readonly #world: World;
  readonly #random: Random;
  readonly #startRole: StartRole;
  #process: SimulatedProcess | null = null;
  #running: RunningRole | null = null;
  #startCount = 0;
  #lastFailure: string | null = null;

  constructor(world: World, { kind, number, clock, disk, mounted }: RolePlace, start: StartRole) {
    this.kind = kind;
    this.id = `${kind}${number}`;
    this.host = `${PLACES[kind].network}.${number}`;
    this.address = { host: this.host, port: PLACES[kind].port };
    this.clock = clock;
    this.disk = disk;
    this.#mounted = mounted;
    this.#world = world;
    this.#random = seededRandom(world.fork());
    this.#startRole = start;
  }

  /** True while a process exists, paused or not. */
  get isUp(): boolean {
    return this.#process !== null;
  }

  get isPaused(): boolean {
    return this.#process?.isPaused ?? false;
  }

  /** True once its role has started. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Incarnations so far. */
  get startCount(): number {
    return this.#startCount;
  }

  /** What kept it from starting, last time it could not. */
  get lastFailure(): string | null {
    return this.#lastFailure;
  }

  /** Starts a new incarnation; nothing when one is there. */
  start(): void {
    if (this.#process !== null) return;
    const { scheduler, network, links } = this.#world;
    links.setDark(this.host, false);
    network.flush();
    this.#startCount++;
    scheduler.note(this.id, 'start', this.#startCount);
    const process = new SimulatedProcess(scheduler, this.id);
    this.#process = process;
    process.run(() => this.#launch(process));
  }

  /**
   * Ends the incarnation, if there is one, without a warning: its process only, of which its machine
   * tells others at once, or the machine, which others notice late.
   */
  crash(how: 'kill' | 'power'): void {
    const { links, prng, scheduler } = this.#world;
    if (this.#process === null && how === 'kill') return;
    scheduler.note(this.id, 'crash', how);
    this.disk.crash(how === 'power' ? prng.pick(POWER_CRASHES) : 'process');
    if (how === 'power') links.setDark(this.host, true);
    const { min, max } = NOTICED_MS;
    this.#end(how === 'power' ? min + prng.float() * (max - min) : null);
  }

  /** Ends the incarnation as an operator does: the role closes what it has open, then exits. */
  stop(): void {
    const [process, running] = [this.#process, this.#running];
    if (process === null || running === null) return;
    this.#world.scheduler.note(this.id, 'stop');
    const exit = (): void => {
      if (this.#process !== process) return;
      this.#world.scheduler.note(this.id, 'has stopped');
      this.#end(null);
    };
    process.run(() => {
      end(running).then(exit, (error: unknown) => {
        this.#report(error);
        exit();
      });
    });
  }

  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  #launch(process: SimulatedProcess): void {
    const clock = this.clock.forProcess(process);
    const io: RoleIo = {
      id: this.id,
      address: this.address,
      network: this.#world.network.forProcess(process, this.host, clock),
      clock,
      disk: processDisk(process, this.#mounted),
      random: this.#random,
      onError: (error) => this.#report(error),
    };
    this.#startRole(io, this).then(
      (running) => {
        if (!process.isAlive) return;
        this.#running = running;
        this.#world.scheduler.note(this.id, 'runs');
      },
      (error: unknown) => this.#failed(process, error),
    );
  }

  /** Whatever roles report is right under faults, as long as it is no defect of theirs. */
  #report(error: unknown): void {
    this.#world.scheduler.note(this.id, 'reports', errorMessage(error));
    if (!(error instanceof EngineError)) this.#world.scheduler.fail(error);
  }

  #failed(process: SimulatedProcess, error: unknown): void {
    if (!process.isAlive) return;
    this.#lastFailure = errorMessage(error);
    this.#report(error);
    this.#end(null);
    this.#world.scheduler.after(RESTART_DELAY_MS, () => this.start());
  }

  /** @param noticedAfterMs how late others learn of it; null when the machine tells them. */
  #end(noticedAfterMs: number | null): void {
    const process = this.#process;
    if (process === null) return;
    process.kill();
    this.#process = null;
    this.#running = null;
    this.#world.network.abandon(process, noticedAfterMs);
  }
}

async function end(role: RunningRole): Promise<void> {
  await role.leave?.();
  await role.close();
}
