import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { readBoolean, readBuffer, writeBoolean, writeBuffer } from './jute.ts';

/** Bytes of a session's password. */
export const PASSWORD_BYTES = 16;

/** The first packet of a client. It has no request header. */
export interface ConnectRequest {
  readonly lastZxidSeen: bigint;
  readonly timeoutMs: number;
  /** 0 asks for a new session. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Null when the client is older than ZooKeeper 3.4 and does not send it. */
  readonly readOnly: boolean | null;
}

/** The first packet of a server. `timeoutMs` 0 says that the session has expired. */
export interface ConnectResponse {
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Null when the client did not send its own. */
  readonly readOnly: boolean | null;
}

/** @throws EngineError CORRUPT_DATA when the packet is too short. */
export function decodeConnectRequest(packet: Uint8Array): ConnectRequest {
  const reader = new ByteReader(packet, 'coord: connect request');
  reader.int32(); // The protocol version, always 0.
  return {
    lastZxidSeen: reader.int64(),
    timeoutMs: reader.int32(),
    sessionId: reader.int64(),
    password: readBuffer(reader) ?? new Uint8Array(),
    readOnly: reader.remainingBytes > 0 ? readBoolean(reader) : null,
  };
}

/** The packet that opens a session, without its length prefix. */
export function encodeConnectRequest(request: ConnectRequest): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(0);
  writer.int64(request.lastZxidSeen);
  writer.int32(request.timeoutMs);
  writer.int64(request.sessionId);
  writeBuffer(writer, request.password);
  if (request.readOnly !== null) writeBoolean(writer, request.readOnly);
  return writer.finish();
}

/** @throws EngineError CORRUPT_DATA when the packet is too short. */
export function decodeConnectResponse(packet: Uint8Array): ConnectResponse {
  const reader = new ByteReader(packet, 'coord: connect response');
  reader.int32(); // The protocol version, always 0.
  return {
    timeoutMs: reader.int32(),
    sessionId: reader.int64(),
    password: readBuffer(reader) ?? new Uint8Array(),
    readOnly: reader.remainingBytes > 0 ? readBoolean(reader) : null,
  };
}

/** Writes the answer to it, without its length prefix. */
export function writeConnectResponse(writer: ByteWriter, response: ConnectResponse): void {
  writer.int32(0);
  writer.int32(response.timeoutMs);
  writer.int64(response.sessionId);
  writeBuffer(writer, response.password);
  if (response.readOnly !== null) writeBoolean(writer, response.readOnly);
}
