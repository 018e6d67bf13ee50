import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import zookeeper from 'node-zookeeper-client';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import type { Address } from '../../../src/io/network.ts';
import { connectClient, utf8 } from '../harness.ts';

/** When a write began and when it was answered. */
export interface WriteTimes {
  readonly begunMs: number;
  readonly answeredMs: number;
}

/** Creates nodes as long as it may, and remembers which of them it was promised. */
export interface Writer {
  readonly name: string;
  /** Paths whose creation was acknowledged. */
  readonly acknowledged: readonly string[];
  /** For each acknowledged write, when it began and when it was answered (`performance.now()`). */
  readonly times: readonly WriteTimes[];
  /** Writes that got an error, whose outcome nobody knows. */
  readonly unknownCount: number;
  stop(): Promise<void>;
}

/** Creates a node, or folder, and fails when it is not acknowledged. */
type Create = (path: string) => Promise<unknown>;

const ROOT = '/chaos';
/** Few enough that the names of one folder fit a packet. */
const NODES_PER_FOLDER = 1_000;
const PAUSE_MS = 10;
const SESSION_MS = 10_000;

class LoopingWriter implements Writer {
  readonly name: string;
  readonly acknowledged: string[] = [];
  readonly times: WriteTimes[] = [];
  unknownCount = 0;
  readonly #create: Create;
  readonly #disconnect: () => Promise<void>;
  readonly #running: Promise<void>;
  #isStopping = false;

  constructor(name: string, create: Create, disconnect: () => Promise<void>) {
    this.name = name;
    this.#create = create;
    this.#disconnect = disconnect;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await this.#disconnect();
  }

  async #run(): Promise<void> {
    await this.#createFolder(ROOT);
    let folder = '';
    for (let number = 0; !this.#isStopping; number++) {
      if (number % NODES_PER_FOLDER === 0) {
        folder = `${ROOT}/${this.name}-${number / NODES_PER_FOLDER}`;
        await this.#createFolder(folder);
      }
      const begunMs = performance.now();
      try {
        const path = `${folder}/n${number}`;
        await this.#create(path);
        this.acknowledged.push(path);
        this.times.push({ begunMs, answeredMs: performance.now() });
      } catch {
        this.unknownCount++;
      }
      await sleep(PAUSE_MS);
    }
  }

  /** Tries until it is there. */
  async #createFolder(path: string): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#create(path);
        return;
      } catch (error) {
        if (isExisting(error)) return;
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** Writes through our own client. */
export async function ourWriter(name: string, addresses: readonly Address[]): Promise<Writer> {
  const client = await connectClient(addresses, { sessionTimeoutMs: SESSION_MS });
  const create: Create = (path) => client.create(path, utf8(path));
  return new LoopingWriter(name, create, () => client.close());
}

/** Writes through the npm package node-zookeeper-client. */
export async function foreignWriter(name: string, addresses: readonly Address[]): Promise<Writer> {
  const hosts = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
  const client = zookeeper.createClient(hosts, { sessionTimeout: SESSION_MS, spinDelay: 100 });
  const connected = new Promise((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  const createOnce = promisify(client.create.bind(client));
  const create: Create = (path) =>
    createOnce(path, Buffer.from(path), zookeeper.CreateMode.PERSISTENT);
  return new LoopingWriter(name, create, async () => client.close());
}

/** The paths that were promised and that a server does not have. */
export async function lostWrites(
  client: CoordinatorClient,
  writers: readonly Writer[],
): Promise<string[]> {
  await client.sync('/');
  const present = new Set<string>();
  for (const folder of await client.children(ROOT)) {
    for (const name of await client.children(`${ROOT}/${folder}`)) {
      present.add(`${ROOT}/${folder}/${name}`);
    }
  }
  return writers.flatMap(({ acknowledged }) => acknowledged.filter((path) => !present.has(path)));
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && /NODE_EXISTS|node exists/.test(`${error.name} ${error.message}`);
}
