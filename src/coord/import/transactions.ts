import { ByteReader } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { CONTAINER_OWNER, ttlOwner } from '../core/node-owner.ts';
import { readAcl, readBoolean, readBuffer, readString, readVector } from '../zk/jute.ts';
import type { CreatedNode } from './zookeeper-tree.ts';

/** What every transaction of ZooKeeper's log begins with. */
export interface TransactionHeader {
  readonly sessionId: bigint;
  readonly zxid: bigint;
  readonly timeMs: number;
}

/** One change. Transactions hold results: nothing is validated when they are replayed. */
export type Change =
  | { readonly kind: 'create'; readonly node: CreatedNode }
  | { readonly kind: 'delete'; readonly path: string }
  | {
      readonly kind: 'setData';
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | {
      readonly kind: 'setAcl';
      readonly path: string;
      readonly acl: CreatedNode['acl'];
      readonly version: number;
    }
  | { readonly kind: 'createSession'; readonly timeoutMs: number }
  | { readonly kind: 'closeSession'; readonly paths: readonly string[] };

/** A transaction: all its changes happened at once. Those that failed have none. */
export interface Transaction extends TransactionHeader {
  readonly changes: readonly Change[];
}

/** Types of transactions (ZooDefs.OpCode); requests that change nothing are never logged. */
const Type = {
  CREATE: 1,
  DELETE: 2,
  SET_DATA: 5,
  SET_ACL: 7,
  CHECK: 13,
  MULTI: 14,
  CREATE_2: 15,
  RECONFIG: 16,
  CREATE_CONTAINER: 19,
  DELETE_CONTAINER: 20,
  CREATE_TTL: 21,
  ERROR: -1,
  CREATE_SESSION: -10,
  CLOSE_SESSION: -11,
} as const;

const OWN_DIGEST_BYTES = 12;

/**
 * Reads a transaction (SerializeUtils.deserializeTxn). The digest that may follow it is passed over.
 *
 * @param what names the bytes in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA; NOT_SUPPORTED for a type that no release of ZooKeeper has.
 */
export function readTransaction(bytes: Uint8Array, what: string): Transaction {
  const reader = new ByteReader(bytes, what);
  const sessionId = reader.int64();
  reader.int32(); // The client's number for its request.
  const zxid = reader.int64();
  const timeMs = Number(reader.int64());
  const type = reader.int32();
  const header = { sessionId, zxid, timeMs };
  return { ...header, changes: readChanges(type, reader, sessionId) };
}

function readChanges(type: number, reader: ByteReader, sessionId: bigint): Change[] {
  switch (type) {
    case Type.MULTI:
      return readMulti(reader, sessionId);
    case Type.CREATE_SESSION:
      return [{ kind: 'createSession', timeoutMs: reader.int32() }];
    case Type.CLOSE_SESSION:
      return [{ kind: 'closeSession', paths: readPathsOfSession(reader) }];
    default:
      return readChange(type, reader, sessionId);
  }
}

function readChange(type: number, reader: ByteReader, sessionId: bigint): Change[] {
  switch (type) {
    case Type.CREATE:
    case Type.CREATE_2:
    case Type.CREATE_CONTAINER:
    case Type.CREATE_TTL:
      return [{ kind: 'create', node: readCreated(type, reader, sessionId) }];
    case Type.DELETE:
    case Type.DELETE_CONTAINER:
      return [{ kind: 'delete', path: readString(reader) }];
    case Type.SET_DATA:
    case Type.RECONFIG: {
      const path = readString(reader);
      return [{ kind: 'setData', path, data: readBuffer(reader), version: reader.int32() }];
    }
    case Type.SET_ACL: {
      const path = readString(reader);
      const acl = readVector(reader, readAcl);
      return [{ kind: 'setAcl', path, acl, version: reader.int32() }];
    }
    case Type.CHECK:
    case Type.ERROR:
      return [];
    default:
      throw new EngineError(
        'NOT_SUPPORTED',
        `${reader.what}: transactions of type ${type} are not known; ` +
          'the data comes from a release of ZooKeeper after 3.10',
      );
  }
}

function readCreated(type: number, reader: ByteReader, sessionId: bigint): CreatedNode {
  const path = readString(reader);
  const data = readBuffer(reader);
  const acl = readVector(reader, readAcl);
  if (type === Type.CREATE_CONTAINER) {
    const parentChildCreates = reader.int32();
    return { path, data, acl, ephemeralOwner: CONTAINER_OWNER, parentChildCreates };
  }
  if (type === Type.CREATE_TTL) {
    const parentChildCreates = reader.int32();
    const ephemeralOwner = ttlOwner(Number(reader.int64()));
    return { path, data, acl, ephemeralOwner, parentChildCreates };
  }
  const ephemeralOwner = readBoolean(reader) ? sessionId : 0n;
  // Before 3.4 the log did not have the parent's counter.
  const parentChildCreates = reader.remainingBytes < 4 ? -1 : reader.int32();
  return { path, data, acl, ephemeralOwner, parentChildCreates };
}

/** A multi that failed has an error for each of its operations, and no change. */
function readMulti(reader: ByteReader, sessionId: bigint): Change[] {
  const parts = readVector(reader, (each) => ({ type: each.int32(), bytes: readBuffer(each) }));
  if (parts.some(({ type }) => type === Type.ERROR)) return [];
  return parts.flatMap(({ type, bytes }) =>
    readChange(type, new ByteReader(bytes ?? new Uint8Array(), reader.what), sessionId),
  );
}

/**
 * The paths that closing a session removed, in the log since 3.6. Before, and when that is switched
 * off, nothing or only a digest follows.
 */
function readPathsOfSession(reader: ByteReader): string[] {
  if (reader.remainingBytes === 0 || reader.remainingBytes === OWN_DIGEST_BYTES) return [];
  return readVector(reader, readString);
}
