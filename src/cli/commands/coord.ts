import { setFlagsFromString } from 'node:v8';
import { EngineError } from '../../base/errors.ts';
import { configOfArguments } from '../../coord/config/arguments.ts';
import type { CoordinatorConfig } from '../../coord/config/coordinator-config.ts';
import { parseProperties } from '../../coord/config/properties.ts';
import { configOfZooCfg, filesNamedBy } from '../../coord/config/zoo-cfg.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { runCoordinator } from '../coordinator.ts';
import { checkExposure } from '../exposure.ts';
import { note, untilStopped } from '../terminal.ts';

/** The options of `nyala coord`. */
export interface CoordOptions {
  readonly data?: string;
  readonly config?: string;
  readonly id?: number;
  readonly nodes?: string;
  readonly host?: string;
  readonly port?: number;
  readonly peerPort?: number;
  readonly httpPort?: number;
  readonly portOffset: number;
  readonly allowRemote: boolean;
}

/** `nyala coord`: runs a node until the process is told to stop. */
export async function coord(options: CoordOptions): Promise<void> {
  // Requests live for a millisecond. A young generation that grows with them would take a third of
  // the process's memory and be no faster.
  setFlagsFromString('--semi-space-growth-factor=1');
  const config =
    options.config === undefined
      ? argumentsConfig(options)
      : await fileConfig(options.config, options);
  // A zoo.cfg means what it means to ZooKeeper.
  if (options.config === undefined) {
    checkExposure(config.listen.client?.host ?? '127.0.0.1', options.allowRemote);
  }
  const node = await runCoordinator(config);
  const { host, port } = node.address;
  await untilStopped(`coordinator listens on ${host}:${port}; stop with Ctrl-C`);
  await node.close();
}

/**
 * The configuration that the options describe, for `--id` and `--nodes` of other commands as well.
 *
 * @throws EngineError BAD_REQUEST.
 */
export function argumentsConfig(options: Partial<CoordOptions>): CoordinatorConfig {
  if (options.data === undefined) {
    throw new EngineError('BAD_REQUEST', 'coord: expected --data DIR or --config FILE');
  }
  return configOfArguments({
    dataDirectory: options.data,
    nodeId: options.id ?? null,
    nodes: options.nodes ?? null,
    host: options.host ?? null,
    port: options.port ?? null,
    peerPort: options.peerPort ?? null,
    httpPort: options.httpPort ?? null,
    portOffset: options.portOffset ?? 0,
  });
}

async function fileConfig(path: string, options: CoordOptions): Promise<CoordinatorConfig> {
  const { config: _, portOffset, allowRemote: __, ...others } = options;
  const [other] = Object.keys(others);
  if (other !== undefined || portOffset !== 0) {
    throw new EngineError(
      'BAD_REQUEST',
      `coord: expected --config alone, found --${kebabCase(other ?? 'portOffset')} beside it`,
    );
  }
  const main = parseProperties(path, await readText(path));
  const { dynamic, myid } = filesNamedBy(main);
  const { config, notices } = configOfZooCfg({
    main,
    dynamic: dynamic === null ? null : parseProperties(dynamic, await readText(dynamic)),
    myid:
      (await nodeDisk.sizeBytes(myid)) === null ? null : { path: myid, text: await readText(myid) },
  });
  for (const notice of notices) note(`nyala: ${path}: ${notice}`);
  return config;
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await nodeDisk.readFile(path));
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
