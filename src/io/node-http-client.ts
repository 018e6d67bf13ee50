import { type Dispatcher, Pool } from 'undici';
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

function requestOnce(pool: Pool, origin: Address, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown, endedBy: Ending | null): void =>
      reject(requestError(error, endedBy, origin, request));
    const exchange = new Exchange(request, resolve, fail);
    if (exchange.isOver) return;
    const { method, path, headers = {}, body = null } = request;
    const times = { headersTimeout: 0, bodyTimeout: 0 };
    pool.dispatch({ method, path, headers: { ...headers }, body, ...times }, exchange);
  });
}

/** Why a request was ended before its answer was there. */
type Ending = 'TIMEOUT' | 'CANCELLED';

/**
 * One request and its answer. It takes what the connection's parser finds as it comes: for short answers, a
 * stream of the body and a signal a request would cost more than all the rest.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown, endedBy: Ending | null) => void;
  readonly #timer: NodeJS.Timeout;
  /** Null while the request waits for a connection. */
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  readonly #parts: Buffer[] = [];
  isOver = false;

  constructor(
    request: HttpRequest,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown, endedBy: Ending | null) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    const timeoutMs = Math.max(1, Math.ceil(request.timeoutMs));
    this.#timer = setTimeout(() => this.#giveUp('TIMEOUT'), timeoutMs).unref();
    request.signal?.addEventListener('abort', this.#cancel);
    if (request.signal?.aborted) this.#cancel();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.isOver) controller.abort(GIVEN_UP);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = flatHeaders(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, part: Buffer): void {
    this.#parts.push(part);
  }

  onResponseEnd(): void {
    if (!this.#end()) return;
    this.#resolve({ status: this.#status, headers: this.#headers, body: joined(this.#parts) });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#end()) this.#reject(error, null);
  }

  readonly #cancel = (): void => this.#giveUp('CANCELLED');

  #giveUp(endedBy: Ending): void {
    if (!this.#end()) return;
    this.#controller?.abort(GIVEN_UP);
    this.#reject(GIVEN_UP, endedBy);
  }

  /** False when it had ended before. */
  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#cancel);
    return true;
  }
}

/** Parts as one array from its buffer's start on: numbers in it are aligned as whoever wrote it knows. */
function joined(parts: readonly Buffer[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const GIVEN_UP = new Error('the request was given up');

function requestError(
  error: unknown,
  endedBy: Ending | null,
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
