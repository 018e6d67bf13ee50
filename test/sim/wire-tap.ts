import { ByteReader } from '../../src/base/bytes.ts';
import { COORDINATOR_REPLY_BYTES_MAX } from '../../src/base/limits.ts';
import { PacketAssembler } from '../../src/coord/zk/framing.ts';
import { decodeConnectRequest, decodeConnectResponse } from '../../src/coord/zk/handshake.ts';
import { OpCode, Xid } from '../../src/coord/zk/opcodes.ts';
import { decodeEvent, decodeReplyHeader, decodeResult } from '../../src/coord/zk/replies.ts';
import { decodeRequest } from '../../src/coord/zk/requests.ts';
import type { Network, TcpConnection } from '../../src/io/network.ts';
import { ForwardedConnection } from './forwarded-connection.ts';
import type { Connection, History, Operation } from './history.ts';
import { SafetyViolation } from './violation.ts';

/** Where a tap writes, and what time it is. */
export interface TapOptions {
  readonly history: History;
  readonly client: string;
  readonly nowMs: () => number;
  readonly note: (...parts: unknown[]) => void;
}

/**
 * A client's network whose connections are listened to: every request, answer and event is recorded
 * as it passes, so that the checks do not depend on which client, and which part of its API, was used.
 */
export function tappedNetwork(network: Network, options: TapOptions): Network {
  return {
    ...network,
    connectTcp: async (address) =>
      new TappedConnection(await network.connectTcp(address), address.host, options),
  };
}

class TappedConnection extends ForwardedConnection {
  readonly #server: string;
  readonly #options: TapOptions;
  readonly #sent = new PacketAssembler(COORDINATOR_REPLY_BYTES_MAX);
  readonly #received = new PacketAssembler(COORDINATOR_REPLY_BYTES_MAX);
  readonly #unanswered: { xid: number; operation: Operation }[] = [];
  #connection: Connection | null = null;

  constructor(tcp: TcpConnection, server: string, options: TapOptions) {
    super(tcp);
    this.#server = server;
    this.#options = options;
  }

  override write(bytes: Uint8Array): void {
    this.#sent.push(bytes);
    for (let packet = this.#sent.next(); packet; packet = this.#sent.next()) this.#send(packet);
    super.write(bytes);
  }

  protected override received(bytes: Uint8Array): void {
    // What is recorded comes first: the client may send its next request at once.
    this.#received.push(bytes);
    for (let packet = this.#received.next(); packet; packet = this.#received.next()) {
      this.#receive(packet);
    }
    super.received(bytes);
  }

  protected override closed(error: Error | null): void {
    this.#options.note('closed', this.#server);
    super.closed(error);
  }

  #send(packet: Uint8Array): void {
    const { history, client, nowMs, note } = this.#options;
    if (this.#connection === null) {
      const handshake = decodeConnectRequest(packet);
      this.#connection = history.open(client, this.#server, handshake);
      note('handshake', this.#server, handshake.sessionId.toString(16), handshake.lastZxidSeen);
      return;
    }
    const reader = new ByteReader(packet, 'sim: request');
    const xid = reader.int32();
    const opCode = reader.int32();
    if (opCode === OpCode.PING) return;
    const request = decodeRequest(opCode, reader);
    if (request.kind === 'authRaw' || request.kind === 'saslRaw') return;
    note('->', xid, request);
    this.#unanswered.push({ xid, operation: history.invoke(this.#connection, request, nowMs()) });
  }

  #receive(packet: Uint8Array): void {
    const { history, note } = this.#options;
    const connection = this.#connection;
    if (connection === null) throw new Error('a server speaks before the handshake');
    if (connection.accepted === null) {
      const { sessionId, timeoutMs } = decodeConnectResponse(packet);
      note('session', sessionId.toString(16), timeoutMs);
      if (timeoutMs > 0) {
        connection.sessionId = sessionId;
        connection.accepted = history.next();
      } else connection.refused = history.next();
      return;
    }
    const reader = new ByteReader(packet, 'sim: reply');
    const { xid, zxid, error } = decodeReplyHeader(reader);
    const stamp = history.next();
    if (xid === Xid.NOTIFICATION) {
      const { type, path } = decodeEvent(reader);
      note('event', type, path, zxid);
      connection.received.push({ kind: 'event', stamp, zxid, type, path });
      return;
    }
    if (xid === Xid.PING) {
      connection.received.push({ kind: 'ping', stamp, zxid });
      return;
    }
    const next = this.#unanswered.shift();
    if (next?.xid !== xid) {
      throw new SafetyViolation('session-order', `expected the answer ${next?.xid}, found ${xid}`);
    }
    const { operation } = next;
    const result =
      error === 0 ? decodeResult(operation.request, reader) : ({ kind: 'error', error } as const);
    note('<-', xid, zxid, result);
    operation.answer = { completed: stamp, zxid, result };
    connection.received.push({ kind: 'answer', stamp, operation });
  }
}
