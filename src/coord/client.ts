import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Address, Network, TlsClientOptions } from '../io/network.ts';
import type { Random } from '../io/random.ts';
import type { AuthInfo, SaslInfo } from './client-authentication.ts';
import { errorOfNumber } from './client-errors.ts';
import { ClientSession } from './client-session.ts';
import {
  ClientWatches,
  type WatchEvent,
  type WatchListener,
  type WatchMode,
} from './client-watches.ts';
import { ErrorNumber } from './core/error-codes.ts';
import {
  type AclEntry,
  AddWatchMode,
  type ClientRequest,
  CreateFlag,
  type MultiOperation,
  type NodeStat,
  Permission,
  type Result,
  WatcherType,
} from './core/model.ts';
import { isValidPath, parentPath } from './core/path.ts';

export type { AuthInfo, SaslInfo } from './client-authentication.ts';
export type { WatchEvent, WatchMode } from './client-watches.ts';
export type { AclEntry } from './core/model.ts';

/** The facts about a node. Times are the coordinator's wall clock. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  /** Successful writes of data so far. */
  readonly version: number;
  /** Creations and deletions of children so far. */
  readonly childVersion: number;
  /** The session that owns an ephemeral node, 0 for others. */
  readonly ephemeralOwner: bigint;
  readonly dataLengthBytes: number;
  readonly childCount: number;
}

/** What a client needs to connect. */
export interface CoordinatorClientOptions {
  readonly addresses: readonly Address[];
  /** A path below which the client lives, made if missing (default none). */
  readonly chroot?: string;
  readonly sessionTimeoutMs: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Encrypts connections (default: plaintext). */
  readonly tls?: TlsClientOptions;
  /** Who the client is: shown to every server, before watches and requests. */
  readonly auth?: readonly AuthInfo[];
  /** Who the client is, for servers that take SASL DIGEST-MD5. */
  readonly sasl?: SaslInfo;
  /**
   * Called for every new session including the first, before `connect` resolves: the place to make
   * ephemeral nodes. When it fails for a later session it is called again.
   */
  readonly onSession?: (client: CoordinatorClient) => Promise<void>;
  /** Hears of failures that no call reports: in listeners and in `onSession`. */
  readonly onError?: (error: Error) => void;
}

/** One step of a transaction. Versions: absent means any. */
export type TransactionOperation =
  | {
      readonly kind: 'create';
      readonly path: string;
      readonly data: Uint8Array;
      readonly ephemeral?: boolean;
      readonly sequential?: boolean;
      readonly acl?: readonly AclEntry[];
    }
  | {
      readonly kind: 'set';
      readonly path: string;
      readonly data: Uint8Array;
      readonly expectedVersion?: number;
    }
  | { readonly kind: 'delete'; readonly path: string; readonly expectedVersion?: number }
  | { readonly kind: 'check'; readonly path: string; readonly expectedVersion?: number };

const ANYONE: readonly AclEntry[] = [
  { permissions: Permission.ALL, scheme: 'world', id: 'anyone' },
];
const ANY_VERSION = -1;
const NOTHING = new Uint8Array();
const SESSION_RETRY_MS = 500;
const CLOSE_TIMEOUT_MS = 2_000;
// As ZooKeeper's client: one request names at most so many characters of paths.
const SET_WATCHES_CHARACTERS_MAX = 131_072;

/**
 * A client of the coordinator, or of an Apache ZooKeeper ensemble (3.6 or later).
 *
 * Every method may throw `EngineError`: CONNECTION_LOSS when a write was sent and its outcome is
 * unknown, SERVER_UNAVAILABLE when no server could be reached within the session timeout,
 * SESSION_EXPIRED when the session ended before a write, AUTH_FAILED when the servers do not believe
 * who the client is (then no later call succeeds), FORBIDDEN when an access list does not allow it,
 * and what the method names itself. Calls are performed in the order in which they were made. Paths
 * start with `/`.
 */
export class CoordinatorClient {
  readonly #options: CoordinatorClientOptions;
  readonly #chroot: string;
  readonly #session: ClientSession;
  readonly #watches: ClientWatches;
  #sessionEnd = new AbortController();
  #namesGiven = 0;
  #hasContainers = true;
  #isStarted = false;

