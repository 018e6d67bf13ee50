import { assert } from '../base/assert.ts';
import { ByteWriter } from '../base/bytes.ts';
import { EngineError, errorMessage } from '../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../base/limits.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Address, Network } from '../io/network.ts';
import type { Random } from '../io/random.ts';
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
  /** Called when a connection stands, before anything that waits is sent. */
  readonly onConnected: (isNewSession: boolean) => void;
  readonly onEvent: (event: WatcherEvent) => void;
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
  #link: ClientLink | null = null;
  #sessionId = 0n;
  #password: Uint8Array = new Uint8Array(PASSWORD_BYTES);
  #lastZxid = 0n;
  #nextAddress: number;
  #disconnectedMs: number;
  #isClosed = false;

  constructor(options: ClientSessionOptions) {
    assert(options.addresses.length > 0, 'a client knows at least one coordinator');
    this.#options = options;
    this.#nextAddress = options.random.bytes(1)[0]! % options.addresses.length;
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
   *   SERVER_UNAVAILABLE when it was never sent; SESSION_EXPIRED when the session ended first.
   */
  call(request: ClientRequest): Promise<Result> {
    if (this.#isClosed) {
      return Promise.reject(new EngineError('SERVER_UNAVAILABLE', 'coord: the client is closed'));
    }
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
    this.#failWaiting(() => new EngineError('SERVER_UNAVAILABLE', 'coord: the client is closed'));
  }

  async #connect(deadlineMs: number | null): Promise<void> {
    const { clock, addresses } = this.#options;
    let failures = 0;
    while (!this.#isClosed) {
      const address = addresses[this.#nextAddress % addresses.length]!;
      try {
        await this.#open(address);
        return;
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
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
    const { sessionTimeoutMs, addresses, network, clock } = this.#options;
    while (true) {
      const request = {
        lastZxidSeen: this.#lastZxid,
        timeoutMs: sessionTimeoutMs,
        sessionId: this.#sessionId,
        password: this.#password,
        readOnly: false,
      };
      const timeoutMs = Math.max(HANDSHAKE_TIMEOUT_MS_MIN, sessionTimeoutMs / addresses.length);
      const opened = await ClientLink.open({ network, clock }, address, request, timeoutMs, {
        onZxid: (zxid) => {
          if (zxid > this.#lastZxid) this.#lastZxid = zxid;
        },
        onEvent: this.#options.onEvent,
        onClose: (unanswered) => this.#lost(unanswered),
      });
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

  #connected(link: ClientLink, response: ConnectResponse): void {
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
    if (this.#link === null) return; // It was closed before it was in use.
    this.#link = null;
    this.#disconnectedMs = this.#options.clock.monotonicMs();
    const again: Call[] = [];
    for (const call of unanswered) {
      if (isWrite(call.request) || this.#isClosed) call.reject(lossError());
      else if (call.request.kind === 'setWatches') call.reject(lossError());
      else again.push(call);
    }
    this.#waiting.unshift(...again);
    if (!this.#isClosed) void this.#connect(null);
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
