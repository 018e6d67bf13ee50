import { EngineError } from '../base/errors.ts';
import type { Clock, Timer } from '../io/clock.ts';

/**
 * Why a query has to stop: its time is over, or somebody has cancelled it. Knows by a timer and a
 * signal, and also when the event loop has not come round to either: `reason` reads the clock.
 *
 * Caller must: `dispose` it when the query is over.
 */
export class QueryStop {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: Timer;
  readonly #actions: (() => void)[] = [];
  readonly #notify = (): void => {
    for (const action of this.#actions.splice(0)) action();
  };

  /** @param signal of the caller, who may cancel by it. */
  constructor(clock: Clock, timeoutMs: number, signal?: AbortSignal) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = clock.monotonicMs() + timeoutMs;
    this.#signal = signal;
    this.#timer = clock.schedule(timeoutMs, this.#notify);
    signal?.addEventListener('abort', this.#notify);
  }

  /** Milliseconds until the time is over; negative afterwards. */
  get leftMs(): number {
    return this.#deadlineMs - this.#clock.monotonicMs();
  }

  /** The error that the query ends with, CANCELLED or TIMEOUT; null while it may go on. */
  readonly reason = (): EngineError | null => {
    if (this.#signal?.aborted) {
      return new EngineError('CANCELLED', 'execution: the query was cancelled');
    }
    if (this.leftMs > 0) return null;
    const message = `execution: the query took longer than ${this.#timeoutMs} ms; SET timeoutMs gives it more`;
    return new EngineError('TIMEOUT', message);
  };

  /** Throws the reason to stop, if there is one. */
  check(): void {
    const reason = this.reason();
    if (reason !== null) throw reason;
  }

  /** Calls `action` once when the query has to stop, at once if it has to already. */
  onStop(action: () => void): void {
    if (this.reason() === null) this.#actions.push(action);
    else action();
  }

  /** Waits for work, but no longer than the query may go on; the work itself does not end. */
  race<T>(work: Promise<T>): Promise<T> {
    const stopped = new Promise<never>((_, reject) => {
      this.onStop(() => reject(this.reason() ?? new EngineError('TIMEOUT', 'execution: stopped')));
    });
    return Promise.race([work, stopped]);
  }

  /** Forgets timer and signal. */
  dispose(): void {
    this.#timer.cancel();
    this.#signal?.removeEventListener('abort', this.#notify);
    this.#actions.length = 0;
  }
}
