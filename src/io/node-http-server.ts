import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { EngineError } from '../base/errors.ts';
import {
  HTTP_CONNECTIONS_MAX,
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_SERVER_IDLE_MS,
} from '../base/limits.ts';
import { type Address, type FetchHandler, hostAndPort, type Listener } from './network.ts';

/**
 * Serves a fetch handler over HTTP/1.1. Slow senders are cut off by time limits and the number of
 * connections is bounded; how long a body may be is the handler's business, since only it knows.
 * Paths with dot segments are refused.
 *
 * @param address where to listen; port 0 picks a free port.
 * @param handler called once a request.
 * @throws EngineError ADDRESS_IN_USE when the port is taken, IO when the address cannot be used.
 */
export async function serveHttp(address: Address, handler: FetchHandler): Promise<Listener> {
  // The adapter also puts its light Request and Response in the place of Node's: theirs carry every
  // body through a web stream, which costs more than the rest of a short answer.
  const server = createAdaptorServer({
    fetch: (request, environment) =>
      hasDotSegment(environment.incoming.url ?? '')
        ? new Response('a path without . and .. is expected\n', { status: 400 })
        : handler(request),
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
 * Whether a request names a path with `.` or `..` components, however they are encoded. The adapter
 * would resolve them, and what was asked for would no longer be what is answered.
 */
function hasDotSegment(target: string): boolean {
  return /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(target);
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
