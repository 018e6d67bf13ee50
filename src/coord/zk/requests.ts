import { assert } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import type {
  ClientRequest,
  CreateOperation,
  DeleteOperation,
  MultiOperation,
  SetDataOperation,
  SetWatchesRequest,
} from '../core/model.ts';
import {
  readAcl,
  readBoolean,
  readBuffer,
  readString,
  readVector,
  writeAcl,
  writeBoolean,
  writeBuffer,
  writeString,
  writeVector,
} from './jute.ts';
import { OpCode } from './opcodes.ts';

const CONTAINER_FLAGS = 4;

/**
 * The body of a request. What is not built decodes to a `refuse` request with the error number that
 * ZooKeeper's servers answer for things they do not have.
 *
 * @throws EngineError CORRUPT_DATA when the body does not fit the type.
 */
export function decodeRequest(opCode: number, reader: ByteReader): ClientRequest {
  switch (opCode) {
    case OpCode.CREATE:
    case OpCode.CREATE_2:
      return decodeCreate(opCode, reader);
    case OpCode.DELETE:
      return decodeDelete(reader);
    case OpCode.SET_DATA:
      return decodeSetData(reader);
    case OpCode.SET_ACL:
      return { kind: 'setAcl', path: readString(reader), ...readAclList(reader) };
    case OpCode.MULTI:
      return { kind: 'multi', operations: decodeMulti(reader) };
    case OpCode.CLOSE_SESSION:
      return { kind: 'closeSession' };
    case OpCode.EXISTS:
      return { kind: 'exists', path: readString(reader), watch: readBoolean(reader) };
    case OpCode.GET_DATA:
      return { kind: 'getData', path: readString(reader), watch: readBoolean(reader) };
    case OpCode.GET_CHILDREN:
      return { kind: 'getChildren', path: readString(reader), watch: readBoolean(reader) };
    case OpCode.GET_CHILDREN_2:
      return { kind: 'getChildren2', path: readString(reader), watch: readBoolean(reader) };
    case OpCode.GET_ACL:
      return { kind: 'getAcl', path: readString(reader) };
    case OpCode.SYNC:
      return { kind: 'sync', path: readString(reader) };
    case OpCode.GET_ALL_CHILDREN_NUMBER:
      return { kind: 'getAllChildrenNumber', path: readString(reader) };
    case OpCode.GET_EPHEMERALS:
      return { kind: 'getEphemerals', prefix: readString(reader) };
    case OpCode.WHO_AM_I:
      return { kind: 'whoAmI' };
    default:
      return decodeWatchRequest(opCode, reader);
  }
}

function decodeWatchRequest(opCode: number, reader: ByteReader): ClientRequest {
  switch (opCode) {
    case OpCode.ADD_WATCH:
      return { kind: 'addWatch', path: readString(reader), mode: reader.int32() };
    case OpCode.CHECK_WATCHES:
      return { kind: 'checkWatches', path: readString(reader), type: reader.int32() };
    case OpCode.REMOVE_WATCHES:
      return { kind: 'removeWatches', path: readString(reader), type: reader.int32() };
    case OpCode.SET_WATCHES:
    case OpCode.SET_WATCHES_2:
      return decodeSetWatches(opCode, reader);
    case OpCode.RECONFIG:
      return { kind: 'refuse', error: ErrorNumber.RECONFIG_DISABLED, thenClose: false };
    case OpCode.AUTH:
      return { kind: 'refuse', error: ErrorNumber.AUTH_FAILED, thenClose: true };
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
    case OpCode.MULTI_READ:
      return { kind: 'refuse', error: ErrorNumber.UNIMPLEMENTED, thenClose: false };
    default:
      return { kind: 'refuse', error: ErrorNumber.UNIMPLEMENTED, thenClose: true };
  }
}

/** Writes a request's body and returns its type. Requests to refuse have neither. */
export function encodeRequest(writer: ByteWriter, request: ClientRequest): number {
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
      return encodeOperation(writer, request);
    case 'setAcl':
      writeString(writer, request.path);
      writeVector(writer, request.acl, writeAcl);
      writer.int32(request.version);
      return OpCode.SET_ACL;
    case 'multi':
      encodeMulti(writer, request.operations);
      return OpCode.MULTI;
    case 'closeSession':
      return OpCode.CLOSE_SESSION;
    case 'exists':
    case 'getData':
    case 'getChildren':
    case 'getChildren2':
      writeString(writer, request.path);
      writeBoolean(writer, request.watch);
      return NODE_READ_CODES[request.kind];
    case 'getAcl':
    case 'sync':
    case 'getAllChildrenNumber':
      writeString(writer, request.path);
      return PATH_READ_CODES[request.kind];
    case 'getEphemerals':
      writeString(writer, request.prefix);
      return OpCode.GET_EPHEMERALS;
    case 'whoAmI':
      return OpCode.WHO_AM_I;
    case 'addWatch':
      writeString(writer, request.path);
      writer.int32(request.mode);
      return OpCode.ADD_WATCH;
    case 'checkWatches':
    case 'removeWatches':
      writeString(writer, request.path);
      writer.int32(request.type);
      return request.kind === 'checkWatches' ? OpCode.CHECK_WATCHES : OpCode.REMOVE_WATCHES;
    case 'setWatches':
      return encodeSetWatches(writer, request);
    case 'refuse':
      assert(false, 'a refused request is never sent');
  }
}

