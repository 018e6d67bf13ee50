import type { Clock } from '../../src/io/clock.ts';
import type { Address, Network } from '../../src/io/network.ts';
import type { Random } from '../../src/io/random.ts';
import type { MachineClock } from './clock.ts';
import { SimulatedProcess } from './process.ts';
import { seededRandom } from './random.ts';
import { tappedNetwork } from './wire-tap.ts';
import type { World } from './world.ts';

/** What a process of a client works with. */
export interface ClientIo {
  readonly name: string;
  readonly addresses: readonly Address[];
  readonly sessionTimeoutMs: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a client's process does; resolves when it is done. */
export type ClientProgram = (io: ClientIo) => Promise<void>;

/** A host with a process that uses the coordinator; everything it sends is recorded. */
export class SimulatedClient {
  readonly host: string;
  readonly name: string;
  readonly clock: MachineClock;
  readonly #world: World;
  readonly #sessionTimeoutMs: number;
  #process: SimulatedProcess | null = null;
  #isDone = true;
  #startCount = 0;
  #again: (() => void) | null = null;

  constructor(
    world: World,
    place: { name: string; host: string; clock: MachineClock },
    sessionTimeoutMs: number,
  ) {
    this.#world = world;
    this.name = place.name;
    this.host = place.host;
    this.clock = place.clock;
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** True when its program has come to its end, or was never started. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** True while a process exists. */
  get isUp(): boolean {
    return this.#process !== null;
  }

  /** Starts a process with a program. */
  start(addresses: readonly Address[], program: ClientProgram): void {
    const { scheduler, network, history } = this.#world;
    this.#again = () => this.start(addresses, program);
    this.#startCount++;
    const name = this.#startCount === 1 ? this.name : `${this.name}.${this.#startCount}`;
    const process = new SimulatedProcess(scheduler, name);
    this.#process = process;
    this.#isDone = false;
    const note = (...parts: unknown[]): void => scheduler.note(name, ...parts);
    const io: ClientIo = {
      name,
      addresses,
      sessionTimeoutMs: this.#sessionTimeoutMs,
      network: tappedNetwork(network.forProcess(process, this.host), {
        history,
        client: name,
        nowMs: () => scheduler.nowMs,
        note,
      }),
      clock: this.clock.forProcess(process),
      random: seededRandom(this.#world.fork()),
    };
    process.run(() => {
      program(io).then(
        () => {
          if (this.#process === process) this.#isDone = true;
        },
        (error) => scheduler.fail(error),
      );
    });
  }

  /** Ends the process without a warning: its sessions end by their timeout. */
  crash(): void {
    const process = this.#process;
    if (process === null) return;
    this.#world.scheduler.note(process.name, 'crash');
    process.kill();
    this.#process = null;
    this.#isDone = true;
    this.#world.network.abandon(process, null);
  }

  /** Starts a new process with the same program; nothing when one is there. */
  restart(): void {
    if (this.#process === null) this.#again?.();
  }

  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }
}
