import { ByteReader } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../../base/limits.ts';
import type { TcpConnection } from '../../io/network.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import type { ClientRequest } from '../core/model.ts';
import type { Message } from '../core/state-machine.ts';
import { framed, PacketAssembler } from './framing.ts';
import { type ConnectRequest, decodeConnectRequest, encodeConnectResponse } from './handshake.ts';
import { OpCode, Xid } from './opcodes.ts';
import { encodeEvent, encodeReply } from './replies.ts';
import { decodeRequest } from './requests.ts';

/** What a connection tells the node. */
export interface ConnectionHandler {
  /** The answer to a four-letter word, or null when it is none of ours. */
  onCommand(word: string): string | null;
  onHandshake(request: ConnectRequest): void;
  onPing(xid: number): void;
  onRequest(xid: number, request: ClientRequest): void;
  /** Called once, whoever ended the connection. */
  onClose(): void;
}

const HANDSHAKE_REJECTED = { timeoutMs: 0, sessionId: 0n, password: new Uint8Array(16) };

/**
 * The server's end of one client connection: packets in, typed requests out, and back. A peer that
 * breaks the framing is cut off without an answer, as ZooKeeper does.
 */
export class ServerConnection {
  readonly #tcp: TcpConnection;
  readonly #handler: ConnectionHandler;
  readonly #packets = new PacketAssembler(COORDINATOR_PACKET_BYTES_MAX);
  #handshake: ConnectRequest | null = null;
  #isEnding = false;

  constructor(tcp: TcpConnection, handler: ConnectionHandler) {
    this.#tcp = tcp;
    this.#handler = handler;
    tcp.onData = (bytes) => this.#receive(bytes);
    tcp.onClose = () => {
      this.#isEnding = true;
      handler.onClose();
    };
  }

  /** Sends what the state machine says. */
  send(message: Message): void {
    switch (message.kind) {
      case 'accepted': {
        const { timeoutMs, sessionId, password } = message;
        this.#answerHandshake({ timeoutMs, sessionId, password });
        return;
      }
      case 'rejected':
        this.#answerHandshake(HANDSHAKE_REJECTED);
        return;
      case 'reply': {
        const zxid = message.xid === Xid.AUTH ? 0n : message.zxid;
        this.#tcp.write(framed(encodeReply(message.xid, zxid, message.result)));
        return;
      }
      case 'event':
        this.#tcp.write(framed(encodeEvent(message.zxid, message)));
        return;
      case 'close':
        this.end();
        return;
    }
  }

  /** Sends what is queued, then closes; ignores what arrives meanwhile. */
  end(): void {
    this.#isEnding = true;
    this.#tcp.end();
  }

  #answerHandshake(answer: { timeoutMs: number; sessionId: bigint; password: Uint8Array }): void {
    const readOnly = this.#handshake?.readOnly == null ? null : false;
    this.#tcp.write(framed(encodeConnectResponse({ ...answer, readOnly })));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isEnding) return;
    this.#packets.push(bytes);
    try {
      if (this.#handshake === null && this.#answerCommand()) return;
      while (!this.#isEnding) {
        const packet = this.#packets.next();
        if (packet === null) return;
        this.#receivePacket(packet);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#isEnding = true;
      this.#tcp.destroy();
    }
  }

  #answerCommand(): boolean {
    const first = this.#packets.peekInt32();
    if (first === null) return false;
    const word = String.fromCharCode(
      first >>> 24,
      (first >> 16) & 255,
      (first >> 8) & 255,
      first & 255,
    );
    const answer = this.#handler.onCommand(word);
    if (answer === null) return false;
    this.#tcp.write(new TextEncoder().encode(answer));
    this.end();
    return true;
  }

  #receivePacket(packet: Uint8Array): void {
    if (this.#handshake === null) {
      this.#handshake = decodeConnectRequest(packet);
      this.#handler.onHandshake(this.#handshake);
      return;
    }
    const reader = new ByteReader(packet, 'coord: request');
    const xid = reader.int32();
    const opCode = reader.int32();
    if (opCode === OpCode.PING) this.#handler.onPing(xid);
    else this.#handler.onRequest(xid, decodeOrRefuse(opCode, reader));
  }
}

function decodeOrRefuse(opCode: number, reader: ByteReader): ClientRequest {
  try {
    return decodeRequest(opCode, reader);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind: 'refuse', error: ErrorNumber.MARSHALLING, thenClose: false };
  }
}
