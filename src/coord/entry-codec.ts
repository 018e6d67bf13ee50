import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import { type Command, isWrite, type LogEntry } from './core/model.ts';
import { readBuffer, writeBuffer } from './zk/jute.ts';
import { OpCode } from './zk/opcodes.ts';
import { decodeRequest, encodeRequest } from './zk/requests.ts';

/*
 * A log entry's payload, big-endian; the zxid is in the record's header:
 *
 *   | timeMs i64 | sessionId i64 | type i32 | body … |
 *
 * Type and body are those of ZooKeeper's protocol; for a new session type -10 with
 * | timeoutMs i32 | password buffer |.
 */

/** The entry's payload as the log stores it. */
export function encodeEntry(entry: LogEntry): Uint8Array {
  const writer = new ByteWriter();
  writer.int64(BigInt(entry.timeMs));
  writer.int64(entry.sessionId);
  const start = writer.lengthBytes;
  writer.int32(0);
  writer.patchUint32(start, encodeCommand(writer, entry.command));
  return writer.finish();
}

/**
 * The entry that `encodeEntry` wrote.
 *
 * @param what names the place in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA when the payload is not an entry.
 */
export function decodeEntry(zxid: bigint, payload: Uint8Array, what: string): LogEntry {
  const reader = new ByteReader(payload, what);
  const timeMs = Number(reader.int64());
  const sessionId = reader.int64();
  const command = decodeCommand(reader);
  reader.expectEnd();
  return { zxid, timeMs, sessionId, command };
}

function encodeCommand(writer: ByteWriter, command: Command): number {
  if (command.kind !== 'createSession') return encodeRequest(writer, command);
  writer.int32(command.timeoutMs);
  writeBuffer(writer, command.password);
  return OpCode.CREATE_SESSION;
}

function decodeCommand(reader: ByteReader): Command {
  const opCode = reader.int32();
  if (opCode === OpCode.CREATE_SESSION) {
    const timeoutMs = reader.int32();
    return { kind: 'createSession', timeoutMs, password: readBuffer(reader) ?? new Uint8Array() };
  }
  const request = decodeRequest(opCode, reader);
  if (isWrite(request)) return request;
  throw new EngineError('CORRUPT_DATA', `${reader.what}: expected a write, found type ${opCode}`);
}
