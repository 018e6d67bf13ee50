import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { errorMessage } from '../base/errors.ts';
import type { CoordinatorAddress } from '../coord/cluster/role-session.ts';
import type { Address } from '../io/network.ts';
import { parseByteSize } from './byte-size.ts';

/** Nyala's version, from its package. */
export function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    const manifest = readManifest(new URL(path, import.meta.url));
    if (manifest?.name === 'nyala') return manifest.version;
  }
  return 'unknown';
}

/** An amount of memory from the command line. */
export function memoryArgument(text: string): number {
  try {
    return parseByteSize(text);
  } catch (error) {
    throw new InvalidArgumentError(errorMessage(error));
  }
}

/** A whole number of at least `least` from the command line. */
export function countArgument(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
  };
}

/** A port from the command line; 0 picks a free one. */
export function portArgument(text: string): number {
  const port = countArgument(0)(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('expected a port, 0 to 65535.');
}

/** `TABLE=FILE` from the command line, added to those before. */
export function loadArgument(text: string, before: readonly TableFile[]): TableFile[] {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1) {
    throw new InvalidArgumentError('expected TABLE=FILE.');
  }
  return [...before, { table: text.slice(0, equals), file: text.slice(equals + 1) }];
}

/** `NAME=N` from the command line, added to those before: the rate of an application. */
export function quotaArgument(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const equals = text.lastIndexOf('=');
  if (equals < 1) throw new InvalidArgumentError('expected APPLICATION=N.');
  return { ...before, [text.slice(0, equals)]: rateArgument(text.slice(equals + 1)) };
}

/** A number above 0 from the command line. */
export function rateArgument(text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && Number.isFinite(rate) && rate > 0) return rate;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** A file to load into a table. */
export interface TableFile {
  readonly table: string;
  readonly file: string;
}

/** `HOST:PORT,HOST:PORT[/chroot]`, as ZooKeeper's clients take it. */
export function coordinatorArgument(text: string): CoordinatorAddress {
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const addresses = hosts.split(',').map(addressArgument);
  return slash < 0 ? { addresses } : { addresses, chroot: text.slice(slash) };
}

function addressArgument(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new InvalidArgumentError(`expected HOST:PORT,…[/chroot], found ${JSON.stringify(text)}.`);
  }
  return { host: match[1] ?? match[2]!, port };
}

function readManifest(url: URL): { name: string; version: string } | null {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch {
    return null;
  }
}
