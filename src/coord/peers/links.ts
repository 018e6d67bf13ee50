import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { crc32c } from '../../base/checksum.ts';
import { EngineError } from '../../base/errors.ts';
import { PEER_FRAME_BYTES_MAX, PEER_HANDSHAKE_TIMEOUT_MS } from '../../base/limits.ts';
import type { Clock, Timer } from '../../io/clock.ts';
import type { Network, TcpConnection, TlsClientOptions } from '../../io/network.ts';
import type { Member } from '../core/raft/types.ts';
import type { PeerMessage } from '../core/step.ts';
import { PacketAssembler } from '../zk/framing.ts';
import { readPeerMessage, writePeerMessage } from './message-codec.ts';

/*
 * A connection between members carries messages from who opened it, after a hello. The other end
 * sends on a connection of its own, unless it knows no address of who opened this one.
 *
 *   | hello: length i32 = 7 | magic u32 "NYPE" | version u8 | from u8 | to u8 |
 *   | length i32 | crc u32 | message … |   repeated; CRC-32C of the message
 */

const MAGIC = 0x4e59_5045;
const VERSION = 1;
/** Doubled with each attempt in a row: members that start together meet soon. */
const RETRY_MS_MIN = 8;
const RETRY_MS_MAX = 64;
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
const HELLO_BYTES = 7;

/** What links need, and whom they tell. */
export interface PeerLinksHost {
  readonly nodeId: number;
  readonly network: Network;
  readonly clock: Clock;
  /** Encrypts connections to members (default: plaintext). Those from members are the listener's. */
  readonly tls?: TlsClientOptions;
  /** Whether a member of that id may connect (default: any may, as those must who are to join). */
  mayConnect?(id: number): boolean;
  onMessage(from: number, message: PeerMessage): void;
  /** There is a new connection with a member, either way. */
  onConnected(id: number): void;
  /** A connection with a member has broken, either way. */
  onLost(id: number): void;
}

/**
 * The connections of a node with the other members. Messages to a member that cannot be reached are
 * dropped, as a network does: consensus sends again what matters.
 *
 * Caller must: close them.
 */
export class PeerLinks {
  readonly #host: PeerLinksHost;
  readonly #outgoing = new Map<number, OutgoingLink>();
  readonly #incoming = new Map<number, TcpConnection>();
  readonly #strangers = new Set<TcpConnection>();
  #isClosed = false;

  constructor(host: PeerLinksHost) {
    this.#host = host;
  }

