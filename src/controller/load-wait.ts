import { EngineError } from '../base/errors.ts';
import { SERVE_TIMEOUT_MS } from '../base/limits.ts';
import type { Clock } from '../io/clock.ts';
import { type ClusterState, servingOf } from './cluster-state.ts';

/**
 * Waits for servers to take over the segments of loads.
 *
 * Caller must: call `noticeChange` whenever the cluster's state has changed.
 */
export class LoadWait {
  readonly #state: ClusterState;
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();

  constructor(state: ClusterState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** Lets waiting loads look again. */
  noticeChange(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  /**
   * Resolves when queries see these segments of a table.
   *
   * @throws EngineError SEGMENT_UNAVAILABLE when servers say that they cannot load one, TIMEOUT when
   *   they say nothing for too long.
   */
  async untilVisible(table: string, names: readonly string[]): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + SERVE_TIMEOUT_MS;
    while (!this.#isVisible(table, names)) {
      this.#checkFailures(table, names);
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) throw notServed(table);
      await this.#nextChange(leftMs);
    }
  }

  #isVisible(table: string, names: readonly string[]): boolean {
    const routing = this.#state.routing.get(table);
    return routing !== undefined && names.every((name) => Object.hasOwn(routing.segments, name));
  }

  #checkFailures(table: string, names: readonly string[]): void {
    const { failed, served } = servingOf(this.#state, table);
    const lost = names.find((name) => failed.has(name) && !served.has(name));
    if (lost === undefined) return;
    throw new EngineError(
      'SEGMENT_UNAVAILABLE',
      `controller: segment ${lost} could not be loaded by ${failed.get(lost)}`,
    );
  }

  #nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.schedule(timeoutMs, wake);
      this.#waiters.add(wake);
    });
  }
}

function notServed(table: string): EngineError {
  return new EngineError(
    'TIMEOUT',
    `controller: no server took over the new segments of ${table} within ` +
      `${SERVE_TIMEOUT_MS / 1000} s; nothing was loaded, check that servers run and try again`,
  );
}
