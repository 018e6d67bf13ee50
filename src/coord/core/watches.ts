import { EventType, WatcherType } from './model.ts';
import { parentPath } from './path.ts';

/** The ways to watch a path; a connection may have several on one path. Bits of a mask. */
export const WatchKind = {
  /** One-shot, set by exists and getData. */
  DATA: 1,
  /** One-shot, set by getChildren. */
  CHILD: 2,
  /** Stays; tells of the node and its list of children. */
  PERSISTENT: 4,
  /** Stays; tells of the node and everything below it, never of lists of children. */
  RECURSIVE: 8,
} as const;

const ONE_SHOT = WatchKind.DATA | WatchKind.CHILD;

/** Who watches what. Belongs to this server and its connections; it is not replicated. */
export class Watches {
  readonly #byPath = new Map<string, Map<number, number>>();
  readonly #byConnection = new Map<number, Set<string>>();
  #recursiveCount = 0;

  /** Connections and paths that occur, and pairs of them: what `wchs` tells. */
  get counts(): { readonly connections: number; readonly paths: number; readonly pairs: number } {
    let pairs = 0;
    for (const watchers of this.#byPath.values()) pairs += watchers.size;
    return { connections: this.#byConnection.size, paths: this.#byPath.size, pairs };
  }

  /** Who watches each path: connections with bits of `WatchKind`. */
  get byPath(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#byPath;
  }

  /** Sets a watch; setting it again changes nothing. */
  add(connection: number, path: string, kind: number): void {
    const watchers = this.#byPath.get(path) ?? new Map<number, number>();
    this.#byPath.set(path, watchers);
    const before = watchers.get(connection) ?? 0;
    watchers.set(connection, before | kind);
    if (kind & ~before & WatchKind.RECURSIVE) this.#recursiveCount++;
    const paths = this.#byConnection.get(connection) ?? new Set<string>();
    this.#byConnection.set(connection, paths.add(path));
  }

  /**
   * True when the connection has a watch of the protocol's type on the path.
   *
   * @param type one of `WatcherType`.
   */
  has(connection: number, path: string, type: number): boolean {
    return (this.#kinds(connection, path) & kindsOfType(type)) !== 0;
  }

  /**
   * Removes watches of the protocol's type; returns whether there was one.
   *
   * @param type one of `WatcherType`.
   */
  remove(connection: number, path: string, type: number): boolean {
    const found = this.has(connection, path, type);
    if (found) this.#clear(connection, path, kindsOfType(type));
    return found;
  }

  /** Forgets a connection. */
  removeConnection(connection: number): void {
    for (const path of [...(this.#byConnection.get(connection) ?? [])]) {
      this.#clear(connection, path, ~0);
    }
  }

  /**
   * The connections to tell of an event on a path, each once; their one-shot watches are spent.
   *
   * @param type one of `EventType`.
   */
  fire(type: number, path: string): number[] {
    const listening = listeningKinds(type);
    const told: number[] = [];
    for (const [connection, kinds] of this.#byPath.get(path) ?? []) {
      if (kinds & listening) told.push(connection);
    }
    for (const connection of told) this.#clear(connection, path, listening & ONE_SHOT);
    if (type === EventType.CHILDREN_CHANGED || this.#recursiveCount === 0) return told;
    return this.#withRecursive(path, told);
  }

  #withRecursive(path: string, told: number[]): number[] {
    const all = new Set(told);
    for (let above = path; ; above = parentPath(above)) {
      for (const [connection, kinds] of this.#byPath.get(above) ?? []) {
        if (kinds & WatchKind.RECURSIVE) all.add(connection);
      }
      if (above === '/') return [...all];
    }
  }

  #kinds(connection: number, path: string): number {
    return this.#byPath.get(path)?.get(connection) ?? 0;
  }

  #clear(connection: number, path: string, kinds: number): void {
    const before = this.#kinds(connection, path);
    const after = before & ~kinds;
    if (before & kinds & WatchKind.RECURSIVE) this.#recursiveCount--;
    const watchers = this.#byPath.get(path);
    if (after !== 0) {
      watchers?.set(connection, after);
      return;
    }
    watchers?.delete(connection);
    if (watchers?.size === 0) this.#byPath.delete(path);
    const paths = this.#byConnection.get(connection);
    paths?.delete(path);
    if (paths?.size === 0) this.#byConnection.delete(connection);
  }
}

/** True when the protocol has such a type of watches. */
export function isWatcherType(type: number): boolean {
  return kindsOfType(type) !== 0;
}

function listeningKinds(type: number): number {
  switch (type) {
    case EventType.CHILDREN_CHANGED:
      return WatchKind.CHILD | WatchKind.PERSISTENT;
    case EventType.DELETED:
      return WatchKind.DATA | WatchKind.CHILD | WatchKind.PERSISTENT;
    default:
      return WatchKind.DATA | WatchKind.PERSISTENT;
  }
}

function kindsOfType(type: number): number {
  switch (type) {
    case WatcherType.CHILDREN:
      return WatchKind.CHILD;
    case WatcherType.DATA:
      return WatchKind.DATA;
    case WatcherType.PERSISTENT:
      return WatchKind.PERSISTENT;
    case WatcherType.PERSISTENT_RECURSIVE:
      return WatchKind.RECURSIVE;
    case WatcherType.ANY:
      return WatchKind.DATA | WatchKind.CHILD | WatchKind.PERSISTENT | WatchKind.RECURSIVE;
    default:
      return 0;
  }
}
