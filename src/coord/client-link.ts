import { ByteReader } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import { COORDINATOR_REPLY_BYTES_MAX } from '../base/limits.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Address, Network, TcpConnection, TlsClientOptions } from '../io/network.ts';
import { ErrorNumber } from './core/error-codes.ts';
import type { Result } from './core/model.ts';
import { framed, PacketAssembler } from './zk/framing.ts';
import {
  type ConnectRequest,
  type ConnectResponse,
  decodeConnectResponse,
  encodeConnectRequest,
} from './zk/handshake.ts';
import { OpCode, Xid } from './zk/opcodes.ts';
import { decodeEvent, decodeReplyHeader, decodeResult, type WatcherEvent } from './zk/replies.ts';
import type { DecodedRequest } from './zk/requests.ts';

/** A request with whoever waits for its answer. */
export interface Call {
  readonly request: DecodedRequest;
  readonly opCode: number;
  readonly body: Uint8Array;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** What a link tells its client. */
export interface LinkHandler {
  /** The server has applied everything up to `zxid`. */
  onZxid(zxid: bigint): void;
  /** `zxid` is that of the change, or -1 when the server does not say. */
  onEvent(event: WatcherEvent, zxid: bigint): void;
  /** The server does not believe who the client is, or wants to know; it hangs up. */
  onRefused?(errorNumber: number): void;
  /** The connection is gone. `unanswered` are the calls that were sent, oldest first. */
  onClose(unanswered: readonly Call[]): void;
}

/** Where a link is opened from. */
interface LinkHost {
  readonly network: Pick<Network, 'connectTcp'>;
  readonly clock: Clock;
  readonly tls?: TlsClientOptions | undefined;
}

const CHECKS_PER_TIMEOUT = 6;
const MAX_XID = 0x7fff_ffff;
const RESERVED_XIDS: ReadonlyMap<number, number> = new Map([
  [OpCode.SET_WATCHES_2, Xid.SET_WATCHES],
  [OpCode.AUTH, Xid.AUTH],
]);
const REFUSALS: readonly number[] = [
  ErrorNumber.AUTH_FAILED,
  ErrorNumber.SESSION_CLOSED_REQUIRE_AUTH,
];

/** One connection to one server, after the handshake: calls out, answers and events in. */
export class ClientLink {
  readonly #tcp: TcpConnection;
  readonly #packets: PacketAssembler;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #handler: LinkHandler;
  readonly #unanswered: { readonly xid: number; readonly call: Call }[] = [];
  #nextXid = 1;
  #sentMs: number;
  #receivedMs: number;
  #checkedMs: number;
  #timer: Timer | null = null;
  #isClosed = false;

  private constructor(
    opened: { tcp: TcpConnection; packets: PacketAssembler; response: ConnectResponse },
    clock: Clock,
    handler: LinkHandler,
  ) {
    this.#tcp = opened.tcp;
    this.#packets = opened.packets;
    this.#clock = clock;
    this.#timeoutMs = opened.response.timeoutMs;
    this.#handler = handler;
    this.#sentMs = clock.monotonicMs();
    this.#receivedMs = this.#sentMs;
    this.#checkedMs = this.#sentMs;
    this.#tcp.onData = (bytes) => this.#receive(bytes);
    this.#tcp.onClose = () => this.#closed();
    this.#scheduleCheck();
  }

