import type { Clock } from './clock.ts';

/** The machine's clock and Node's timers. Timers keep the process alive until they fire. */
export const nodeClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  soon(action) {
    setImmediate(action);
  },
};
