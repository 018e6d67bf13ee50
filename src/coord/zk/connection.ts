import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import {
  COORDINATOR_HANDSHAKE_TIMEOUT_MS,
  COORDINATOR_PACKET_BYTES_MAX,
  COORDINATOR_SEND_BATCH_BYTES,
} from '../../base/limits.ts';
import type { Clock, Timer } from '../../io/clock.ts';
import type { TcpConnection } from '../../io/network.ts';
import type { Authenticator } from '../auth/authentication.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import type { ClientRequest } from '../core/model.ts';
import type { ClientMessage } from '../core/step.ts';
import { beginPacket, endPacket, PacketAssembler } from './framing.ts';
import {
  type ConnectRequest,
  type ConnectResponse,
  decodeConnectRequest,
  writeConnectResponse,
} from './handshake.ts';
import { OpCode, Xid } from './opcodes.ts';
import { writeEvent, writeReply } from './replies.ts';
import { decodeRequest, type RawAuthRequest, type RawSaslRequest } from './requests.ts';

/** What a connection tells the node. */
export interface ConnectionHandler {
  /** A packet, or a four-letter word, of so many bytes has arrived. */
  onPacket(lengthBytes: number): void;
  /** Bytes that follow a four-letter word and belong to it. */
  commandArgumentBytes(word: string): number;
  /** The answer to a four-letter word, or null when it is none of ours. */
  onCommand(word: string, argument: Uint8Array): string | null;
  onHandshake(request: ConnectRequest): void;
  onPing(xid: number): void;
  onRequest(xid: number, request: ClientRequest): void;
  /** Called once, whoever ended the connection. */
  onClose(): void;
}

/** What a connection needs. */
export interface ConnectionOptions {
  /** Says who the client is; null where nobody can authenticate. */
  readonly authenticator: Authenticator | null;
  readonly clock: Clock;
  /** Time for the client to say which session it wants (default: see limits). */
  readonly handshakeTimeoutMs?: number;
  /** The longest packet that is taken (default: see limits). */
  readonly packetBytesMax?: number;
}

const WORD_BYTES = 4;
const NOTHING = new Uint8Array();
const HANDSHAKE_REJECTED = { timeoutMs: 0, sessionId: 0n, password: new Uint8Array(16) };

/**
 * The server's end of one client connection: packets in, typed requests out, and back. A peer that
 * breaks the framing, or never shakes hands, is cut off without an answer, as ZooKeeper does.
 *
 * Keeps: what is sent in one turn leaves in one write, because writes are what a request costs most.
 */
export class ServerConnection {
  readonly #tcp: TcpConnection;
  readonly #handler: ConnectionHandler;
  readonly #authenticator: Authenticator | null;
  readonly #packets: PacketAssembler;
  readonly #handshakeTimer: Timer;
  #handshake: ConnectRequest | null = null;
  #outgoing: ByteWriter | null = null;
  /** True when nothing more is read, be it because the last answer is still on its way. */
  #isDeaf = false;
  #isPaused = false;
  #isEnded = false;

  constructor(tcp: TcpConnection, handler: ConnectionHandler, options: ConnectionOptions) {
    this.#tcp = tcp;
    this.#handler = handler;
    this.#authenticator = options.authenticator;
    this.#packets = new PacketAssembler(options.packetBytesMax ?? COORDINATOR_PACKET_BYTES_MAX);
    const timeoutMs = options.handshakeTimeoutMs ?? COORDINATOR_HANDSHAKE_TIMEOUT_MS;
    this.#handshakeTimer = options.clock.schedule(timeoutMs, () => tcp.destroy());
    tcp.onData = (bytes) => this.#receive(bytes);
    tcp.onClose = () => {
      this.#isDeaf = true;
      this.#isEnded = true;
      this.#outgoing = null;
      this.#handshakeTimer.cancel();
      handler.onClose();
    };
  }

  /** Sends what the replica says, and returns how many bytes that takes. */
  send(message: ClientMessage): number {
    switch (message.kind) {
      case 'accepted': {
        const { timeoutMs, sessionId, password, isReadOnly } = message;
        return this.#answerHandshake({ timeoutMs, sessionId, password }, isReadOnly);
      }
      case 'rejected':
        return this.#answerHandshake(HANDSHAKE_REJECTED, false);
      case 'reply': {
        const zxid = message.xid === Xid.AUTH ? 0n : message.zxid;
        return this.#sendPacket((writer) => writeReply(writer, message.xid, zxid, message.result));
      }
      case 'event':
        return this.#sendPacket((writer) => writeEvent(writer, message.zxid, message));
      case 'close':
        this.end();
        return 0;
    }
  }

  /** Reads no further; what has arrived waits. */
  pause(): void {
    this.#isPaused = true;
    this.#tcp.pause();
  }

