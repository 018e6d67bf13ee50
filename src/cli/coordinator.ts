import { resolve } from 'node:path';
import { Authentication } from '../coord/auth/authentication.ts';
import type { CoordinatorConfig } from '../coord/config/coordinator-config.ts';
import { optionsOfConfig } from '../coord/config/node-options.ts';
import { readSecretFiles } from '../coord/config/secret-files.ts';
import { type RunningCoordinator, startCoordinator } from '../coord/node.ts';
import { nodeDigests } from '../io/node-digest.ts';
import { machineFacts } from '../io/node-machine.ts';
import { reportBackgroundError } from './background-errors.ts';
import { machine } from './machine.ts';
import { note } from './terminal.ts';

/** Where a coordinator keeps its log and snapshots: `<data>/coord`. */
export function coordinatorDirectory(dataDirectory: string): string {
  return `${resolve(dataDirectory)}/coord`;
}

/**
 * Starts a coordinator.
 *
 * @throws EngineError as `readSecretFiles`, `optionsOfConfig` and `startCoordinator`.
 */
export async function runCoordinator(config: CoordinatorConfig): Promise<RunningCoordinator> {
  const options = optionsOfConfig(config, await readSecretFiles(config, machine.disk));
  const digesting = { digests: nodeDigests, random: machine.random };
  return startCoordinator({
    ...machine,
    ...options,
    authentication: new Authentication(digesting, options.authentication),
    directory: coordinatorDirectory(config.dataDirectory),
    environment: machineFacts(),
    onFailure: reportBackgroundError,
    log: note,
  });
}
