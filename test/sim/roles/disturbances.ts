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

  /** Hosts that something was wrong with in a time, start inclusive. */
  hosts(fromMs: number, untilMs: number): Set<string> {
    const hosts = new Set<string>();
    for (const one of this.#all) {
      if (one.fromMs > untilMs || one.untilMs < fromMs) continue;
      for (const host of one.hosts) hosts.add(host);
    }
    return hosts;
  }

  /** True when nothing was wrong with any of the hosts in a time, start inclusive. */
  isCalm(hosts: readonly string[], fromMs: number, untilMs: number): boolean {
    const disturbed = this.hosts(fromMs, untilMs);
    return !hosts.some((host) => disturbed.has(host));
  }
}
