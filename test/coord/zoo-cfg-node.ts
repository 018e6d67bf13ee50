import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { runCoordinator } from '../../src/cli/coordinator.ts';
import { parseProperties } from '../../src/coord/config/properties.ts';
import { configOfZooCfg } from '../../src/coord/config/zoo-cfg.ts';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import { certificateFile } from '../io/tls-harness.ts';
import { temporaryDirectory } from './harness.ts';

/** Nodes that run as zoo.cfg files say, in one folder that also holds certificates and users. */
export class ZooCfgNodes {
  readonly directory: string;
  readonly running: RunningCoordinator[] = [];
  readonly #remove: () => Promise<void>;

  private constructor(place: Awaited<ReturnType<typeof temporaryDirectory>>) {
    this.directory = place.directory;
    this.#remove = place.remove;
  }

  static async prepare(): Promise<ZooCfgNodes> {
    const nodes = new ZooCfgNodes(await temporaryDirectory());
    await nodes.write('authority.pem', certificateFile('authority.pem'));
    for (const name of ['server', 'stranger']) {
      const key = certificateFile(`${name}.key.pem`);
      await nodes.write(`${name}.pem`, Buffer.concat([certificateFile(`${name}.pem`), key]));
    }
    return nodes;
  }

  write(name: string, content: Uint8Array | string): Promise<void> {
    return writeFile(join(this.directory, name), content);
  }

  /** Where a file of the folder is. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Starts a node with a data folder of its own; the text stands beside its dataDir. */
  async start(text: string, id = 1): Promise<RunningCoordinator> {
    const dataDirectory = this.path(`data-${id}`);
    await mkdir(dataDirectory, { recursive: true });
    const main = parseProperties('zoo.cfg', `dataDir=${dataDirectory}\ntickTime=500\n${text}`);
    const myid = { path: 'myid', text: String(id) };
    const { config } = configOfZooCfg({ main, dynamic: null, myid });
    const node = await runCoordinator(config);
    this.running.push(node);
    return node;
  }

  async close(): Promise<void> {
    for (const node of this.running.splice(0)) await node.close();
    await this.#remove();
  }
}

/** A line that sets a port, on the loopback interface, to a free one. */
export async function portLine(key: string): Promise<string> {
  const [port] = await freePorts(1);
  const hostKey = key.startsWith('admin.')
    ? 'admin.serverAddress'
    : key.startsWith('metrics')
      ? 'metricsProvider.httpHost'
      : `${key}Address`;
  return `${key}=${port}\n${hostKey}=127.0.0.1\n`;
}
