import { ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import {
  COORDINATOR_HTTP_REQUESTS_MAX,
  COORDINATOR_HTTP_SESSION_TIMEOUT_MS,
  COORDINATOR_PACKET_BYTES_MAX,
} from '../../base/limits.ts';
import type { Clock } from '../../io/clock.ts';
import type { Network } from '../../io/network.ts';
import type { Credentials } from '../admin/control.ts';
import { type Call, ClientLink } from '../client-link.ts';
import type { ClientRequest, Result } from '../core/model.ts';
import { PASSWORD_BYTES } from '../zk/handshake.ts';
import { writeBuffer, writeString } from '../zk/jute.ts';
import { OpCode } from '../zk/opcodes.ts';
import type { WatcherEvent } from '../zk/replies.ts';
import { encodeRequest } from '../zk/requests.ts';

/** What a session tells whoever opened it. */
export interface TreeSessionHandler {
  /** A watch fired; `zxid` is that of the change, or -1. */
  onEvent(event: WatcherEvent, zxid: bigint): void;
  /** The session cannot be used any more. Called once, also after `close`. */
  onClose(): void;
}

/** A client of the coordinator, as the HTTP door is one for each of its users. */
export interface TreeSession {
  readonly isClosed: boolean;
  /**
   * Performs a request after all earlier ones.
   *
   * @throws EngineError CONNECTION_LOSS when the outcome is unknown; SERVER_UNAVAILABLE when too many
   *   are under way; BAD_REQUEST when it is too long.
   */
  request(request: ClientRequest): Promise<Result>;
  /** Ends the session. */
  close(): void;
}

/** The HTTP door's way to the tree. */
export interface TreeAccess {
  /**
   * Opens a session, for somebody or, without credentials, for anybody.
   *
   * @returns null when the credentials are refused.
   * @throws EngineError SERVER_UNAVAILABLE or TIMEOUT when the coordinator does not serve.
   */
  openSession(
    credentials: Credentials | null,
    handler: TreeSessionHandler,
  ): Promise<TreeSession | null>;
}

const HANDSHAKE_TIMEOUT_MS = 5_000;
const REQUEST_HEADER_BYTES = 8;

/** What sessions are opened with. */
export interface LinkTreeAccessOptions {
  /** Connects with the coordinator, whatever the address. */
  readonly network: Pick<Network, 'connectTcp'>;
  readonly clock: Clock;
  /** The longest request that the coordinator takes (default: see limits). */
  readonly packetBytesMax?: number;
}

/** Where there is only one coordinator to connect with, an address says nothing. */
const NOWHERE = { host: '127.0.0.1', port: 0 };

/**
 * Reaches the tree over a connection as any client has one: all rules for clients hold for users of
 * HTTP. A session whose connection is lost is over; it is not resumed, because whoever waits for an
 * answer is told to try again.
 */
export class LinkTreeAccess implements TreeAccess {
  readonly #options: LinkTreeAccessOptions;

  constructor(options: LinkTreeAccessOptions) {
    this.#options = options;
  }

  async openSession(
    credentials: Credentials | null,
    handler: TreeSessionHandler,
  ): Promise<TreeSession | null> {
    const request = {
      lastZxidSeen: 0n,
      timeoutMs: COORDINATOR_HTTP_SESSION_TIMEOUT_MS,
      sessionId: 0n,
      password: new Uint8Array(PASSWORD_BYTES),
      readOnly: true,
    };
    let isAuthenticated = false;
    const opened = await ClientLink.open(this.#options, NOWHERE, request, HANDSHAKE_TIMEOUT_MS, {
      onZxid: () => {},
      onEvent: (event, zxid) => handler.onEvent(event, zxid),
      onClose: (unanswered) => {
        for (const call of unanswered) call.reject(lossError());
        if (isAuthenticated) handler.onClose();
      },
    });
    if (opened === null)
      throw new EngineError('SERVER_UNAVAILABLE', 'coord: no session was opened');
    const session = new LinkSession(
      opened.link,
      this.#options.packetBytesMax ?? COORDINATOR_PACKET_BYTES_MAX,
    );
    isAuthenticated = credentials === null || (await session.authenticate(credentials));
    if (isAuthenticated) return session;
    session.close();
    return null;
  }
}

class LinkSession implements TreeSession {
  readonly #link: ClientLink;
  readonly #packetBytesMax: number;
  #pendingCount = 0;

  constructor(link: ClientLink, packetBytesMax: number) {
    this.#link = link;
    this.#packetBytesMax = packetBytesMax;
  }

  get isClosed(): boolean {
    return this.#link.isClosed;
  }

  request(request: ClientRequest): Promise<Result> {
    const writer = new ByteWriter();
    const opCode = encodeRequest(writer, request);
    return this.#call({ request, opCode, body: writer.finish() });
  }

  async authenticate({ scheme, auth }: Credentials): Promise<boolean> {
    const writer = new ByteWriter();
    writer.int32(0); // The packet's type, always 0.
    writeString(writer, scheme);
    writeBuffer(writer, auth);
    // The answer has no body, as that to a refused request.
    const request = { kind: 'refuse', error: 0, thenClose: false } as const;
    const result = await this.#call({ request, opCode: OpCode.AUTH, body: writer.finish() });
    return result.kind !== 'error';
  }

  close(): void {
    if (this.#link.isClosed) return;
    // The server ends the connection once the session has ended.
    const farewell = this.request({ kind: 'closeSession' });
    void farewell.then(
      () => this.#link.destroy(),
      () => {},
    );
  }

  async #call(call: Pick<Call, 'request' | 'opCode' | 'body'>): Promise<Result> {
    const lengthBytes = call.body.length + REQUEST_HEADER_BYTES;
    if (lengthBytes > this.#packetBytesMax) throw tooLong(lengthBytes, this.#packetBytesMax);
    if (this.#link.isClosed) throw lossError();
    if (this.#pendingCount >= COORDINATOR_HTTP_REQUESTS_MAX) throw tooMany();
    this.#pendingCount++;
    try {
      return await new Promise((resolve, reject) => this.#link.send({ ...call, resolve, reject }));
    } finally {
      this.#pendingCount--;
    }
  }
}

function lossError(): EngineError {
  return new EngineError(
    'CONNECTION_LOSS',
    'coord: the coordinator broke off before the answer came; whether it happened is unknown',
  );
}

function tooLong(lengthBytes: number, lengthBytesMax: number): EngineError {
  return new EngineError(
    'BAD_REQUEST',
    `coord: expected a request of at most ${lengthBytesMax} bytes, found ${lengthBytes}`,
  );
}

function tooMany(): EngineError {
  return new EngineError(
    'SERVER_UNAVAILABLE',
    `coord: ${COORDINATOR_HTTP_REQUESTS_MAX} requests of this user are under way; try again`,
  );
}
