import type { Command } from 'commander';
import type { Address } from '../../io/network.ts';
import { querySettings } from '../query-options.ts';
import { roleOptions } from '../role-options.ts';
import { runBroker, runController, runServer } from '../roles.ts';
import { storeLocationOf } from '../s3-settings.ts';
import { untilStopped } from '../terminal.ts';

/** Something that runs until it is closed. */
interface Running {
  readonly address: Address;
  /** What is to be done before, so that nobody notices the end. */
  leave?(): Promise<void>;
  close(): Promise<void>;
}

/** `nyala controller`. */
export async function controller(command: Command): Promise<void> {
  const options = await roleOptions(command, 'controller');
  const { host, port, coord, data, replication, log } = options;
  const store = storeLocationOf(options);
  await serve('controller', () =>
    runController(data, { host, port }, coord, replication, log, store),
  );
}

/** `nyala server`. */
export async function server(command: Command): Promise<void> {
  const options = await roleOptions(command, 'server');
  const { host, port, coord, data, memory: memoryBytes, threads: threadCount, log } = options;
  const resources = { memoryBytes, threadCount, diskCacheBytes: options.diskCache };
  await serve('server', () => runServer(data, { host, port }, coord, resources, log));
}

/** `nyala broker`. */
export async function broker(command: Command): Promise<void> {
  const options = await roleOptions(command, 'broker');
  const { host, port, coord, log } = options;
  await serve('broker', () => runBroker({ host, port }, coord, [], log, querySettings(options)));
}

/** Runs a role until the process is told to stop. */
async function serve(name: string, startRole: () => Promise<Running>): Promise<void> {
  const role = await startRole();
  const { host, port } = role.address;
  await untilStopped(`${name} listens on ${host}:${port}; stop with Ctrl-C`);
  await role.leave?.();
  await role.close();
}
