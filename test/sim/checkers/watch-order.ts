import {
  AddWatchMode,
  EventType,
  type SetWatchesRequest,
  WatcherType,
} from '../../../src/coord/core/model.ts';
import { parentPath } from '../../../src/coord/core/path.ts';
import { WatchKind } from '../../../src/coord/core/watches.ts';
import type { Connection, History, Operation, Received } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';
import type { Change, Timeline } from './timeline.ts';

const NAME = 'watch-order';
const ONE_SHOT = WatchKind.DATA | WatchKind.CHILD;

/**
 * What watches promise: an event only comes for a watch that is set, for a one-shot watch once; and
 * it comes before anything from which the client could see that what it watches has changed.
 */
export function checkWatches(history: History, timeline: Timeline): void {
  for (const connection of history.connections) new WatchBook(connection, timeline).check();
}

interface Armed {
  readonly path: string;
  readonly kind: number;
  /** The next change that it must tell of, or null when none is known. */
  due: bigint | null;
}

/** The watches of one connection as its client can know them. */
class WatchBook {
  readonly #connection: Connection;
  readonly #timeline: Timeline;
  readonly #armed = new Map<string, Armed>();
  #resyncing: SetWatchesRequest | null = null;
  /** Events, as type and path, since the last setWatches was sent, which it may have caused. */
  readonly #told = new Set<string>();

  constructor(connection: Connection, timeline: Timeline) {
    this.#connection = connection;
    this.#timeline = timeline;
  }

  check(): void {
    for (const item of this.#connection.received) {
      if (item.kind === 'event') this.#event(item);
      else {
        if (item.kind === 'answer') this.#answer(item.operation);
        this.#expectNothingDue(item);
      }
    }
  }

  #event(item: Extract<Received, { kind: 'event' }>): void {
    const { type, path, zxid, stamp } = item;
    this.#resyncing = this.#pendingResync(stamp);
    const spent: string[] = [];
    let isExpected = false;
    for (const [key, armed] of this.#armed) {
      if (!listens(armed, type, path)) continue;
      isExpected = true;
      if (armed.kind & ONE_SHOT) spent.push(key);
      else if (zxid > 0n) armed.due = this.#nextChange(armed, zxid);
    }
    for (const key of spent) this.#armed.delete(key);
    if (isExpected) return;
    if (this.#resyncing !== null && mentions(this.#resyncing, path)) {
      this.#told.add(`${type} ${path}`);
      return;
    }
    throw new SafetyViolation(
      NAME,
      `event ${type} of ${path} at ${zxid} on connection ${this.#connection.number} of ` +
        `${this.#connection.client}, which has no such watch (any more)`,
    );
  }

  #answer(operation: Operation): void {
    const { request, answer } = operation;
    const { result, zxid } = answer!;
    const isDone = result.kind !== 'error';
    switch (request.kind) {
      case 'exists':
        if (request.watch) this.#arm(request.path, WatchKind.DATA, zxid);
        break;
      case 'getData':
        if (request.watch && isDone) this.#arm(request.path, WatchKind.DATA, zxid);
        break;
      case 'getChildren':
      case 'getChildren2':
        if (request.watch && isDone) this.#arm(request.path, WatchKind.CHILD, zxid);
        break;
      case 'addWatch':
        if (isDone) this.#arm(request.path, kindOfMode(request.mode), zxid);
        break;
      case 'removeWatches':
        if (isDone) this.#disarm(request.path, request.type);
        break;
      case 'setWatches':
        if (isDone) this.#resync(request, zxid);
        break;
    }
  }

  #resync(request: SetWatchesRequest, zxid: bigint): void {
    const { relativeZxid, data, exist, child, persistent, recursive } = request;
    const { CREATED, DELETED, DATA_CHANGED, CHILDREN_CHANGED } = EventType;
    for (const path of data) {
      if (!this.#wasTold(path, DELETED, DATA_CHANGED)) {
        this.#arm(path, WatchKind.DATA, relativeZxid);
      }
    }
    for (const path of child) {
      if (!this.#wasTold(path, DELETED, CHILDREN_CHANGED)) {
        this.#arm(path, WatchKind.CHILD, relativeZxid);
      }
    }
    // A node that came and went meanwhile is missed, as ZooKeeper's are.
    for (const path of exist) {
      if (!this.#wasTold(path, CREATED)) this.#arm(path, WatchKind.DATA, zxid);
    }
    for (const path of persistent) this.#arm(path, WatchKind.PERSISTENT, zxid);
    for (const path of recursive) this.#arm(path, WatchKind.RECURSIVE, zxid);
    this.#told.clear();
  }

  /** Whether one of the events came while watches were set again: that watch is then spent. */
  #wasTold(path: string, ...types: number[]): boolean {
    return types.some((type) => this.#told.has(`${type} ${path}`));
  }

  #arm(path: string, kind: number, zxid: bigint): void {
    const armed: Armed = { path, kind, due: null };
    armed.due = this.#nextChange(armed, zxid);
    this.#armed.set(`${kind} ${path}`, armed);
  }

  #disarm(path: string, type: number): void {
    for (const [key, armed] of this.#armed) {
      if (armed.path === path && (type === WatcherType.ANY || type === typeOf(armed.kind))) {
        this.#armed.delete(key);
      }
    }
  }

  #expectNothingDue(item: Exclude<Received, { kind: 'event' }>): void {
    const zxid = item.kind === 'ping' ? item.zxid : item.operation.answer!.zxid;
    for (const { path, kind, due } of this.#armed.values()) {
      if (due === null || due > zxid) continue;
      const what = item.kind === 'ping' ? 'a ping' : describeOperation(item.operation);
      throw new SafetyViolation(
        NAME,
        `no event (kind ${kind}) of ${path} came for ${due} before this showed ${zxid} on ` +
          `connection ${this.#connection.number} of ${this.#connection.client}: ${what}`,
      );
    }
  }

  #pendingResync(stamp: number): SetWatchesRequest | null {
    for (const { request, invoked, answer } of this.#connection.operations) {
      if (request.kind !== 'setWatches' || invoked > stamp) continue;
      if (answer === null || answer.completed > stamp) return request;
    }
    return null;
  }

  #nextChange({ path, kind }: Armed, after: bigint): bigint | null {
    let next: bigint | null = null;
    for (const changed of this.#timeline.paths) {
      if (!concerns(path, kind, changed)) continue;
      for (const change of this.#timeline.changesOf(changed)) {
        if (change.zxid <= after || (next !== null && change.zxid >= next)) continue;
        if (isTold(path, kind, changed, change)) next = change.zxid;
      }
    }
    return next;
  }
}

