import {
  PARTIAL_ANSWER_SHARE,
  REPLICA_RETRY_PAUSE_MS,
  SERVER_SILENCE_MS,
} from '../base/serving-limits.ts';
import type { InstanceSelector } from '../base/table-query-config.ts';
import type { LeafOptions, LeafService } from '../exec/leaf-service.ts';
import type { QueryStop } from '../exec/query-stop.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Span, SpanAttributes } from '../io/tracing.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import { Cancellation } from './cancellation.ts';
import { Exclusions } from './exclusions.ts';
import type { HedgeBudget } from './hedge-budget.ts';
import { joinAnswers, type LeafAnswers, type MissingShare, releaseLate } from './leaf-answers.ts';
import { type Attempt, type GiveUp, racePart } from './part-race.ts';
import {
  isReplicaFailure,
  isUnreachable,
  missingSegments,
  serverGone,
  serverSilent,
} from './replica-failure.ts';
import {
  assignSegments,
  type SegmentServers,
  type Selection,
  segmentUnavailable,
} from './routing.ts';
import type { ServerHealth } from './server-health.ts';
import type { ServerLoad } from './server-load.ts';

/** What all queries of a broker share when they ask servers. */
export interface FanOutParts {
  readonly clock: Clock;
  readonly health: ServerHealth;
  readonly load: ServerLoad;
  readonly budget: HedgeBudget;
  /** The engine of a live server; null when it is not live. */
  readonly leafService: (server: string) => LeafService | null;
  /** The least is best; null where replicas take turns. */
  readonly scoreOf: ((server: string) => number) | null;
  /** Counts the queries, so that replicas take turns. */
  readonly nextTurn: () => number;
}

/** What is asked of servers for one query. */
export interface FanOutQuery {
  readonly leaf: LeafPlan;
  readonly segments: readonly string[];
  readonly servers: SegmentServers;
  /** The servers of a table's segments as they are now, when they have changed while the query runs. */
  readonly serversNow: () => SegmentServers;
  readonly selector: InstanceSelector;
  readonly limits: QueryLimits;
  readonly stop: QueryStop;
  readonly isProfiled: boolean;
  /** What one server that answers for everything may do to groups. */
  readonly finish: GroupFinish | null;
  /** Whether segments that nobody answers for in time may be left out. */
  readonly isPartialAllowed: boolean;
  /** What the ids of its requests start with. */
  readonly idPrefix: string;
  readonly observer: FanOutObserver;
  /** Each request to a server is part of this. */
  readonly span: Span;
}

/** Told of what a fan-out does. */
export interface FanOutObserver {
  /** A server is asked, and later it has answered: the last of both may never come. */
  asked(server: string): void;
  answered(server: string): void;
  /** Other replicas are asked for a part: after a failure, or beside a server that is late. */
  retried(): void;
  hedged(): void;
}

/**
 * Asks servers for all segments of a query, each once: what fails is asked of other replicas, what is late
 * of others as well, within what the query may take.
 *
 * Caller must: release the answers.
 *
 * @throws EngineError SEGMENT_UNAVAILABLE, SERVER_UNAVAILABLE or SERVER_BUSY when no replica answers,
 *   CANCELLED or TIMEOUT when the query has to stop, and whatever a server says about the query itself.
 */
export function fanOut(parts: FanOutParts, query: FanOutQuery): Promise<LeafAnswers> {
  return new FanOut(parts, query).run();
}

class FanOut {
  readonly #parts: FanOutParts;
  readonly #query: FanOutQuery;
  readonly #turn: number;
  /** The time to answer without what is missing; null when that is not wanted. */
  readonly #giveUp: Cancellation | null;
  #requestCount = 0;

  constructor(parts: FanOutParts, query: FanOutQuery) {
    this.#parts = parts;
    this.#query = query;
    this.#turn = parts.nextTurn();
    this.#giveUp = query.isPartialAllowed ? new Cancellation() : null;
  }

