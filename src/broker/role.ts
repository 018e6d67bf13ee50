import { assert } from '../base/assert.ts';
import { LEAVE_GRACE_MS, LEAVE_NOTICE_MS, SESSION_TIMEOUT_MS } from '../base/limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { childPath, clusterPaths, type LiveNode } from '../coord/cluster/paths.ts';
import { deleteIfThere, putEphemeral } from '../coord/cluster/presence.ts';
import { type CoordinatorAddress, openRoleSession } from '../coord/cluster/role-session.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import { type Clock, sleep } from '../io/clock.ts';
import { Farewell } from '../io/farewell.ts';
import type { Address, FetchHandler, Listener, Network } from '../io/network.ts';
import { observedHandler } from '../io/observed-handler.ts';
import { noObservers, type Observers } from '../io/observers.ts';
import { type Random, randomHex } from '../io/random.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import { type FollowedClusterView, followCluster } from './cluster-view.ts';
import type { ConsoleAssets } from './console.ts';
import { brokerHandler } from './http.ts';
import { QueryRunner } from './query.ts';
import type { QuerySettings } from './query-settings.ts';
import type { Reducer } from './reducer.ts';
import { ServerPool } from './server-pool.ts';

/** What a broker runs on. */
export interface BrokerOptions {
  readonly id: string;
  readonly address: Address;
  readonly coordinator: CoordinatorAddress;
  /** Engines in this process, by server id; others are called over HTTP. */
  readonly localEngines: ReadonlyMap<string, LeafService>;
  readonly reduce: Reducer;
  readonly evaluateConstant: EvaluateConstant;
  /** How it handles queries (default: see there). */
  readonly settings?: QuerySettings | undefined;
  /** The page that it serves to people; without it there is none. */
  readonly consoleAssets?: ConsoleAssets;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Silence after which its session ends (default `SESSION_TIMEOUT_MS`). */
  readonly sessionTimeoutMs?: number;
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
  /** Nobody by default. */
  readonly observers?: Observers;
}

/** A running role. */
export interface BrokerRole {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Answers as the HTTP door does, without a socket. */
  readonly handler: FetchHandler;
  /**
   * Lets clients go to other brokers before it closes: for a while it answers as before and says that
   * it will be gone, then it answers what is under way. `close` is still to be called.
   */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a broker: it follows tables, routing and servers in the tree, and answers SQL over HTTP.
 *
 * @throws EngineError ADDRESS_IN_USE for a taken port, SERVER_UNAVAILABLE without a coordinator.
 */
export async function startBroker(options: BrokerOptions): Promise<BrokerRole> {
  const broker = new Broker(options);
  try {
    await broker.start();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

class Broker implements BrokerRole {
  readonly #options: BrokerOptions;
  readonly #incarnation: string;
  readonly #pool: ServerPool;
  #client: CoordinatorClient | null = null;
  #view: FollowedClusterView | null = null;
  #runner: QueryRunner | null = null;
  #handler: FetchHandler | null = null;
  #listener: Listener | null = null;
  readonly #farewell = new Farewell();

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#incarnation = randomHex(options.random, 8);
    this.#pool = new ServerPool(options);
  }

  get address(): Address {
    assert(this.#listener !== null, 'a started broker listens');
    return this.#listener.address;
  }

  get handler(): FetchHandler {
    assert(this.#handler !== null, 'a started broker has a handler');
    return this.#handler;
  }

  async start(): Promise<void> {
    const { id, network, address, clock, random, onError, consoleAssets } = this.#options;
    const { reduce, evaluateConstant, settings } = this.#options;
    const sessionTimeoutMs = this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const onRenewed = () => this.#renew();
    this.#client = await openRoleSession({ ...this.#options, sessionTimeoutMs, onRenewed });
    const { log, metrics, tracer } = this.#options.observers ?? noObservers;
    const view = await followCluster(this.#client, () => this.#followServers(), onError);
    this.#view = view;
    const runner = new QueryRunner({
      brokerId: id,
      view,
      clock,
      random,
      reduce,
      evaluateConstant,
      leafService: (server) => this.#pool.get(server),
      probe: (server, timeoutMs) => this.#pool.probe(server, timeoutMs),
      onInternalError: onError,
      settings,
      ...{ log, metrics, tracer },
    });
    this.#runner = runner;
    this.#followServers();
    this.#handler = brokerHandler({ runner, view, onInternalError: onError, consoleAssets });
    const observed = observedHandler(this.#handler, 'broker', { metrics, tracer, clock });
    this.#listener = await network.serveHttp(address, this.#farewell.around(observed));
    await this.#announce(this.#client);
  }

  async leave(): Promise<void> {
    this.#farewell.begin();
    if (this.#client !== null) await deleteIfThere(this.#client, this.#livePath());
    await sleep(this.#options.clock, LEAVE_NOTICE_MS);
    await this.#listener?.close(LEAVE_GRACE_MS);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    this.#runner?.close();
    await this.#view?.close();
    await this.#pool.close();
    await this.#client?.close();
  }

  async #renew(): Promise<void> {
    if (this.#client === null || this.#listener === null) return;
    await this.#announce(this.#client);
  }

  async #announce(client: CoordinatorClient): Promise<void> {
    const { id } = this.#options;
    const node: LiveNode = { id, ...this.address, incarnation: this.#incarnation };
    await putEphemeral(client, this.#livePath(), node);
  }

  #livePath(): string {
    return childPath(clusterPaths.liveBrokers, this.#options.id);
  }

  #followServers(): void {
    if (this.#view === null || this.#runner === null) return;
    const changed = this.#pool.setServers(this.#view.servers());
    for (const server of changed) this.#runner.forgetServer(server);
  }
}
