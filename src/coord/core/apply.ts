import { ErrorNumber } from './error-codes.ts';
import {
  type AclEntry,
  type CheckOperation,
  CreateFlag,
  type CreateOperation,
  type DeleteOperation,
  EventType,
  type LogEntry,
  type MultiOperation,
  type OperationResult,
  Permission,
  type Result,
  type SetDataOperation,
} from './model.ts';
import { isValidPath, parentPath, SYSTEM_PATHS } from './path.ts';
import type { Sessions } from './sessions.ts';
import { type Moment, sequenceSuffix, statOf, type Tree, type Undo, type Znode } from './tree.ts';

/** Everything that all replicas have in common. */
export interface ReplicatedState {
  readonly tree: Tree;
  readonly sessions: Sessions;
}

/** Something to tell watchers of. */
export interface WatchedChange {
  /** One of `EventType`. */
  readonly type: number;
  readonly path: string;
}

/** What an entry did. `changes` are in the order in which watchers hear of them. */
export interface Applied {
  readonly result: Result;
  readonly changes: readonly WatchedChange[];
}

/**
 * Applies a committed entry: validates it against the state, in the order of checks of ZooKeeper's
 * PrepRequestProcessor, and changes the state or answers with an error and changes nothing.
 */
export function applyEntry(state: ReplicatedState, entry: LogEntry): Applied {
  const { command, sessionId } = entry;
  if (command.kind === 'createSession') {
    const { timeoutMs, password } = command;
    state.sessions.set(sessionId, { timeoutMs, password });
    return { result: { kind: 'done' }, changes: [] };
  }
  if (!state.sessions.has(sessionId)) return failed(ErrorNumber.SESSION_EXPIRED);
  const work = new Work(state.tree, sessionId, entry);
  switch (command.kind) {
    case 'closeSession':
      state.sessions.delete(sessionId);
      for (const path of state.tree.ephemeralsOf(sessionId)) work.remove(path);
      return { result: { kind: 'done' }, changes: work.changes };
    case 'multi':
      return applyMulti(work, command.operations);
    case 'setAcl':
      return { result: applySetAcl(work, command), changes: [] };
    default:
      return { result: applyOperation(work, command), changes: work.changes };
  }
}

/** The permission bits of an access list, or null when the list is none that is supported. */
export function permissionsOf(acl: readonly AclEntry[]): number | null {
  if (acl.length === 0) return null;
  let permissions = 0;
  for (const entry of acl) {
    if (entry.scheme !== 'world' || entry.id !== 'anyone') return null;
    permissions |= entry.permissions;
  }
  return permissions & Permission.ALL;
}

/** One entry's changes so far, so that a multi can take them back. */
class Work {
  readonly tree: Tree;
  readonly sessionId: bigint;
  readonly moment: Moment;
  readonly changes: WatchedChange[] = [];
  readonly #undos: Undo[] = [];

  constructor(tree: Tree, sessionId: bigint, moment: Moment) {
    this.tree = tree;
    this.sessionId = sessionId;
    this.moment = moment;
  }

  create(path: string, attributes: Parameters<Tree['create']>[1]): void {
    this.#undos.push(this.tree.create(path, attributes, this.moment));
    this.#tell(EventType.CREATED, path, attributes.permissions);
    this.#tellParent(path);
  }

  remove(path: string): void {
    const permissions = this.tree.get(path)?.permissions ?? 0;
    this.#undos.push(this.tree.delete(path, this.moment));
    this.#tell(EventType.DELETED, path, permissions);
    this.#tellParent(path);
  }

  setData(path: string, data: Uint8Array | null): void {
    this.#undos.push(this.tree.setData(path, data, this.moment));
    this.#tell(EventType.DATA_CHANGED, path, this.tree.get(path)?.permissions ?? 0);
  }

  takeBack(): void {
    for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) undo();
    this.changes.length = 0;
  }

  #tellParent(path: string): void {
    const parent = parentPath(path);
    this.#tell(EventType.CHILDREN_CHANGED, parent, this.tree.get(parent)?.permissions ?? 0);
  }

  // Nobody hears of a node that nobody may read.
  #tell(type: number, path: string, permissions: number): void {
    if (permissions & Permission.READ) this.changes.push({ type, path });
  }
}

function applyMulti(work: Work, operations: readonly MultiOperation[]): Applied {
  const results: OperationResult[] = [];
  for (const operation of operations) {
    const result = applyOperation(work, operation);
    if (result.kind === 'error') {
      work.takeBack();
      return { result: failedMulti(operations.length, results.length, result), changes: [] };
    }
    results.push(result);
  }
  return { result: { kind: 'multi', results }, changes: work.changes };
}

