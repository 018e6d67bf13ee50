import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { framed, PacketAssembler } from '../../src/coord/zk/framing.ts';
import { encodeConnectRequest } from '../../src/coord/zk/handshake.ts';
import type { Address, TcpConnection } from '../../src/io/network.ts';
import { connectTcp } from '../../src/io/node-tcp.ts';

/** A connection that speaks bytes. */
export class Wire {
  readonly #tcp: TcpConnection;
  readonly #packets = new PacketAssembler(1 << 26);
  readonly #received: Uint8Array[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
    tcp.onData = (bytes) => {
      this.#received.push(bytes);
      this.#packets.push(bytes);
      this.#wake();
    };
    tcp.onClose = () => {
      this.#isClosed = true;
      this.#wake();
    };
  }

  static async open(address: Address): Promise<Wire> {
    return new Wire(await connectTcp(address));
  }

  /** Opens and shakes hands for a new session. */
  static async session(address: Address): Promise<Wire> {
    const wire = await Wire.open(address);
    wire.send(framed(connectRequest({})));
    await wire.packet();
    return wire;
  }

  send(bytes: Uint8Array): void {
    this.#tcp.write(bytes);
  }

  /** Sends a request with a body that the caller writes. */
  request(xid: number, opCode: number, body: (writer: ByteWriter) => void = () => {}): void {
    const writer = new ByteWriter();
    writer.int32(xid);
    writer.int32(opCode);
    body(writer);
    this.send(framed(writer.finish()));
  }

  /** The next packet, or null when the peer hung up. */
  async packet(): Promise<ByteReader | null> {
    while (true) {
      const packet = this.#packets.next();
      if (packet !== null) return new ByteReader(packet, 'test: packet');
      if (this.#isClosed) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next reply's header and what is left of it. */
  async reply(): Promise<{ xid: number; zxid: bigint; error: number; body: ByteReader }> {
    const body = await this.packet();
    if (body === null) throw new Error('the server hung up');
    return { xid: body.int32(), zxid: body.int64(), error: body.int32(), body };
  }

  /** Everything that arrives until the peer hangs up. */
  async text(): Promise<string> {
    while (!this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return new TextDecoder().decode(Buffer.concat(this.#received));
  }

  close(): void {
    this.#tcp.destroy();
  }
}

/** A packet with its length, whose body the caller writes. */
export function packetOf(body: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  body(writer);
  return framed(writer.finish());
}

/** A connect request with the usual values. */
export function connectRequest(
  fields: Partial<Parameters<typeof encodeConnectRequest>[0]>,
): Uint8Array {
  return encodeConnectRequest({
    lastZxidSeen: 0n,
    timeoutMs: 15_000,
    sessionId: 0n,
    password: new Uint8Array(16),
    readOnly: false,
    ...fields,
  });
}
