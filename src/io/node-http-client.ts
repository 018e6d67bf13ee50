import { Pool } from 'undici';
import { EngineError, errorMessage } from '../base/errors.ts';
import {
  BLOCK_BYTES_MAX,
  HTTP_CONNECT_TIMEOUT_MS,
  HTTP_PEER_CONNECTIONS_MAX,
  HTTP_PEER_IDLE_MS,
} from '../base/limits.ts';
import {
  type Address,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpResponse,
  hostAndPort,
} from './network.ts';

/**
 * A connection pool for one peer. Nothing is ever retried here: whether a request may be sent twice
 * is for the caller to know.
 *
 * @param origin the peer.
 */
export function httpClient(
  origin: Address,
  { isEncrypted = false }: HttpClientOptions = {},
): HttpClient {
  const pool = new Pool(`${isEncrypted ? 'https' : 'http'}://${hostAndPort(origin)}`, {
    connections: HTTP_PEER_CONNECTIONS_MAX,
    pipelining: 1,
    connect: { timeout: HTTP_CONNECT_TIMEOUT_MS },
    keepAliveTimeout: HTTP_PEER_IDLE_MS,
    maxResponseSize: BLOCK_BYTES_MAX,
  });
  return {
    request: (request) => requestOnce(pool, origin, request),
    close: () => pool.destroy(),
  };
}

async function requestOnce(
  pool: Pool,
  origin: Address,
  request: HttpRequest,
): Promise<HttpResponse> {
  const abort = new AbortController();
  let endedBy: 'TIMEOUT' | 'CANCELLED' | null = null;
  const end = (code: 'TIMEOUT' | 'CANCELLED'): void => {
    endedBy ??= code;
    abort.abort();
  };
  const cancel = (): void => end('CANCELLED');
  const timer = setTimeout(end, Math.max(1, Math.ceil(request.timeoutMs)), 'TIMEOUT').unref();
  request.signal?.addEventListener('abort', cancel);
  if (request.signal?.aborted) cancel();
  try {
    const response = await pool.request({
      method: request.method,
      path: request.path,
      headers: { ...request.headers },
      body: request.body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: abort.signal,
    });
    const body = new Uint8Array(await response.body.arrayBuffer());
    return { status: response.statusCode, headers: flatHeaders(response.headers), body };
  } catch (error) {
    throw requestError(error, endedBy, origin, request);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', cancel);
  }
}

function requestError(
  error: unknown,
  endedBy: 'TIMEOUT' | 'CANCELLED' | null,
  origin: Address,
  request: HttpRequest,
): EngineError {
  const where = hostAndPort(origin);
  if (endedBy === 'CANCELLED') {
    const what = `${request.method} ${pathOnly(request.path)}`;
    return new EngineError('CANCELLED', `http: ${what} to ${where} was given up`);
  }
  if (endedBy === 'TIMEOUT') {
    return new EngineError(
      'TIMEOUT',
      `http: ${where} did not answer ${request.method} ${pathOnly(request.path)} ` +
        `within ${Math.ceil(request.timeoutMs)} ms`,
      { cause: error },
    );
  }
  return new EngineError(
    'SERVER_UNAVAILABLE',
    `http: cannot reach ${where}: ${errorMessage(error) || 'connection refused'}`,
    { cause: error },
  );
}

/** A path without its query string, which can hold a whole SQL statement. */
function pathOnly(path: string): string {
  return path.split('?', 1)[0]!;
}

function flatHeaders(headers: Record<string, string | string[] | undefined>) {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
