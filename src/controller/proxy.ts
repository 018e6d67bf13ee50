import type { Address, HttpRequest, Network } from '../io/network.ts';
import { TRACE_PARENT_HEADER } from '../io/tracing.ts';
import { requestText } from './request-body.ts';

/** Request headers that mean something to the peer. */
const FORWARDED_HEADERS = [
  'content-type',
  'authorization',
  'pinot-use-http-status-for-errors',
  TRACE_PARENT_HEADER,
];

/**
 * Passes a request on to another role and its answer back.
 *
 * @throws EngineError SERVER_UNAVAILABLE or TIMEOUT when the peer does not answer.
 */
export async function proxy(
  network: Network,
  peer: Address,
  request: Request,
  timeoutMs: number,
): Promise<Response> {
  const url = new URL(request.url);
  const client = network.httpClient(peer);
  const headers: Record<string, string> = {};
  for (const name of FORWARDED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  try {
    const body = request.method === 'GET' ? {} : { body: await requestText(request) };
    const { status, ...answer } = await client.request({
      method: request.method as HttpRequest['method'],
      path: `${url.pathname}${url.search}`,
      headers,
      timeoutMs,
      ...body,
    });
    const contentType = answer.headers['content-type'] ?? 'application/json';
    return new Response(answer.body as Uint8Array<ArrayBuffer>, {
      status,
      headers: { 'content-type': contentType },
    });
  } finally {
    await client.close();
  }
}
