import { assert } from '../base/assert.ts';
import { ByteWriter } from '../base/bytes.ts';
import { EngineError, errorMessage } from '../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../base/limits.ts';
import { type Clock, sleep, type Timer } from '../io/clock.ts';
import type { Address, Network, TlsClientOptions } from '../io/network.ts';
import { type Random, shuffled } from '../io/random.ts';
import { type AuthInfo, authenticate, type SaslInfo } from './client-authentication.ts';
import { errorOfNumber } from './client-errors.ts';
import { type Call, ClientLink } from './client-link.ts';
import { type ClientRequest, isWrite, type Result } from './core/model.ts';
import { type ConnectResponse, PASSWORD_BYTES } from './zk/handshake.ts';
import type { WatcherEvent } from './zk/replies.ts';
import { encodeRequest } from './zk/requests.ts';

/** What a session needs. */
export interface ClientSessionOptions {
  readonly addresses: readonly Address[];
  readonly sessionTimeoutMs: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Encrypts connections (default: plaintext). */
  readonly tls?: TlsClientOptions;
  /** Shown to every server that the client connects to. */
  readonly auth?: readonly AuthInfo[];
  /** For servers that ask for SASL. */
  readonly sasl?: SaslInfo;
  /** Called when a connection stands, before anything that waits is sent. */
  readonly onConnected: (isNewSession: boolean) => void;
  readonly onEvent: (event: WatcherEvent) => void;
  /**
   * Called when a session has ended, and before that when it must be taken to have ended because the
   * server was not heard for its whole timeout; then it may still be resumed.
   */
  readonly onLost?: () => void;
}

const REQUEST_HEADER_BYTES = 8;
const HANDSHAKE_TIMEOUT_MS_MIN = 1_000;
const RECONNECT_DELAY_MS_MAX = 1_000;
const RECONNECT_DELAY_MS_MIN = 20;