  /** Connects to these members, and to no others. */
  setMembers(members: readonly Member[]): void {
    const wanted = new Map(members.map((member) => [member.id, member]));
    wanted.delete(this.#host.nodeId);
    for (const [id, link] of this.#outgoing) {
      const member = wanted.get(id);
      if (member !== undefined && link.leadsTo(member)) continue;
      link.close();
      this.#outgoing.delete(id);
    }
    for (const [id, member] of wanted) {
      if (!this.#outgoing.has(id)) this.#outgoing.set(id, new OutgoingLink(this.#host, member));
    }
  }

  /** True while this node can send to a member. */
  isConnected(id: number): boolean {
    return this.#outgoing.get(id)?.isConnected ?? false;
  }

  /**
   * Sends messages in order, or drops them. Whoever is no member as far as this node knows is answered
   * on the connection that it has opened: a leader may have joined since.
   */
  send(to: number, messages: readonly PeerMessage[]): void {
    const link = this.#outgoing.get(to);
    if (link === undefined) this.#incoming.get(to)?.write(encodeFrames(messages));
    else link.send(messages);
  }

  /** Takes a connection that somebody has opened to this node's peer port. */
  accept(tcp: TcpConnection): void {
    this.#strangers.add(tcp);
    const packets = new PacketAssembler(PEER_FRAME_BYTES_MAX);
    const timer = this.#host.clock.schedule(PEER_HANDSHAKE_TIMEOUT_MS, () => tcp.destroy());
    let from = 0;
    tcp.onData = (bytes) => {
      packets.push(bytes);
      try {
        if (from === 0) expectHello(packets.peekInt32());
        for (let packet = packets.next(); packet !== null; packet = packets.next()) {
          if (this.#isClosed) return;
          if (from !== 0) this.#host.onMessage(from, decodeFrame(packet));
          else {
            const id = decodeHello(packet, this.#host.nodeId);
            this.#judge(id, tcp);
            from = id;
            timer.cancel();
            this.#introduce(from, tcp);
          }
        }
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        tcp.destroy(); // Not a member, or bytes were changed on the way: it comes again.
      }
    };
    tcp.onClose = () => {
      timer.cancel();
      this.#strangers.delete(tcp);
      if (this.#incoming.get(from) !== tcp) return;
      this.#incoming.delete(from);
      if (!this.#isClosed) this.#host.onLost(from);
    };
  }

  /** Ends all connections. */
  close(): void {
    this.#isClosed = true;
    for (const link of this.#outgoing.values()) link.close();
    this.#outgoing.clear();
    for (const tcp of [...this.#incoming.values(), ...this.#strangers]) tcp.destroy();
  }

  /** @throws EngineError AUTH_FAILED for whoever is no member, or shows another one's id. */
  #judge(id: number, { peerCertificateSubject }: TcpConnection): void {
    if (this.#host.mayConnect?.(id) === false) {
      throw new EngineError('AUTH_FAILED', `coord: hello of a member: ${id} is none`);
    }
    const known = this.#incoming.get(id)?.peerCertificateSubject ?? null;
    if (known === null || known === peerCertificateSubject) return;
    throw new EngineError('AUTH_FAILED', `coord: hello of member ${id}: expected ${known}`);
  }

  #introduce(from: number, tcp: TcpConnection): void {
    this.#strangers.delete(tcp);
    const previous = this.#incoming.get(from);
    this.#incoming.set(from, tcp);
    previous?.destroy();
    this.#host.onConnected(from);
  }
}

/** The way to one member: connects, and connects again after it breaks. */
class OutgoingLink {
  readonly #host: PeerLinksHost;
  readonly #member: Member;
  #tcp: TcpConnection | null = null;
  #timer: Timer | null = null;
  #retryMs = RETRY_MS_MIN;
  #isClosed = false;

  constructor(host: PeerLinksHost, member: Member) {
    this.#host = host;
    this.#member = member;
    void this.#connect();
  }

  get isConnected(): boolean {
    return this.#tcp !== null;
  }

  leadsTo(member: Member): boolean {
    return member.peerHost === this.#member.peerHost && member.peerPort === this.#member.peerPort;
  }

  send(messages: readonly PeerMessage[]): void {
    this.#tcp?.write(encodeFrames(messages));
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#tcp?.destroy();
  }

  async #connect(): Promise<void> {
    const { peerHost: host, peerPort: port } = this.#member;
    const { network, tls } = this.#host;
    try {
      const tcp = await network.connectTcp({ host, port }, tls === undefined ? {} : { tls });
      if (this.#isClosed) tcp.destroy();
      else this.#connected(tcp);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#retry();
    }
  }

  #connected(tcp: TcpConnection): void {
    const packets = new PacketAssembler(PEER_FRAME_BYTES_MAX);
    tcp.onData = (bytes) => {
      packets.push(bytes);
      try {
        for (let packet = packets.next(); packet !== null; packet = packets.next()) {
          if (this.#isClosed) return;
          this.#host.onMessage(this.#member.id, decodeFrame(packet));
        }
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        tcp.destroy();
      }
    };
    tcp.onClose = () => {
      this.#tcp = null;
      if (this.#isClosed) return;
      this.#host.onLost(this.#member.id);
      this.#retry();
    };
    this.#tcp = tcp;
    this.#retryMs = RETRY_MS_MIN;
    tcp.write(encodeHello(this.#host.nodeId, this.#member.id));
    this.#host.onConnected(this.#member.id);
  }

  #retry(): void {
    if (this.#isClosed) return;
    this.#timer = this.#host.clock.schedule(this.#retryMs, () => void this.#connect());
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
  }
}

function encodeHello(from: number, to: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(HELLO_BYTES);
  writer.uint32(MAGIC);
  writer.uint8(VERSION);
  writer.uint8(from);
  writer.uint8(to);
  return writer.finish();
}

/** Strangers may not make this node hold more than a hello. */
function expectHello(lengthBytes: number | null): void {
  if (lengthBytes === null || lengthBytes === HELLO_BYTES) return;
  throw new EngineError(
    'CORRUPT_DATA',
    `coord: hello of a member: expected ${HELLO_BYTES} bytes, found ${lengthBytes}`,
  );
}

/** Who has opened the connection. @throws EngineError CORRUPT_DATA unless it is a member's hello. */
function decodeHello(packet: Uint8Array, nodeId: number): number {
  const reader = new ByteReader(packet, 'coord: hello of a member');
  const [magic, version, from, to] = [
    reader.uint32(),
    reader.uint8(),
    reader.uint8(),
    reader.uint8(),
  ];
  reader.expectEnd();
  if (magic === MAGIC && version === VERSION && from !== 0 && from !== nodeId && to === nodeId) {
    return from;
  }
  throw new EngineError(
    'CORRUPT_DATA',
    `coord: hello of a member: expected version ${VERSION} for node ${nodeId}, ` +
      `found magic 0x${magic.toString(16)}, version ${version}, from ${from} for ${to}`,
  );
}

function encodeFrames(messages: readonly PeerMessage[]): Uint8Array {
  const writer = new ByteWriter();
  for (const message of messages) writeFrame(writer, message);
  return writer.finish();
}

function writeFrame(writer: ByteWriter, message: PeerMessage): void {
  const start = writer.lengthBytes;
  writer.int32(0);
  writer.uint32(0);
  writePeerMessage(writer, message);
  const body = writer.finish().subarray(start + LENGTH_BYTES + CHECKSUM_BYTES);
  writer.patchUint32(start, CHECKSUM_BYTES + body.length);
  writer.patchUint32(start + LENGTH_BYTES, crc32c(body));
}

function decodeFrame(packet: Uint8Array): PeerMessage {
  const reader = new ByteReader(packet, 'coord: message of a member');
  const expected = reader.uint32();
  const found = crc32c(packet.subarray(CHECKSUM_BYTES));
  if (found !== expected) {
    throw new EngineError(
      'CORRUPT_DATA',
      `coord: message of a member: expected checksum ${expected}, found ${found}`,
    );
  }
  const message = readPeerMessage(reader);
  reader.expectEnd();
  return message;
}
