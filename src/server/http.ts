import { type Context, Hono } from 'hono';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import { LEAF_BODY_BYTES_MAX } from '../base/limits.ts';
import {
  LEAF_REQUESTS_MAX,
  LEAF_REQUESTS_WAITING_MAX,
  LEAF_WAIT_MS_MAX,
} from '../base/serving-limits.ts';
import { encodeBlockSteps } from '../exec/block.ts';
import {
  LEAF_PATH,
  LEAF_PROFILE_HEADER,
  LEAF_STATS_HEADER,
  type LeafFailure,
  type LeafRequest,
  type LeafResult,
  type LeafService,
} from '../exec/leaf-service.ts';
import { decodeFinish, decodePlan } from '../exec/plan-codec.ts';
import { checkedSteps, runInSlices } from '../exec/steps.ts';
import { WorkGate } from '../exec/work-gate.ts';
import type { Clock } from '../io/clock.ts';
import type { FetchHandler } from '../io/network.ts';
import { boundedText } from '../io/request-body.ts';
import {
  noTracer,
  remoteParent,
  type SpanParent,
  spanned,
  TRACE_PARENT_HEADER,
  type Tracer,
} from '../io/tracing.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import type { SegmentCacheStatus } from './segment-cache.ts';
import { type OpenServedFile, SegmentFiles } from './segment-file.ts';
import { SEGMENT_FILE_PATH } from './segment-peers.ts';

/** What the server's doors need. */
export interface ServerHttpOptions {
  readonly engine: LeafService;
  /** Large answers are written in slices by it. */
  readonly clock: Clock;
  /** Segments that can be queried now, by table. */
  readonly servedSegments: () => Readonly<Record<string, readonly string[]>>;
  /** Opens the file of a segment that is served. */
  readonly openFile: OpenServedFile;
  /** What the cache of a bucket's files has done; null without one. */
  readonly cacheStatus: () => Promise<SegmentCacheStatus | null>;
  /** Where spans of leaf requests go (default: nowhere). */
  readonly tracer?: Tracer | undefined;
  /** Bounds the leaf requests that go on at a time, and that wait (default: none is refused). */
  readonly gate?: WorkGate | undefined;
  /** Told of defects of Nyala, whose text is kept from callers. */
  readonly onInternalError: (error: unknown) => void;
}

/**
 * The server's HTTP interface.
 *
 *     POST /v1/leaf   LeafRequest → block, stats in a header; a failure is a LeafFailure
 *     DELETE /v1/leaf/{id}   cancels a leaf request that is under way
 *     GET  /v1/segments/{table}/{segment}/file[?key=KEY]   a segment's file, or a range of it
 *     GET  /v1/segment-cache   the files of a bucket that are on the disk, counted
 *     GET  /tables    what is served
 *     GET  /health
 */
export function serverHandler(options: ServerHttpOptions): FetchHandler {
  const app = new Hono();
  const running = new Map<string, AbortController>();
  app.post(LEAF_PATH, async (context) => {
    const { plan, segments, timeoutMs, id, limits, isProfiled, finish } = parseLeafRequest(
      await boundedText(context.req.raw, LEAF_BODY_BYTES_MAX),
    );
    const abort = new AbortController();
    const { tracer = noTracer } = options;
    const parent = remoteParent(tracer, context.req.header(TRACE_PARENT_HEADER) ?? null);
    const { signal } = abort;
    const leafOptions = { limits, signal, isProfiled, finish: decodeFinish(finish), parent };
    if (id !== undefined) running.set(id, abort);
    const work = (leftMs: number) =>
      options.engine.execute(decodePlan(plan), segments, leftMs, leafOptions);
    try {
      const result = await within(options.gate, { timeoutMs, signal, parent }, work);
      const { stats, profile } = result;
      return context.body(await blockOf(result, options.clock, signal), 200, {
        'content-type': 'application/octet-stream',
        [LEAF_STATS_HEADER]: asciiJson(stats),
        ...(profile && { [LEAF_PROFILE_HEADER]: encodeURIComponent(JSON.stringify(profile)) }),
      });
    } finally {
      if (id !== undefined) running.delete(id);
    }
  });
  app.delete(`${LEAF_PATH}/:id`, (context) => {
    const id = context.req.param('id');
    running.get(id)?.abort();
    return context.json({ cancelled: running.has(id) });
  });
  const files = new SegmentFiles(options.openFile);
  app.get(SEGMENT_FILE_PATH, ({ req }) => {
    const { table, segment } = req.param();
    return files.send(table, segment, req.query('key') ?? null, req.raw);
  });
  app.get('/v1/segment-cache', async (context) => context.json(await options.cacheStatus()));
  app.get('/tables', (context) => context.json(options.servedSegments()));
  app.get('/health', (context) => context.text('OK'));
  app.notFound((context) =>
    failure(
      context,
      new EngineError('NOT_FOUND', `server: no such path ${context.req.path.slice(0, 200)}`),
    ),
  );
  app.onError((error, context) => {
    if (!(error instanceof EngineError)) options.onInternalError(error);
    return failure(context, error);
  });
  return (request) => app.fetch(request);
}

