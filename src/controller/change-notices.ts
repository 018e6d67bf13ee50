import type { Clock } from '../io/clock.ts';

/** Lets waiting work look again whenever something has changed. */
export class ChangeNotices {
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes up all that wait. */
  notice(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  /** Resolves at the next change, when the time has passed, or when the signal stops it. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.schedule(timeoutMs, wake);
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
