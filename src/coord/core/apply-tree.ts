import { CONTAINER_UNUSED_MS_MIN } from '../../base/limits.ts';
import { fixedAcl } from './acl.ts';
import { isDue } from './containers.ts';
import { ErrorNumber } from './error-codes.ts';
import {
  type Acl,
  type CheckOperation,
  CreateFlag,
  type CreateOperation,
  type DeleteContainerCommand,
  type DeleteOperation,
  EntryFlag,
  EventType,
  type MultiOperation,
  type OperationResult,
  Permission,
  type Result,
  type SetDataOperation,
  type TreeCommand,
} from './model.ts';
import { CONTAINER_OWNER, isSession, TTL_MS_MAX, ttlOwner } from './node-owner.ts';
import { CONFIG_PATH, isValidPath, parentPath, SYSTEM_PATHS } from './path.ts';
import { sequenceSuffix, statOf, type Tree, type Znode } from './tree.ts';
import { type EntryStamps, type WatchedChange, Work } from './work.ts';

/** What an entry did. `changes` are in the order in which watchers hear of them. */
export interface Applied {
  readonly result: Result;
  readonly changes: readonly WatchedChange[];
  /** For the log of whoever applies the entry: quotas that were exceeded. */
  readonly warnings: readonly string[];
}

/**
 * Performs a command on the tree: validates it, in the order of checks of ZooKeeper's
 * PrepRequestProcessor, and changes the tree or answers with an error and changes nothing.
 */
export function applyToTree(
  tree: Tree,
  entry: EntryStamps,
  command: TreeCommand | DeleteContainerCommand,
): Applied {
  const work = new Work(tree, entry);
  const { changes, warnings } = work;
  return { result: perform(work, command), changes, warnings };
}

/** Removes the ephemeral nodes of a session that has ended, all under the entry's zxid. */
export function removeEphemerals(tree: Tree, entry: EntryStamps): readonly WatchedChange[] {
  const work = new Work(tree, entry);
  for (const path of tree.ephemeralsOf(entry.sessionId)) work.remove(path);
  return work.changes;
}

/** True when the asking client may change the configuration: WRITE on `/zookeeper/config`. */
export function mayReconfigure(tree: Tree, entry: EntryStamps): boolean {
  return new Work(tree, entry).allows(tree.get(CONFIG_PATH)!, Permission.WRITE);
}

/**
 * Writes the text of a new configuration to `/zookeeper/config`: what a reconfig does to the tree,
 * with its answer. Checks nothing.
 */
export function applyConfig(tree: Tree, entry: EntryStamps, data: Uint8Array): Applied {
  tree.setConfigData(data, entry);
  const node = tree.get(CONFIG_PATH)!;
  return {
    result: { kind: 'data', data, stat: statOf(node) },
    changes: [{ type: EventType.DATA_CHANGED, path: CONFIG_PATH, acl: node.acl }],
    warnings: [],
  };
}

function perform(work: Work, command: TreeCommand | DeleteContainerCommand): Result {
  switch (command.kind) {
    case 'multi':
      return applyMulti(work, command.operations);
    case 'setAcl':
      return applySetAcl(work, command);
    case 'deleteContainer':
      return applyDeleteContainer(work, command.path);
    default:
      return applyOperation(work, command);
  }
}

