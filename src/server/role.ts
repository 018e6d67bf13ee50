import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import {
  LEAVE_GRACE_MS,
  LEAVE_NOTICE_MS,
  SEGMENT_GRACE_MS,
  SESSION_TIMEOUT_MS,
} from '../base/limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  childPath,
  clusterPaths,
  decodeNode,
  type LiveNode,
  type StoreNode,
} from '../coord/cluster/paths.ts';
import { putEphemeral } from '../coord/cluster/presence.ts';
import { type CoordinatorAddress, openRoleSession } from '../coord/cluster/role-session.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import { Farewell } from '../io/farewell.ts';
import type { Address, Listener, Network } from '../io/network.ts';
import { observedHandler } from '../io/observed-handler.ts';
import { noObservers, type Observers } from '../io/observers.ts';
import { type Random, randomHex } from '../io/random.ts';
import { openFolderStore } from '../store/folder-store.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import { HostedSegments, type SegmentHost } from './hosted-segments.ts';
import { serverHandler } from './http.ts';
import { PageHosting } from './page-hosting.ts';

/** What a server runs on. */
export interface ServerOptions {
  /** Stays the same over restarts, since segments are assigned to it. */
  readonly id: string;
  readonly address: Address;
  readonly coordinator: CoordinatorAddress;
  /** Stays its owner's, who closes it after the server. */
  readonly engine: LeafService & SegmentHost;
  readonly network: Network;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;
  /** For how long it holds what is not its any more (default `SEGMENT_GRACE_MS`). */
  readonly graceMs?: number;
  /** Silence after which its session ends (default `SESSION_TIMEOUT_MS`). */
  readonly sessionTimeoutMs?: number;
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
  /** Nobody by default. */
  readonly observers?: Observers;
}

/** A running role. */
export interface ServerRole {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /**
   * Lets brokers go to other servers before it closes: it says that it serves nothing, goes on answering
   * until they know, then answers what is under way. `close` is still to be called.
   */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a server: it registers in the tree, takes over the segments that are assigned to it, says
 * which ones it serves, and answers leaf plans over HTTP. Resolves when everything that was assigned
 * to it is served.
 *
 * @throws EngineError ADDRESS_IN_USE for a taken port, SERVER_UNAVAILABLE without a coordinator.
 */
export async function startServer(options: ServerOptions): Promise<ServerRole> {
  const server = new Server(options);
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class Server implements ServerRole {
  readonly #options: ServerOptions;
  readonly #incarnation: string;
  readonly #hosted: HostedSegments;
  #client: CoordinatorClient | null = null;
  #listener: Listener | null = null;
  #hosting: PageHosting | null = null;
  #store: Promise<SegmentStore> | null = null;
  readonly #farewell = new Farewell();

  constructor(options: ServerOptions) {
    const { engine, clock, onError, graceMs = SEGMENT_GRACE_MS } = options;
    this.#options = options;
    this.#incarnation = randomHex(options.random, 8);
    const store = () => this.#deepStore();
    this.#hosted = new HostedSegments({ engine, store, clock, graceMs, onError });
  }

  get address(): Address {
    assert(this.#listener !== null, 'a started server listens');
    return this.#listener.address;
  }

  async start(): Promise<void> {
    const { id, network, address, engine, clock, onError } = this.#options;
    const { metrics } = this.#options.observers ?? noObservers;
    const sessionTimeoutMs = this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const onRenewed = () => this.#renew();
    const client = await openRoleSession({ ...this.#options, sessionTimeoutMs, onRenewed });
    this.#client = client;
    const handler = serverHandler({
      engine,
      servedSegments: () => this.#hosted.served(),
      onInternalError: onError,
    });
    const observed = observedHandler(handler, 'server', { metrics, clock });
    this.#listener = await network.serveHttp(address, this.#farewell.around(observed));
    await this.#announce();
    this.#hosting = new PageHosting({ client, server: id, hosted: this.#hosted, clock, onError });
    await this.#hosting.start();
  }

  async leave(): Promise<void> {
    this.#farewell.begin();
    await this.#hosting?.withdraw();
    await sleep(this.#options.clock, LEAVE_NOTICE_MS);
    await this.#listener?.close(LEAVE_GRACE_MS);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    await this.#hosting?.close();
    await this.#client?.close();
    await this.#hosted.close();
  }

  /** After a new session: everything that the old one held must be said again. */
  async #renew(): Promise<void> {
    await this.#announce();
    await this.#hosting?.publishAgain();
  }

  async #announce(): Promise<void> {
    const { id } = this.#options;
    const node: LiveNode = { id, ...this.address, incarnation: this.#incarnation };
    await putEphemeral(this.#connected(), childPath(clusterPaths.liveServers, id), node);
  }

  /** The deep store that the controller has named in the tree. */
  #deepStore(): Promise<SegmentStore> {
    this.#store ??= this.#openStore().catch((error: unknown) => {
      this.#store = null;
      throw error;
    });
    return this.#store;
  }

  async #openStore(): Promise<SegmentStore> {
    const { data } = await this.#connected().get(clusterPaths.store);
    const { directory } = decodeNode<StoreNode>(clusterPaths.store, data);
    if ((await this.#options.disk.list(directory)).length === 0) {
      throw new EngineError(
        'NOT_FOUND',
        `server: the deep store ${directory} is not on this machine or is empty; ` +
          'mount it at the same path as on the controller',
      );
    }
    return openFolderStore(this.#options.disk, directory);
  }

  #connected(): CoordinatorClient {
    assert(this.#client !== null, 'a started server has a client');
    return this.#client;
  }
}
