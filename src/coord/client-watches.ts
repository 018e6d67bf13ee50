import { EventType } from './core/model.ts';
import { parentPath } from './core/path.ts';
import type { WatcherEvent } from './zk/replies.ts';

/** Something that happened to a watched path, as listeners see it. */
export interface WatchEvent {
  /**
   * `children` is a change of the list of children. `resync` says that events may have been missed
   * while disconnected: read again. Its path is the watched one.
   */
  readonly type: 'created' | 'deleted' | 'changed' | 'children' | 'resync';
  readonly path: string;
}

/** `node` hears of a node and its list of children, `recursive` of a node and all below it. */
export type WatchMode = 'node' | 'recursive';

/** Called with every event, in order. */
export type WatchListener = (event: WatchEvent) => void;

/** A client's listeners by path and mode. */
export class ClientWatches {
  readonly #node = new Map<string, Set<WatchListener>>();
  readonly #recursive = new Map<string, Set<WatchListener>>();
  readonly #onError: (error: Error) => void;

  /** @param onError hears of what listeners throw. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  add(path: string, mode: WatchMode, listener: WatchListener): void {
    const table = this.#table(mode);
    const listeners = table.get(path) ?? new Set();
    table.set(path, listeners.add(listener));
  }

  /** Returns whether nobody listens to the path any more. */
  remove(path: string, mode: WatchMode, listener: WatchListener): boolean {
    const table = this.#table(mode);
    const listeners = table.get(path);
    listeners?.delete(listener);
    if (listeners?.size === 0) table.delete(path);
    return !this.#node.has(path) && !this.#recursive.has(path);
  }

  /** Paths that somebody listens to. */
  paths(mode: WatchMode): string[] {
    return [...this.#table(mode).keys()];
  }

  /** Passes an event of the server on. */
  dispatch(event: WatcherEvent): void {
    const type = eventName(event.type);
    if (type === null) return;
    const { path } = event;
    this.#call(this.#node.get(path), { type, path });
    if (type === 'children') return;
    for (let above = path; ; above = parentPath(above)) {
      this.#call(this.#recursive.get(above), { type, path });
      if (above === '/') return;
    }
  }

  /** Tells the listeners of these paths that they may have missed something. */
  resync(paths: readonly string[], mode: WatchMode): void {
    for (const path of paths) this.#call(this.#table(mode).get(path), { type: 'resync', path });
  }

  #table(mode: WatchMode): Map<string, Set<WatchListener>> {
    return mode === 'node' ? this.#node : this.#recursive;
  }

  #call(listeners: ReadonlySet<WatchListener> | undefined, event: WatchEvent): void {
    for (const listener of [...(listeners ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }
}

function eventName(type: number): Exclude<WatchEvent['type'], 'resync'> | null {
  switch (type) {
    case EventType.CREATED:
      return 'created';
    case EventType.DELETED:
      return 'deleted';
    case EventType.DATA_CHANGED:
      return 'changed';
    case EventType.CHILDREN_CHANGED:
      return 'children';
    default:
      return null;
  }
}
