import { errorMessage } from '../../src/base/errors.ts';
import type { Clock } from '../../src/io/clock.ts';
import { EventQueue, type ScheduledEvent } from './event-queue.ts';
import { Trace } from './trace.ts';

/** Events that one turn of the real event loop holds; see `Scheduler.run`. */
const EVENTS_PER_TURN = 64;

/**
 * Virtual time: one queue of events, ordered by time and then by when they were scheduled. Nothing in
 * a simulation uses real timers or I/O, so the order in which things happen depends on the seed only.
 */
export class Scheduler {
  readonly trace = new Trace();
  readonly #queue = new EventQueue();
  readonly #afterEvent: (() => void)[] = [];
  #nowMs = 0;
  #executedCount = 0;
  #failure: Error | null = null;

  /** True time, for what is in no machine. */
  readonly clock: Clock = {
    nowMs: () => this.#nowMs,
    monotonicMs: () => this.#nowMs,
    schedule: (delayMs, action) => {
      const event = this.after(delayMs, action);
      return {
        cancel: () => {
          event.action = null;
        },
      };
    },
    soon: (action) => void this.after(0, action),
  };

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events so far. */
  get executedCount(): number {
    return this.#executedCount;
  }

  /** What an event threw; nothing runs after that. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Calls `action` in `delayMs`; the result cancels it. */
  after(delayMs: number, action: () => void): ScheduledEvent {
    return this.#queue.push(this.#nowMs + Math.max(0, delayMs), action);
  }

  /** Calls `check` after every event, once all that followed from it in the same instant is done. */
  afterEachEvent(check: () => void): void {
    this.#afterEvent.push(check);
  }

  /** Ends the simulation with an error. The first one counts. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(errorMessage(error));
  }

  /** Remembers what happened now, and makes it a part of the trace's hash. */
  note(who: string, ...parts: unknown[]): void {
    this.trace.mix(parts.length);
    this.trace.note(this.#nowMs, who, ...parts);
  }

  /**
   * Runs events until `isDone` holds after one, `limitMs` has come, or something failed.
   *
   * Every event is a callback of its own for Node, which runs all microtasks to the end between two
   * of them: that is what lets promises settle before the next event. Callbacks are scheduled in
   * batches. Measured per event, with two microtasks each: 0.23 µs this way, 1.2 µs with a promise of
   * `setImmediate` for each, 1.7 µs with a MessageChannel.
   */
  run(limitMs: number, isDone: () => boolean = () => false): Promise<void> {
    return new Promise((resolve) => {
      let isFinished = false;
      const step = (): void => {
        if (isFinished) return;
        this.#check();
        if (this.#failure === null && !isDone() && this.#runNext(limitMs)) return;
        isFinished = true;
        resolve();
      };
      const turn = (): void => {
        if (isFinished) return;
        for (let count = 0; count < EVENTS_PER_TURN; count++) setImmediate(step);
        setImmediate(turn);
      };
      turn();
    });
  }

  #runNext(limitMs: number): boolean {
    const event = this.#queue.takeUntil(limitMs);
    if (event === null) {
      this.#nowMs = limitMs;
      return false;
    }
    this.#nowMs = event.timeMs;
    this.#executedCount++;
    this.trace.mix(event.timeMs);
    try {
      event.action?.();
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  #check(): void {
    try {
      for (const check of this.#afterEvent) check();
    } catch (error) {
      this.fail(error);
    }
  }
}
