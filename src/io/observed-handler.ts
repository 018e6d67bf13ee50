import type { Clock } from './clock.ts';
import { SECONDS_BUCKETS } from './metrics.ts';
import type { FetchHandler } from './network.ts';
import type { Observers } from './observers.ts';

/**
 * Answers as another handler does, counts and times what it answers, makes a span of it, which is part of
 * what the request's header `traceparent` names, and answers `GET /metrics` itself.
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
    const parent = request.headers.get('traceparent');
    const facts = { 'http.request.method': request.method };
    const response = await tracer.span(`${role} request`, parent, facts, async ({ set }) => {
      const answer = await handler(request);
      set({ 'http.response.status_code': answer.status });
      return answer;
    });
    seconds.observe((clock.monotonicMs() - startMs) / 1000);
    requests.add(1, { method: request.method, status: String(response.status) });
    return response;
  };
}