  /**
   * Connects and shakes hands.
   *
   * @param timeoutMs of each of both: what a silent host takes is missing for the next.
   * @returns null when the server says that the session has expired.
   * @throws EngineError SERVER_UNAVAILABLE or TIMEOUT when there is no coordinator to talk to.
   */
  static async open(
    host: LinkHost,
    address: Address,
    request: ConnectRequest,
    timeoutMs: number,
    handler: LinkHandler,
  ): Promise<{ link: ClientLink; response: ConnectResponse } | null> {
    const tcp = await connect(host, address, timeoutMs);
    const packets = new PacketAssembler(COORDINATOR_REPLY_BYTES_MAX);
    return new Promise((resolve, reject) => {
      const text = `coord: handshake with ${address.host}:${address.port}`;
      const timer = host.clock.schedule(timeoutMs, () => {
        tcp.destroy();
        reject(new EngineError('TIMEOUT', `${text}: no answer within ${timeoutMs} ms`));
      });
      tcp.onClose = () => {
        timer.cancel();
        reject(new EngineError('SERVER_UNAVAILABLE', `${text}: the server hung up`));
      };
      tcp.onData = (bytes) => {
        packets.push(bytes);
        try {
          const packet = packets.next();
          if (packet === null) return;
          timer.cancel();
          const response = decodeConnectResponse(packet);
          if (response.timeoutMs > 0) {
            const link = new ClientLink({ tcp, packets, response }, host.clock, handler);
            resolve({ link, response });
          } else {
            tcp.destroy();
            resolve(null);
          }
        } catch (error) {
          tcp.destroy();
          reject(error);
        }
      };
      tcp.write(framed(encodeConnectRequest(request)));
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** When the server was last heard of, on the clock's monotonic scale. */
  get heardMs(): number {
    return this.#receivedMs;
  }

  /** How long the session lives without being heard of, as the server said. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Sends a call; its answer, or `onClose`, settles it. */
  send(call: Call): void {
    const xid = RESERVED_XIDS.get(call.opCode) ?? this.#takeXid();
    this.#unanswered.push({ xid, call });
    this.#write(xid, call.opCode, call.body);
  }

  /** Ends the connection; `onClose` follows. */
  destroy(): void {
    this.#tcp.destroy();
  }

  #takeXid(): number {
    const xid = this.#nextXid;
    this.#nextXid = xid === MAX_XID ? 1 : xid + 1;
    return xid;
  }

  #write(xid: number, opCode: number, body: Uint8Array): void {
    const packet = new Uint8Array(8 + body.length);
    const view = new DataView(packet.buffer);
    view.setInt32(0, xid);
    view.setInt32(4, opCode);
    packet.set(body, 8);
    this.#sentMs = this.#clock.monotonicMs();
    this.#tcp.write(framed(packet));
  }

  #receive(bytes: Uint8Array): void {
    this.#receivedMs = this.#clock.monotonicMs();
    this.#packets.push(bytes);
    try {
      for (let packet = this.#packets.next(); packet !== null; packet = this.#packets.next()) {
        this.#receivePacket(packet);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#tcp.destroy(); // Whatever was sent is settled by the close.
    }
  }

  #receivePacket(packet: Uint8Array): void {
    const reader = new ByteReader(packet, 'coord: reply');
    const header = decodeReplyHeader(reader);
    if (header.xid === Xid.NOTIFICATION) {
      this.#handler.onEvent(decodeEvent(reader), header.zxid);
      return;
    }
    if (header.zxid > 0n) this.#handler.onZxid(header.zxid);
    if (REFUSALS.includes(header.error)) this.#handler.onRefused?.(header.error);
    if (header.xid === Xid.PING) return;
    const next = this.#unanswered[0];
    if (next === undefined || next.xid !== header.xid) {
      throw new EngineError(
        'CORRUPT_DATA',
        `coord: reply: expected xid ${next?.xid ?? 'none'}, found ${header.xid}`,
      );
    }
    const { call } = next;
    const result: Result =
      header.error === 0
        ? decodeResult(call.request, reader)
        : { kind: 'error', error: header.error };
    this.#unanswered.shift();
    call.resolve(result);
  }

  #closed(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#handler.onClose(this.#unanswered.splice(0).map(({ call }) => call));
  }

  #scheduleCheck(): void {
    const delayMs = this.#timeoutMs / CHECKS_PER_TIMEOUT;
    this.#timer = this.#clock.schedule(delayMs, () => this.#check(delayMs));
  }

  /** Pings when idle for a third of the timeout; gives the server up after two thirds. */
  #check(delayMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    // When this process was held up, answers may wait unread: silence says nothing then.
    const wasHeldUp = nowMs - this.#checkedMs > 2 * delayMs;
    if (wasHeldUp) this.#receivedMs = nowMs;
    this.#checkedMs = nowMs;
    if (nowMs - this.#receivedMs >= (this.#timeoutMs * 2) / 3) {
      this.#tcp.destroy();
      return;
    }
    const isIdle = nowMs - this.#sentMs >= this.#timeoutMs / 3 - 1;
    if (isIdle || wasHeldUp) this.#write(Xid.PING, OpCode.PING, new Uint8Array());
    this.#scheduleCheck();
  }
}

/** A connection that comes too late is closed. */
function connect(
  { network, clock, tls }: LinkHost,
  address: Address,
  timeoutMs: number,
): Promise<TcpConnection> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = clock.schedule(timeoutMs, () => {
      isLate = true;
      const where = `${address.host}:${address.port}`;
      reject(new EngineError('TIMEOUT', `coord: no connection with ${where} in ${timeoutMs} ms`));
    });
    network.connectTcp(address, tls === undefined ? {} : { tls }).then(
      (tcp) => {
        timer.cancel();
        if (isLate) tcp.destroy();
        else resolve(tcp);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
