import type { Clock, Timer } from '../../src/io/clock.ts';

interface Scheduled {
  readonly atMs: number;
  readonly action: () => void;
}

/** Time that passes only when a test says so. What takes no time, such as real engines, goes on meanwhile. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Scheduled>();

  nowMs(): number {
    return 1_790_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, action: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), action };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  soon(action: () => void): void {
    setImmediate(action);
  }

  /** Timers that have not fired. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass; before each timer that fires, everything else that can happen does. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      await settled();
      const next = [...this.#timers].sort((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.action();
    }
    this.#nowMs = endMs;
    await settled();
  }
}

/** Waits until promises and immediates have had their turns. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