  async run(): Promise<LeafAnswers> {
    const { stop, segments } = this.#query;
    stop.check();
    const cancellation = new Cancellation();
    const shareOfTime = 1 - PARTIAL_ANSWER_SHARE;
    const timer =
      this.#giveUp &&
      this.#parts.clock.schedule(stop.leftMs * shareOfTime, () => this.#giveUp?.cancel(null));
    const part: Part = { segments, exclusions: Exclusions.NONE, isFirst: true, reason: 'first' };
    const pending = this.#cover(part, cancellation);
    try {
      const result = await stop.race(pending);
      const [first] = result.missing;
      if (first !== undefined && result.answers.length === 0) throw first.error;
      return result;
    } catch (error) {
      cancellation.cancel(error);
      releaseLate(pending);
      throw error;
    } finally {
      timer?.cancel();
    }
  }

  /** Gets answers for segments from servers that are not excluded. */
  async #cover(part: Part, cancellation: Cancellation): Promise<LeafAnswers> {
    const { segments, exclusions, isFirst } = part;
    const { shares, uncovered } = this.#assign(segments, exclusions);
    if (uncovered.length > 0 && isFirst && isUnreachable(exclusions.firstFailure)) {
      await sleep(this.#parts.clock, REPLICA_RETRY_PAUSE_MS);
      if (cancellation.isCancelled) throw cancellation.reason;
      const again = { ...part, exclusions: exclusions.withoutServers(), isFirst: false };
      return this.#cover(again, cancellation);
    }
    const missing = this.#missing(uncovered, exclusions);
    const { child, end } = cancellation.child();
    const isWhole = shares.size === 1 && segments.length === this.#query.segments.length;
    const running = [...shares].map(([server, share]) =>
      this.#race({ ...part, server, segments: share, isWhole }, child),
    );
    try {
      const parts = await Promise.all(running);
      return joinAnswers(missing.length === 0 ? parts : [...parts, { answers: [], missing }]);
    } catch (error) {
      child.cancel(error);
      for (const part of running) releaseLate(part);
      throw error;
    } finally {
      end();
    }
  }

  /** What becomes of segments that nobody can be asked for. */
  #missing(uncovered: readonly string[], { firstFailure }: Exclusions): MissingShare[] {
    if (uncovered.length === 0) return [];
    const error = firstFailure ?? segmentUnavailable(uncovered[0]!, this.#query.servers);
    if (!this.#query.isPartialAllowed) throw error;
    return [{ segments: uncovered, error, server: null }];
  }

  #assign(segments: readonly string[], exclusions: Exclusions): Selection {
    const { leafService, health, scoreOf } = this.#parts;
    const { servers, serversNow, selector } = this.#query;
    const now = exclusions === Exclusions.NONE ? servers : serversNow();
    const isLive = new Map<string, boolean>();
    return assignSegments(segments, now === servers ? servers : merged(segments, servers, now), {
      selector,
      isUsable: (server, segment) => {
        let live = isLive.get(server);
        if (live === undefined) {
          live = leafService(server) !== null;
          isLive.set(server, live);
        }
        return live && !exclusions.has(server, segment);
      },
      isTrusted: (server) => health.isTrusted(server),
      scoreOf,
      turn: this.#turn,
    });
  }

  #race(share: Share, cancellation: Cancellation): Promise<LeafAnswers> {
    const { clock, health, load, budget, leafService } = this.#parts;
    const { server, segments } = share;
    const lateAfterMs = load.lateAfterMs(this.#query.leaf.table);
    if (share.exclusions === Exclusions.NONE) budget.earn(1);
    return racePart({
      clock,
      cancellation,
      ask: (own) => this.#ask(share, own),
      failOver: (failure) => this.#failOver(share, failure),
      hedge: (isFree) => this.#hedge(share, isFree),
      isReplicaFailure,
      lateAfterMs,
      silentAfterMs: Math.max(lateAfterMs, SERVER_SILENCE_MS),
      onFailed: (error) => {
        // One that has left the tree is not to be probed.
        if (isUnreachable(error) && leafService(server) !== null) health.reportFailure(server);
      },
      onSilence: () => health.suspect(server),
      onDown: (action) => health.onDown(server, action),
      giveUp: this.#giveUp && partialOf(this.#giveUp, server, segments),
    });
  }

