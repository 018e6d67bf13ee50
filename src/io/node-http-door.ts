import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { EngineError } from '../base/errors.ts';
import { HTTP_BACKLOG, HTTP_CONNECTIONS_MAX } from '../base/limits.ts';
import {
  type Address,
  type FetchHandler,
  type HttpListenOptions,
  hostAndPort,
  type Listener,
} from './network.ts';

/**
 * Serves a fetch handler over HTTP/1.1; see `Network.serveHttp`. Slow senders are cut off by time
 * limits and the number of connections is bounded; how long a body may be is the handler's business,
 * since only it knows. Paths with dot segments are refused.
 *
 * @throws EngineError ADDRESS_IN_USE when the port is taken, IO when the address cannot be used.
 */
export async function serveHttp(
  address: Address,
  handler: FetchHandler,
  { isSeldomUsed = false }: HttpListenOptions = {},
): Promise<Listener> {
  const door = isSeldomUsed ? new SeldomUsedDoor(handler) : new Door(await httpServer(handler));
  await listen(door.server, address);
  const { port } = door.server.address() as AddressInfo;
  return { address: { host: address.host, port }, close: (graceMs) => door.close(graceMs) };
}

async function httpServer(handler: FetchHandler): Promise<HttpServer> {
  const { createHttpServer } = await import('./node-http-server.ts');
  return createHttpServer(handler);
}

/** Between two looks for connections that are idle, while a door closes. */
const SWEEP_MS = 10;

class Door {
  readonly server: HttpServer;

  constructor(server: HttpServer) {
    this.server = server;
  }

  async close(graceMs = 0): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    // A connection whose last request is answered would stay open for the next one.
    const sweep = setInterval(() => this.server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => this.server.closeAllConnections(), graceMs);
    if (graceMs === 0) this.server.closeAllConnections();
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/** Loads what HTTP needs when somebody knocks; until then it is a socket that listens. */
class SeldomUsedDoor {
  readonly server: Server;
  readonly #handler: FetchHandler;
  readonly #waiting = new Set<Socket>();
  #door: Promise<Door> | null = null;
  #isClosed = false;

  constructor(handler: FetchHandler) {
    this.#handler = handler;
    this.server = createServer((socket) => void this.#knock(socket));
    this.server.maxConnections = HTTP_CONNECTIONS_MAX;
  }

  async close(graceMs?: number): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#waiting) socket.destroy();
    const door = await this.#door;
    if (door?.server.listening) await door.close(graceMs);
    else await new Promise((resolve) => this.server.close(resolve));
  }

  async #knock(socket: Socket): Promise<void> {
    this.#waiting.add(socket);
    socket.on('error', () => socket.destroy());
    this.#door ??= this.#open();
    const { server } = await this.#door;
    this.#waiting.delete(socket);
    if (!socket.destroyed) server.emit('connection', socket);
  }

  /** From then on the HTTP server has the socket that listens, and connections come to it. */
  async #open(): Promise<Door> {
    const server = await httpServer(this.#handler);
    if (!this.#isClosed) {
      await new Promise<void>((resolve) => server.listen(this.server, resolve));
    }
    return new Door(server);
  }
}

/** Waits until a server listens; turns what goes wrong into an error that names the address. */
function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    server.listen(address.port, address.host, HTTP_BACKLOG, resolve);
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
