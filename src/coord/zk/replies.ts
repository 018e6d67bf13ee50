import { type ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { ClientRequest, OperationResult, Result } from '../core/model.ts';
import {
  readAcl,
  readBoolean,
  readBuffer,
  readStat,
  readString,
  readVector,
  writeAcl,
  writeBoolean,
  writeBuffer,
  writeStat,
  writeString,
  writeVector,
} from './jute.ts';
import { OpCode, SYNC_CONNECTED_STATE, Xid } from './opcodes.ts';

/** What precedes every answer and event. */
export interface ReplyHeader {
  readonly xid: number;
  /** The last transaction the server had applied, or what caused the event. */
  readonly zxid: bigint;
  /** 0, or ZooKeeper's error number; then there is no body. */
  readonly error: number;
}

/** What watchers are told. */
export interface WatcherEvent {
  readonly type: number;
  readonly path: string;
}

/** A whole reply packet without its length. */
export function encodeReply(xid: number, zxid: bigint, result: Result): Uint8Array {
  const writer = new ByteWriter();
  const error = result.kind === 'error' ? result.error : 0;
  writeHeader(writer, { xid, zxid, error });
  writeBody(writer, result);
  return writer.finish();
}

/** A whole event packet without its length. */
export function encodeEvent(zxid: bigint, event: WatcherEvent): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer, { xid: Xid.NOTIFICATION, zxid, error: 0 });
  writer.int32(event.type);
  writer.int32(SYNC_CONNECTED_STATE);
  writeString(writer, event.path);
  return writer.finish();
}

/** The header of a reply: its 16 bytes. */
export function decodeReplyHeader(reader: ByteReader): ReplyHeader {
  return { xid: reader.int32(), zxid: reader.int64(), error: reader.int32() };
}

/** The event in a notification, after its header. */
export function decodeEvent(reader: ByteReader): WatcherEvent {
  const type = reader.int32();
  reader.int32(); // The session's state, always connected.
  return { type, path: readString(reader) };
}

/**
 * The body of a successful reply to a request.
 *
 * @throws EngineError CORRUPT_DATA when the body is not what answers such a request.
 */
export function decodeResult(request: ClientRequest, reader: ByteReader): Result {
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
      return decodeOperationResult(operationCode(request), reader);
    case 'multi':
      return { kind: 'multi', results: decodeMultiResults(reader) };
    case 'exists':
    case 'setAcl':
      return { kind: 'stat', stat: readStat(reader) };
    case 'getData':
      return { kind: 'data', data: readBuffer(reader), stat: readStat(reader) };
    case 'getChildren':
      return { kind: 'children', names: readVector(reader, readString), stat: null };
    case 'getChildren2':
      return { kind: 'children', names: readVector(reader, readString), stat: readStat(reader) };
    case 'getAcl':
      return { kind: 'acl', acl: readVector(reader, readAcl), stat: readStat(reader) };
    case 'sync':
      return { kind: 'path', path: readString(reader) };
    case 'getAllChildrenNumber':
      return { kind: 'count', count: reader.int32() };
    case 'getEphemerals':
      return { kind: 'paths', paths: readVector(reader, readString) };
    case 'whoAmI':
      return { kind: 'identities', identities: readVector(reader, readIdentity) };
    case 'addWatch':
      return { kind: 'watchAdded' };
    case 'closeSession':
    case 'checkWatches':
    case 'removeWatches':
    case 'setWatches':
    case 'refuse':
      return { kind: 'done' };
  }
}

function writeHeader(writer: ByteWriter, header: ReplyHeader): void {
  writer.int32(header.xid);
  writer.int64(header.zxid);
  writer.int32(header.error);
}

function writeBody(writer: ByteWriter, result: Result): void {
  switch (result.kind) {
    case 'error':
    case 'done':
    case 'deleted':
    case 'checked':
      return;
    case 'created':
      writeString(writer, result.path);
      if (result.stat !== null) writeStat(writer, result.stat);
      return;
    case 'dataSet':
    case 'stat':
      writeStat(writer, result.stat);
      return;
    case 'data':
      writeBuffer(writer, result.data);
      writeStat(writer, result.stat);
      return;
    case 'children':
      writeVector(writer, result.names, writeString);
      if (result.stat !== null) writeStat(writer, result.stat);
      return;
    case 'acl':
      writeVector(writer, result.acl, writeAcl);
      writeStat(writer, result.stat);
      return;
    case 'path':
      writeString(writer, result.path);
      return;
    case 'count':
      writer.int32(result.count);
      return;
    case 'paths':
      writeVector(writer, result.paths, writeString);
      return;
    case 'watchAdded':
      writer.int32(0);
      return;
    case 'identities':
      writeVector(writer, result.identities, (_, identity) => {
        writeString(writer, identity.scheme);
        writeString(writer, identity.id);
      });
      return;
    case 'multi':
      writeMultiResults(writer, result.results);
      return;
  }
}

function writeMultiResults(writer: ByteWriter, results: readonly OperationResult[]): void {
  for (const result of results) {
    const error = result.kind === 'error' ? result.error : 0;
    writer.int32(resultCode(result));
    writeBoolean(writer, false);
    writer.int32(error);
    if (result.kind === 'error') writer.int32(error);
    else writeBody(writer, result);
  }
  writer.int32(-1);
  writeBoolean(writer, true);
  writer.int32(-1);
}

function resultCode(result: OperationResult): number {
  switch (result.kind) {
    case 'error':
      return OpCode.ERROR;
    case 'created':
      return result.stat === null ? OpCode.CREATE : OpCode.CREATE_2;
    case 'deleted':
      return OpCode.DELETE;
    case 'dataSet':
      return OpCode.SET_DATA;
    case 'checked':
      return OpCode.CHECK;
  }
}

function operationCode(request: Extract<ClientRequest, { kind: 'create' | 'delete' | 'setData' }>) {
  if (request.kind === 'create') return request.withStat ? OpCode.CREATE_2 : OpCode.CREATE;
  return request.kind === 'delete' ? OpCode.DELETE : OpCode.SET_DATA;
}

function decodeMultiResults(reader: ByteReader): OperationResult[] {
  const results: OperationResult[] = [];
  while (true) {
    const opCode = reader.int32();
    const isDone = readBoolean(reader);
    reader.int32(); // The error field of the header, repeated in an error's body.
    if (isDone) return results;
    results.push(decodeOperationResult(opCode, reader));
  }
}

function decodeOperationResult(opCode: number, reader: ByteReader): OperationResult {
  switch (opCode) {
    case OpCode.ERROR:
      return { kind: 'error', error: reader.int32() };
    case OpCode.CREATE:
      return { kind: 'created', path: readString(reader), stat: null };
    case OpCode.CREATE_2:
      return { kind: 'created', path: readString(reader), stat: readStat(reader) };
    case OpCode.DELETE:
      return { kind: 'deleted' };
    case OpCode.SET_DATA:
      return { kind: 'dataSet', stat: readStat(reader) };
    case OpCode.CHECK:
      return { kind: 'checked' };
    default:
      throw new EngineError(
        'CORRUPT_DATA',
        `${reader.what}: expected the result of an operation, found type ${opCode}`,
      );
  }
}

function readIdentity(reader: ByteReader): { scheme: string; id: string } {
  return { scheme: readString(reader), id: readString(reader) };
}
