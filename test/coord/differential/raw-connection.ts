import { setTimeout as sleep } from 'node:timers/promises';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import { framed, PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { OpCode, Xid } from '../../../src/coord/zk/opcodes.ts';
import type { Address, TcpConnection } from '../../../src/io/network.ts';
import { connectTcp } from '../../../src/io/node-tcp.ts';

/** What a server sent, every byte of it, or did. */
export type Arrival =
  | { readonly kind: 'handshake'; readonly body: Uint8Array }
  | {
      readonly kind: 'reply';
      readonly xid: number;
      readonly zxid: bigint;
      readonly error: number;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'event'; readonly zxid: bigint; readonly body: Uint8Array }
  | { readonly kind: 'closed' }
  /** It should have answered and did not. */
  | { readonly kind: 'silence' };

const HEADER_BYTES = 16;
const ANSWER_MS_MAX = 20_000;
const CLOSE_MS_MAX = 5_000;

/** A connection that keeps everything in the order of its arrival. */
export class RawConnection {
  readonly #tcp: TcpConnection;
  readonly #packets = new PacketAssembler(1 << 26);
  #arrivals: Arrival[] = [];
  #answerCount = 0;
  #awaitsHandshake = true;
  #isClosed = false;
  #wake: () => void = () => {};
  seenZxid = 0n;

  private constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
    tcp.onData = (bytes) => {
      this.#packets.push(bytes);
      for (let packet = this.#packets.next(); packet !== null; packet = this.#packets.next()) {
        this.#arrive(packet);
      }
      this.#wake();
    };
    tcp.onClose = () => {
      if (!this.#isClosed) this.#arrivals.push({ kind: 'closed' });
      this.#isClosed = true;
      this.#wake();
    };
  }

  static async open(address: Address): Promise<RawConnection> {
    return new RawConnection(await connectTcp(address));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(bytes: Uint8Array): void {
    this.#tcp.write(bytes);
  }

  /** Waits for answers of any kind but events, or the end of the connection. */
  async answers(count: number): Promise<void> {
    const giveUpMs = performance.now() + ANSWER_MS_MAX;
    while (this.#answerCount < count && !this.#isClosed) {
      const leftMs = giveUpMs - performance.now();
      if (leftMs <= 0) {
        this.#arrivals.push({ kind: 'silence' });
        this.hangUp();
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#answerCount = 0;
  }

  /** Waits for the end of a connection that is about to end; not for long, because it may stay. */
  async closing(): Promise<void> {
    for (let waitedMs = 0; !this.#isClosed && waitedMs < CLOSE_MS_MAX; waitedMs += 5) {
      await sleep(5);
    }
  }

  /** Everything since the last call. */
  take(): Arrival[] {
    const taken = this.#arrivals;
    this.#arrivals = [];
    return taken;
  }

  /** Gives back what was taken, as if it had not been. */
  put(arrivals: readonly Arrival[]): void {
    this.#arrivals = [...arrivals, ...this.#arrivals];
  }

  hangUp(): void {
    this.#isClosed = true;
    this.#tcp.destroy();
  }

  #arrive(packet: Uint8Array): void {
    if (this.#awaitsHandshake) {
      this.#awaitsHandshake = false;
      this.#answerCount++;
      this.#arrivals.push({ kind: 'handshake', body: packet });
      return;
    }
    const reader = new ByteReader(packet, 'test: reply');
    const [xid, zxid, error] = [reader.int32(), reader.int64(), reader.int32()];
    const body = packet.subarray(HEADER_BYTES);
    if (xid === Xid.NOTIFICATION) {
      this.#arrivals.push({ kind: 'event', zxid, body });
      return;
    }
    if (zxid > this.seenZxid) this.seenZxid = zxid;
    this.#answerCount++;
    this.#arrivals.push({ kind: 'reply', xid, zxid, error, body });
  }
}

/** A request with its header and length. */
export function framedRequest(xid: number, code: number, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(xid);
  writer.int32(code);
  writer.bytes(body);
  return framed(writer.finish());
}

/** A ping, whose answer comes after everything that the server has sent before. */
export const PING = framedRequest(Xid.PING, OpCode.PING, new Uint8Array());
