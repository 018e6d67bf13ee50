import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEGMENT_ROWS_DEFAULT } from '../../src/base/limits.ts';
import { brokerContext, reducerOver } from '../../src/broker/reducer.ts';
import { type BrokerRole, startBroker } from '../../src/broker/role.ts';
import { ControllerClient } from '../../src/cli/controller-client.ts';
import { loadTable } from '../../src/cli/load-table.ts';
import {
  type ControllerOptions,
  type ControllerRole,
  startController,
} from '../../src/controller/role.ts';
import { inlineBuilds } from '../../src/controller/segment-builds.ts';
import { constantEvaluator } from '../../src/exec/constant-evaluator.ts';
import { loadKernelModule } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { noObservers } from '../../src/io/observers.ts';
import { bufferDecoder } from '../../src/kernels/buffer-decoder.ts';
import { type ServerRole, startServer } from '../../src/server/role.ts';
import type { StoreLocation } from '../../src/store/store-location.ts';
import { ANY_PORT, connectClient, startNode } from '../coord/harness.ts';
import { openEngine } from '../support/memory-table.ts';
import { S3_CREDENTIALS } from '../support/s3-server.ts';

const decode = bufferDecoder(await loadKernelModule());

/** A cluster of real roles over real sockets in this process. */
export class TestCluster {
  readonly directory: string;
  readonly errors: unknown[] = [];
  readonly #started: { close(): Promise<void> }[] = [];
  #coordinator: Awaited<ReturnType<typeof startNode>> | null = null;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Where controllers are told to have the deep store; absent for a folder of the cluster's own. */
  storeLocation: StoreLocation | undefined;
  /** Those who watch roles that are started from now on. */
  observers = noObservers;
  /** What controllers that are started from now on build with (default: on this thread). */
  builds: ControllerOptions['builds'] | undefined;
  /** Disk space of servers that are started from now on, for files of a bucket. */
  diskCacheBytes = 2 ** 30;

  static async start(): Promise<TestCluster> {
    const cluster = new TestCluster(await mkdtemp(join(tmpdir(), 'nyala-cluster-')));
    cluster.#coordinator = await startNode(join(cluster.directory, 'coord'));
    return cluster;
  }

  async controller(id = 'Controller_1', replication = 1): Promise<ControllerRole> {
    return this.#keep(
      await startController({
        ...this.#machine(),
        id,
        storeLocation: this.storeLocation,
        storeDirectory: join(this.directory, 'segments'),
        replication,
        builds: this.builds ?? ((store) => inlineBuilds({ ...this.#machine(), store, decode })),
        version: '0.0.0',
      }),
    );
  }

  async server(id: string): Promise<ServerRole> {
    const engine = await openEngine(0, 128 * 1_048_576);
    const directory = join(this.directory, id, 'segment-cache');
    const diskCache = { directory, budgetBytes: this.diskCacheBytes };
    const server = await startServer({ ...this.#machine(), id, engine, diskCache });
    const close = async () => {
      await server.close();
      await engine.close();
    };
    return this.#keep({ address: server.address, leave: () => server.leave(), close });
  }

  async broker(id = 'Broker_1'): Promise<BrokerRole> {
    const context = brokerContext(await loadKernelModule());
    const reduce = reducerOver(context, nodeClock);
    const evaluateConstant = constantEvaluator(context);
    return this.#keep(
      await startBroker({
        ...this.#machine(),
        id,
        localEngines: new Map(),
        reduce,
        evaluateConstant,
      }),
    );
  }

  /** Loads a file as `nyala load` does. */
  async load(controller: ControllerRole, table: string, file: string) {
    const client = nodeNetwork.httpClient(controller.address);
    try {
      const ask = new ControllerClient((request) => client.request(request));
      return await loadTable(ask, {
        ...{ table, files: [file], schemaFile: null, maxErrors: 0 },
        segmentRows: SEGMENT_ROWS_DEFAULT,
      });
    } finally {
      await client.close();
    }
  }

  /** The text of a node of the tree, and those of the nodes below it, one on each line. */
  async read(path: string): Promise<string> {
    const client = await connectClient([this.#coordinator!.address]);
    try {
      const children = await client.children(path);
      const paths = [path, ...children.map((child) => `${path}/${child}`)];
      const nodes = await Promise.all(paths.map((each) => client.get(each)));
      return nodes.map(({ data }) => new TextDecoder().decode(data)).join('\n');
    } finally {
      await client.close();
    }
  }

  /** Empties the disk of a server that does not run. */
  async forget(id: string): Promise<void> {
    await rm(join(this.directory, id), { recursive: true });
  }

  async close(): Promise<void> {
    for (const role of this.#started.reverse()) await role.close();
    await this.#coordinator?.close();
    await rm(this.directory, { recursive: true });
  }

  #keep<R extends { close(): Promise<void> }>(role: R): R {
    this.#started.push({ close: () => role.close() });
    return role;
  }

  #machine() {
    return {
      address: ANY_PORT,
      coordinator: { addresses: [this.#coordinator!.address] },
      network: nodeNetwork,
      clock: nodeClock,
      disk: nodeDisk,
      random: nodeRandom,
      s3Credentials: S3_CREDENTIALS,
      observers: this.observers,
      onError: (error: unknown) => this.errors.push(error),
    };
  }
}

/** A JSON request to a role. */
export async function json(role: { address: { port: number } }, path: string, init?: RequestInit) {
  const response = await fetch(`http://127.0.0.1:${role.address.port}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
  };
}
