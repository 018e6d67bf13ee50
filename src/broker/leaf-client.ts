import { EngineError, type ErrorCode } from '../base/errors.ts';
import { decodeBlockSteps } from '../exec/block.ts';
import {
  LEAF_PATH,
  LEAF_PROFILE_HEADER,
  LEAF_STATS_HEADER,
  type LeafFailure,
  type LeafRequest,
  type LeafService,
  type LeafStats,
} from '../exec/leaf-service.ts';
import { encodeJson, encodePlan } from '../exec/plan-codec.ts';
import type { LeafProfile } from '../exec/profile.ts';
import { runInSlices } from '../exec/steps.ts';
import type { Clock } from '../io/clock.ts';
import type { HttpClient, HttpResponse } from '../io/network.ts';
import { noSpan, TRACE_PARENT_HEADER } from '../io/tracing.ts';

/** Time for a server to take a cancel: it does no more than set a flag. */
const CANCEL_TIMEOUT_MS = 3_000;

/**
 * A server's engine behind HTTP.
 *
 * @param server its id, for messages.
 * @param client its connection pool, which stays the caller's.
 * @param clock large answers are read in slices by it.
 */
export function httpLeafService(server: string, client: HttpClient, clock: Clock): LeafService {
  return {
    async execute(plan, segments, timeoutMs, leafOptions = {}) {
      const { id, limits, signal, isProfiled, finish = null, parent = noSpan } = leafOptions;
      const options = { id, limits, isProfiled, finish: encodeJson(finish) };
      const request: LeafRequest = { plan: encodePlan(plan), segments, timeoutMs, ...options };
      const cancel = (): void => {
        if (id === undefined) return;
        const path = `${LEAF_PATH}/${encodeURIComponent(id)}`;
        client.request({ method: 'DELETE', path, timeoutMs: CANCEL_TIMEOUT_MS }).catch(() => {
          // The server is gone, and with it the query.
        });
      };
      signal?.addEventListener('abort', cancel);
      const response = await client
        .request({
          method: 'POST',
          path: LEAF_PATH,
          headers: {
            'content-type': 'application/json',
            ...(parent.traceParent !== null && { [TRACE_PARENT_HEADER]: parent.traceParent }),
          },
          body: JSON.stringify(request),
          timeoutMs,
          signal,
        })
        .finally(() => signal?.removeEventListener('abort', cancel));
      if (response.status !== 200) throw leafFailure(server, response);
      return {
        partial: await runInSlices(decodeBlockSteps(response.body), clock),
        stats: leafStats(server, response),
        profile: leafProfile(response),
        release: () => {},
      };
    },
  };
}

/** The error that the server threw, or one that says that this is no server's answer. */
function leafFailure(server: string, { status, body }: HttpResponse): EngineError {
  const failure = parseJson<LeafFailure>(new TextDecoder().decode(body));
  if (typeof failure?.code !== 'string' || typeof failure.message !== 'string') {
    return new EngineError(
      'SERVER_UNAVAILABLE',
      `broker: server ${server} answered HTTP status ${status} without a reason`,
    );
  }
  const { code, message, position, ...details } = failure;
  return new EngineError(code satisfies ErrorCode, message, {
    ...(position === null ? {} : { position }),
    ...(details.segments === undefined ? {} : { segments: details.segments }),
    ...(details.retryAfterMs === undefined ? {} : { retryAfterMs: details.retryAfterMs }),
  });
}

function leafStats(server: string, { headers }: HttpResponse): LeafStats {
  const stats = parseJson<LeafStats>(headers[LEAF_STATS_HEADER] ?? '');
  if (stats === null) {
    throw new EngineError(
      'SERVER_UNAVAILABLE',
      `broker: server ${server} answered without ${LEAF_STATS_HEADER}; is that a Nyala server?`,
    );
  }
  return stats;
}

function leafProfile({ headers }: HttpResponse): LeafProfile | null {
  const text = headers[LEAF_PROFILE_HEADER];
  return text === undefined ? null : parseJson<LeafProfile>(decodeURIComponent(text));
}

function parseJson<T extends object>(text: string): T | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as T | null) : null;
  } catch {
    return null;
  }
}
