import type { ReplicatedState } from './apply.ts';
import { ErrorNumber } from './error-codes.ts';
import {
  AddWatchMode,
  EventType,
  Permission,
  type ReadRequest,
  type Result,
  type SetWatchesRequest,
} from './model.ts';
import { statOf, type Znode } from './tree.ts';
import { type Watches, WatchKind } from './watches.ts';

/** Who asks. */
export interface Reader {
  /** The connection, for watches. */
  readonly connection: number;
  readonly sessionId: bigint;
  /** The client's host, which is its only identity here. */
  readonly remoteHost: string;
}

/** An answer, and events that a reconnected client has missed. */
export interface ReadAnswer {
  readonly result: Result;
  readonly missed: readonly { readonly type: number; readonly path: string }[];
}

/** Answers a read from the applied state and sets the watches it asks for. */
export function answerRead(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: ReadRequest,
): ReadAnswer {
  if (request.kind === 'setWatches') {
    return { result: { kind: 'done' }, missed: setWatches(state, watches, reader, request) };
  }
  return { result: answer(state, watches, reader, request), missed: [] };
}

function answer(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: Exclude<ReadRequest, SetWatchesRequest>,
): Result {
  switch (request.kind) {
    case 'exists':
    case 'getData':
    case 'getChildren':
    case 'getChildren2':
      return readNode(state, watches, reader, request);
    case 'getAcl':
      return readable(state, request.path, Permission.READ | Permission.ADMIN, (node) => ({
        kind: 'acl',
        acl: [{ permissions: node.permissions, scheme: 'world', id: 'anyone' }],
        stat: statOf(node),
      }));
    case 'getAllChildrenNumber':
      return readable(state, request.path, Permission.READ, () => ({
        kind: 'count',
        count: state.tree.descendantCount(request.path),
      }));
    case 'getEphemerals':
      return { kind: 'paths', paths: ephemerals(state, reader, request.prefix) };
    case 'sync':
      return { kind: 'path', path: request.path };
    case 'whoAmI':
      return { kind: 'identities', identities: [{ scheme: 'ip', id: reader.remoteHost }] };
    case 'addWatch':
      return addWatch(watches, reader, request);
    case 'checkWatches':
      return watches.has(reader.connection, request.path, request.type) ? DONE : NO_WATCHER;
    case 'removeWatches':
      return watches.remove(reader.connection, request.path, request.type) ? DONE : NO_WATCHER;
    case 'refuse':
      return { kind: 'error', error: request.error };
  }
}

const DONE: Result = { kind: 'done' };
const NO_WATCHER: Result = { kind: 'error', error: ErrorNumber.NO_WATCHER };

function readNode(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: Extract<ReadRequest, { kind: 'exists' | 'getData' | 'getChildren' | 'getChildren2' }>,
): Result {
  const { kind, path } = request;
  const missing = state.tree.get(path) === undefined;
  const result = readable(state, path, Permission.READ, (node): Result => {
    const stat = statOf(node);
    if (kind === 'exists') return { kind: 'stat', stat };
    if (kind === 'getData') return { kind: 'data', data: node.data, stat };
    return {
      kind: 'children',
      names: [...node.children],
      stat: kind === 'getChildren2' ? stat : null,
    };
  });
  // Only `exists` watches a node that is not there: it waits for its creation.
  if (request.watch && (result.kind !== 'error' || (kind === 'exists' && missing))) {
    const isList = kind === 'getChildren' || kind === 'getChildren2';
    watches.add(reader.connection, path, isList ? WatchKind.CHILD : WatchKind.DATA);
  }
  return result;
}

function readable(
  state: ReplicatedState,
  path: string,
  permissions: number,
  read: (node: Readonly<Znode>) => Result,
): Result {
  if (path.includes('\0')) return { kind: 'error', error: ErrorNumber.BAD_ARGUMENTS };
  const node = state.tree.get(path);
  if (node === undefined) return { kind: 'error', error: ErrorNumber.NO_NODE };
  if ((node.permissions & permissions) === 0) return { kind: 'error', error: ErrorNumber.NO_AUTH };
  return read(node);
}

function ephemerals(state: ReplicatedState, reader: Reader, prefix: string): string[] {
  return state.tree.ephemeralsOf(reader.sessionId).filter((path) => path.startsWith(prefix));
}

function addWatch(
  watches: Watches,
  reader: Reader,
  request: { path: string; mode: number },
): Result {
  switch (request.mode) {
    case AddWatchMode.PERSISTENT:
      watches.add(reader.connection, request.path, WatchKind.PERSISTENT);
      return { kind: 'watchAdded' };
    case AddWatchMode.PERSISTENT_RECURSIVE:
      watches.add(reader.connection, request.path, WatchKind.RECURSIVE);
      return { kind: 'watchAdded' };
    default:
      return { kind: 'error', error: ErrorNumber.BAD_ARGUMENTS };
  }
}

function setWatches(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: SetWatchesRequest,
): { type: number; path: string }[] {
  const missed: { type: number; path: string }[] = [];
  const settle = (path: string, kind: number, missedType: number | null): void => {
    if (missedType === null) watches.add(reader.connection, path, kind);
    else missed.push({ type: missedType, path });
  };
  const since = request.relativeZxid;
  for (const path of request.data) {
    const node = state.tree.get(path);
    if (node === undefined) settle(path, WatchKind.DATA, EventType.DELETED);
    else settle(path, WatchKind.DATA, node.mzxid > since ? EventType.DATA_CHANGED : null);
  }
  for (const path of request.exist) {
    settle(path, WatchKind.DATA, state.tree.get(path) === undefined ? null : EventType.CREATED);
  }
  for (const path of request.child) {
    const node = state.tree.get(path);
    if (node === undefined) settle(path, WatchKind.CHILD, EventType.DELETED);
    else settle(path, WatchKind.CHILD, node.pzxid > since ? EventType.CHILDREN_CHANGED : null);
  }
  for (const path of request.persistent) settle(path, WatchKind.PERSISTENT, null);
  for (const path of request.recursive) settle(path, WatchKind.RECURSIVE, null);
  return missed;
}
