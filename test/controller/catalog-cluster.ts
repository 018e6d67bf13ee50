import { ORPHAN_GRACE_MS } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { Catalog } from '../../src/controller/catalog.ts';
import {
  type ClusterState,
  followClusterState,
  visibleSegments,
} from '../../src/controller/cluster-state.ts';
import { LeaderTerm } from '../../src/controller/leader-term.ts';
import { seekLeadership } from '../../src/controller/leadership.ts';
import { PRODUCTION_PARTS } from '../../src/controller/parts.ts';
import { inlineBuilds, type SegmentBuilds } from '../../src/controller/segment-builds.ts';
import { CoordinatorClient } from '../../src/coord/client.ts';
import {
  CLUSTER_PARENTS,
  childPath,
  clusterPaths,
  encodeNode,
} from '../../src/coord/cluster/paths.ts';
import { createEphemeral } from '../../src/coord/cluster/presence.ts';
import { segmentName } from '../../src/coord/cluster/segment-id.ts';
import { type Clock, sleep } from '../../src/io/clock.ts';
import type { Address } from '../../src/io/network.ts';
import { loadKernelModule } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { tcpPair } from '../../src/io/tcp-pair.ts';
import { bufferDecoder } from '../../src/kernels/buffer-decoder.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { HostedSegments } from '../../src/server/hosted-segments.ts';
import { PageHosting } from '../../src/server/page-hosting.ts';
import { newObjectName, segmentKey } from '../../src/store/segment-store.ts';
import { MemoryCoordinator } from '../coord/memory-coordinator.ts';
import { MemoryStore } from '../support/memory-store.ts';

/** The schema of a table of these tests. */
export const schemaOf = (name: string): TableSchema => ({
  name,
  columns: [{ name: 'n', type: 'INT' }],
});

const IN_MEMORY: Address = { host: 'memory', port: 1 };

const decode = bufferDecoder(await loadKernelModule());

/** Thrown by a client whose process has ended. */
export class Crash extends Error {}

/** When a controller's process ends: at its write of this number, before it is sent or after it was done. */
export interface CrashPoint {
  readonly write: number;
  readonly when: 'before' | 'after';
}

/** A catalog that may lead, on a connection of its own. */
export interface Controller {
  readonly catalog: Catalog;
  readonly client: CoordinatorClient;
  readonly state: ClusterState;
  /** Writes so far since it leads. */
  writes(): number;
  /** Ends its session, too. */
  close(): Promise<void>;
}

/** A coordinator and a deep store in memory, and what else a catalog needs of a cluster. */
export class CatalogCluster {
  readonly store = new MemoryStore();
  readonly coordinator = new MemoryCoordinator();
  readonly errors: unknown[] = [];
  readonly #address: Address | null;
  readonly #closing: (() => Promise<void>)[] = [];

  /** @param address of a coordinator that is to be used in place of one in memory. */
  constructor(address: Address | null = null) {
    this.#address = address;
  }

  async connect(): Promise<CoordinatorClient> {
    const connectTcp = async () => {
      const [own, its] = tcpPair(IN_MEMORY);
      this.coordinator.accept(its);
      return own;
    };
    const client = await CoordinatorClient.connect({
      addresses: [this.#address ?? IN_MEMORY],
      sessionTimeoutMs: 10_000,
      network: this.#address === null ? { ...nodeNetwork, connectTcp } : nodeNetwork,
      clock: nodeClock,
      random: nodeRandom,
      onError: (error) => this.errors.push(error),
    });
    for (const path of CLUSTER_PARENTS) await client.ensurePath(path);
    this.#closing.push(() => client.close());
    return client;
  }

  /** A server that takes over whatever lists it, each file after some time. */
  async server(id: string, openMs = 0): Promise<void> {
    const client = await this.connect();
    const engine = { addSegment: async () => {}, removeSegment: async () => {} };
    const onError = (error: unknown) => this.errors.push(error);
    const store = async () => {
      if (openMs > 0) await sleep(nodeClock, openMs);
      return this.store;
    };
    const hosted = new HostedSegments({ engine, store, clock: nodeClock, graceMs: 0, onError });
    const hosting = new PageHosting({ client, server: id, hosted, clock: nodeClock, onError });
    const live = { id, host: id, port: 1, incarnation: id };
    const path = childPath(clusterPaths.liveServers, id);
    await createEphemeral(client, path, encodeNode(path, live));
    await hosting.start();
    this.#closing.push(() => hosting.close());
  }

  /** A controller, that leads when it is told to. */
  async controller(
    id: string,
    {
      crash,
      clock = nodeClock,
      graceMs = 0,
      builds = inlineBuilds({
        ...{ store: this.store, disk: nodeDisk, decode, clock, random: nodeRandom },
      }),
    }: {
      readonly crash?: CrashPoint | undefined;
      readonly clock?: Clock;
      readonly graceMs?: number;
      readonly builds?: SegmentBuilds;
    } = {},
  ): Promise<Controller & { lead(): Promise<void> }> {
    const own = await this.connect();
    const counted = countWrites(own, crash);
    const onError = (error: unknown) => {
      if (!(error instanceof Crash)) this.errors.push(error);
    };
    const { client } = counted;
    let notice = () => {};
    const state = await followClusterState(own, () => notice(), onError);
    const catalog = new Catalog({
      ...{ client, state, store: this.store, clock, random: nodeRandom, graceMs, onError },
      orphanGraceMs: ORPHAN_GRACE_MS,
      parts: PRODUCTION_PARTS,
      builds,
      replication: 2,
      untilBrokersSee: async () => {},
    });
    notice = () => catalog.noticeChange();
    const self = { id, host: id, port: 1, incarnation: id };
    return {
      ...{ catalog, client, state, writes: counted.writes },
      lead: async () => {
        const number = await seekLeadership(client, self);
        if (number === null) throw new Error(`${id} does not lead`);
        await catalog.lead(new LeaderTerm(client, number));
      },
      close: async () => {
        await catalog.close();
        await state.close();
        await own.close();
      },
    };
  }

  /** Puts a file of one row into the store; returns the name of its object. */
  async upload(
    table: string,
    segment: string,
    value: number,
    nowMs = nodeClock.nowMs(),
  ): Promise<string> {
    const builder = new SegmentBuilder(schemaOf(table));
    builder.append([{ kind: 'integers', values: Int32Array.of(value), nulls: null }]);
    const object = newObjectName(segment, nowMs, nodeRandom);
    await this.store.put(segmentKey(table, object), builder.build(segment, 0).parts);
    return object;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }
}

/** Names of the visible segments of a table with their files, sorted. */
export function visibleFiles({ state }: Pick<Controller, 'state'>, table: string): string[] {
  const visible = [...visibleSegments(state, table)];
  return visible.map(([id, { file }]) => `${segmentName(id)} ${file}`).sort();
}

const WRITES = new Set<string | symbol>(['transaction', 'create', 'set', 'delete']);

/** A client that counts its writes, and ends at one of them as its process would. */
function countWrites(
  client: CoordinatorClient,
  crash: CrashPoint | undefined,
): { readonly client: CoordinatorClient; writes(): number } {
  let writes = 0;
  let isDown = false;
  const call = async (key: string | symbol, run: () => unknown) => {
    if (isDown) throw new Crash('down');
    if (!WRITES.has(key) || ++writes !== crash?.write) return run();
    isDown = true;
    if (crash.when === 'after') await run();
    throw new Crash(`at write ${writes}`);
  };
  const counted = new Proxy(client, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => call(key, () => value.apply(target, args));
    },
  });
  return { client: counted, writes: () => writes };
}
