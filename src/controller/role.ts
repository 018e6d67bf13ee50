import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import {
  CONTROLLER_SESSION_TIMEOUT_MS,
  LEADERSHIP_RETRY_MS,
  ORPHAN_GRACE_MS,
  SEGMENT_GRACE_MS,
  SERVE_TIMEOUT_MS,
} from '../base/limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { childPath, clusterPaths, type LiveNode } from '../coord/cluster/paths.ts';
import { putEphemeral } from '../coord/cluster/presence.ts';
import { type CoordinatorAddress, openRoleSession } from '../coord/cluster/role-session.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Address, FetchHandler, Listener, Network } from '../io/network.ts';
import { observedHandler } from '../io/observed-handler.ts';
import { noObservers, type Observers } from '../io/observers.ts';
import { type Random, randomHex } from '../io/random.ts';
import type { OpenStore } from '../store/open-store.ts';
import type { S3Credentials, StoreLocation } from '../store/store-location.ts';
import { untilBrokersSee } from './broker-sight.ts';
import { Catalog } from './catalog.ts';
import { type ClusterState, followClusterState } from './cluster-state.ts';
import { openClusterStore } from './cluster-store.ts';
import { controllerHandler } from './http.ts';
import type { LeaderTerm } from './leader-term.ts';
import { seekLeadership } from './leadership.ts';
import { type ControllerParts, PRODUCTION_PARTS } from './parts.ts';
import { proxy } from './proxy.ts';
import type { SegmentBuilds } from './segment-builds.ts';

/** What a controller runs on. */
export interface ControllerOptions {
  /** Names the controller over restarts. */
  readonly id: string;
  readonly address: Address;
  readonly coordinator: CoordinatorAddress;
  /** Where its operator wants the deep store; absent for wherever it is. */
  readonly storeLocation?: StoreLocation | undefined;
  /** An absolute path: the deep store of a new cluster whose operator does not say. */
  readonly storeDirectory: string;
  /** For a deep store in a bucket. */
  readonly s3Credentials?: S3Credentials | undefined;
  /** Copies of each segment of a new table. */
  readonly replication: number;
  /** What builds segments in the deep store that the cluster turns out to have. */
  readonly builds: (store: OpenStore) => SegmentBuilds;
  /** Nyala's version, for `/version`. */
  readonly version: string;
  readonly network: Network;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;
  /** For how long what is not needed any more is left (default `SEGMENT_GRACE_MS`). */
  readonly graceMs?: number;
  /** For how long an upload may wait for its load (default `ORPHAN_GRACE_MS`). */
  readonly orphanGraceMs?: number;
  /** Silence after which another one leads (default `CONTROLLER_SESSION_TIMEOUT_MS`). */
  readonly sessionTimeoutMs?: number;
  /** What it is put together from (default `PRODUCTION_PARTS`). */
  readonly parts?: ControllerParts;
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
  /** Nobody by default. */
  readonly observers?: Observers;
}

/** A running role. */
export interface ControllerRole {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Answers as the HTTP door does, without a socket. */
  readonly handler: FetchHandler;
  close(): Promise<void>;
}

/**
 * Starts a controller. Several may run: one of them leads and makes all changes, the others answer
 * reads and pass changes on to it.
 *
 * @throws EngineError ADDRESS_IN_USE for a taken port, SERVER_UNAVAILABLE without a coordinator.
 */
export async function startController(options: ControllerOptions): Promise<ControllerRole> {
  const controller = new Controller(options);
  try {
    await controller.start();
  } catch (error) {
    await controller.close();
    throw error;
  }
  return controller;
}

