import type { Clock } from '../../src/io/clock.ts';
import {
  type Address,
  type FetchHandler,
  hostAndPort,
  type Listener,
  type TcpConnection,
} from '../../src/io/network.ts';
import type { TcpDoor } from './http-client.ts';
import { type HttpHead, HttpMessages, sendMessage } from './http-messages.ts';

/** Serves plain fetch handlers over simulated connections, one request at a time on each. */
export async function serveHttp(
  tcp: TcpDoor,
  clock: Pick<Clock, 'schedule'>,
  address: Address,
  handler: FetchHandler,
): Promise<Listener> {
  const door = new Door(address, handler);
  const listener = await tcp.listenTcp(address, (connection) => door.take(connection));
  return {
    address: listener.address,
    close: async (graceMs = 0) => {
      await door.finish(clock, graceMs);
      await listener.close();
    },
  };
}

class Door {
  readonly #origin: string;
  readonly #handler: FetchHandler;
  /** Connections with a request that is not answered yet. */
  readonly #busy = new Set<TcpConnection>();
  readonly #idle = new Set<TcpConnection>();
  /** Set when the door closes: called when no request is left. */
  #onQuiet: (() => void) | null = null;

  constructor(address: Address, handler: FetchHandler) {
    this.#origin = `http://${hostAndPort(address)}`;
    this.#handler = handler;
  }

  take(connection: TcpConnection): void {
    let gone = new AbortController();
    this.#idle.add(connection);
    const messages = new HttpMessages((head, body) => {
      gone = new AbortController();
      this.#idle.delete(connection);
      this.#busy.add(connection);
      void this.#respond(connection, requestOf(this.#origin, head, body, gone.signal));
    });
    connection.onData = (bytes) => messages.receive(bytes);
    connection.onClose = () => {
      this.#idle.delete(connection);
      this.#answered(connection);
      gone.abort();
    };
    if (this.#onQuiet !== null) connection.destroy();
  }

  /** Takes no more requests; resolves when those under way are answered, or the time is over. */
  finish(clock: Pick<Clock, 'schedule'>, graceMs: number): Promise<void> {
    for (const connection of this.#idle) connection.destroy();
    return new Promise((resolve) => {
      const timer = clock.schedule(graceMs, resolve);
      this.#onQuiet = () => {
        timer.cancel();
        resolve();
      };
      if (this.#busy.size === 0) this.#onQuiet();
    });
  }

  async #respond(connection: TcpConnection, request: Request): Promise<void> {
    const response = await this.#handler(request);
    const body = new Uint8Array(await response.arrayBuffer());
    if (!this.#busy.has(connection)) return;
    const headers = Object.fromEntries(response.headers);
    sendMessage(connection, { status: response.status, headers }, body);
    this.#idle.add(connection);
    this.#answered(connection);
    if (this.#onQuiet !== null) connection.end();
  }

  #answered(connection: TcpConnection): void {
    if (this.#busy.delete(connection) && this.#busy.size === 0) this.#onQuiet?.();
  }
}

function requestOf(
  origin: string,
  { method = 'GET', path = '/', headers }: HttpHead,
  body: Uint8Array,
  signal: AbortSignal,
): Request {
  const length = { 'content-length': String(body.length) };
  const content = method === 'GET' ? {} : { body: body as Uint8Array<ArrayBuffer> };
  return new Request(`${origin}${path}`, {
    method,
    headers: { ...headers, ...length },
    signal,
    ...content,
  });
}
