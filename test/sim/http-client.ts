import { EngineError } from '../../src/base/errors.ts';
import { HTTP_CONNECT_TIMEOUT_MS } from '../../src/base/limits.ts';
import type { Clock } from '../../src/io/clock.ts';
import {
  type Address,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  hostAndPort,
  type Network,
  type TcpConnection,
} from '../../src/io/network.ts';
import { HttpMessages, sendMessage } from './http-messages.ts';

/** The transport of HTTP, as a process on a host sees it. */
export type TcpDoor = Pick<Network, 'listenTcp' | 'connectTcp'>;

/**
 * A pool of simulated connections to one peer. As in production a request is sent once: one whose
 * connection breaks fails, and nobody knows whether the peer has got it.
 */
export function httpClient(
  tcp: TcpDoor,
  clock: Pick<Clock, 'schedule'>,
  origin: Address,
): HttpClient {
  return new Pool(tcp, clock, origin);
}

class Pool implements HttpClient {
  readonly #tcp: TcpDoor;
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #origin: Address;
  readonly #idle = new Set<Line>();
  readonly #running = new Set<(error: EngineError) => void>();
  #isClosed = false;

  constructor(tcp: TcpDoor, clock: Pick<Clock, 'schedule'>, origin: Address) {
    this.#tcp = tcp;
    this.#clock = clock;
    this.#origin = origin;
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    if (this.#isClosed) return Promise.reject(this.#unreachable('the pool is closed'));
    return new Promise((resolve, reject) => {
      let line: Line | null = null;
      let isOver = false;
      const settle = (): void => {
        isOver = true;
        timer.cancel();
        connecting?.cancel();
        this.#running.delete(fail);
        request.signal?.removeEventListener('abort', cancel);
      };
      const fail = (error: EngineError): void => {
        if (isOver) return;
        settle();
        line?.destroy();
        reject(error);
      };
      const cancel = (): void => fail(this.#error('CANCELLED', request, 'was given up'));
      const late = (): void =>
        fail(this.#error('TIMEOUT', request, `took more than ${Math.ceil(request.timeoutMs)} ms`));
      const timer = this.#clock.schedule(request.timeoutMs, late);
      const take = (found: Line): void => {
        connecting?.cancel();
        if (isOver) {
          this.#idle.add(found);
          return;
        }
        line = found;
        found.send(request, (response) => {
          settle();
          if (response === null) reject(this.#unreachable('the connection broke'));
          else {
            if (response.headers.connection === 'close') found.destroy();
            else this.#idle.add(found);
            resolve(response);
          }
        });
      };
      this.#running.add(fail);
      request.signal?.addEventListener('abort', cancel);
      const [idle] = this.#idle;
      const connecting =
        idle === undefined
          ? this.#clock.schedule(HTTP_CONNECT_TIMEOUT_MS, () => fail(this.#unreachable('silence')))
          : null;
      if (request.signal?.aborted) cancel();
      else if (idle === undefined) {
        this.#open().then(take, (error: Error) => fail(this.#unreachable(error.message)));
      } else {
        this.#idle.delete(idle);
        take(idle);
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const fail of [...this.#running]) fail(this.#unreachable('the pool was closed'));
    for (const line of this.#idle) line.destroy();
    this.#idle.clear();
  }

  async #open(): Promise<Line> {
    const line: Line = new Line(await this.#tcp.connectTcp(this.#origin), () =>
      this.#idle.delete(line),
    );
    if (this.#isClosed) line.destroy();
    return line;
  }

  #unreachable(why: string): EngineError {
    const text = `http: cannot reach ${hostAndPort(this.#origin)}: ${why} (simulated)`;
    return new EngineError('SERVER_UNAVAILABLE', text);
  }

  #error(code: 'TIMEOUT' | 'CANCELLED', { method, path }: HttpRequest, what: string): EngineError {
    const where = hostAndPort(this.#origin);
    return new EngineError(code, `http: ${method} ${path.split('?', 1)[0]} to ${where} ${what}`);
  }
}

/** A connection of a pool, with at most one request on it. */
class Line {
  readonly #tcp: TcpConnection;
  #answer: ((response: HttpResponse | null) => void) | null = null;

  /** @param onGone the connection can take no request any more. */
  constructor(tcp: TcpConnection, onGone: () => void) {
    this.#tcp = tcp;
    const messages = new HttpMessages(({ status = 0, headers }, body) =>
      this.#settle({ status, headers, body }),
    );
    tcp.onData = (bytes) => messages.receive(bytes);
    tcp.onClose = () => {
      onGone();
      this.#settle(null);
    };
  }

  /** @param answer called once, with null when the connection has broken. */
  send(request: HttpRequest, answer: (response: HttpResponse | null) => void): void {
    this.#answer = answer;
    const { method, path, headers = {}, body = '' } = request;
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    sendMessage(this.#tcp, { method, path, headers: { ...headers } }, bytes);
  }

  destroy(): void {
    this.#answer = null;
    this.#tcp.destroy();
  }

  #settle(response: HttpResponse | null): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(response);
  }
}
