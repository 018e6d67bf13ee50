import type { Clock } from './clock.ts';
import { SECONDS_BUCKETS } from './metrics.ts';
import type { FetchHandler } from './network.ts';
import type { Observers } from './observers.ts';
import { spanned, TRACE_PARENT_HEADER } from './tracing.ts';

/**
 * Answers as another handler does, counts and times what it answers, makes a span of it, which is part of
 * what the request's header `traceparent` names, and answers `GET /metrics` itself. The other handler finds
 * the span in that header, so that it is the parent of what it does and of what it passes on.
 *
 * @param role begins the metrics' names: `nyala_<role>_http_requests_total`.
 */
export function observedHandler(
  handler: FetchHandler,
  role: string,
  { metrics, tracer, clock }: Pick<Observers, 'metrics' | 'tracer'> & { readonly clock: Clock },
): FetchHandler {
  const requests = metrics.counter({
    name: `nyala_${role}_http_requests_total`,
    help: 'HTTP requests that were answered',
    labelNames: ['method', 'status'],
  });
  const seconds = metrics.histogram(
    { name: `nyala_${role}_http_request_seconds`, help: 'time from a request to its answer' },
    SECONDS_BUCKETS,
  );
  return async (request) => {
    if (request.method === 'GET' && new URL(request.url).pathname === '/metrics') {
      const { contentType, body } = await metrics.text();
      return new Response(body, { headers: { 'content-type': contentType } });
    }
    const startMs = clock.monotonicMs();
    const parent = request.headers.get(TRACE_PARENT_HEADER);
    const span = tracer.begin(`${role} request`, parent, 'server');
    const response = await spanned(span, async ({ isRecording, traceParent }) => {
      if (traceParent !== null && traceParent !== parent) {
        request.headers.set(TRACE_PARENT_HEADER, traceParent);
      }
      const answer = await handler(request);
      if (isRecording) {
        span.set({
          'http.request.method': request.method,
          'http.response.status_code': answer.status,
        });
      }
      return answer;
    });
    seconds.observe((clock.monotonicMs() - startMs) / 1000);
    requests.add(1, { method: request.method, status: String(response.status) });
    return response;
  };
}
