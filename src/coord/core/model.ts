/*
 * The vocabulary of one replica's state, and what differs from ZooKeeper 3.8 (3.8.6). All else is the
 * same, bit by bit: a difference that is not in this table is a bug.
 *
 *   What 3.8.0 to 3.8.3 did otherwise:
 *   | what                                   | there                         | here                |
 *   |----------------------------------------|-------------------------------|---------------------|
 *   | exists                                 | needs no READ                 | needs READ          |
 *   | create2 inside multi                   | answered as create            | with its Stat       |
 *   | create inside multi with flags 5, 6    | -5 for the whole multi        | -6 or -8 for itself |
 *   | … with unknown flags                   | -8 for itself                 | -5 for the whole    |
 *
 *   As in ZooKeeper 3.9 or 3.10:
 *   | what                                   | 3.8                           | here                |
 *   |----------------------------------------|-------------------------------|---------------------|
 *   | removeWatches, checkWatches types 4, 5 | -5                            | persistent, recursive |
 *   | … types 1 and 2                        | whatever mode the path has    | one-shot watches only |
 *   | checkWatches                           | others' watches count, too    | the caller's only   |
 *   | a second kind of watch on a path       | replaces the first            | both stay           |
 *   | zxid of a notification                 | -1                            | that of the change  |
 *   | a container that was never used        | stays                         | goes after 5 min    |
 *   | version after -2                       | -1                            | 0                   |
 *   | `ip` with IPv6 addresses               | -114, and never matches       | valid, matches      |
 *
 *   Where ZooKeeper breaks:
 *   | what                                   | ZooKeeper                     | here                |
 *   |----------------------------------------|-------------------------------|---------------------|
 *   | createTTL, flags 0 to 4, negative TTL  | the server stops              | -8                  |
 *   | /zookeeper/quota/zookeeper_limits      | the server stops              | a node like others  |
 *   | a zookeeper_stats that cannot be read  | the server stops              | left as it is       |
 *   | a zookeeper_limits that cannot be read | -5 where quotas are enforced  | no limit            |
 *   | quota texts of more than 4096 bytes    | read                          | cannot be read      |
 *   | quota below /zookeeper/quotaX          | meant for a path without `/`  | nodes like others   |
 *   | quota of a path with blank components  | components are skipped        | they count          |
 *   | quota stats after a restart            | counted anew                  | as they were        |
 *   | the counter of child creations         | stays at 2^31-1               | wraps around        |
 *
 *   By intention:
 *   | what                                   | ZooKeeper                     | here                |
 *   |----------------------------------------|-------------------------------|---------------------|
 *   | hard quota inside multi and pipelines  | as before the first of them   | as after the last one |
 *   | a hard quota that is not enforced      | silence                       | a warning           |
 *   | schemes `x509` and `sasl` in lists     | -114 unless configured        | always known        |
 *   | an access list with a null id          | -5                            | as an empty id      |
 *   | text that is not UTF-8 in a request    | replaced by U+FFFD            | -5                  |
 *   | characters beyond U+FFFF in answers    | two sequences of three bytes  | UTF-8               |
 *   | null vectors in setWatches             | -5                            | empty               |
 *   | a read with a null path                | -5 or a null path             | -5                  |
 *   | types 20 and -10 from a client         | performed                     | -6, then close      |
 *   | a server id that is no number, in reconfig | -5                        | -8                  |
 *   | server ids beyond 254, hierarchies     | allowed                       | -8                  |
 *   | deleteContainer of what is in use again| deleted if it has no children | -103                |
 *   | order of names and ephemerals          | by hash                       | by creation; sorted |
 */

/** What may be done with a node; bits of a permission mask. */
export const Permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

