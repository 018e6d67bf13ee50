import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { OperationResult, ReadOperationResult, Result } from '../core/model.ts';
import {
  readAcl,
  readBoolean,
  readBuffer,
  readIdentity,
  readStat,
  readString,
  readVector,
  writeAcl,
  writeBoolean,
  writeBuffer,
  writeIdentity,
  writeStat,
  writeString,
  writeVector,
} from './jute.ts';
import { OpCode, SYNC_CONNECTED_STATE, Xid } from './opcodes.ts';
import type { DecodedRequest } from './requests.ts';

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

/** Writes a whole reply packet without its length. */
export function writeReply(writer: ByteWriter, xid: number, zxid: bigint, result: Result): void {
  const error = result.kind === 'error' ? result.error : 0;
  writeHeader(writer, { xid, zxid, error });
  writeBody(writer, result);
}

/** Writes a whole event packet without its length. */
export function writeEvent(writer: ByteWriter, zxid: bigint, event: WatcherEvent): void {
  writeHeader(writer, { xid: Xid.NOTIFICATION, zxid, error: 0 });
  writer.int32(event.type);
  writer.int32(SYNC_CONNECTED_STATE);
  writeString(writer, event.path);
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
export function decodeResult(request: DecodedRequest, reader: ByteReader): Result {
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
      return decodeOperationResult(operationCode(request), reader);
    case 'multi':
      return { kind: 'multi', results: decodeResults(reader, decodeOperationResult) };
    case 'multiRead':
      return { kind: 'multiRead', results: decodeResults(reader, decodeReadResult) };
    case 'exists':
    case 'setAcl':
      return { kind: 'stat', stat: readStat(reader) };
    case 'getData':
    case 'reconfig':
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
    case 'saslRaw':
    case 'sasl':
      return { kind: 'token', token: readBuffer(reader) };
    case 'closeSession':
    case 'checkWatches':
    case 'removeWatches':
    case 'setWatches':
    case 'authRaw':
    case 'auth':
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
    case 'token':
      writeBuffer(writer, result.token);
      return;
    case 'identities':
      writeVector(writer, result.identities, writeIdentity);
      return;
    case 'multi':
    case 'multiRead':
      writeResults(writer, result.results);
      return;
  }
}

function writeResults(
  writer: ByteWriter,
  results: readonly (OperationResult | ReadOperationResult)[],
): void {
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

function resultCode(result: OperationResult | ReadOperationResult): number {
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
    case 'data':
      return OpCode.GET_DATA;
    case 'children':
      return OpCode.GET_CHILDREN;
  }
}

function operationCode(
  request: Extract<DecodedRequest, { kind: 'create' | 'delete' | 'setData' }>,
) {
  if (request.kind === 'create') return request.withStat ? OpCode.CREATE_2 : OpCode.CREATE;
  return request.kind === 'delete' ? OpCode.DELETE : OpCode.SET_DATA;
}

function decodeResults<T>(
  reader: ByteReader,
  decodeOne: (opCode: number, reader: ByteReader) => T,
): T[] {
  const results: T[] = [];
  while (true) {
    const opCode = reader.int32();
    const isDone = readBoolean(reader);
    reader.int32(); // The error field of the header, repeated in an error's body.
    if (isDone) return results;
    results.push(decodeOne(opCode, reader));
  }
}

function decodeReadResult(opCode: number, reader: ByteReader): ReadOperationResult {
  switch (opCode) {
    case OpCode.ERROR:
      return { kind: 'error', error: reader.int32() };
    case OpCode.GET_DATA:
      return { kind: 'data', data: readBuffer(reader), stat: readStat(reader) };
    case OpCode.GET_CHILDREN:
      return { kind: 'children', names: readVector(reader, readString), stat: null };
    default:
      throw unexpected(opCode, reader);
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
      throw unexpected(opCode, reader);
  }
}

function unexpected(opCode: number, reader: ByteReader): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `${reader.what}: expected the result of an operation, found type ${opCode}`,
  );
}
