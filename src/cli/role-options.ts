import type { Command } from 'commander';
import { EngineError } from '../base/errors.ts';
import type { CoordinatorAddress } from '../coord/cluster/role-session.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { checkExposure } from './exposure.ts';
import type { LogOptions } from './observers.ts';
import type { QueryOptions } from './query-options.ts';
import type { StoreSettings } from './s3-settings.ts';
import { coordinatorArgument } from './settings.ts';
import { coordinatorList } from './topology.ts';

/** The options of `nyala controller`, `server` and `broker`, whether they came as flags or from a file. */
export interface RoleOptions extends StoreSettings, QueryOptions {
  readonly coord: CoordinatorAddress;
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly replication: number;
  readonly memory: number;
  readonly threads: number | null;
  readonly log: LogOptions;
  /** Bytes of disk for files of a bucket. */
  readonly diskCache: number;
}

/**
 * The options that a role was given: flags, then what the file of `--config` says, then defaults.
 *
 * @throws EngineError BAD_REQUEST when one that must be there is missing; as `readConfiguration` and
 *   `checkExposure`.
 */
export async function roleOptions(
  command: Command,
  role: 'controller' | 'server' | 'broker',
): Promise<RoleOptions> {
  const given = command.opts();
  const file =
    given.config === undefined ? {} : ofFile(await readConfiguration(given.config), role);
  for (const [name, value] of Object.entries(file)) {
    if (command.getOptionValueSource(name) !== 'cli') given[name] = value;
  }
  const missing = ['coord', ...(role === 'broker' ? [] : ['data'])].find(
    (name) => given[name] === undefined,
  );
  if (missing === undefined) {
    const { logLevel: level, logFormat: format, allowRemote, ...options } = given;
    checkExposure(given.host, allowRemote);
    return { ...options, log: { level, format } } as RoleOptions;
  }
  throw new EngineError('BAD_REQUEST', `${role}: expected --${missing} or --config FILE`);
}

function ofFile(
  configuration: Configuration,
  role: 'controller' | 'server' | 'broker',
): Record<string, unknown> {
  const { host, data, coord, log, allowRemote } = configuration;
  return {
    host,
    allowRemote,
    data,
    logLevel: log.level,
    logFormat: log.format,
    coord: coordinatorArgument(coord ?? coordinatorList(configuration)),
    ...configuration[role],
  };
}
