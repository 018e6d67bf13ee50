import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Pool } from 'undici';
import { EngineError, errorMessage } from '../base/errors.ts';
import {
  BLOCK_BYTES_MAX,
  HTTP_CONNECT_TIMEOUT_MS,
  HTTP_CONNECTIONS_MAX,
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_PEER_CONNECTIONS_MAX,
  HTTP_PEER_IDLE_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_SERVER_IDLE_MS,
} from '../base/limits.ts';
import type {
  Address,
  FetchHandler,
  HttpClient,
  HttpRequest,
  HttpResponse,
  Listener,
} from './network.ts';

/**
 * Serves a fetch handler over HTTP/1.1. Slow senders are cut off by time limits and the number of
 * connections is bounded; how long a body may be is the handler's business, since only it knows.
 *
 * @param address where to listen; port 0 picks a free port.
 * @param handler called once a request.
 * @throws EngineError ADDRESS_IN_USE when the port is taken, IO when the address cannot be used.
 */
export async function serveHttp(address: Address, handler: FetchHandler): Promise<Listener> {
  // The adapter also puts its light Request and Response in the place of Node's: theirs carry every
  // body through a web stream, which costs more than the rest of a short answer.
  const server = createAdaptorServer({
    fetch: handler,
    serverOptions: {
      headersTimeout: HTTP_HEADERS_TIMEOUT_MS,
      requestTimeout: HTTP_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: HTTP_SERVER_IDLE_MS,
    },
  }) as Server;
  server.maxConnections = HTTP_CONNECTIONS_MAX;
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: address.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * A connection pool for one peer. Nothing is ever retried here: whether a request may be sent twice
 * is for the caller to know.
 *
 * @param origin the peer.
 */
export function httpClient(origin: Address): HttpClient {
  const pool = new Pool(`http://${hostAndPort(origin)}`, {
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

/** `host:port` as it stands in URLs and messages: an IPv6 host gets brackets. */
export function hostAndPort({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Waits until a server listens; turns what goes wrong into an error that names the address. */
function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    server.listen(address.port, address.host, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, address: Address): EngineError {
  const where = hostAndPort(address);
  if (error.code === 'EADDRINUSE') {
    return new EngineError(
      'ADDRESS_IN_USE',
      `http: ${where} is in use by another process; stop it or choose another port`,
      { cause: error },
    );
  }
  return new EngineError('IO', `http: cannot listen on ${where}: ${error.message}`, {
    cause: error,
  });
}

async function requestOnce(
  pool: Pool,
  origin: Address,
  request: HttpRequest,
): Promise<HttpResponse> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
  try {
    const response = await pool.request({
      method: request.method,
      path: request.path,
      headers: { ...request.headers },
      body: request.body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
    const body = new Uint8Array(await response.body.arrayBuffer());
    return { status: response.statusCode, headers: flatHeaders(response.headers), body };
  } catch (error) {
    throw requestError(error, signal.aborted, origin, request);
  }
}

function requestError(
  error: unknown,
  timedOut: boolean,
  origin: Address,
  request: HttpRequest,
): EngineError {
  const where = hostAndPort(origin);
  if (timedOut) {
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
