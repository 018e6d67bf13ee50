import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  type AssignmentNode,
  childPath,
  clusterPaths,
  decodeNode,
  encodeNode,
  type LiveNode,
  type StoreNode,
} from '../coord/cluster/paths.ts';
import { putEphemeral } from '../coord/cluster/presence.ts';
import { type CoordinatorAddress, openRoleSession } from '../coord/cluster/role-session.ts';
import { startMirror, type TreeMirror } from '../coord/cluster/tree-mirror.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import type { Clock } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Address, Listener, Network } from '../io/network.ts';
import { observedHandler } from '../io/observed-handler.ts';
import { noObservers, type Observers } from '../io/observers.ts';
import { type Random, randomHex } from '../io/random.ts';
import { openFolderStore } from '../store/folder-store.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import { HostedSegments, type SegmentHost } from './hosted-segments.ts';
import { serverHandler } from './http.ts';

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
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
  /** Nobody by default. */
  readonly observers?: Observers;
}

/** A running role. */
export interface ServerRole {
  /** Where it listens, with the real port. */
  readonly address: Address;
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
  #assignments: TreeMirror<AssignmentNode> | null = null;
  #store: Promise<SegmentStore> | null = null;
  /** Tables about which this session has an ephemeral node. */
  readonly #published = new Set<string>();
  /** The end of the work so far: hosting happens one step after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#incarnation = randomHex(options.random, 8);
    this.#hosted = new HostedSegments(options.engine, () => this.#deepStore());
  }

  get address(): Address {
    assert(this.#listener !== null, 'a started server listens');
    return this.#listener.address;
  }

  async start(): Promise<void> {
    const { network, address, engine, clock, onError } = this.#options;
    const { metrics } = this.#options.observers ?? noObservers;
    this.#client = await openRoleSession({ ...this.#options, onRenewed: () => this.#renew() });
    const handler = serverHandler({
      engine,
      servedSegments: () => this.#servedSegments(),
      onInternalError: onError,
    });
    const observed = observedHandler(handler, 'server', { metrics, clock });
    this.#listener = await network.serveHttp(address, observed);
    this.#assignments = await startMirror<AssignmentNode>({
      client: this.#client,
      root: clusterPaths.assignment,
      onChange: () => this.#hostLater(),
      onError,
    });
    await this.#announce();
    await this.#enqueue(() => this.#host());
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    await this.#assignments?.close();
    await this.#work;
    await this.#client?.close();
    await this.#hosted.close();
  }

  /** After a new session: everything that the old one held must be said again. */
  async #renew(): Promise<void> {
    await this.#announce();
    await this.#enqueue(async () => {
      this.#published.clear();
      await this.#host();
    });
  }

  async #announce(): Promise<void> {
    const { id } = this.#options;
    const node: LiveNode = { id, ...this.address, incarnation: this.#incarnation };
    await putEphemeral(this.#connected(), childPath(clusterPaths.liveServers, id), node);
  }

  #hostLater(): void {
    this.#enqueue(() => this.#host()).catch(this.#options.onError);
  }

  #enqueue(step: () => Promise<void>): Promise<void> {
    const result = this.#work.then(step);
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Holds what is assigned, and publishes what this session has not yet published. */
  async #host(): Promise<void> {
    const wanted = this.#wantedSegments();
    for (const table of this.#hosted.tables()) {
      if (!wanted.has(table)) wanted.set(table, new Set());
    }
    for (const [table, segments] of wanted) {
      const revision = this.#assignments?.nodes.get(table)?.revision;
      const hasChanged = await this.#hosted.host(table, segments, revision);
      if (hasChanged || !this.#published.has(table)) await this.#publish(table);
    }
  }

  #wantedSegments(): Map<string, Set<string>> {
    const wanted = new Map<string, Set<string>>();
    for (const [table, { segments }] of this.#assignments?.nodes ?? []) {
      const mine = Object.entries(segments).filter(([, ids]) => ids.includes(this.#options.id));
      if (mine.length > 0) wanted.set(table, new Set(mine.map(([segment]) => segment)));
    }
    return wanted;
  }

  async #publish(table: string): Promise<void> {
    const client = this.#connected();
    const parent = childPath(clusterPaths.serving, table);
    const path = childPath(parent, this.#options.id);
    if (this.#published.has(table)) {
      await client.set(path, encodeNode(path, this.#hosted.serving(table)));
      return;
    }
    await client.ensurePath(parent);
    await putEphemeral(client, path, this.#hosted.serving(table));
    this.#published.add(table);
  }

  #servedSegments(): Record<string, readonly string[]> {
    return Object.fromEntries(
      this.#hosted.tables().map((table) => [table, this.#hosted.serving(table).segments]),
    );
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
