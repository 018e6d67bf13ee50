import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import {
  CreateFlag,
  type CreateOperation,
  type Lifetime,
  type MultiOperation,
  type MultiReadOperation,
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

/*
 * A multi is its operations, each behind | type i32 | done: boolean | error i32 |, and such a header
 * with done = true at the end.
 */

/** A create request of one of its four types. */
export function decodeCreate(opCode: number, reader: ByteReader): CreateOperation {
  const operation: CreateOperation = {
    kind: 'create',
    path: readString(reader),
    data: readBuffer(reader),
    acl: readVector(reader, readAcl),
    flags: reader.int32(),
    withStat: opCode !== OpCode.CREATE,
  };
  if (opCode === OpCode.CREATE_CONTAINER) return { ...operation, lifetime: { kind: 'container' } };
  if (opCode === OpCode.CREATE_TTL) return { ...operation, lifetime: readTtl(reader) };
  return operation;
}

/** The body of a write that multi can hold. Returns its type. */
export function encodeOperation(writer: ByteWriter, operation: MultiOperation): number {
  writeString(writer, operation.path);
  switch (operation.kind) {
    case 'create':
      return encodeCreate(writer, operation);
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

/**
 * The operations of a multi.
 *
 * @throws EngineError CORRUPT_DATA when one is none, also when it is one of multiRead.
 */
export function decodeMulti(reader: ByteReader): MultiOperation[] {
  return decodeOperations(reader, decodeOperation);
}

/** Writes the operations of a multi. */
export function encodeMulti(writer: ByteWriter, operations: readonly MultiOperation[]): void {
  encodeOperations(writer, operations, encodeOperation);
}

/**
 * The operations of a multiRead. Their watch flags mean nothing.
 *
 * @throws EngineError CORRUPT_DATA when one is none, also when it is one of multi.
 */
export function decodeMultiRead(reader: ByteReader): MultiReadOperation[] {
  return decodeOperations(reader, (opCode) => {
    if (opCode !== OpCode.GET_DATA && opCode !== OpCode.GET_CHILDREN)
      throw misplaced(opCode, reader);
    const path = readString(reader);
    readBoolean(reader);
    return { kind: opCode === OpCode.GET_DATA ? 'getData' : 'getChildren', path };
  });
}

/** Writes the operations of a multiRead. */
export function encodeMultiRead(
  writer: ByteWriter,
  operations: readonly MultiReadOperation[],
): void {
  encodeOperations(writer, operations, (_, { kind, path }) => {
    writeString(writer, path);
    writeBoolean(writer, false);
    return kind === 'getData' ? OpCode.GET_DATA : OpCode.GET_CHILDREN;
  });
}

function decodeOperation(opCode: number, reader: ByteReader): MultiOperation {
  switch (opCode) {
    case OpCode.CREATE:
    case OpCode.CREATE_2:
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
      return decodeMultiCreate(opCode, reader);
    case OpCode.DELETE:
      return { kind: 'delete', path: readString(reader), version: reader.int32() };
    case OpCode.SET_DATA: {
      const path = readString(reader);
      return { kind: 'setData', path, data: readBuffer(reader), version: reader.int32() };
    }
    case OpCode.CHECK:
      return { kind: 'check', path: readString(reader), version: reader.int32() };
    default:
      throw misplaced(opCode, reader);
  }
}

// Inside multi ZooKeeper goes by the flags where they contradict the type: see its Op.create.
function decodeMultiCreate(opCode: number, reader: ByteReader): CreateOperation {
  const operation = decodeCreate(opCode, reader);
  const { flags } = operation;
  if (flags === CreateFlag.CONTAINER) {
    return { ...operation, withStat: true, lifetime: { kind: 'container' } };
  }
  if (opCode === OpCode.CREATE_TTL) {
    const { lifetime: _, ...plain } = operation;
    const isPlain = flags >= CreateFlag.PERSISTENT && flags < CreateFlag.CONTAINER;
    return isPlain ? { ...plain, withStat: false } : operation;
  }
  if (flags >= CreateFlag.PERSISTENT && flags <= CreateFlag.TTL_SEQUENTIAL) return operation;
  throw new EngineError('CORRUPT_DATA', `${reader.what}: expected flags 0 to 6, found ${flags}`);
}

function encodeCreate(writer: ByteWriter, operation: CreateOperation): number {
  const { lifetime } = operation;
  writeBuffer(writer, operation.data);
  writeVector(writer, operation.acl, writeAcl);
  writer.int32(operation.flags);
  if (lifetime === undefined) return operation.withStat ? OpCode.CREATE_2 : OpCode.CREATE;
  if (lifetime.kind === 'container') return OpCode.CREATE_CONTAINER;
  writer.int64(BigInt(lifetime.ttlMs));
  return OpCode.CREATE_TTL;
}

// What is out of range is refused later; until then any number out of range will do.
function readTtl(reader: ByteReader): Lifetime {
  const ttlMs = Number(reader.int64());
  return { kind: 'ttl', ttlMs: Math.min(Math.max(ttlMs, -1), Number.MAX_SAFE_INTEGER) };
}

function decodeOperations<T>(
  reader: ByteReader,
  decodeOne: (opCode: number, reader: ByteReader) => T,
): T[] {
  const operations: T[] = [];
  while (true) {
    const opCode = reader.int32();
    const isDone = readBoolean(reader);
    reader.int32(); // The error field of the header, -1 in requests.
    if (isDone) return operations;
    operations.push(decodeOne(opCode, reader));
  }
}

function encodeOperations<T>(
  writer: ByteWriter,
  operations: readonly T[],
  encodeOne: (writer: ByteWriter, operation: T) => number,
): void {
  for (const operation of operations) {
    const start = writer.lengthBytes;
    writer.int32(0);
    writeBoolean(writer, false);
    writer.int32(-1);
    writer.patchUint32(start, encodeOne(writer, operation));
  }
  writer.int32(-1);
  writeBoolean(writer, true);
  writer.int32(-1);
}

function misplaced(opCode: number, reader: ByteReader): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `${reader.what}: expected an operation of its own kind of multi, found type ${opCode}`,
  );
}