function failedMulti(count: number, failedIndex: number, failure: OperationResult): Result {
  const results: OperationResult[] = [];
  for (let index = 0; index < count; index++) {
    if (index < failedIndex) results.push(error(ErrorNumber.OK));
    else if (index === failedIndex) results.push(failure);
    else results.push(error(ErrorNumber.RUNTIME_INCONSISTENCY));
  }
  return { kind: 'multi', results };
}

function applyOperation(work: Work, operation: MultiOperation): OperationResult {
  switch (operation.kind) {
    case 'create':
      return applyCreate(work, operation);
    case 'delete':
      return applyDelete(work, operation);
    case 'setData':
      return applySetData(work, operation);
    case 'check':
      return applyCheck(work, operation);
  }
}

function applyCreate(work: Work, operation: CreateOperation): OperationResult {
  const { flags, path, data } = operation;
  if (flags < 0 || flags > 6) return error(ErrorNumber.BAD_ARGUMENTS);
  // Container and TTL nodes are not built; ZooKeeper answers the same where TTL is switched off.
  if (flags > 3) return error(ErrorNumber.UNIMPLEMENTED);
  if (!path.includes('/') || path.includes('\0')) return error(ErrorNumber.BAD_ARGUMENTS);
  const permissions = permissionsOf(operation.acl);
  if (permissions === null) return error(ErrorNumber.INVALID_ACL);
  const parent = work.tree.get(path.startsWith('/') ? parentPath(path) : '');
  if (parent === undefined) return error(ErrorNumber.NO_NODE);
  if (!allows(parent, Permission.CREATE)) return error(ErrorNumber.NO_AUTH);
  const fullPath = flags & CreateFlag.SEQUENTIAL ? path + sequenceSuffix(parent) : path;
  if (!isValidPath(fullPath)) return error(ErrorNumber.BAD_ARGUMENTS);
  if (work.tree.get(fullPath) !== undefined) return error(ErrorNumber.NODE_EXISTS);
  if (parent.ephemeralOwner !== 0n) return error(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
  const ephemeralOwner = flags & CreateFlag.EPHEMERAL ? work.sessionId : 0n;
  work.create(fullPath, { data, permissions, ephemeralOwner });
  const created = work.tree.get(fullPath);
  const stat = operation.withStat && created !== undefined ? statOf(created) : null;
  return { kind: 'created', path: fullPath, stat };
}

function applyDelete(work: Work, operation: DeleteOperation): OperationResult {
  const { path } = operation;
  const malformed = !path.includes('/') || path.includes('\0');
  if (malformed || SYSTEM_PATHS.includes(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const parent = work.tree.get(path.startsWith('/') ? parentPath(path) : '');
  if (parent === undefined) return error(ErrorNumber.NO_NODE);
  if (!allows(parent, Permission.DELETE)) return error(ErrorNumber.NO_AUTH);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  if (node.children.size > 0) return error(ErrorNumber.NOT_EMPTY);
  work.remove(path);
  return { kind: 'deleted' };
}

function applySetData(work: Work, operation: SetDataOperation): OperationResult {
  const { path } = operation;
  if (!isValidPath(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!allows(node, Permission.WRITE)) return error(ErrorNumber.NO_AUTH);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  work.setData(path, operation.data);
  return { kind: 'dataSet', stat: statOf(node) };
}

function applyCheck(work: Work, operation: CheckOperation): OperationResult {
  const node = work.tree.get(operation.path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!allows(node, Permission.READ)) return error(ErrorNumber.NO_AUTH);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  return { kind: 'checked' };
}

function applySetAcl(
  work: Work,
  request: { path: string; acl: readonly AclEntry[]; version: number },
): Result {
  const { path } = request;
  if (!isValidPath(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const permissions = permissionsOf(request.acl);
  if (permissions === null) return error(ErrorNumber.INVALID_ACL);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!allows(node, Permission.ADMIN)) return error(ErrorNumber.NO_AUTH);
  if (!isExpected(node.aclVersion, request.version)) return error(ErrorNumber.BAD_VERSION);
  work.tree.setPermissions(path, permissions);
  return { kind: 'stat', stat: statOf(node) };
}

function allows(node: Readonly<Znode>, permission: number): boolean {
  return (node.permissions & permission) !== 0;
}

function isExpected(version: number, expected: number): boolean {
  return expected === -1 || expected === version;
}

function error(number: number): OperationResult {
  return { kind: 'error', error: number };
}

function failed(number: number): Applied {
  return { result: error(number), changes: [] };
}
