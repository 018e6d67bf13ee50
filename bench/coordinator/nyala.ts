import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../root.ts';
import { ChildServer } from './child-server.ts';
import { freePorts } from './free-ports.ts';

/** How to set up our coordinators. */
export interface NyalaOptions {
  /** A directory for data and logs; made when it is missing. */
  readonly directory: string;
  /** 1 runs alone (default); 3 or 5 run as an ensemble. */
  readonly serverCount?: number;
}

const PORTS_PER_SERVER = 3;

/**
 * Our coordinators as the built command line runs them; starts none.
 *
 * @returns one server for each, all with free ports of the loopback interface.
 */
export async function prepareNyala(options: NyalaOptions): Promise<ChildServer[]> {
  const { directory, serverCount = 1 } = options;
  const ports = await freePorts(serverCount * PORTS_PER_SERVER);
  const members = Array.from({ length: serverCount }, (_, index) => {
    const [clientPort = 0, peerPort = 0, httpPort = 0] = ports.slice(index * PORTS_PER_SERVER);
    return { id: index + 1, clientPort, peerPort, httpPort };
  });
  const nodes = members
    .map(({ id, peerPort, clientPort }) => `${id}=127.0.0.1:${peerPort}:${clientPort}`)
    .join(',');
  const servers: ChildServer[] = [];
  for (const { id, clientPort, httpPort } of members) {
    const folder = join(directory, `nyala-${id}`);
    await mkdir(folder, { recursive: true });
    const place =
      serverCount === 1 ? ['--port', String(clientPort)] : ['--id', String(id), '--nodes', nodes];
    const data = ['--data', join(folder, 'data'), '--http-port', String(httpPort)];
    servers.push(
      new ChildServer({
        command: process.execPath,
        args: [join(repositoryRoot(), 'bin', 'nyala.js'), 'coord', ...data, ...place],
        address: { host: '127.0.0.1', port: clientPort },
        logPath: join(folder, 'log'),
      }),
    );
  }
  return servers;
}