/** One entry of an access list as clients send it. */
export interface AclEntry {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** An access list. Equal lists of nodes are one array, see acl-table.ts. */
export type Acl = readonly AclEntry[];

/** Somebody that a client has proved to be, or that its connection shows: `ip`, `digest`, `x509` … */
export interface Identity {
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

/** The flags of create requests: not bits, for 4 to 6 have a meaning of their own. */
export const CreateFlag = {
  PERSISTENT: 0,
  EPHEMERAL: 1,
  SEQUENTIAL: 2,
  EPHEMERAL_SEQUENTIAL: 3,
  CONTAINER: 4,
  TTL: 5,
  TTL_SEQUENTIAL: 6,
} as const;

/** What ends a node by itself: a container once it is empty again, a TTL node once it is old. */
export type Lifetime =
  | { readonly kind: 'container' }
  /** `ttlMs` 1 to 2^40-1; others are refused when the request is applied. */
  | { readonly kind: 'ttl'; readonly ttlMs: number };

/**
 * Creates a node. `withStat` asks for the answer of create2. `lifetime` is what came as
 * createContainer or createTTL; it decides what comes into being, and the flags decide the name.
 */
export interface CreateOperation {
  readonly kind: 'create';
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: Acl;
  /** One of `CreateFlag`; others are refused when the request is applied. */
  readonly flags: number;
  readonly withStat: boolean;
  readonly lifetime?: Lifetime;
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

/** What changes the tree. */
export type TreeCommand =
  | CreateOperation
  | DeleteOperation
  | SetDataOperation
  | {
      readonly kind: 'setAcl';
      readonly path: string;
      readonly acl: Acl;
      readonly version: number;
    }
  | { readonly kind: 'multi'; readonly operations: readonly MultiOperation[] };

/** Changes who takes part; the texts are ZooKeeper's, see members.ts. */
export interface ReconfigRequest {
  readonly kind: 'reconfig';
  readonly joining: string | null;
  readonly leaving: string | null;
  /** The whole new list, which overrides the other two. */
  readonly newMembers: string | null;
  /** The zxid of the configuration that is meant to be changed, -1 for any. */
  readonly currentConfigId: bigint;
}

/** Requests that go through the log and are validated when they are applied. */
export type WriteRequest = TreeCommand | ReconfigRequest | { readonly kind: 'closeSession' };

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

/** What a multiRead may hold. */
export interface MultiReadOperation {
  readonly kind: 'getData' | 'getChildren';
  readonly path: string;
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
  | { readonly kind: 'multiRead'; readonly operations: readonly MultiReadOperation[] }
  | { readonly kind: 'whoAmI' }
  | { readonly kind: 'addWatch'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'checkWatches' | 'removeWatches';
      readonly path: string;
      readonly type: number;
    }
  | SetWatchesRequest
  /** What the client has proved to be, already verified; null when it could not. */
  | { readonly kind: 'auth'; readonly identities: readonly Identity[] | null }
  /** A step of a SASL negotiation, already evaluated; `identities` come with the last one. */
  | {
      readonly kind: 'sasl';
      readonly token: Uint8Array | null;
      readonly identities: readonly Identity[];
      readonly isRefused: boolean;
    }
  /** A request that is answered with an error number without looking at the tree. */
  | { readonly kind: 'refuse'; readonly error: number; readonly thenClose: boolean };

/** Everything a connected client can ask, except pings. */
export type ClientRequest = WriteRequest | ReadRequest;

/** True when the request makes an ephemeral node, which needs a session that all nodes know. */
export function createsEphemeral(request: ClientRequest): boolean {
  if (request.kind === 'multi') return request.operations.some(isEphemeral);
  return request.kind === 'create' && isEphemeral(request);
}

function isEphemeral(operation: MultiOperation): boolean {
  if (operation.kind !== 'create' || operation.lifetime !== undefined) return false;
  const { flags } = operation;
  return flags === CreateFlag.EPHEMERAL || flags === CreateFlag.EPHEMERAL_SEQUENTIAL;
}

/** True for requests that go through the log. */
export function isWrite(request: { readonly kind: string }): request is WriteRequest {
  switch (request.kind) {
    case 'create':
    case 'delete':
    case 'setData':
    case 'setAcl':
    case 'multi':
    case 'reconfig':
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

/** The answer to one operation of a multiRead: each has its own error. */
export type ReadOperationResult =
  | { readonly kind: 'error'; readonly error: number }
  | { readonly kind: 'data'; readonly data: Uint8Array | null; readonly stat: NodeStat }
  | { readonly kind: 'children'; readonly names: readonly string[]; readonly stat: null };

/** The answer to any request; `error` answers carry nothing else. */
export type Result =
  | OperationResult
  | { readonly kind: 'multi'; readonly results: readonly OperationResult[] }
  | { readonly kind: 'multiRead'; readonly results: readonly ReadOperationResult[] }
  /** A header without a body. */
  | { readonly kind: 'done' }
  | { readonly kind: 'stat'; readonly stat: NodeStat }
  | { readonly kind: 'data'; readonly data: Uint8Array | null; readonly stat: NodeStat }
  | {
      readonly kind: 'children';
      readonly names: readonly string[];
      readonly stat: NodeStat | null;
    }
  | { readonly kind: 'acl'; readonly acl: Acl; readonly stat: NodeStat }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'watchAdded' }
  /** The next step of a SASL negotiation. */
  | { readonly kind: 'token'; readonly token: Uint8Array | null }
  | {
      readonly kind: 'identities';
      readonly identities: readonly Identity[];
    };

/** Removes a container or TTL node, if that is still due when it is applied. The leader asks. */
export interface DeleteContainerCommand {
  readonly kind: 'deleteContainer';
  readonly path: string;
}

/** What a log entry does. */
export type Command =
  | WriteRequest
  | DeleteContainerCommand
  /** Begins a new stream of its origin's requests; `nonce` tells the origin's own from older ones. */
  | { readonly kind: 'openStream'; readonly nonce: number }
  | { readonly kind: 'createSession'; readonly timeoutMs: number; readonly password: Uint8Array }
  /** The origin's local session wants to own ephemeral nodes: all nodes know it from now on. */
  | { readonly kind: 'upgradeSession'; readonly timeoutMs: number; readonly password: Uint8Array }
  /** A client has come back with its session, at the origin, and with a timeout of its own. */
  | { readonly kind: 'attachSession'; readonly timeoutMs: number; readonly password: Uint8Array }
  /** What the leader has made of a request that it could not put into the log as it was. */
  | { readonly kind: 'refused'; readonly error: number };

/**
 * Settings that decide how an entry is applied. They travel in the entry, because servers may be
 * configured differently and must all do the same.
 */
export const EntryFlag = {
  /** `extendedTypesEnabled`: TTL nodes may be created. */
  EXTENDED_TYPES: 1,
  /** `enforceQuota`: hard quotas refuse instead of being ignored. */
  ENFORCE_QUOTA: 2,
  /** `skipACL`: access lists are not looked at. */
  SKIP_ACL: 4,
  /** The session is the origin's own, see local-sessions.ts: no other node knows it. */
  LOCAL_SESSION: 8,
} as const;

/**
 * What an entry of the replicated log says. Everything that could differ between replicas (time,
 * passwords, settings) is in it.
 */
export interface LogEntry {
  /** Position in the log, from 1 without gaps; ZooKeeper's transaction id. */
  readonly zxid: bigint;
  /** The leader's wall clock, milliseconds since 1970. */
  readonly timeMs: number;
  /** The node that took the request, or 0 for what the leader does by itself. */
  readonly origin: number;
  /** The origin's stream, named by the zxid that opened it, and the request's number in it from 1. */
  readonly stream: number;
  readonly sequence: number;
  /** Who asked, or the session that ends; 0 for a session that begins, which the zxid names. */
  readonly sessionId: bigint;
  /** Who the asking client is, for access lists and `auth` entries in them. */
  readonly identities: readonly Identity[];
  /** Bits of `EntryFlag`: settings of the server that took the request. */
  readonly flags: number;
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