  #failOver(share: Share, failure: unknown): Attempt {
    const { server, segments, exclusions, isFirst } = share;
    this.#query.observer.retried();
    const missing = missingSegments(failure);
    const others =
      missing === null
        ? exclusions.withServer(server, failure)
        : exclusions.withSegments(server, missing, failure);
    return (own) => this.#cover({ segments, exclusions: others, isFirst, reason: 'retry' }, own);
  }

  /** Asks others for a share whose server is late; only if they have all of it and are well. */
  #hedge({ server, segments, exclusions }: Share, isFree: boolean): Attempt | null {
    const others = exclusions.withServer(server);
    const { shares, uncovered } = this.#assign(segments, others);
    const { health, load, budget } = this.#parts;
    const replicas = [...shares.keys()];
    const isPromising = replicas.every((one) => health.isTrusted(one));
    if (uncovered.length > 0 || !isPromising) return null;
    const isCheap = replicas.every((one) => load.hasRoomBeside(one, server));
    if (!isFree && !(isCheap && budget.spend(shares.size))) return null;
    this.#query.observer.hedged();
    return (own) =>
      this.#cover({ segments, exclusions: others, isFirst: false, reason: 'hedge' }, own);
  }

  async #ask(share: Share, cancellation: Cancellation): Promise<LeafAnswers> {
    const { server, segments, isWhole } = share;
    const { leafService, load, health } = this.#parts;
    const { leaf, limits, stop, isProfiled, finish, idPrefix, observer } = this.#query;
    const service = leafService(server);
    if (service === null) throw serverGone(server);
    stop.check();
    observer.asked(server);
    const end = load.begin(server, leaf.table);
    const abort = new AbortController();
    const span = this.#query.span.begin('ask server', 'client');
    const options: LeafOptions = {
      id: `${idPrefix}-${this.#requestCount++}`,
      limits,
      signal: abort.signal,
      isProfiled,
      finish: isWhole ? finish : null,
      parent: span,
    };
    try {
      if (span.isRecording) span.set(requestFacts(share));
      const pending = service.execute(leaf, segments, stop.leftMs, options);
      const answers = pending.then((result) => ({ answers: [{ server, result }], missing: [] }));
      const answer = await unlessCancelled(answers, cancellation, abort);
      end(true);
      span.end();
      health.reportSuccess(server);
      observer.answered(server);
      return answer;
    } catch (error) {
      end(cancellation.isCancelled);
      // Whoever is cancelled has only been slower than another.
      if (cancellation.isCancelled) span.set({ 'nyala.request.is_cancelled': true });
      span.end(cancellation.isCancelled ? undefined : error);
      throw error;
    }
  }
}

/** Segments to get answers for. */
interface Part {
  readonly segments: readonly string[];
  readonly exclusions: Exclusions;
  /** Whether replicas that could not be reached are tried once more. */
  readonly isFirst: boolean;
  /** Why they are asked for: at first, after a failure, or beside a server that is late. */
  readonly reason: 'first' | 'retry' | 'hedge';
}

/** What one server is asked. */
interface Share extends Part {
  readonly server: string;
  /** Whether it has all segments of the query. */
  readonly isWhole: boolean;
}

function requestFacts({ server, segments, reason }: Share): SpanAttributes {
  return {
    'nyala.server.id': server,
    'nyala.segments': segments.length,
    'nyala.request.reason': reason,
  };
}

/** How segments of a server that has not answered in time are left out. */
function partialOf(time: Cancellation, server: string, segments: readonly string[]): GiveUp {
  const missing = (failure: unknown): LeafAnswers => ({
    answers: [],
    missing: [{ segments, error: failure ?? serverSilent(server), server }],
  });
  return { time, missing };
}

/** The servers of segments as they are now; of segments that are gone, those from before. */
function merged(
  segments: readonly string[],
  before: SegmentServers,
  now: SegmentServers,
): SegmentServers {
  return new Map(segments.map((name) => [name, now.get(name) ?? before.get(name) ?? []]));
}

/** Waits for work unless it is cancelled; what still comes afterwards is let go of. */
function unlessCancelled(
  work: Promise<LeafAnswers>,
  cancellation: Cancellation,
  abort: AbortController,
): Promise<LeafAnswers> {
  return new Promise((resolve, reject) => {
    const end = cancellation.onCancel(() => {
      reject(cancellation.reason);
      releaseLate(work);
      abort.abort();
    });
    work.finally(end).then(resolve, reject);
  });
}
