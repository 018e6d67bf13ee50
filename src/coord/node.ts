import { EngineError } from '../base/errors.ts';
import {
  COORDINATOR_LOG_BYTES_MAX,
  COORDINATOR_OUTSTANDING_REQUESTS_MAX,
  COORDINATOR_SNAPSHOT_ENTRIES,
} from '../base/limits.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Address, Listener, Network, TcpConnection } from '../io/network.ts';
import { type Random, randomHex } from '../io/random.ts';
import type { LogEntry } from './core/model.ts';
import { encodeSnapshot } from './core/snapshot.ts';
import { type Input, type Message, StateMachine } from './core/state-machine.ts';
import { createCoordinatorHttp } from './http.ts';
import { checkLock, lockDirectory, OWNER_WORD, unlockDirectory } from './lock.ts';
import { Storage } from './storage.ts';
import { ServerConnection } from './zk/connection.ts';
import { answerWord } from './zk/four-letter-words.ts';
import { PASSWORD_BYTES } from './zk/handshake.ts';

/** What a coordinator needs to run. */
export interface CoordinatorOptions {
  /** Where log and snapshots live; made if missing. */
  readonly directory: string;
  readonly disk: Disk;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Where to speak ZooKeeper's protocol; port 0 picks a free one. */
  readonly address: Address;
  /** Where to serve the HTTP view, or null for none. */
  readonly httpAddress: Address | null;
  /** 1 to 254, the top byte of session ids (default 1). */
  readonly nodeId?: number;
  /** What a client may ask for (default 4,000: two of ZooKeeper's ticks of two seconds). */
  readonly sessionTimeoutMsMin?: number;
  /** What a client may ask for (default 40,000: twenty of ZooKeeper's ticks). */
  readonly sessionTimeoutMsMax?: number;
  /** Log entries between two snapshots (default: see limits). */
  readonly snapshotEntries?: number;
  /**
   * Told when the node has stopped because it cannot go on, for example because the disk refused a
   * write: what is on disk is unknown then, and only a restart reads it again.
   */
  readonly onFailure?: (error: Error) => void;
}

/** A coordinator that serves. */
export interface RunningCoordinator {
  /** Where it speaks ZooKeeper's protocol, with the real port. */
  readonly address: Address;
  readonly httpAddress: Address | null;
  /** Ends all connections and lets go of the directory. Sessions live on for the next start. */
  close(): Promise<void>;
}

const TICK_MS = 100;
const TOKEN_BYTES = 16;

/**
 * Starts a coordinator of one node. It is ready, recovered from its directory, when this resolves.
 *
 * @throws EngineError ADDRESS_IN_USE for a taken port; CONFLICT when another process holds the
 *   directory; CORRUPT_DATA when the directory is damaged.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const token = randomHex(options.random, TOKEN_BYTES);
  let accept = (connection: TcpConnection): void => answerOwnerOnly(connection, token);
  const listener = await options.network.listenTcp(options.address, (connection) =>
    accept(connection),
  );
  try {
    await lockDirectory(options, options.directory, { token, address: listener.address });
    const driver = await Driver.recover(options, token, listener);
    const httpListener = await serveHttpView(options, driver);
    accept = (connection) => driver.accept(connection);
    driver.start(httpListener);
    return {
      address: listener.address,
      httpAddress: httpListener?.address ?? null,
      close: () => driver.close(),
    };
  } catch (error) {
    await listener.close();
    await unlockDirectory(options.disk, options.directory, token);
    throw error;
  }
}

async function serveHttpView(
  options: CoordinatorOptions,
  driver: Driver,
): Promise<Listener | null> {
  if (options.httpAddress === null) return null;
  const app = createCoordinatorHttp(driver.view);
  try {
    return await options.network.serveHttp(options.httpAddress, (request) => app.fetch(request));
  } catch (error) {
    await driver.close();
    throw error;
  }
}

// Before recovery is done the node only says who it is; clients are sent away and try again.
function answerOwnerOnly(tcp: TcpConnection, token: string): void {
  const connection = new ServerConnection(tcp, {
    onCommand: (word) => (word === OWNER_WORD ? token : null),
    onHandshake: () => connection.end(),
    onPing: () => connection.end(),
    onRequest: () => connection.end(),
    onClose: () => {},
  });
}

/**
 * Performs what the state machine asks: the only caller of `step`. Entries are persisted in batches,
 * whatever has come up during one fsync sharing the next, and reported back once durable.
 */
class Driver {
  readonly #options: CoordinatorOptions;
  readonly #token: string;
  readonly #machine: StateMachine;
  readonly #storage: Storage;
  readonly #connections = new Map<number, ServerConnection>();
  readonly #outstanding = new Map<number, number>();
  readonly #listeners: Listener[];
  #unpersisted: LogEntry[] = [];
  #persisting: Promise<void> | null = null;
  #entriesSinceSnapshot: number;
  #nextConnection = 1;
  #timer: Timer | null = null;
  #isClosed = false;
  #closing: Promise<void> | null = null;

  private constructor(
    options: CoordinatorOptions,
    token: string,
    listener: Listener,
    opened: { machine: StateMachine; storage: Storage; entryCount: number },
  ) {
    this.#options = options;
    this.#token = token;
    this.#listeners = [listener];
    this.#machine = opened.machine;
    this.#storage = opened.storage;
    this.#entriesSinceSnapshot = opened.entryCount;
  }

