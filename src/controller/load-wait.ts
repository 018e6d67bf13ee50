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
   * Resolves when these segments of a table are served: each by one server at least, and by all live
   * ones that should and can.
   *
   * @param signal stops waiting.
   * @throws EngineError SEGMENT_UNAVAILABLE when servers say that they cannot load one, TIMEOUT when
   *   they say nothing for too long, and the signal's reason.
   */
  async untilServed(table: string, ids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + SERVE_TIMEOUT_MS;
    for (;;) {
      signal.throwIfAborted();
      const progress = this.#progress(table, ids);
      if (progress === 'all') return;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs > 0) await this.#nextChange(leftMs, signal);
      else if (progress === 'each') return;
      else throw notServed(table);
    }
  }

  /** `all`: by all that can; `each`: every segment by one at least; `some`: not yet. */
  #progress(table: string, ids: ReadonlySet<string>): 'all' | 'each' | 'some' {
    let seen = 0;
    let isAll = true;
    let isEach = true;
    for (const [page, { segments }] of this.#state.segments.get(table)?.pages ?? []) {
      for (const [id, { servers }] of Object.entries(segments)) {
        if (!ids.has(id)) continue;
        seen++;
        const live = servers.filter((server) => this.#state.liveServers.has(server));
        const { served, failed } = servingOf(this.#state, table, page, id);
        const serving = live.filter((server) => served.includes(server));
        const failing = live.filter((server) => failed.has(server));
        if (serving.length > 0 && serving.length + failing.length === live.length) continue;
        isAll = false;
        if (serving.length > 0) continue;
        isEach = false;
        const [first] = failing;
        if (first !== undefined && failing.length === live.length) {
          throw notLoaded(id, first, failed.get(first)!);
        }
      }
    }
    if (seen < ids.size) return 'some';
    return isAll ? 'all' : isEach ? 'each' : 'some';
  }

  #nextChange(timeoutMs: number, signal: AbortSignal): Promise<void> {
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

function notLoaded(id: string, server: string, reason: string): EngineError {
  return new EngineError(
    'SEGMENT_UNAVAILABLE',
    `controller: segment ${id} could not be loaded by ${server}: ${reason}`,
  );
}

function notServed(table: string): EngineError {
  return new EngineError(
    'TIMEOUT',
    `controller: no server took over the new segments of ${table} within ` +
      `${SERVE_TIMEOUT_MS / 1000} s; nothing was loaded, check that servers run and try again`,
  );
}
