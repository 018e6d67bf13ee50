import type { ScheduledEvent } from './event-queue.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * One incarnation of a process. Everything that wakes it goes through `run`: once it is killed nothing
 * of it ever acts again, and while it is paused (as by SIGSTOP) whatever arrives waits.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly startedMs: number;
  readonly #scheduler: Scheduler;
  readonly #onRan: (() => void) | null;
  readonly #atDeath: (() => void)[] = [];
  #isAlive = true;
  #isPaused = false;
  #waiting: (() => void)[] = [];

  /** @param onRan hears of every turn of the process, before its microtasks. */
  constructor(scheduler: Scheduler, name: string, onRan: (() => void) | null = null) {
    this.name = name;
    this.startedMs = scheduler.nowMs;
    this.#scheduler = scheduler;
    this.#onRan = onRan;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Runs a turn of the process now, or once it is resumed; not at all when it is dead. */
  run(action: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isPaused) {
      this.#waiting.push(action);
      return;
    }
    this.#onRan?.();
    action();
  }

  /** Runs a turn of the process in `delayMs`. */
  schedule(delayMs: number, action: () => void): ScheduledEvent {
    return this.#scheduler.after(delayMs, () => this.run(action));
  }

  /** Settles in a turn of the process; never once it is dead. */
  later<T>(delayMs: number, compute: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.schedule(delayMs, () => {
        try {
          resolve(compute());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** A promise of the outside world as the process sees it: it settles in a turn of the process. */
  gate<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.run(() => resolve(value)),
        (error) => this.run(() => reject(error)),
      );
    });
  }

  /** Calls `action` when the process is killed. */
  atDeath(action: () => void): void {
    this.#atDeath.push(action);
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#waiting = [];
    for (const action of this.#atDeath.splice(0)) action();
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** What has waited happens now, one event each. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const action of this.#waiting.splice(0)) this.schedule(0, action);
  }
}