/** A result as a block, written in slices; then it is let go of. */
async function blockOf(
  { partial, release }: LeafResult,
  clock: Clock,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const check = (): void => {
    if (signal.aborted) throw new EngineError('CANCELLED', 'server: the request was cancelled');
  };
  try {
    return await runInSlices(checkedSteps(encodeBlockSteps(partial), check), clock);
  } finally {
    release();
  }
}

/** A bound on the leaf requests of a server; beyond it they are refused, and brokers ask other replicas. */
export function leafGate(clock: Clock): WorkGate {
  return new WorkGate({
    clock,
    runningMax: LEAF_REQUESTS_MAX,
    waitingMax: LEAF_REQUESTS_WAITING_MAX,
    waitMsMax: LEAF_WAIT_MS_MAX,
    bytesMax: Number.POSITIVE_INFINITY,
    refusal: (reason, retryAfterMs) => {
      const message = `server: it has more leaf requests than it can answer soon (${reason})`;
      return new EngineError('SERVER_BUSY', message, { retryAfterMs });
    },
  });
}

/** Does work when the gate lets it in, in what is left of its time then. */
async function within<R>(
  gate: WorkGate | undefined,
  { timeoutMs, signal, parent }: { timeoutMs: number; signal: AbortSignal; parent: SpanParent },
  work: (leftMs: number) => Promise<R>,
): Promise<R> {
  if (gate === undefined) return work(timeoutMs);
  const pass = await spanned(parent.begin('wait'), () => gate.enter(0, timeoutMs, signal));
  try {
    return await work(timeoutMs - pass.waitedMs);
  } finally {
    pass.leave();
  }
}

/** @param text null for a body that is too long. */
function parseLeafRequest(text: string | null): LeafRequest {
  if (text === null) {
    const message = `server: the body is larger than ${LEAF_BODY_BYTES_MAX} bytes`;
    throw new EngineError('BAD_REQUEST', message);
  }
  const request = parseJson(text) as Partial<LeafRequest> | null;
  const { plan, segments, timeoutMs, id, limits, isProfiled, finish } = request ?? {};
  const isValid =
    typeof plan === 'string' &&
    Array.isArray(segments) &&
    segments.every((segment) => typeof segment === 'string') &&
    typeof timeoutMs === 'number' &&
    timeoutMs > 0 &&
    (id === undefined || typeof id === 'string') &&
    (limits === undefined || areLimits(limits)) &&
    (finish === undefined || typeof finish === 'string');
  if (!isValid) {
    throw new EngineError(
      'BAD_REQUEST',
      'server: expected a body of plan (text), segments (names), timeoutMs (above 0), and optionally ' +
        'id (text), limits (numbers above 0) and finish (text)',
    );
  }
  return { plan, segments, timeoutMs, id, limits, isProfiled: isProfiled === true, finish };
}

function areLimits(limits: Partial<QueryLimits> | null): boolean {
  const { timeoutMs, groupsMax, memoryBytesMax, spillBytesMax, answerBytesMax } = limits ?? {};
  const all = [timeoutMs, groupsMax, memoryBytesMax, spillBytesMax, answerBytesMax];
  return all.every((one) => typeof one === 'number' && one > 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('BAD_REQUEST', 'server: the body is not JSON', { cause: error });
  }
}

/** Statuses are for people who read logs; brokers go by the code. */
const STATUSES: Partial<Record<ErrorCode, 400 | 404 | 408 | 503>> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  SEGMENT_UNAVAILABLE: 404,
  SERVER_UNAVAILABLE: 503,
  TIMEOUT: 408,
  CANCELLED: 503,
  GROUP_LIMIT: 503,
  MEMORY_LIMIT: 503,
  SPILL_LIMIT: 503,
  SERVER_BUSY: 503,
};

function failure(context: Context, error: unknown): Response {
  const known = error instanceof EngineError ? error : null;
  const body: LeafFailure = {
    code: known?.code ?? 'IO',
    message:
      known === null ? 'server: an unexpected failure; its log says more' : errorMessage(error),
    position: known?.position ?? null,
    segments: known?.segments,
    retryAfterMs: known?.retryAfterMs,
  };
  return context.json(body, STATUSES[body.code] ?? 500);
}

/** JSON that fits a header: names of columns may be in any script. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