/** True when a watch on a path can hear of anything that happens to another (or the same). */
function concerns(path: string, kind: number, changed: string): boolean {
  if (kind === WatchKind.RECURSIVE) {
    return changed === path || changed.startsWith(path === '/' ? path : `${path}/`);
  }
  return changed === path || (kind !== WatchKind.DATA && parentPath(changed) === path);
}

function isTold(path: string, kind: number, changed: string, change: Change): boolean {
  const isListChange = change.isCreation || change.value === null;
  if (changed !== path) return kind === WatchKind.RECURSIVE || isListChange;
  return kind !== WatchKind.CHILD || change.value === null;
}

function listens({ path, kind }: Armed, type: number, changed: string): boolean {
  if (kind === WatchKind.RECURSIVE) {
    return type !== EventType.CHILDREN_CHANGED && concerns(path, kind, changed);
  }
  if (changed !== path) return false;
  if (kind === WatchKind.PERSISTENT) return true;
  if (type === EventType.DELETED) return true;
  return (kind === WatchKind.CHILD) === (type === EventType.CHILDREN_CHANGED);
}

function mentions(request: SetWatchesRequest, path: string): boolean {
  const { data, exist, child } = request;
  return data.includes(path) || exist.includes(path) || child.includes(path);
}

function kindOfMode(mode: number): number {
  return mode === AddWatchMode.PERSISTENT ? WatchKind.PERSISTENT : WatchKind.RECURSIVE;
}

function typeOf(kind: number): number {
  switch (kind) {
    case WatchKind.DATA:
      return WatcherType.DATA;
    case WatchKind.CHILD:
      return WatcherType.CHILDREN;
    case WatchKind.PERSISTENT:
      return WatcherType.PERSISTENT;
    default:
      return WatcherType.PERSISTENT_RECURSIVE;
  }
}
