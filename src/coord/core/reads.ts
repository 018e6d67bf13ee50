import { isAllowed, maskedAcl, mayRead } from './acl.ts';
import { userOf } from './acl-schemes.ts';
import type { ReplicatedState } from './apply.ts';
import { ErrorNumber } from './error-codes.ts';
import {
  AddWatchMode,
  type Identity,
  type MultiReadOperation,
  Permission,
  type ReadOperationResult,
  type ReadRequest,
  type Result,
  type SetWatchesRequest,
} from './model.ts';
import { type MissedEvent, setWatches } from './set-watches.ts';
import { statOf, type Tree, type Znode } from './tree.ts';
import { isWatcherType, type Watches, WatchKind } from './watches.ts';

/** Who asks. */
export interface Reader {
  /** The connection, for watches. */
  readonly connection: number;
  readonly sessionId: bigint;
  /** What its connection shows and what it has proved, `ip` first. */
  readonly identities: readonly Identity[];
  /** True where access lists are not looked at (`skipACL`). */
  readonly skipsAcl: boolean;
}

/** An answer, and what else follows from the request. */
export interface ReadAnswer {
  readonly result: Result;
  /** What a reconnected client is told before the answer, whatever it may read: as ZooKeeper. */
  readonly missed: readonly MissedEvent[];
  /** What the client is from now on, besides what it was: to be added to its identities. */
  readonly proved: readonly Identity[];
  /** True when the connection ends with this answer. */
  readonly thenClose: boolean;
}

const NO_ANSWER: Result = { kind: 'done' };

/** Answers a read from the applied state and sets the watches it asks for. */
export function answerRead(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: ReadRequest,
): ReadAnswer {
  const plain = { missed: [], proved: [], thenClose: false };
  switch (request.kind) {
    case 'setWatches': {
      const missed = setWatches(state.tree, watches, reader.connection, request);
      return { ...plain, result: NO_ANSWER, missed };
    }
    case 'auth':
      if (request.identities === null) return refusal(ErrorNumber.AUTH_FAILED, true);
      return { ...plain, result: NO_ANSWER, proved: newTo(reader, request.identities) };
    case 'sasl': {
      if (request.isRefused) return refusal(ErrorNumber.AUTH_FAILED, true);
      const proved = newTo(reader, request.identities);
      return { ...plain, result: { kind: 'token', token: request.token }, proved };
    }
    case 'refuse':
      return refusal(request.error, request.thenClose);
    default:
      return { ...plain, result: answer(state, watches, reader, request) };
  }
}

type PlainRequest = Exclude<
  ReadRequest,
  SetWatchesRequest | { readonly kind: 'auth' | 'sasl' | 'refuse' }
>;

function answer(
  state: ReplicatedState,
  watches: Watches,
  reader: Reader,
  request: PlainRequest,
): Result {
  const { tree } = state;
  switch (request.kind) {
    case 'exists':
    case 'getData':
    case 'getChildren':
    case 'getChildren2':
      return readNode(tree, watches, reader, request);
    case 'multiRead':
      return { kind: 'multiRead', results: request.operations.map(readPart(tree, reader)) };
    case 'getAcl':
      return getAcl(tree, reader, request.path);
    case 'getAllChildrenNumber':
      return countBelow(tree, reader, request.path);
    case 'getEphemerals':
      return { kind: 'paths', paths: ephemerals(tree, reader, request.prefix) };
    case 'sync':
      return { kind: 'path', path: request.path };
    case 'whoAmI':
      return {
        kind: 'identities',
        identities: reader.identities.map(({ scheme, id }) => ({ scheme, id: userOf(scheme, id) })),
      };
    case 'addWatch':
      return addWatch(watches, reader, request);
    case 'checkWatches':
    case 'removeWatches':
      return findWatches(watches, reader, request);
  }
}

