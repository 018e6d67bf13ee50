import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import {
  HTTP_CONNECTIONS_MAX,
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_SERVER_IDLE_MS,
} from '../base/limits.ts';
import type { FetchHandler } from './network.ts';

/**
 * An HTTP/1.1 server that does not listen yet; see `serveHttp` of node-http-door.ts.
 *
 * @param handler called once a request.
 */
export function createHttpServer(handler: FetchHandler): Server {
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
  return server;
}

/**
 * Whether a request names a path with `.` or `..` components, however they are encoded. The adapter
 * would resolve them, and what was asked for would no longer be what is answered.
 */
function hasDotSegment(target: string): boolean {
  return /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(target);
}
