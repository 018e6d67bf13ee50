import type { Scheduler } from '../scheduler.ts';

interface Disturbance {
  readonly hosts: ReadonlySet<string>;
  readonly fromMs: number;
  untilMs: number;
}

/** Which hosts something was wrong with, and when: what may be promised depends on it. */
export class Disturbances {
  readonly #scheduler: Scheduler;
  readonly #all: Disturbance[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Something goes wrong with hosts from now on; the result ends it. */
  begin(hosts: Iterable<string>): () => void {
    const disturbance = {
      hosts: new Set(hosts),
      fromMs: this.#scheduler.nowMs,
      untilMs: Number.POSITIVE_INFINITY,
    };
    this.#all.push(disturbance);
    return () => {
      disturbance.untilMs = this.#scheduler.nowMs;
    };
  }

  /** True when nothing was wrong with any of the hosts in a time, start inclusive. */
  isCalm(hosts: readonly string[], fromMs: number, untilMs: number): boolean {
    return !this.#all.some(
      (one) =>
        one.fromMs <= untilMs && one.untilMs >= fromMs && hosts.some((host) => one.hosts.has(host)),
    );
  }
}
