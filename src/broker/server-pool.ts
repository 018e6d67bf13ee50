import { EngineError } from '../base/errors.ts';
import type { LiveNode } from '../coord/cluster/paths.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import type { Clock } from '../io/clock.ts';
import type { HttpClient, Network } from '../io/network.ts';
import { httpLeafService } from './leaf-client.ts';

/** What a pool of servers needs. */
export interface ServerPoolOptions {
  readonly network: Network;
  readonly clock: Clock;
  /** Servers in this process, by id. */
  readonly localEngines: ReadonlyMap<string, LeafService>;
  /** Told of failures that no query is told of. */
  readonly onError: (error: unknown) => void;
}

interface Peer {
  readonly node: LiveNode;
  readonly client: HttpClient;
  readonly service: LeafService;
  /** Requests that are under way. */
  running: number;
  /** True when no more requests come. */
  isGone: boolean;
}

/** The engines of all live servers: those of this process directly, others over one pool each. */
export class ServerPool {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #local: ReadonlyMap<string, LeafService>;
  readonly #onError: (error: unknown) => void;
  readonly #peers = new Map<string, Peer>();
  #live: ReadonlyMap<string, LiveNode> = new Map();

  constructor({ network, clock, localEngines, onError }: ServerPoolOptions) {
    this.#network = network;
    this.#clock = clock;
    this.#local = localEngines;
    this.#onError = onError;
  }

  /** The engine of a server, or null when it is not live. */
  get(server: string): LeafService | null {
    if (!this.#live.has(server)) return null;
    return this.#local.get(server) ?? this.#peers.get(server)?.service ?? null;
  }

  /**
   * Asks a server whether it is well; one in this process always is.
   *
   * @throws EngineError SERVER_UNAVAILABLE or TIMEOUT when it is not, or is not live.
   */
  async probe(server: string, timeoutMs: number): Promise<void> {
    if (this.#local.has(server)) return;
    const request = { method: 'GET', path: '/health', timeoutMs } as const;
    const response = await this.#peers.get(server)?.client.request(request);
    if (response?.status === 200) return;
    const found = response === undefined ? 'it is not live' : `HTTP status ${response.status}`;
    const message = `broker: expected server ${server} to be well, found that ${found}`;
    throw new EngineError('SERVER_UNAVAILABLE', message);
  }

  /**
   * Takes note of which servers are live. Pools of those that are gone or moved are closed when what is under
   * way has ended: one that leaves still answers it.
   *
   * @returns the servers that are gone, or other processes than before.
   */
  setServers(live: ReadonlyMap<string, LiveNode>): string[] {
    const changed: string[] = [];
    this.#live = live;
    for (const [id, peer] of this.#peers) {
      if (live.get(id)?.incarnation === peer.node.incarnation) continue;
      this.#peers.delete(id);
      changed.push(id);
      peer.isGone = true;
      this.#closeUnused(peer);
    }
    for (const [id, node] of live) {
      if (this.#local.has(id) || this.#peers.has(id)) continue;
      this.#peers.set(id, this.#open(id, node));
    }
    return changed;
  }

  async close(): Promise<void> {
    this.#live = new Map();
    await Promise.all([...this.#peers.values()].map(({ client }) => client.close()));
    this.#peers.clear();
  }

  #open(id: string, node: LiveNode): Peer {
    const client = this.#network.httpClient(node);
    const http = httpLeafService(id, client, this.#clock);
    const service: LeafService = {
      execute: async (...request) => {
        peer.running++;
        try {
          return await http.execute(...request);
        } finally {
          peer.running--;
          this.#closeUnused(peer);
        }
      },
    };
    const peer: Peer = { node, client, service, running: 0, isGone: false };
    return peer;
  }

  #closeUnused({ client, running, isGone }: Peer): void {
    if (isGone && running === 0) client.close().catch(this.#onError);
  }
}
