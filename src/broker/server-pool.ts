import type { LiveNode } from '../coord/cluster/paths.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import type { HttpClient, Network } from '../io/network.ts';
import { httpLeafService } from './leaf-client.ts';

interface Peer {
  readonly node: LiveNode;
  readonly client: HttpClient;
  readonly service: LeafService;
}

/** The engines of all live servers: those of this process directly, others over one pool each. */
export class ServerPool {
  readonly #network: Network;
  readonly #local: ReadonlyMap<string, LeafService>;
  readonly #onError: (error: unknown) => void;
  readonly #peers = new Map<string, Peer>();
  #live: ReadonlyMap<string, LiveNode> = new Map();

  constructor(
    network: Network,
    local: ReadonlyMap<string, LeafService>,
    onError: (error: unknown) => void,
  ) {
    this.#network = network;
    this.#local = local;
    this.#onError = onError;
  }

  /** The engine of a server, or null when it is not live. */
  get(server: string): LeafService | null {
    if (!this.#live.has(server)) return null;
    return this.#local.get(server) ?? this.#peers.get(server)?.service ?? null;
  }

  /** Takes note of which servers are live, and closes the pools of those that are gone or moved. */
  setServers(live: ReadonlyMap<string, LiveNode>): void {
    this.#live = live;
    for (const [id, { node, client }] of this.#peers) {
      if (live.get(id)?.incarnation === node.incarnation) continue;
      this.#peers.delete(id);
      client.close().catch(this.#onError);
    }
    for (const [id, node] of live) {
      if (this.#local.has(id) || this.#peers.has(id)) continue;
      const client = this.#network.httpClient(node);
      this.#peers.set(id, { node, client, service: httpLeafService(id, client) });
    }
  }

  async close(): Promise<void> {
    this.#live = new Map();
    await Promise.all([...this.#peers.values()].map(({ client }) => client.close()));
    this.#peers.clear();
  }
}