  /** @param listener closed when the driver stops. */
  static async recover(
    options: CoordinatorOptions,
    token: string,
    listener: Listener,
  ): Promise<Driver> {
    const { disk, directory } = options;
    const { storage, stored } = await Storage.open(disk, directory);
    try {
      const machine = new StateMachine({
        nodeId: options.nodeId ?? 1,
        sessionTimeoutMsMin: options.sessionTimeoutMsMin ?? 4_000,
        sessionTimeoutMsMax: options.sessionTimeoutMsMax ?? 40_000,
        ...(stored.snapshot === null ? {} : { snapshot: stored.snapshot }),
      });
      for (const entry of stored.entries) machine.replay(entry);
      await checkLock(disk, directory, token);
      const entryCount = stored.entries.length;
      return new Driver(options, token, listener, { machine, storage, entryCount });
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  get view(): StateMachine {
    return this.#machine;
  }

  start(httpListener: Listener | null): void {
    if (httpListener !== null) this.#listeners.push(httpListener);
    this.#tick();
  }

  accept(tcp: TcpConnection): void {
    const id = this.#nextConnection++;
    const connection = new ServerConnection(tcp, {
      onCommand: (word) => (word === OWNER_WORD ? this.#token : answerWord(word, this.#machine)),
      onHandshake: (request) => {
        const freshPassword = this.#options.random.bytes(PASSWORD_BYTES);
        this.#take({ kind: 'handshake', connection: id, freshPassword, ...request });
      },
      onPing: (xid) => this.#take({ kind: 'ping', connection: id, xid }),
      onRequest: (xid, request) => {
        if (this.#admit(id)) this.#take({ kind: 'request', connection: id, xid, request });
      },
      onClose: () => {
        this.#connections.delete(id);
        this.#outstanding.delete(id);
        this.#take({ kind: 'closed', connection: id });
      },
    });
    this.#connections.set(id, connection);
    this.#take({ kind: 'opened', connection: id, remoteHost: tcp.remote.host });
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** Steps with an input at the present time and performs what follows. */
  #take(input: Input): void {
    if (this.#isClosed) return;
    const { clock } = this.#options;
    const wallMs = Math.floor(clock.nowMs());
    this.#perform({ kind: 'tick', wallMs, monotonicMs: clock.monotonicMs() });
    this.#perform(input);
  }

  #perform(input: Input): void {
    const { persist, send, apply } = this.#machine.step(input);
    for (const entry of persist) this.#unpersisted.push(entry);
    for (const message of send) this.#send(message);
    this.#entriesSinceSnapshot += apply.length;
    if (this.#unpersisted.length > 0) this.#persisting ??= this.#persist();
  }

  #send(message: Message): void {
    const connection = this.#connections.get(message.connection);
    if (message.kind === 'reply') {
      const count = this.#outstanding.get(message.connection) ?? 0;
      this.#outstanding.set(message.connection, Math.max(0, count - 1));
    }
    connection?.send(message);
  }

  /** Counts a request that waits; a client that sends far more than it waits for is cut off. */
  #admit(id: number): boolean {
    const count = (this.#outstanding.get(id) ?? 0) + 1;
    this.#outstanding.set(id, count);
    if (count <= COORDINATOR_OUTSTANDING_REQUESTS_MAX) return true;
    this.#connections.get(id)?.end();
    return false;
  }

  async #persist(): Promise<void> {
    try {
      // One turn later, so that requests which arrived together share one fsync.
      await Promise.resolve();
      while (this.#unpersisted.length > 0) {
        const batch = this.#unpersisted;
        this.#unpersisted = [];
        await this.#storage.append(batch);
        this.#perform({ kind: 'persisted', zxid: batch.at(-1)!.zxid });
        await this.#snapshotIfDue();
      }
      this.#persisting = null;
    } catch (error) {
      this.#fail(error instanceof Error ? error : new EngineError('IO', String(error)));
    }
  }

  async #snapshotIfDue(): Promise<void> {
    const entriesMax = this.#options.snapshotEntries ?? COORDINATOR_SNAPSHOT_ENTRIES;
    const isDue =
      this.#entriesSinceSnapshot >= entriesMax ||
      this.#storage.logBytes >= COORDINATOR_LOG_BYTES_MAX;
    if (!isDue) return;
    const { appliedZxid: zxid, state } = this.#machine;
    await this.#storage.writeSnapshot(zxid, encodeSnapshot({ zxid, state }));
    this.#entriesSinceSnapshot = 0;
  }

  #tick(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.schedule(TICK_MS, () => this.#tick());
    const { clock } = this.#options;
    const wallMs = Math.floor(clock.nowMs());
    this.#perform({ kind: 'tick', wallMs, monotonicMs: clock.monotonicMs() });
  }

  /** Stops for good. Without anybody to tell, the error ends the process as an unhandled one. */
  #fail(error: Error): void {
    this.#persisting = null;
    const report = (failure: Error): void => {
      if (this.#options.onFailure === undefined) throw failure;
      this.#options.onFailure(failure);
    };
    void this.close().then(
      () => report(error),
      (closeError) => report(new AggregateError([error, closeError], error.message)),
    );
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const listener of this.#listeners) await listener.close();
    await this.#persisting;
    await this.#storage.close();
    await unlockDirectory(this.#options.disk, this.#options.directory, this.#token);
  }
}
