import { assert } from '../base/assert.ts';
import {
  LEAVE_GRACE_MS,
  LEAVE_NOTICE_MS,
  SEGMENT_GRACE_MS,
  SESSION_TIMEOUT_MS,
} from '../base/limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { childPath, clusterPaths, type LiveNode } from '../coord/cluster/paths.ts';
import { putEphemeral, registerInstance } from '../coord/cluster/presence.ts';
import { type CoordinatorAddress, openRoleSession } from '../coord/cluster/role-session.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import { Farewell } from '../io/farewell.ts';
import type { Address, Listener, Network } from '../io/network.ts';
import { observedHandler } from '../io/observed-handler.ts';
import { noObservers, type Observers } from '../io/observers.ts';
import { type Random, randomHex } from '../io/random.ts';
import { parseSegmentKey } from '../store/segment-store.ts';
import type { S3Credentials } from '../store/store-location.ts';
import { type DiskCache, ServerStore } from './deep-store.ts';
import { HostedSegments, type SegmentHost } from './hosted-segments.ts';
import { leafGate, serverHandler } from './http.ts';
import { PageHosting } from './page-hosting.ts';
import type { ServedFile } from './segment-file.ts';

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
  /** For a deep store in a bucket. */
  readonly s3Credentials?: S3Credentials | undefined;
  /** For files of a bucket (default: all is read from the bucket itself). */
  readonly diskCache?: DiskCache | undefined;
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
  readonly #store: ServerStore;
  readonly #hosted: HostedSegments;
  #client: CoordinatorClient | null = null;
  #listener: Listener | null = null;
  #hosting: PageHosting | null = null;
  readonly #farewell = new Farewell();

  constructor(options: ServerOptions) {
    const { engine, clock, onError, graceMs = SEGMENT_GRACE_MS } = options;
    this.#options = options;
    this.#incarnation = randomHex(options.random, 8);
    this.#store = new ServerStore({ ...options, client: () => this.#connected() });
    const store = () => this.#store.segments();
    this.#hosted = new HostedSegments({ engine, store, clock, graceMs, onError });
  }

  get address(): Address {
    assert(this.#listener !== null, 'a started server listens');
    return this.#listener.address;
  }

  async start(): Promise<void> {
    const { id, network, address, engine, clock, onError } = this.#options;
    const { metrics, tracer } = this.#options.observers ?? noObservers;
    const sessionTimeoutMs = this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const onRenewed = () => this.#renew();
    const client = await openRoleSession({ ...this.#options, sessionTimeoutMs, onRenewed });
    this.#client = client;
    const handler = serverHandler({
      engine,
      clock,
      servedSegments: () => this.#hosted.served(),
      openFile: (table, segment, key) => this.#openFile(table, segment, key),
      cacheStatus: () => this.#store.cacheStatus(),
      gate: leafGate(clock),
      tracer,
      onInternalError: onError,
    });
    const observed = observedHandler(handler, 'server', { metrics, tracer, clock });
    this.#listener = await network.serveHttp(address, this.#farewell.around(observed));
    await registerInstance(client, id);
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
    await this.#store.close();
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

  async #openFile(table: string, segment: string, key: string | null): Promise<ServedFile | null> {
    const file = key ?? this.#hosted.fileOf(table, segment);
    if (file === null) return null;
    const named = parseSegmentKey(file);
    const isOfSegment = named.table === table && (key === null || named.segment === segment);
    return isOfSegment ? this.#store.openFile(file) : null;
  }

  #connected(): CoordinatorClient {
    assert(this.#client !== null, 'a started server has a client');
    return this.#client;
  }
}