const NODE_READ_CODES = {
  exists: OpCode.EXISTS,
  getData: OpCode.GET_DATA,
  getChildren: OpCode.GET_CHILDREN,
  getChildren2: OpCode.GET_CHILDREN_2,
};

const PATH_READ_CODES = {
  getAcl: OpCode.GET_ACL,
  sync: OpCode.SYNC,
  getAllChildrenNumber: OpCode.GET_ALL_CHILDREN_NUMBER,
};

function decodeOperation(opCode: number, reader: ByteReader): MultiOperation {
  switch (opCode) {
    case OpCode.CREATE:
    case OpCode.CREATE_2:
      return decodeCreate(opCode, reader);
    case OpCode.CREATE_CONTAINER:
      return { ...decodeCreate(opCode, reader), flags: CONTAINER_FLAGS };
    case OpCode.CREATE_TTL: {
      const operation = decodeCreate(opCode, reader);
      reader.int64(); // The time to live.
      return operation;
    }
    case OpCode.DELETE:
      return decodeDelete(reader);
    case OpCode.SET_DATA:
      return decodeSetData(reader);
    case OpCode.CHECK:
      return { kind: 'check', path: readString(reader), version: reader.int32() };
    default:
      throw new EngineError(
        'CORRUPT_DATA',
        `${reader.what}: expected an operation that multi can hold, found type ${opCode}`,
      );
  }
}

function decodeCreate(opCode: number, reader: ByteReader): CreateOperation {
  return {
    kind: 'create',
    path: readString(reader),
    data: readBuffer(reader),
    acl: readVector(reader, readAcl),
    flags: reader.int32(),
    withStat: opCode !== OpCode.CREATE,
  };
}

function decodeDelete(reader: ByteReader): DeleteOperation {
  return { kind: 'delete', path: readString(reader), version: reader.int32() };
}

function decodeSetData(reader: ByteReader): SetDataOperation {
  const path = readString(reader);
  return { kind: 'setData', path, data: readBuffer(reader), version: reader.int32() };
}

function encodeOperation(writer: ByteWriter, operation: MultiOperation): number {
  writeString(writer, operation.path);
  switch (operation.kind) {
    case 'create':
      writeBuffer(writer, operation.data);
      writeVector(writer, operation.acl, writeAcl);
      writer.int32(operation.flags);
      return operation.withStat ? OpCode.CREATE_2 : OpCode.CREATE;
    case 'setData':
      writeBuffer(writer, operation.data);
      writer.int32(operation.version);
      return OpCode.SET_DATA;
    case 'delete':
      writer.int32(operation.version);
      return OpCode.DELETE;
    case 'check':
      writer.int32(operation.version);
      return OpCode.CHECK;
  }
}

function decodeMulti(reader: ByteReader): MultiOperation[] {
  const operations: MultiOperation[] = [];
  while (true) {
    const opCode = reader.int32();
    const isDone = readBoolean(reader);
    reader.int32(); // The error field of the header, -1 in requests.
    if (isDone) return operations;
    operations.push(decodeOperation(opCode, reader));
  }
}

function encodeMulti(writer: ByteWriter, operations: readonly MultiOperation[]): void {
  for (const operation of operations) {
    const start = writer.lengthBytes;
    writer.int32(0);
    writeBoolean(writer, false);
    writer.int32(-1);
    writer.patchUint32(start, encodeOperation(writer, operation));
  }
  writer.int32(-1);
  writeBoolean(writer, true);
  writer.int32(-1);
}

function readAclList(reader: ByteReader): { acl: ReturnType<typeof readAcl>[]; version: number } {
  return { acl: readVector(reader, readAcl), version: reader.int32() };
}

function decodeSetWatches(opCode: number, reader: ByteReader): SetWatchesRequest {
  const hasPersistent = opCode === OpCode.SET_WATCHES_2;
  return {
    kind: 'setWatches',
    relativeZxid: reader.int64(),
    data: readVector(reader, readString),
    exist: readVector(reader, readString),
    child: readVector(reader, readString),
    persistent: hasPersistent ? readVector(reader, readString) : [],
    recursive: hasPersistent ? readVector(reader, readString) : [],
  };
}

function encodeSetWatches(writer: ByteWriter, request: SetWatchesRequest): number {
  writer.int64(request.relativeZxid);
  const { data, exist, child, persistent, recursive } = request;
  for (const paths of [data, exist, child, persistent, recursive]) {
    writeVector(writer, paths, writeString);
  }
  return OpCode.SET_WATCHES_2;
}