function readNode(
  tree: Tree,
  watches: Watches,
  reader: Reader,
  request: {
    kind: 'exists' | 'getData' | 'getChildren' | 'getChildren2';
    path: string;
    watch: boolean;
  },
): Result {
  const { kind, path } = request;
  if (kind === 'exists' && path.includes('\0')) return error(ErrorNumber.BAD_ARGUMENTS);
  const node = lookUp(tree, path);
  const refused = readError(reader, node);
  // Only `exists` watches a node that is not there: it waits for its creation.
  if (request.watch && (refused === null || (kind === 'exists' && node === undefined))) {
    const isList = kind === 'getChildren' || kind === 'getChildren2';
    watches.add(reader.connection, path, isList ? WatchKind.CHILD : WatchKind.DATA);
  }
  if (refused !== null || node === undefined) return error(refused ?? ErrorNumber.NO_NODE);
  switch (kind) {
    case 'exists':
      return { kind: 'stat', stat: statOf(node) };
    case 'getData':
      return { kind: 'data', data: node.data, stat: statOf(node) };
    case 'getChildren':
      return { kind: 'children', names: namesIn(node), stat: null };
    case 'getChildren2':
      return { kind: 'children', names: namesIn(node), stat: statOf(node) };
  }
}

function readPart(tree: Tree, reader: Reader) {
  return ({ kind, path }: MultiReadOperation): ReadOperationResult => {
    const node = lookUp(tree, path);
    const refused = readError(reader, node);
    if (refused !== null || node === undefined) {
      return { kind: 'error', error: refused ?? ErrorNumber.NO_NODE };
    }
    return kind === 'getData'
      ? { kind: 'data', data: node.data, stat: statOf(node) }
      : { kind: 'children', names: namesIn(node), stat: null };
  };
}

function getAcl(tree: Tree, reader: Reader, path: string): Result {
  const node = lookUp(tree, path);
  if (node === undefined) return error(ErrorNumber.NO_NODE);
  const may = (permissions: number): boolean =>
    reader.skipsAcl || isAllowed(node.acl, permissions, reader.identities);
  if (!may(Permission.READ | Permission.ADMIN)) return error(ErrorNumber.NO_AUTH);
  const acl = may(Permission.ADMIN) ? node.acl : maskedAcl(node.acl);
  return { kind: 'acl', acl, stat: statOf(node) };
}

function countBelow(tree: Tree, reader: Reader, path: string): Result {
  const refused = readError(reader, lookUp(tree, path));
  if (refused !== null) return error(refused);
  // ZooKeeper counts what begins with `<path>/`, which is all and the root itself for ''.
  if (path === '' || path === '/') {
    return { kind: 'count', count: tree.nodeCount - path.length };
  }
  let count = -1;
  for (const _ of tree.subtreePaths(path)) count++;
  return { kind: 'count', count };
}

function ephemerals(tree: Tree, reader: Reader, prefix: string): readonly string[] {
  const paths = tree.ephemeralsOf(reader.sessionId);
  const trimmed = trimmedAsJava(prefix);
  if (trimmed === '' || trimmed === '/') return paths;
  return paths.filter((path) => path.startsWith(prefix));
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
      return error(ErrorNumber.MARSHALLING);
  }
}

function findWatches(
  watches: Watches,
  reader: Reader,
  request: { kind: 'checkWatches' | 'removeWatches'; path: string; type: number },
): Result {
  const { kind, path, type } = request;
  if (!isWatcherType(type)) return error(ErrorNumber.MARSHALLING);
  const found =
    kind === 'checkWatches'
      ? watches.has(reader.connection, path, type)
      : watches.remove(reader.connection, path, type);
  return found ? NO_ANSWER : error(ErrorNumber.NO_WATCHER);
}

function newTo(reader: Reader, proved: readonly Identity[]): Identity[] {
  const isKnown = ({ scheme, id }: Identity): boolean =>
    reader.identities.some((known) => known.scheme === scheme && known.id === id);
  return proved.filter((identity) => !isKnown(identity));
}

// To ZooKeeper the empty path is another name of the root, as long as nobody writes.
function lookUp(tree: Tree, path: string): Readonly<Znode> | undefined {
  return tree.get(path === '' ? '/' : path);
}

function readError(reader: Reader, node: Readonly<Znode> | undefined): number | null {
  if (node === undefined) return ErrorNumber.NO_NODE;
  return reader.skipsAcl || mayRead(node.acl, reader.identities) ? null : ErrorNumber.NO_AUTH;
}

function namesIn(node: Readonly<Znode>): string[] {
  return node.children === null ? [] : [...node.children];
}

// Java's String.trim takes off everything up to the space.
function trimmedAsJava(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
}

function refusal(number: number, thenClose: boolean): ReadAnswer {
  return { result: error(number), missed: [], proved: [], thenClose };
}

function error(number: number): Result {
  return { kind: 'error', error: number };
}