class Controller implements ControllerRole {
  readonly #options: ControllerOptions;
  readonly #incarnation: string;
  #client: CoordinatorClient | null = null;
  #store: OpenStore | null = null;
  #state: ClusterState | null = null;
  #catalog: Catalog | null = null;
  #handler: FetchHandler | null = null;
  #listener: Listener | null = null;
  /** The reaction to the latest change, while it runs; changes that come meanwhile need another. */
  #reaction: Promise<void> | null = null;
  #needsReaction = false;
  /** The time during which this controller leads, or has led last. */
  #term: LeaderTerm | null = null;
  /** The session whose node says that it leads. */
  #leadsIn: bigint | null = null;
  #retry: Timer | null = null;
  #isClosed = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#incarnation = randomHex(options.random, 8);
  }

  get address(): Address {
    assert(this.#listener !== null, 'a started controller listens');
    return this.#listener.address;
  }

  get handler(): FetchHandler {
    assert(this.#handler !== null, 'a started controller has a handler');
    return this.#handler;
  }

  async start(): Promise<void> {
    const { network, address, clock, onError, graceMs = SEGMENT_GRACE_MS } = this.#options;
    const { orphanGraceMs = ORPHAN_GRACE_MS } = this.#options;
    const sessionTimeoutMs = this.#options.sessionTimeoutMs ?? CONTROLLER_SESSION_TIMEOUT_MS;
    const onRenewed = () => this.#renew();
    const client = await openRoleSession({ ...this.#options, sessionTimeoutMs, onRenewed });
    this.#client = client;
    const store = await openClusterStore(client, this.#options);
    this.#store = store;
    const state = await followClusterState(client, () => this.#noticeChange(), onError);
    this.#state = state;
    const builds = this.#options.builds(store);
    this.#catalog = new Catalog({
      ...this.#options,
      client,
      state,
      store,
      builds,
      graceMs,
      orphanGraceMs,
      parts: this.#options.parts ?? PRODUCTION_PARTS,
      untilBrokersSee: (table, version) =>
        untilBrokersSee(this.#options, state.liveBrokers.values(), table, version),
    });
    this.#handler = controllerHandler({
      state,
      catalog: this.#catalog,
      store,
      builds,
      tree: client,
      clock,
      random: this.#options.random,
      version: this.#options.version,
      forward: () => this.#forward(),
      askBroker: (request) => this.#askBroker(request),
      onInternalError: onError,
    });
    const { metrics, tracer } = this.#options.observers ?? noObservers;
    const observed = observedHandler(this.#handler, 'controller', { metrics, tracer, clock });
    this.#listener = await network.serveHttp(address, observed);
    await this.#announce();
    this.#noticeChange();
    await this.#reaction;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    await this.#catalog?.close();
    await this.#listener?.close();
    await this.#state?.close();
    await this.#reaction;
    await this.#client?.close();
    await this.#store?.close();
  }

  async #renew(): Promise<void> {
    await this.#announce();
    this.#noticeChange();
  }

  async #announce(): Promise<void> {
    const path = childPath(clusterPaths.liveControllers, this.#options.id);
    await putEphemeral(this.#connected(), path, this.#self());
  }

  #self(): LiveNode {
    return { id: this.#options.id, ...this.address, incarnation: this.#incarnation };
  }

  #noticeChange(): void {
    this.#catalog?.noticeChange();
    this.#needsReaction = true;
    if (this.#listener === null) return;
    this.#reaction ??= this.#react()
      .catch((error: unknown) => this.#retryLater(error))
      .finally(() => {
        this.#reaction = null;
        // It may have come after the reaction had looked for the last time.
        if (this.#needsReaction && !this.#isClosed) this.#noticeChange();
      });
  }

  #retryLater(error: unknown): void {
    if (this.#isClosed) return;
    this.#options.onError(error);
    this.#retry?.cancel();
    this.#retry = this.#options.clock.schedule(LEADERSHIP_RETRY_MS, () => this.#noticeChange());
  }

  async #react(): Promise<void> {
    while (this.#needsReaction && !this.#isClosed) {
      this.#needsReaction = false;
      const leader = this.#leader();
      const isOther = leader !== null && leader.id !== this.#options.id;
      if (isOther) this.#term?.end();
      else await this.#lead(leader !== null);
    }
  }

  /** Leads, and sees to it that others know, also after a new session. */
  async #lead(isKnown: boolean): Promise<void> {
    const client = this.#connected();
    const isOver = this.#term === null || this.#term.signal.aborted;
    if (!isOver && isKnown && this.#leadsIn === client.sessionId) return;
    const number = await seekLeadership(client, this.#self());
    if (number === null) {
      this.#term?.end();
      return;
    }
    this.#leadsIn = client.sessionId;
    if (!isOver && this.#term?.number === number) return;
    this.#term?.end();
    const { createTerm } = this.#options.parts ?? PRODUCTION_PARTS;
    const term = createTerm(client, number);
    this.#term = term;
    try {
      await this.#catalog?.lead(term);
    } catch (error) {
      term.end();
      throw error;
    }
  }

  #leader(): LiveNode | null {
    return this.#state?.leader.get('controller') ?? null;
  }

  /** Where to send changes when another controller leads. */
  #forward(): FetchHandler | null {
    if (this.#catalog?.isLeading) return null;
    const leader = this.#leader();
    if (leader === null || leader.incarnation === this.#incarnation) {
      throw new EngineError(
        'SERVER_UNAVAILABLE',
        'controller: no controller leads at the moment; try again in a few seconds',
      );
    }
    return (request) => proxy(this.#options.network, leader, request, 2 * SERVE_TIMEOUT_MS);
  }

  async #askBroker(request: Request): Promise<Response> {
    const [broker] = this.#state?.liveBrokers.values() ?? [];
    if (broker === undefined) {
      throw new EngineError(
        'SERVER_UNAVAILABLE',
        'controller: no broker is running; start one: nyala broker',
      );
    }
    return proxy(this.#options.network, broker, request, SERVE_TIMEOUT_MS);
  }

  #connected(): CoordinatorClient {
    assert(this.#client !== null, 'a started controller has a client');
    return this.#client;
  }
}
