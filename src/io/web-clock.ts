import type { Clock } from '../io/clock.ts';

/**
 * A clock for workers and browsers, without Node. Cloudflare workers freeze time while code runs, so that durations inside a request
 * read as the time spent waiting for storage.
 */
export function createWebClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    schedule: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    soon: (action) => void setTimeout(action, 0),
  };
}
