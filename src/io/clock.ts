/**
 * Time as a role sees it.
 *
 * Caller must: take time from here only, never from `Date` or `performance`.
 * Keeps: `monotonicMs` never goes back; timers fire on the caller's event loop.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01 UTC; may jump. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, with a fraction; for durations and deadlines. */
  monotonicMs(): number;
  /** Calls `action` once after `delayMs`. */
  schedule(delayMs: number, action: () => void): Timer;
  /** Calls `action` once, when what has happened by now has been delivered: to act on all of it. */
  soon(action: () => void): void;
}

/** A scheduled call. */
export interface Timer {
  /** Cancels the call if it has not happened; harmless after that. */
  cancel(): void;
}

/** Resolves after `delayMs` on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}
