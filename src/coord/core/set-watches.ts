import { EventType, type SetWatchesRequest } from './model.ts';
import type { Tree } from './tree.ts';
import { type Watches, WatchKind } from './watches.ts';

/** What a client would have been told, had it been connected. */
export interface MissedEvent {
  /** One of `EventType`. */
  readonly type: number;
  readonly path: string;
}

/**
 * Arms the watches of a client that has reconnected, except those that would have fired meanwhile
 * (DataTree.setWatches).
 *
 * @returns the events that those watches have missed, in the order of the request.
 */
export function setWatches(
  tree: Tree,
  watches: Watches,
  connection: number,
  request: SetWatchesRequest,
): MissedEvent[] {
  const missed: MissedEvent[] = [];
  const settle = (path: string, kind: number, missedType: number | null): void => {
    if (missedType === null) watches.add(connection, path, kind);
    else missed.push({ type: missedType, path });
  };
  const nodeAt = (path: string) => tree.get(path === '' ? '/' : path);
  const since = request.relativeZxid;
  for (const path of request.data) {
    const node = nodeAt(path);
    if (node === undefined) settle(path, WatchKind.DATA, EventType.DELETED);
    else settle(path, WatchKind.DATA, node.mzxid > since ? EventType.DATA_CHANGED : null);
  }
  for (const path of request.exist) {
    settle(path, WatchKind.DATA, nodeAt(path) === undefined ? null : EventType.CREATED);
  }
  for (const path of request.child) {
    const node = nodeAt(path);
    if (node === undefined) settle(path, WatchKind.CHILD, EventType.DELETED);
    else settle(path, WatchKind.CHILD, node.pzxid > since ? EventType.CHILDREN_CHANGED : null);
  }
  for (const path of request.persistent) settle(path, WatchKind.PERSISTENT, null);
  for (const path of request.recursive) settle(path, WatchKind.RECURSIVE, null);
  return missed;
}
