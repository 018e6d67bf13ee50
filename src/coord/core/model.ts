/** What may be done with a node; bits of a permission mask. */
export const Permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

/** One entry of an access list as clients send it. */
export interface AclEntry {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** The facts about a node that clients see, in ZooKeeper's names and order. */
export interface NodeStat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly childVersion: number;
  readonly aclVersion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLengthBytes: number;
  readonly childCount: number;
  readonly pzxid: bigint;
}

/** Bits of a create request's flags; 4 and above are container and TTL nodes. */
export const CreateFlag = { EPHEMERAL: 1, SEQUENTIAL: 2 } as const;

/** Creates a node. `withStat` asks for the answer of create2. */
export interface CreateOperation {
  readonly kind: 'create';
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly AclEntry[];
  readonly flags: number;
  readonly withStat: boolean;
}

/** Deletes a node without children. `version` -1 is any. */
export interface DeleteOperation {
  readonly kind: 'delete';
  readonly path: string;
  readonly version: number;
}

/** Replaces a node's data. `version` -1 is any. */
export interface SetDataOperation {
  readonly kind: 'setData';
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
}

/** Compares a node's version; only inside multi. */
export interface CheckOperation {
  readonly kind: 'check';
  readonly path: string;
  readonly version: number;
}

/** What a multi may hold. */
export type MultiOperation = CreateOperation | DeleteOperation | SetDataOperation | CheckOperation;

/** Requests that change the tree: they go through the log and are validated when applied. */
export type WriteRequest =
  | CreateOperation
  | DeleteOperation
  | SetDataOperation
  | {
      readonly kind: 'setAcl';
      readonly path: string;
      readonly acl: readonly AclEntry[];
      readonly version: number;
    }
  | { readonly kind: 'multi'; readonly operations: readonly MultiOperation[] }
  | { readonly kind: 'closeSession' };

/** What a client wants to hear of again after it has reconnected. */
export interface SetWatchesRequest {
  readonly kind: 'setWatches';
  /** Changes after this zxid were missed. */
  readonly relativeZxid: bigint;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
}

/** Requests that are answered from the applied state. */
export type ReadRequest =
  | {
      readonly kind: 'exists' | 'getData' | 'getChildren' | 'getChildren2';
      readonly path: string;
      readonly watch: boolean;
    }
  | { readonly kind: 'getAcl' | 'sync' | 'getAllChildrenNumber'; readonly path: string }
  | { readonly kind: 'getEphemerals'; readonly prefix: string }
  | { readonly kind: 'whoAmI' }
  | { readonly kind: 'addWatch'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'checkWatches' | 'removeWatches';
      readonly path: string;
      readonly type: number;
    }
  | SetWatchesRequest
  /** A request that is answered with an error number without looking at the tree. */
  | { readonly kind: 'refuse'; readonly error: number; readonly thenClose: boolean };

/** Everything a connected client can ask, except pings. */
export type ClientRequest = WriteRequest | ReadRequest;

/** True for requests that go through the log. */
export function isWrite(request: ClientRequest): request is WriteRequest {
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
    case 'setAcl':
    case 'multi':
    case 'closeSession':
      return true;
    default:
      return false;
  }
}

/** The answer to one operation of a multi, or to a write of its own. */
export type OperationResult =
  | { readonly kind: 'error'; readonly error: number }
  | { readonly kind: 'created'; readonly path: string; readonly stat: NodeStat | null }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'dataSet'; readonly stat: NodeStat }
  | { readonly kind: 'checked' };

/** The answer to any request; `error` answers carry nothing else. */
export type Result =
  | OperationResult
  | { readonly kind: 'multi'; readonly results: readonly OperationResult[] }
  /** A header without a body. */
  | { readonly kind: 'done' }
  | { readonly kind: 'stat'; readonly stat: NodeStat }
  | { readonly kind: 'data'; readonly data: Uint8Array | null; readonly stat: NodeStat }
  | {
      readonly kind: 'children';
      readonly names: readonly string[];
      readonly stat: NodeStat | null;
    }
  | { readonly kind: 'acl'; readonly acl: readonly AclEntry[]; readonly stat: NodeStat }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'watchAdded' }
  | {
      readonly kind: 'identities';
      readonly identities: readonly { readonly scheme: string; readonly id: string }[];
    };

/** What a log entry does. */
export type Command =
  | WriteRequest
  | { readonly kind: 'createSession'; readonly timeoutMs: number; readonly password: Uint8Array };

/**
 * One entry of the replicated log. Everything that could differ between replicas (time, session id,
 * password) was stamped by the leader.
 */
export interface LogEntry {
  /** Position in the log, from 1 without gaps; ZooKeeper's transaction id. */
  readonly zxid: bigint;
  /** The leader's wall clock, milliseconds since 1970. */
  readonly timeMs: number;
  /** Who asked, or the session that begins or ends. */
  readonly sessionId: bigint;
  readonly command: Command;
}

/** What watchers are told; the numbers are the protocol's. */
export const EventType = {
  CREATED: 1,
  DELETED: 2,
  DATA_CHANGED: 3,
  CHILDREN_CHANGED: 4,
} as const;

/** The kinds of `removeWatches` and `checkWatches`; the numbers are the protocol's. */
export const WatcherType = {
  CHILDREN: 1,
  DATA: 2,
  ANY: 3,
  PERSISTENT: 4,
  PERSISTENT_RECURSIVE: 5,
} as const;

/** The modes of `addWatch`; the numbers are the protocol's. */
export const AddWatchMode = { PERSISTENT: 0, PERSISTENT_RECURSIVE: 1 } as const;
