import type { Clock, Timer } from '../../src/io/clock.ts';
import type { SimulatedProcess } from './process.ts';
import type { Scheduler } from './scheduler.ts';

const EPOCH_MS = 1_790_000_000_000;

/** The clocks of one machine: they run at a slightly wrong rate, and the wall clock may jump. */
export class MachineClock {
  readonly #scheduler: Scheduler;
  #offsetMs: number;
  /** Milliseconds of this machine's clocks that pass in a true millisecond. */
  readonly rate: number;

  constructor(scheduler: Scheduler, rate: number, offsetMs: number) {
    this.#scheduler = scheduler;
    this.rate = rate;
    this.#offsetMs = offsetMs;
  }

  /** The wall clock. */
  get wallMs(): number {
    return EPOCH_MS + this.#offsetMs + this.#scheduler.nowMs * this.rate;
  }

  /** Moves the wall clock, forward or back. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** The clock as one process of the machine sees it; its timers die with the process. */
  forProcess(process: SimulatedProcess): Clock {
    const scheduler = this.#scheduler;
    return {
      nowMs: () => this.wallMs,
      monotonicMs: () => (scheduler.nowMs - process.startedMs) * this.rate,
      schedule: (delayMs, action): Timer => {
        const event = process.schedule(delayMs / this.rate, action);
        return {
          cancel: () => {
            event.action = null;
          },
        };
      },
      soon: (action) => void process.schedule(0, action),
    };
  }
}
