import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildServer } from '../../bench/coordinator/child-server.ts';
import {
  prepareZooKeeper,
  type ZooKeeperOptions,
  zooKeeperMissing,
} from '../../bench/coordinator/zookeeper.ts';
import type { Address } from '../../src/io/network.ts';
import { type DescribePeer, requirePeer } from './peers.ts';

/** Apache ZooKeeper that serves, alone or as an ensemble, in a directory of its own. */
export interface RunningZooKeeper {
  readonly servers: readonly ChildServer[];
  /** Where clients connect, one address for each server. */
  readonly addresses: readonly Address[];
  /** What all servers printed. */
  log(): string;
  /** Kills the servers and removes their directory. */
  close(): Promise<void>;
}

/** Groups tests that need Apache ZooKeeper; see `requirePeer`. */
export function describeZooKeeper(title: string, tests: () => void): void {
  const missing = zooKeeperMissing();
  const describePeer: DescribePeer = requirePeer(
    'Apache ZooKeeper',
    missing === null,
    missing ?? '',
  );
  describePeer(title, tests);
}

/** Starts real servers, on free ports, and waits until they serve. */
export async function startZooKeeper(
  options: Omit<ZooKeeperOptions, 'directory'> = {},
): Promise<RunningZooKeeper> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-zookeeper-'));
  const servers = await prepareZooKeeper({ ...options, directory });
  const close = async (): Promise<void> => {
    for (const server of servers) await server.kill();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (const server of servers) server.start();
    for (const server of servers) await server.serves();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    servers,
    addresses: servers.map(({ address }) => address),
    log: () => servers.map((server) => server.log()).join('\n'),
    close,
  };
}