function applyMulti(work: Work, operations: readonly MultiOperation[]): Result {
  const results: OperationResult[] = [];
  for (const operation of operations) {
    const result = applyOperation(work, operation);
    if (result.kind === 'error') {
      work.takeBack();
      return failedMulti(operations.length, results.length, result);
    }
    results.push(result);
  }
  return { kind: 'multi', results };
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
  const { path, data } = operation;
  const modeError = createModeError(operation, work.entry);
  if (modeError !== ErrorNumber.OK) return error(modeError);
  if (isMalformed(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const acl = fixedAcl(operation.acl, work.entry.identities);
  if (acl === null) return error(ErrorNumber.INVALID_ACL);
  const parent = parentOf(work.tree, path);
  if (parent === undefined) return error(ErrorNumber.NO_NODE);
  if (!work.allows(parent, Permission.CREATE)) return error(ErrorNumber.NO_AUTH);
  const fullPath = isSequential(operation.flags) ? path + sequenceSuffix(parent) : path;
  if (!isValidPath(fullPath)) return error(ErrorNumber.BAD_ARGUMENTS);
  if (work.tree.get(fullPath) !== undefined) return error(ErrorNumber.NODE_EXISTS);
  if (isSession(parent.ephemeralOwner)) return error(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
  const usage = { nodes: 1, bytes: data?.length ?? 0 };
  const quotaError = work.quotaError(fullPath, usage);
  if (quotaError !== ErrorNumber.OK) return error(quotaError);
  work.create(fullPath, { data, acl, ephemeralOwner: ownerOf(operation, work.entry) });
  const stat = operation.withStat ? statOf(work.tree.get(fullPath)!) : null;
  work.recordUsage(fullPath, usage);
  return { kind: 'created', path: fullPath, stat };
}

// The flags are those of the protocol, and TTL nodes need to be switched on. A request for a TTL
// node must have the flags of one, and only that request has a time to live.
function createModeError(operation: CreateOperation, entry: EntryStamps): number {
  const { flags, lifetime } = operation;
  const hasTtlFlags = flags === CreateFlag.TTL || flags === CreateFlag.TTL_SEQUENTIAL;
  if (flags < CreateFlag.PERSISTENT || flags > CreateFlag.TTL_SEQUENTIAL) {
    return ErrorNumber.BAD_ARGUMENTS;
  }
  if (hasTtlFlags && (entry.flags & EntryFlag.EXTENDED_TYPES) === 0) {
    return ErrorNumber.UNIMPLEMENTED;
  }
  const ttlMs = lifetime?.kind === 'ttl' ? lifetime.ttlMs : null;
  if (ttlMs === null) return hasTtlFlags ? ErrorNumber.BAD_ARGUMENTS : ErrorNumber.OK;
  const isTtl = hasTtlFlags && ttlMs >= 1 && ttlMs <= TTL_MS_MAX;
  return isTtl ? ErrorNumber.OK : ErrorNumber.BAD_ARGUMENTS;
}

function isSequential(flags: number): boolean {
  return (
    flags === CreateFlag.SEQUENTIAL ||
    flags === CreateFlag.EPHEMERAL_SEQUENTIAL ||
    flags === CreateFlag.TTL_SEQUENTIAL
  );
}

// What was asked by createContainer is a container whatever its flags say, and flags 4 without it
// are a node as every other.
function ownerOf(operation: CreateOperation, entry: EntryStamps): bigint {
  const { flags, lifetime } = operation;
  if (lifetime?.kind === 'container') return CONTAINER_OWNER;
  if (lifetime?.kind === 'ttl') return ttlOwner(lifetime.ttlMs);
  const isEphemeral = flags === CreateFlag.EPHEMERAL || flags === CreateFlag.EPHEMERAL_SEQUENTIAL;
  return isEphemeral ? entry.sessionId : 0n;
}

function applyDelete(work: Work, operation: DeleteOperation): OperationResult {
  const { path } = operation;
  if (isMalformed(path) || SYSTEM_PATHS.includes(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const parent = parentOf(work.tree, path);
  if (parent === undefined) return error(ErrorNumber.NO_NODE);
  if (!work.allows(parent, Permission.DELETE)) return error(ErrorNumber.NO_AUTH);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  if (node.children !== null) return error(ErrorNumber.NOT_EMPTY);
  work.remove(path);
  return { kind: 'deleted' };
}

function applyDeleteContainer(work: Work, path: string): OperationResult {
  if (isMalformed(path) || SYSTEM_PATHS.includes(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (node.children !== null) return error(ErrorNumber.NOT_EMPTY);
  // How long a container may be unused is the leader's setting, and no part of the state.
  if (!isDue(node, work.entry.timeMs, CONTAINER_UNUSED_MS_MIN))
    return error(ErrorNumber.BAD_VERSION);
  work.remove(path);
  return { kind: 'deleted' };
}

function applySetData(work: Work, operation: SetDataOperation): OperationResult {
  const { path, data } = operation;
  if (!isValidPath(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!work.allows(node, Permission.WRITE)) return error(ErrorNumber.NO_AUTH);
  const usage = { nodes: 0, bytes: (data?.length ?? 0) - (node.data?.length ?? 0) };
  const quotaError = work.quotaError(path, usage);
  if (quotaError !== ErrorNumber.OK) return error(quotaError);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  work.setData(path, data);
  const stat = statOf(node);
  work.recordUsage(path, usage);
  return { kind: 'dataSet', stat };
}

function applyCheck(work: Work, operation: CheckOperation): OperationResult {
  if (!isValidPath(operation.path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const node = work.tree.get(operation.path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!work.allows(node, Permission.READ)) return error(ErrorNumber.NO_AUTH);
  if (!isExpected(node.version, operation.version)) return error(ErrorNumber.BAD_VERSION);
  return { kind: 'checked' };
}

function applySetAcl(work: Work, request: { path: string; acl: Acl; version: number }): Result {
  const { path } = request;
  if (!isValidPath(path)) return error(ErrorNumber.BAD_ARGUMENTS);
  const acl = fixedAcl(request.acl, work.entry.identities);
  if (acl === null) return error(ErrorNumber.INVALID_ACL);
  const node = work.tree.get(path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  if (!work.allows(node, Permission.ADMIN)) return error(ErrorNumber.NO_AUTH);
  if (!isExpected(node.aclVersion, request.version)) return error(ErrorNumber.BAD_VERSION);
  work.tree.setAcl(path, acl);
  return { kind: 'stat', stat: statOf(node) };
}

// All that is asked of a path before its parent is looked up.
function isMalformed(path: string): boolean {
  return !path.includes('/') || path.includes('\0');
}

function parentOf(tree: Tree, path: string): Readonly<Znode> | undefined {
  return tree.get(path.startsWith('/') ? parentPath(path) : '');
}

function isExpected(version: number, expected: number): boolean {
  return expected === -1 || expected === version;
}

function error(number: number): OperationResult {
  return { kind: 'error', error: number };
}
