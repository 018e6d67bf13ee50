import { assert } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import type { ClientRequest, ReconfigRequest, SetWatchesRequest } from '../core/model.ts';
import {
  readAcl,
  readBoolean,
  readBuffer,
  readNullableString,
  readString,
  readVector,
  writeAcl,
  writeBoolean,
  writeBuffer,
  writeNullableString,
  writeString,
  writeVector,
} from './jute.ts';
import { OpCode } from './opcodes.ts';
import {
  decodeCreate,
  decodeMulti,
  decodeMultiRead,
  encodeMulti,
  encodeMultiRead,
  encodeOperation,
} from './operations.ts';

/** Proof that a client offers of who it is, as it came. */
export interface RawAuthRequest {
  readonly kind: 'authRaw';
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}

/** A step of a SASL negotiation, as it came. */
export interface RawSaslRequest {
  readonly kind: 'saslRaw';
  readonly token: Uint8Array | null;
}

/**
 * What can be read off the wire. Whoever reads it turns the raw forms into `auth` and `sasl`, once it
 * has verified them.
 */
export type DecodedRequest = ClientRequest | RawAuthRequest | RawSaslRequest;

/**
 * The body of a request. Types that are none, or that only a server may use, decode to a `refuse`
 * request with the error number that ZooKeeper's servers answer.
 *
 * @throws EngineError CORRUPT_DATA when the body does not fit the type.
 */
export function decodeRequest(opCode: number, reader: ByteReader): DecodedRequest {
  switch (opCode) {
    case OpCode.CREATE:
    case OpCode.CREATE_2:
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
      return decodeCreate(opCode, reader);
    case OpCode.DELETE:
      return { kind: 'delete', path: readString(reader), version: reader.int32() };
    case OpCode.SET_DATA: {
      const path = readString(reader);
      return { kind: 'setData', path, data: readBuffer(reader), version: reader.int32() };
    }
    case OpCode.SET_ACL: {
      const path = readString(reader);
      const acl = readVector(reader, readAcl);
      return { kind: 'setAcl', path, acl, version: reader.int32() };
    }
    case OpCode.MULTI:
      return { kind: 'multi', operations: decodeMulti(reader) };
    case OpCode.RECONFIG:
      return decodeReconfig(reader);
    case OpCode.CLOSE_SESSION:
      return { kind: 'closeSession' };
    default:
      return decodeRead(opCode, reader);
  }
}

function decodeRead(opCode: number, reader: ByteReader): DecodedRequest {
  switch (opCode) {
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
      return { kind: 'getEphemerals', prefix: readNullableString(reader) ?? '' };
    case OpCode.MULTI_READ:
      return { kind: 'multiRead', operations: decodeMultiRead(reader) };
    case OpCode.WHO_AM_I:
      return { kind: 'whoAmI' };
    default:
      return decodeConnectionRequest(opCode, reader);
  }
}

// What is about a connection rather than about nodes.
function decodeConnectionRequest(opCode: number, reader: ByteReader): DecodedRequest {
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
    case OpCode.AUTH:
      reader.int32(); // A type that was never used.
      return {
        kind: 'authRaw',
        scheme: readNullableString(reader) ?? '',
        auth: readBuffer(reader),
      };
    case OpCode.SASL:
      return { kind: 'saslRaw', token: readBuffer(reader) };
    default:
      return { kind: 'refuse', error: ErrorNumber.UNIMPLEMENTED, thenClose: true };
  }
}

/**
 * Writes a request's body and returns its type. Requests that exist only inside a server (`refuse`,
 * `auth`, `sasl`) have neither.
 */
export function encodeRequest(writer: ByteWriter, request: DecodedRequest): number {
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
    case 'reconfig':
      return encodeReconfig(writer, request);
    case 'closeSession':
      return OpCode.CLOSE_SESSION;
    default:
      return encodeRead(writer, request);
  }
}

type WriteKind = 'create' | 'delete' | 'setData' | 'setAcl' | 'multi' | 'reconfig' | 'closeSession';

function encodeRead(
  writer: ByteWriter,
  request: Exclude<DecodedRequest, { readonly kind: WriteKind }>,
): number {
  switch (request.kind) {
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
    case 'multiRead':
      encodeMultiRead(writer, request.operations);
      return OpCode.MULTI_READ;
    case 'whoAmI':
      return OpCode.WHO_AM_I;
    case 'authRaw':
      writer.int32(0);
      writeString(writer, request.scheme);
      writeBuffer(writer, request.auth);
      return OpCode.AUTH;
    case 'saslRaw':
      writeBuffer(writer, request.token);
      return OpCode.SASL;
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
    case 'auth':
    case 'sasl':
      assert(false, () => `a request to ${request.kind} is never sent`);
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

function decodeReconfig(reader: ByteReader): ReconfigRequest {
  return {
    kind: 'reconfig',
    joining: readNullableString(reader),
    leaving: readNullableString(reader),
    newMembers: readNullableString(reader),
    currentConfigId: reader.int64(),
  };
}

function encodeReconfig(writer: ByteWriter, request: ReconfigRequest): number {
  writeNullableString(writer, request.joining);
  writeNullableString(writer, request.leaving);
  writeNullableString(writer, request.newMembers);
  writer.int64(request.currentConfigId);
  return OpCode.RECONFIG;
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
