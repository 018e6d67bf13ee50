import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoordinatorClient, type CoordinatorClientOptions } from '../../src/coord/client.ts';
import { type CoordinatorOptions, startCoordinator } from '../../src/coord/node.ts';
import type { Address } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';

export const ANY_PORT: Address = { host: '127.0.0.1', port: 0 };

/** A new empty directory, and its removal. */
export async function temporaryDirectory(): Promise<{
  directory: string;
  remove: () => Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-coord-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A real coordinator over TCP. */
export function startNode(directory: string, options: Partial<CoordinatorOptions> = {}) {
  return startCoordinator({
    directory,
    disk: nodeDisk,
    network: nodeNetwork,
    clock: nodeClock,
    random: nodeRandom,
    address: ANY_PORT,
    httpAddress: null,
    ...options,
  });
}

/** Our client, connected. */
export function connectClient(
  addresses: readonly Address[],
  options: Partial<CoordinatorClientOptions> = {},
): Promise<CoordinatorClient> {
  return CoordinatorClient.connect({
    addresses,
    sessionTimeoutMs: 10_000,
    network: nodeNetwork,
    clock: nodeClock,
    random: nodeRandom,
    ...options,
  });
}

/** Polls until a condition holds; fails after a number of seconds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 5,
) {
  for (let attempt = 0; attempt < 100 * seconds; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never happened: ${what}`);
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