/**
 * Keeps a session alive over changing connections: resumes it on any server, opens a new one when it
 * has expired. Reads that a lost connection swallowed are sent again; writes are not, because nobody
 * knows whether they happened.
 */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #waiting: Call[] = [];
  readonly #addresses: readonly Address[];
  #link: ClientLink | null = null;
  #sessionId = 0n;
  #password: Uint8Array = new Uint8Array(PASSWORD_BYTES);
  #lastZxid = 0n;
  #nextAddress = 0;
  #disconnectedMs: number;
  #lossTimer: Timer | null = null;
  #isClosed = false;
  /** Why the session is over for good, when no server will have the client. */
  #refusal: EngineError | null = null;

  constructor(options: ClientSessionOptions) {
    assert(options.addresses.length > 0, 'a client knows at least one coordinator');
    this.#options = options;
    this.#addresses = shuffled(options.addresses, options.random);
    this.#disconnectedMs = options.clock.monotonicMs();
  }

  /** The session's id, 0 while there is none. */
  get sessionId(): bigint {
    return this.#sessionId;
  }

  get isConnected(): boolean {
    return this.#link !== null;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** Resolves with the first connection; rejects when none stands within the session timeout. */
  async start(): Promise<void> {
    const deadlineMs = this.#options.clock.monotonicMs() + this.#options.sessionTimeoutMs;
    await this.#connect(deadlineMs);
  }

  /**
   * Sends a request, or keeps it until a connection stands, at most for the session timeout.
   *
   * @throws EngineError CONNECTION_LOSS when a write was sent and its outcome is unknown;
   *   SERVER_UNAVAILABLE when it was never sent; SESSION_EXPIRED when the session ended first;
   *   AUTH_FAILED when the servers do not believe who the client is, now and ever after.
   */
  call(request: ClientRequest): Promise<Result> {
    if (this.#isClosed) return Promise.reject(this.#refusal ?? closedError());
    const writer = new ByteWriter();
    const opCode = encodeRequest(writer, request);
    const body = writer.finish();
    const lengthBytes = body.length + REQUEST_HEADER_BYTES;
    if (lengthBytes > COORDINATOR_PACKET_BYTES_MAX) return Promise.reject(tooLong(lengthBytes));
    return new Promise((resolve, reject) => {
      const call = { request, opCode, body, resolve, reject };
      if (this.#link === null) this.#waiting.push(call);
      else this.#link.send(call);
    });
  }

  /** Drops the connection and everything that waits, without ending the session. */
  destroy(): void {
    this.#isClosed = true;
    this.#link?.destroy();
    this.#lossTimer?.cancel();
    this.#failWaiting(closedError);
  }

  async #connect(deadlineMs: number | null): Promise<void> {
    const { clock } = this.#options;
    const addresses = this.#addresses;
    let failures = 0;
    while (!this.#isClosed) {
      const address = addresses[this.#nextAddress % addresses.length]!;
      try {
        await this.#open(address);
        return;
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        if (error.code === 'AUTH_FAILED') {
          this.#refuse(error);
          if (deadlineMs !== null) throw error;
          return;
        }
        this.#nextAddress++;
        failures++;
        this.#giveUpWaiting(error);
        if (deadlineMs !== null && clock.monotonicMs() >= deadlineMs) {
          this.#isClosed = true;
          throw unreachableError(addresses, error);
        }
        if (failures % addresses.length === 0) await sleep(clock, this.#retryDelayMs(failures));
      }
    }
  }

  async #open(address: Address): Promise<void> {
    const { sessionTimeoutMs, addresses, network, clock, tls } = this.#options;
    const host = { network, clock, tls };
    while (true) {
      const request = {
        lastZxidSeen: this.#lastZxid,
        timeoutMs: sessionTimeoutMs,
        sessionId: this.#sessionId,
        password: this.#password,
        readOnly: false,
      };
      const timeoutMs = Math.max(HANDSHAKE_TIMEOUT_MS_MIN, sessionTimeoutMs / addresses.length);
      const opened = await ClientLink.open(host, address, request, timeoutMs, {
        onZxid: (zxid) => {
          if (zxid > this.#lastZxid) this.#lastZxid = zxid;
        },
        onEvent: this.#options.onEvent,
        onRefused: (number) => this.#refuse(errorOfNumber(number, 'authentication')),
        onClose: (unanswered) => this.#lost(unanswered),
      });
      if (opened !== null) await this.#authenticate(opened.link);
      if (opened?.link.isClosed) {
        throw new EngineError('SERVER_UNAVAILABLE', 'coord: the server hung up');
      }
      if (opened !== null) {
        this.#connected(opened.link, opened.response);
        return;
      }
      if (this.#sessionId === 0n) {
        throw new EngineError('SERVER_UNAVAILABLE', 'coord: the server refused a new session');
      }
      this.#expire();
    }
  }

  async #authenticate(link: ClientLink): Promise<void> {
    try {
      await authenticate(link, this.#options);
    } catch (error) {
      link.destroy();
      throw error;
    }
  }

  #connected(link: ClientLink, response: ConnectResponse): void {
    this.#lossTimer?.cancel();
    this.#lossTimer = null;
    const isNewSession = response.sessionId !== this.#sessionId;
    this.#sessionId = response.sessionId;
    this.#password = response.password;
    this.#link = link;
    if (this.#isClosed) {
      link.destroy();
      return;
    }
    this.#options.onConnected(isNewSession);
    for (const call of this.#waiting.splice(0)) link.send(call);
  }

  #expire(): void {
    this.#lossTimer?.cancel();
    this.#options.onLost?.();
    this.#sessionId = 0n;
    this.#password = new Uint8Array(PASSWORD_BYTES);
    // What was meant for the old session must not happen in the new one; reads do no harm.
    const reads = this.#waiting.filter(({ request }) => !isWrite(request));
    const writes = this.#waiting.filter(({ request }) => isWrite(request));
    this.#waiting.splice(0, this.#waiting.length, ...reads);
    for (const call of writes) {
      call.reject(
        new EngineError('SESSION_EXPIRED', 'coord: the session expired before the write'),
      );
    }
  }

  #lost(unanswered: readonly Call[]): void {
    if (this.#link === null) {
      // It was closed before it was in use: nothing was sent but who the client is.
      for (const call of unanswered) call.reject(lossError());
      return;
    }
    const { clock } = this.#options;
    const { heardMs, timeoutMs } = this.#link;
    this.#link = null;
    // Another server answers sooner than one that has just hung up or fallen silent.
    this.#nextAddress++;
    this.#disconnectedMs = clock.monotonicMs();
    const leftMs = Math.max(0, heardMs + timeoutMs - this.#disconnectedMs);
    if (!this.#isClosed) this.#lossTimer = clock.schedule(leftMs, () => this.#options.onLost?.());
    const again: Call[] = [];
    for (const call of unanswered) {
      if (isWrite(call.request) || this.#isClosed) call.reject(lossError());
      else if (call.request.kind === 'setWatches') call.reject(lossError());
      else again.push(call);
    }
    this.#waiting.unshift(...again);
    if (!this.#isClosed) void this.#connect(null);
  }

  #refuse(error: EngineError): void {
    if (this.#isClosed) return;
    this.#refusal = error;
    this.#isClosed = true;
    this.#lossTimer?.cancel();
    this.#link?.destroy();
    // It cannot be resumed any more, so what it holds counts as lost at once.
    this.#options.onLost?.();
    this.#failWaiting(() => error);
  }

  #giveUpWaiting(cause: EngineError): void {
    const { clock, sessionTimeoutMs, addresses } = this.#options;
    if (clock.monotonicMs() - this.#disconnectedMs < sessionTimeoutMs) return;
    this.#failWaiting(() => unreachableError(addresses, cause));
  }

  #failWaiting(makeError: () => EngineError): void {
    for (const call of this.#waiting.splice(0)) call.reject(makeError());
  }

  /** Doubles with every round, with jitter so that clients of a lost server do not come in step. */
  #retryDelayMs(failures: number): number {
    const round = Math.min(10, Math.floor(failures / this.#options.addresses.length));
    const limitMs = Math.min(RECONNECT_DELAY_MS_MAX, RECONNECT_DELAY_MS_MIN * 2 ** round);
    return limitMs / 2 + (this.#options.random.bytes(1)[0]! / 255) * (limitMs / 2);
  }
}

function closedError(): EngineError {
  return new EngineError('SERVER_UNAVAILABLE', 'coord: the client is closed');
}

function lossError(): EngineError {
  return new EngineError(
    'CONNECTION_LOSS',
    'coord: the connection was lost before the answer came; whether it happened is unknown',
  );
}

function unreachableError(addresses: readonly Address[], cause: EngineError): EngineError {
  const names = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
  return new EngineError(
    'SERVER_UNAVAILABLE',
    `coord: no coordinator answers at ${names}: ${errorMessage(cause)}`,
    { cause },
  );
}

function tooLong(lengthBytes: number): EngineError {
  return new EngineError(
    'BAD_REQUEST',
    `coord: expected a request of at most ${COORDINATOR_PACKET_BYTES_MAX} bytes, ` +
      `found ${lengthBytes}`,
  );
}
