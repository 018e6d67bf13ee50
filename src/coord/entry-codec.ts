import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { EntryCodec, EntryDraft } from './core/entry-codec.ts';
import { type Command, isWrite, type LogEntry } from './core/model.ts';
import {
  readBuffer,
  readIdentity,
  readString,
  readVector,
  writeBuffer,
  writeIdentity,
  writeString,
  writeVector,
} from './zk/jute.ts';
import { OpCode } from './zk/opcodes.ts';
import { decodeRequest, encodeRequest } from './zk/requests.ts';

/*
 * A log entry's payload, big-endian; its zxid is its place in the log:
 *
 *   0        8        16         24          25          33         34         38
 *   | timeMs | stream | sequence | origin u8 | sessionId | flags u8 | type i32 | identities | body … |
 *
 * Identities are a vector of (scheme, id). Type and body are those of ZooKeeper's protocol. What it
 * does not have: for a new session type -10 with | timeoutMs i32 | password buffer |, for a session
 * that moves type -20 with the same, for a new stream type -21 with | nonce u32 |, for the end of a
 * container type 20 with its path, for a refused request type -22 with | error i32 |, and for a local
 * session that becomes the log's type -23 with what a new session has.
 */

const TIME_OFFSET_BYTES = 0;
const STREAM_OFFSET_BYTES = 8;
const SEQUENCE_OFFSET_BYTES = 16;
const TYPE_OFFSET_BYTES = 34;
const ATTACH_SESSION = -20;
const OPEN_STREAM = -21;
const REFUSED = -22;
const UPGRADE_SESSION = -23;
const WORD = 0x1_0000_0000;

/** Entries in the encoding of ZooKeeper's requests. */
export const entryCodec: EntryCodec = {
  encode: encodeEntry,
  decode: decodeEntry,
  stampTime: (payload, timeMs) => writeNumber(payload, TIME_OFFSET_BYTES, timeMs),
  isReconfig(payload) {
    if (payload.length < TYPE_OFFSET_BYTES + 4) return false;
    const view = new DataView(payload.buffer, payload.byteOffset + TYPE_OFFSET_BYTES, 4);
    return view.getInt32(0) === OpCode.RECONFIG;
  },
  renumbered(payload, stream, sequence) {
    const copy = payload.slice();
    writeNumber(copy, STREAM_OFFSET_BYTES, stream);
    writeNumber(copy, SEQUENCE_OFFSET_BYTES, sequence);
    return copy;
  },
};

/** Used for every payload: each is a copy without spare room, since many stay in memory for long. */
const writer = new ByteWriter();

function encodeEntry(draft: EntryDraft): Uint8Array {
  writer.uint53(0);
  writer.uint53(draft.stream);
  writer.uint53(draft.sequence);
  writer.uint8(draft.origin);
  writer.int64(draft.sessionId);
  writer.uint8(draft.flags);
  writer.int32(0);
  writeVector(writer, draft.identities, writeIdentity);
  writer.patchUint32(TYPE_OFFSET_BYTES, encodeCommand(draft.command));
  return writer.take();
}

function decodeEntry(index: number, payload: Uint8Array): LogEntry {
  const reader = new ByteReader(payload, `coord: log entry ${index}`);
  const timeMs = reader.uint53();
  const stream = reader.uint53();
  const sequence = reader.uint53();
  const origin = reader.uint8();
  const sessionId = reader.int64();
  const flags = reader.uint8();
  const opCode = reader.int32();
  const identities = readVector(reader, readIdentity);
  const command = decodeCommand(opCode, reader);
  reader.expectEnd();
  const zxid = BigInt(index);
  return { zxid, timeMs, origin, stream, sequence, sessionId, identities, flags, command };
}

function encodeCommand(command: Command): number {
  switch (command.kind) {
    case 'createSession':
    case 'upgradeSession':
      writer.int32(command.timeoutMs);
      writeBuffer(writer, command.password);
      return command.kind === 'createSession' ? OpCode.CREATE_SESSION : UPGRADE_SESSION;
    case 'attachSession':
      writer.int32(command.timeoutMs);
      writeBuffer(writer, command.password);
      return ATTACH_SESSION;
    case 'openStream':
      writer.uint32(command.nonce);
      return OPEN_STREAM;
    case 'refused':
      writer.int32(command.error);
      return REFUSED;
    case 'deleteContainer':
      writeString(writer, command.path);
      return OpCode.DELETE_CONTAINER;
    default:
      return encodeRequest(writer, command);
  }
}

function decodeCommand(opCode: number, reader: ByteReader): Command {
  switch (opCode) {
    case OpCode.CREATE_SESSION: {
      const timeoutMs = reader.int32();
      return { kind: 'createSession', timeoutMs, password: readBuffer(reader) ?? NOTHING };
    }
    case UPGRADE_SESSION: {
      const timeoutMs = reader.int32();
      return { kind: 'upgradeSession', timeoutMs, password: readBuffer(reader) ?? NOTHING };
    }
    case ATTACH_SESSION: {
      const timeoutMs = reader.int32();
      return { kind: 'attachSession', timeoutMs, password: readBuffer(reader) ?? NOTHING };
    }
    case OPEN_STREAM:
      return { kind: 'openStream', nonce: reader.uint32() };
    case REFUSED:
      return { kind: 'refused', error: reader.int32() };
    case OpCode.DELETE_CONTAINER:
      return { kind: 'deleteContainer', path: readString(reader) };
    default:
      break;
  }
  const request = decodeRequest(opCode, reader);
  if (isWrite(request)) return request;
  throw new EngineError('CORRUPT_DATA', `${reader.what}: expected a write, found type ${opCode}`);
}

const NOTHING = new Uint8Array();

function writeNumber(bytes: Uint8Array, offsetBytes: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offsetBytes, 8);
  view.setUint32(0, Math.floor(value / WORD));
  view.setUint32(4, value >>> 0);
}
