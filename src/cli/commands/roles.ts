import type { CoordinatorAddress } from '../../coord/cluster/role-session.ts';
import type { Address } from '../../io/network.ts';
import { runBroker, runController, runServer } from '../roles.ts';
import { untilStopped } from '../terminal.ts';

/** Something that runs until it is closed. */
interface Running {
  readonly address: Address;
  close(): Promise<void>;
}

/** Options that every role but the coordinator has. */
export interface RoleOptions {
  readonly host: string;
  readonly port: number;
  readonly coord: CoordinatorAddress;
}

/** `nyala controller`. */
export async function controller(
  options: RoleOptions & { readonly data: string; readonly replication: number },
): Promise<void> {
  const { host, port, coord, data, replication } = options;
  await serve('controller', () => runController(data, { host, port }, coord, replication));
}

/** `nyala server`. */
export async function server(
  options: RoleOptions & {
    readonly data: string;
    readonly memory: number;
    readonly threads: number | null;
  },
): Promise<void> {
  const { host, port, coord, data, memory, threads } = options;
  const resources = { memoryBytes: memory, threadCount: threads };
  await serve('server', () => runServer(data, { host, port }, coord, resources));
}

/** `nyala broker`. */
export async function broker({ host, port, coord }: RoleOptions): Promise<void> {
  await serve('broker', () => runBroker({ host, port }, coord, []));
}

/** Runs a role until the process is told to stop. */
async function serve(name: string, startRole: () => Promise<Running>): Promise<void> {
  const role = await startRole();
  const { host, port } = role.address;
  await untilStopped(`${name} listens on ${host}:${port}; stop with Ctrl-C`);
  await role.close();
}