  private constructor(options: CoordinatorClientOptions) {
    this.#options = options;
    this.#chroot = options.chroot === undefined ? '' : options.chroot.replace(/\/+$/, '');
    this.#watches = new ClientWatches((error) => options.onError?.(error));
    this.#session = new ClientSession({
      ...options,
      onConnected: (isNewSession) => this.#connected(isNewSession),
      onEvent: (event) => this.#watches.dispatch(event),
      onLost: () => this.#loseSession(),
    });
  }

  /**
   * Connects and opens a session.
   *
   * @throws EngineError SERVER_UNAVAILABLE when no server answers within the session timeout.
   */
  static async connect(options: CoordinatorClientOptions): Promise<CoordinatorClient> {
    const client = new CoordinatorClient(options);
    await client.#session.start();
    try {
      if (client.#chroot !== '') await client.#ensureFullPath(client.#chroot);
      await options.onSession?.(client);
    } catch (error) {
      await client.close();
      throw error;
    }
    client.#isStarted = true;
    return client;
  }

  /** The present session's id; changes when a session expires. */
  get sessionId(): bigint {
    return this.#session.sessionId;
  }

  /** True once `close` was called. */
  get isClosed(): boolean {
    return this.#session.isClosed;
  }

  /**
   * Aborted as soon as the present session has ended, or must be taken to have ended because no
   * server was heard for its whole timeout: what its ephemeral nodes stood for is not held any more.
   * A later session, or the same one when it could be resumed after all, has another signal.
   */
  get sessionSignal(): AbortSignal {
    return this.#sessionEnd.signal;
  }

  /**
   * Creates a node and returns its path, which for sequential nodes has ten digits appended.
   * Without an access list everybody may do everything with it.
   *
   * @throws EngineError ALREADY_EXISTS; NOT_FOUND when the parent is missing; CONFLICT when the
   *   parent is ephemeral.
   */
  async create(
    path: string,
    data: Uint8Array,
    options: {
      readonly ephemeral?: boolean;
      readonly sequential?: boolean;
      readonly acl?: readonly AclEntry[];
    } = {},
  ): Promise<string> {
    const result = await this.#call(this.#createOperation({ path, data, ...options }));
    assert(result.kind === 'created', 'a create answers with a path');
    return this.#localPath(result.path);
  }

  /** A name that no other call of any client of this coordinator ever gives. */
  uniqueName(): string {
    return `${BigInt.asUintN(64, this.sessionId).toString(16)}-${++this.#namesGiven}`;
  }

  /** Creates the node and its parents, persistent and empty, as far as they are missing. */
  async ensurePath(path: string): Promise<void> {
    await this.#ensureFullPath(this.#fullPath(path));
  }

  /**
   * Creates the node and its parents, as far as they are missing, as containers: empty nodes that go
   * away by themselves some time after their last child. Where the server has no such nodes, as
   * ZooKeeper before 3.5, they are persistent.
   */
  async ensureContainer(path: string): Promise<void> {
    await this.#ensureFullPath(this.#fullPath(path), true);
  }

  /** @throws EngineError NOT_FOUND. */
  async get(path: string): Promise<{ data: Uint8Array; stat: Stat }> {
    const result = await this.#call({ kind: 'getData', path: this.#fullPath(path), watch: false });
    assert(result.kind === 'data', 'a getData answers with data');
    return { data: result.data ?? new Uint8Array(), stat: publicStat(result.stat) };
  }

  /** @throws EngineError NOT_FOUND; CONFLICT when the node's version is not the expected one. */
  async set(path: string, data: Uint8Array, expectedVersion = ANY_VERSION): Promise<Stat> {
    const request = { path: this.#fullPath(path), data, version: expectedVersion };
    const result = await this.#call({ kind: 'setData', ...request });
    assert(result.kind === 'dataSet', 'a setData answers with a stat');
    return publicStat(result.stat);
  }

  /** @throws EngineError NOT_FOUND; CONFLICT when the version differs or there are children. */
  async delete(path: string, expectedVersion = ANY_VERSION): Promise<void> {
    await this.#call({ kind: 'delete', path: this.#fullPath(path), version: expectedVersion });
  }

  /** The node's stat, or null when it is not there. */
  async exists(path: string): Promise<Stat | null> {
    const request = { kind: 'exists', path: this.#fullPath(path), watch: false } as const;
    const result = await this.#session.call(request);
    if (result.kind === 'error' && result.error === ErrorNumber.NO_NODE) return null;
    const found = successOf(result, request);
    assert(found.kind === 'stat', 'an exists answers with a stat');
    return publicStat(found.stat);
  }

  /** Names of the children, sorted. @throws EngineError NOT_FOUND. */
  async children(path: string): Promise<string[]> {
    const request = { path: this.#fullPath(path), watch: false };
    const result = await this.#call({ kind: 'getChildren2', ...request });
    assert(result.kind === 'children', 'a getChildren answers with names');
    return [...result.names].sort();
  }

  /** Waits until this client's server has everything that was written before the call. */
  async sync(path = '/'): Promise<void> {
    await this.#call({ kind: 'sync', path: this.#fullPath(path) });
  }

  /**
   * Listens to a path, which need not exist, until the returned function is called. The watch
   * survives reconnects and new sessions; a `resync` event follows each.
   */
  async watch(
    path: string,
    mode: WatchMode,
    listener: (event: WatchEvent) => void,
  ): Promise<() => Promise<void>> {
    const full = this.#fullPath(path);
    const onEvent: WatchListener = (event) =>
      listener({ type: event.type, path: this.#localPath(event.path) });
    this.#watches.add(full, mode, onEvent);
    const wireMode = mode === 'node' ? AddWatchMode.PERSISTENT : AddWatchMode.PERSISTENT_RECURSIVE;
    try {
      await this.#call({ kind: 'addWatch', path: full, mode: wireMode });
    } catch (error) {
      this.#watches.remove(full, mode, onEvent);
      throw error;
    }
    return () => this.#unwatch(full, mode, onEvent);
  }

  /**
   * Performs all operations or none.
   *
   * @throws EngineError what the first failing operation would throw, with its index.
   */
  async transaction(operations: readonly TransactionOperation[]): Promise<void> {
    const request = {
      kind: 'multi',
      operations: operations.map((operation) => this.#multiOperation(operation)),
    } as const;
    const result = await this.#call(request);
    assert(result.kind === 'multi', 'a multi answers with results');
    for (const [index, { kind, path }] of operations.entries()) {
      const outcome = result.results[index];
      if (outcome?.kind !== 'error' || outcome.error === ErrorNumber.OK) continue;
      if (outcome.error === ErrorNumber.RUNTIME_INCONSISTENCY) continue;
      throw errorOfNumber(outcome.error, `transaction, operation ${index}: ${kind} ${path}`);
    }
  }

  /** Ends the session, which removes its ephemeral nodes, and the connection. */
  async close(): Promise<void> {
    if (this.#session.isClosed) return;
    this.#loseSession();
    if (this.#session.isConnected) {
      const ended = this.#session.call({ kind: 'closeSession' }).then(
        () => {},
        () => {}, // Gone without an answer: the session ends by its timeout.
      );
      await this.#atMost(CLOSE_TIMEOUT_MS, ended);
    }
    this.#session.destroy();
  }

  async #call(request: ClientRequest): Promise<Result> {
    return successOf(await this.#session.call(request), request);
  }

  #loseSession(): void {
    const reason = new EngineError('SESSION_EXPIRED', 'coord: the session has ended');
    this.#sessionEnd.abort(reason);
  }

  #connected(isNewSession: boolean): void {
    if (this.#sessionEnd.signal.aborted) this.#sessionEnd = new AbortController();
    this.#rearm('node');
    this.#rearm('recursive');
    if (isNewSession && this.#isStarted) void this.#announceSession(this.#session);
  }

  #rearm(mode: WatchMode): void {
    for (const paths of chunksOfPaths(this.#watches.paths(mode))) {
      const relativeZxid = this.#session.lastZxid;
      const none = { data: [], exist: [], child: [] };
      const persistent = mode === 'node' ? paths : [];
      const recursive = mode === 'recursive' ? paths : [];
      this.#session.call({ kind: 'setWatches', relativeZxid, ...none, persistent, recursive }).then(
        () => this.#watches.resync(paths, mode),
        () => {}, // The connection was lost again; the next one arms all watches.
      );
    }
  }

  async #announceSession(session: ClientSession): Promise<void> {
    const { sessionId } = session;
    while (!session.isClosed && session.sessionId === sessionId) {
      try {
        await this.#options.onSession?.(this);
        return;
      } catch (error) {
        this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
        await sleep(this.#options.clock, SESSION_RETRY_MS);
      }
    }
  }

  async #unwatch(path: string, mode: WatchMode, listener: WatchListener): Promise<void> {
    const isLast = this.#watches.remove(path, mode, listener);
    if (!isLast || !this.#session.isConnected) return;
    const request = { kind: 'removeWatches', path, type: WatcherType.ANY } as const;
    const result = await this.#session.call(request);
    if (result.kind === 'error' && result.error === ErrorNumber.NO_WATCHER) return;
    successOf(result, request);
  }

  async #ensureFullPath(path: string, isContainer = false): Promise<void> {
    if (path === '/') return;
    const found = await this.#session.call({ kind: 'exists', path, watch: false });
    if (found.kind === 'stat') return;
    await this.#ensureFullPath(parentPath(path), isContainer);
    const asContainer = isContainer && this.#hasContainers;
    const request = asContainer ? containerRequest(path) : createRequest(path, NOTHING, 0, ANYONE);
    const result = await this.#session.call(request);
    if (result.kind !== 'error' || result.error === ErrorNumber.NODE_EXISTS) return;
    if (asContainer && result.error === ErrorNumber.UNIMPLEMENTED) {
      this.#hasContainers = false;
      await this.#ensureFullPath(path);
    } else if (isContainer && result.error === ErrorNumber.NO_NODE) {
      // The parent was a container, and went away in between.
      await this.#ensureFullPath(path, true);
    } else successOf(result, request);
  }

  #createOperation(operation: {
    path: string;
    data: Uint8Array;
    ephemeral?: boolean;
    sequential?: boolean;
    acl?: readonly AclEntry[];
  }) {
    const { path, data, ephemeral = false, sequential = false, acl = ANYONE } = operation;
    const flags = (ephemeral ? CreateFlag.EPHEMERAL : 0) | (sequential ? CreateFlag.SEQUENTIAL : 0);
    return createRequest(this.#fullPath(path, sequential), data, flags, acl);
  }

  #multiOperation(operation: TransactionOperation): MultiOperation {
    if (operation.kind === 'create') return this.#createOperation(operation);
    const path = this.#fullPath(operation.path);
    const version = operation.expectedVersion ?? ANY_VERSION;
    if (operation.kind === 'set') return { kind: 'setData', path, data: operation.data, version };
    return { kind: operation.kind, path, version };
  }

  #fullPath(path: string, isSequential = false): string {
    // A sequential node's digits may be its whole name.
    if (!isValidPath(isSequential ? `${path}0` : path)) {
      throw new EngineError(
        'BAD_REQUEST',
        `coord: expected a path like /a/b without empty, . and .. components, found '${path}'`,
      );
    }
    if (this.#chroot === '') return path;
    return path === '/' ? this.#chroot : this.#chroot + path;
  }

  #localPath(path: string): string {
    return path.slice(this.#chroot.length) || '/';
  }

  #atMost(timeoutMs: number, done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.schedule(timeoutMs, resolve);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function createRequest(path: string, data: Uint8Array, flags: number, acl: readonly AclEntry[]) {
  return { kind: 'create', path, data, acl, flags, withStat: false } as const;
}

function containerRequest(path: string) {
  const lifetime = { kind: 'container' } as const;
  const flags = CreateFlag.CONTAINER;
  return { ...createRequest(path, NOTHING, flags, ANYONE), withStat: true, lifetime } as const;
}

function successOf(result: Result, request: ClientRequest): Result {
  if (result.kind !== 'error') return result;
  const path = 'path' in request ? ` ${request.path}` : '';
  throw errorOfNumber(result.error, `${request.kind}${path}`);
}

function publicStat(stat: NodeStat): Stat {
  const { aclVersion: _, pzxid: __, ...rest } = stat;
  return rest;
}

function chunksOfPaths(paths: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let characters = SET_WATCHES_CHARACTERS_MAX;
  for (const path of paths) {
    characters += path.length;
    if (characters > SET_WATCHES_CHARACTERS_MAX) {
      chunks.push([]);
      characters = path.length;
    }
    chunks.at(-1)!.push(path);
  }
  return chunks;
}