  /** Reads on, what has arrived first: the handler may pause it again meanwhile. */
  resume(): void {
    this.#isPaused = false;
    this.#receive(NOTHING);
    if (!this.#isPaused) this.#tcp.resume();
  }

  /** Sends what is queued, then closes; ignores what arrives meanwhile. */
  end(): void {
    this.#isDeaf = true;
    this.#flush();
    this.#isEnded = true;
    this.#tcp.end();
  }

  #answerHandshake(answer: Omit<ConnectResponse, 'readOnly'>, isReadOnly: boolean): number {
    const readOnly = this.#handshake?.readOnly == null ? null : isReadOnly;
    return this.#sendPacket((writer) => writeConnectResponse(writer, { ...answer, readOnly }));
  }

  #sendPacket(writeBody: (writer: ByteWriter) => void): number {
    if (this.#isEnded) return 0;
    if (this.#outgoing === null) {
      this.#outgoing = new ByteWriter();
      queueMicrotask(() => this.#flush());
    }
    const writer = this.#outgoing;
    const start = beginPacket(writer);
    writeBody(writer);
    endPacket(writer, start);
    const lengthBytes = writer.lengthBytes - start;
    if (writer.lengthBytes >= COORDINATOR_SEND_BATCH_BYTES) this.#flush();
    return lengthBytes;
  }

  #flush(): void {
    if (this.#outgoing === null) return;
    const bytes = this.#outgoing.finish();
    this.#outgoing = null;
    this.#tcp.write(bytes);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isDeaf) return;
    this.#packets.push(bytes);
    try {
      if (this.#handshake === null && this.#answerCommand()) return;
      while (!this.#isDeaf && !this.#isPaused) {
        const packet = this.#packets.next();
        if (packet === null) return;
        this.#receivePacket(packet);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#isDeaf = true;
      this.#flush();
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
    const argumentBytes = this.#handler.commandArgumentBytes(word);
    const taken =
      argumentBytes === 0 ? NOTHING : this.#packets.takeBytes(WORD_BYTES + argumentBytes);
    if (taken === null) return true; // The rest of it is on its way.
    const answer = this.#handler.onCommand(word, taken.subarray(WORD_BYTES));
    if (answer === null) return false;
    this.#handler.onPacket(WORD_BYTES + argumentBytes);
    this.#tcp.write(new TextEncoder().encode(answer));
    this.end();
    return true;
  }

  #receivePacket(packet: Uint8Array): void {
    this.#handler.onPacket(packet.length);
    if (this.#handshake === null) {
      this.#handshake = decodeConnectRequest(packet);
      this.#handshakeTimer.cancel();
      this.#handler.onHandshake(this.#handshake);
      return;
    }
    const reader = new ByteReader(packet, 'coord: request');
    const xid = reader.int32();
    const opCode = reader.int32();
    const request = this.#decode(opCode, reader);
    // What comes behind a request that ends the connection must not happen any more.
    if (request?.kind === 'refuse' && request.thenClose) this.#isDeaf = true;
    if (request === null) this.#handler.onPing(xid);
    else this.#handler.onRequest(xid, request);
  }

  /** Null stands for a ping. */
  #decode(opCode: number, reader: ByteReader): ClientRequest | null {
    const isProof = opCode === OpCode.AUTH || opCode === OpCode.SASL;
    // As ZooKeeper: not even pings are answered before that.
    if (!isProof && this.#authenticator?.isSufficient === false) {
      return refusal(ErrorNumber.SESSION_CLOSED_REQUIRE_AUTH, true);
    }
    if (opCode === OpCode.PING) return null;
    try {
      const request = decodeRequest(opCode, reader);
      if (request.kind === 'authRaw') return this.#authenticate(request);
      if (request.kind === 'saslRaw') return this.#negotiate(request);
      return request;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return isProof
        ? refusal(ErrorNumber.AUTH_FAILED, true)
        : refusal(ErrorNumber.MARSHALLING, false);
    }
  }

  #authenticate({ scheme, auth }: RawAuthRequest): ClientRequest {
    const identities = this.#authenticator?.authenticate(scheme, auth) ?? null;
    return identities === null
      ? refusal(ErrorNumber.AUTH_FAILED, true)
      : { kind: 'auth', identities };
  }

  #negotiate({ token }: RawSaslRequest): ClientRequest {
    if (this.#authenticator === null) return { kind: 'sasl', ...NO_NEGOTIATION };
    const answer = this.#authenticator.negotiate(token);
    if (!answer.isRefused) return { kind: 'sasl', ...answer };
    const { AUTH_FAILED, SESSION_CLOSED_REQUIRE_AUTH } = ErrorNumber;
    const { isSaslRequired } = this.#authenticator;
    return refusal(isSaslRequired ? SESSION_CLOSED_REQUIRE_AUTH : AUTH_FAILED, true);
  }
}

const NO_NEGOTIATION = { token: null, identities: [], isRefused: false };

function refusal(error: number, thenClose: boolean): ClientRequest {
  return { kind: 'refuse', error, thenClose };
}
