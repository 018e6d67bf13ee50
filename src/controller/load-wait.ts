import { EngineError } from '../base/errors.ts';
import { SERVE_TIMEOUT_MS } from '../base/limits.ts';
import type { Clock } from '../io/clock.ts';
import { ChangeNotices } from './change-notices.ts';
import { type ClusterState, servingOf } from './cluster-state.ts';

/**
 * Waits for servers to take over the segments of loads.
 *
 * Caller must: call `noticeChange` whenever the cluster's state has changed.
 */
export class LoadWait {
  readonly #state: ClusterState;
  readonly #clock: Clock;
  readonly #changes: ChangeNotices;

  constructor(state: ClusterState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
    this.#changes = new ChangeNotices(clock);
  }

  /** Lets waiting loads look again. */
  noticeChange(): void {
    this.#changes.notice();
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
    let places: Map<string, string[]> | null = null;
    for (;;) {
      signal.throwIfAborted();
      places ??= this.#places(table, ids);
      const progress = places === null ? 'some' : this.#progress(table, places);
      if (progress === 'all') return;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs > 0) await this.#changes.next(leftMs, signal);
      else if (progress === 'each') return;
      else throw notServed(table);
    }
  }

  /** The pages of segments, each with its ids; null while some are in none. */
  #places(table: string, ids: ReadonlySet<string>): Map<string, string[]> | null {
    const places = new Map<string, string[]>();
    let found = 0;
    for (const [page, { segments }] of this.#state.segments.get(table)?.pages ?? []) {
      const own = Object.keys(segments).filter((id) => ids.has(id));
      if (own.length > 0) places.set(page, own);
      found += own.length;
    }
    return found === ids.size ? places : null;
  }

  /** `all`: by all that can; `each`: every segment by one at least; `some`: not yet. */
  #progress(
    table: string,
    places: ReadonlyMap<string, readonly string[]>,
  ): 'all' | 'each' | 'some' {
    let progress: 'all' | 'each' | 'some' = 'all';
    for (const [page, ids] of places) {
      for (const id of ids) {
        const its = this.#progressOf(table, page, id);
        if (its === 'some' || (its === 'each' && progress === 'all')) progress = its;
      }
    }
    return progress;
  }

  #progressOf(table: string, page: string, id: string): 'all' | 'each' | 'some' {
    const record = this.#state.segments.get(table)?.pages.get(page)?.segments[id];
    if (record === undefined) return 'some';
    const live = record.servers.filter((server) => this.#state.liveServers.has(server));
    const { served, failed } = servingOf(this.#state, table, page, id);
    const serving = live.filter((server) => served.includes(server));
    const [first, ...others] = live.filter((server) => failed.has(server));
    if (serving.length === 0 && first !== undefined && others.length + 1 === live.length) {
      throw notLoaded(id, first, failed.get(first)!);
    }
    if (serving.length === 0) return 'some';
    const said = serving.length + (first === undefined ? 0 : others.length + 1);
    return said === live.length ? 'all' : 'each';
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
