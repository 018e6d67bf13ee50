import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildServer } from './child-server.ts';
import type { LoadJob, LoadResult } from './load.ts';
import { createFrame, RawClient } from './raw-client.ts';

const ATTEMPT_MS_MAX = 1_000;
const GIVE_UP_MS = 120_000;
const PAUSE_MS = 5;

/** Servers of one kind, and a load generator in a process of its own. */
export class Ensemble {
  readonly name: string;
  readonly servers: readonly ChildServer[];
  readonly #generator: ChildProcess;
  #nodeNumber = 0;

  constructor(name: string, servers: readonly ChildServer[]) {
    this.name = name;
    this.servers = servers;
    this.#generator = fork(new URL('./load.js', import.meta.url));
  }

  /** Starts all servers. Resolves with the milliseconds until a write was answered. */
  async start(): Promise<number> {
    const startMs = performance.now();
    for (const server of this.servers) server.start();
    await this.#write();
    return performance.now() - startMs;
  }

  /**
   * Kills the leader. Resolves with the milliseconds until a client that knows all servers has
   * written, or null when nobody leads.
   */
  async loseLeader(): Promise<number | null> {
    for (const server of this.servers) {
      if ((await server.mode()) !== 'leader') continue;
      const startMs = performance.now();
      await server.kill();
      await this.#write();
      return performance.now() - startMs;
    }
    return null;
  }

  /** Lets the load generator work. @throws Error when it ends or something went wrong. */
  async perform(job: DistributiveOmit<LoadJob, 'addresses'>): Promise<LoadResult> {
    const addresses = this.servers.map(({ address }) => address);
    const result = await new Promise<LoadResult>((resolve, reject) => {
      this.#generator.once('message', (message) => resolve(message as LoadResult));
      this.#generator.once('exit', () => reject(new Error('the load generator ended')));
      this.#generator.send({ ...job, addresses });
    });
    this.#generator.removeAllListeners('exit');
    if (result.problems.length > 0) {
      throw new Error(`${this.name}: ${result.problems.slice(0, 5).join('\n')}`);
    }
    return result;
  }

  async close(): Promise<void> {
    this.#generator.kill();
    for (const server of this.servers) await server.kill();
  }

  /** Creates a node as soon as any server lets us. */
  async #write(): Promise<void> {
    const giveUpMs = performance.now() + GIVE_UP_MS;
    for (let attempt = 0; performance.now() < giveUpMs; attempt++) {
      const server = this.servers[attempt % this.servers.length]!;
      // A name for each attempt: one that got no answer may have been performed.
      const path = `/started-${this.#nodeNumber++}`;
      if (server.isRunning && (await isAnswered(server, path))) return;
      await sleep(PAUSE_MS);
    }
    const logs = this.servers.map((server) => server.log().slice(-2_000));
    throw new Error(`${this.name} does not serve:\n${logs.join('\n')}`);
  }
}

async function isAnswered({ address }: ChildServer, path: string): Promise<boolean> {
  let client: RawClient | null = null;
  try {
    client = await RawClient.open(address, ATTEMPT_MS_MAX);
    const { error } = await client.ask(createFrame(path, Buffer.alloc(0)), ATTEMPT_MS_MAX);
    return error === 0;
  } catch {
    return false;
  } finally {
    client?.close();
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
