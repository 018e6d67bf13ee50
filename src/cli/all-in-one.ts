import type { BrokerRole } from '../broker/role.ts';
import type { ControllerRole } from '../controller/role.ts';
import { configOfArguments } from '../coord/config/arguments.ts';
import type { RunningCoordinator } from '../coord/node.ts';
import { runCoordinator } from './coordinator.ts';
import type { LogOptions } from './observers.ts';
import { portOf } from './ports.ts';
import { type RunningServer, runBroker, runController, runServer } from './roles.ts';

/** How to run everything in one process. */
export interface AllInOneOptions {
  readonly dataDirectory: string;
  readonly host: string;
  readonly portOffset: number;
  readonly memoryBytes: number;
  /** Null for one thread a core. */
  readonly threadCount: number | null;
  readonly log: LogOptions;
}

/** All roles, running. */
export interface AllInOne {
  readonly coordinator: RunningCoordinator;
  readonly controller: ControllerRole;
  readonly server: RunningServer;
  readonly broker: BrokerRole;
  close(): Promise<void>;
}

/**
 * Starts a coordinator, a controller, a server and a broker in this process. They find each other
 * through the coordinator's tree as separate processes do; only queries go from broker to server
 * without a socket.
 */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  const { dataDirectory, host, portOffset, memoryBytes, threadCount, log } = options;
  const at = (role: Parameters<typeof portOf>[0]) => ({ host, port: portOf(role, portOffset) });
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const role of started.reverse()) await role.close();
  };
  const keep = <R extends { close(): Promise<void> }>(role: R): R => {
    started.push(role);
    return role;
  };
  try {
    const coordinator = keep(
      await runCoordinator(
        configOfArguments({
          ...{ dataDirectory, host, portOffset, nodeId: null, nodes: null, peerPort: null },
          port: portOf('coordinator', portOffset),
          httpPort: portOf('coordinatorHttp', portOffset),
        }),
      ),
    );
    const address = { addresses: [coordinator.address] };
    const controller = keep(await runController(dataDirectory, at('controller'), address, 1, log));
    // Its deep store is a folder, which is read in place.
    const resources = { memoryBytes, threadCount, diskCacheBytes: 0 };
    const server = keep(await runServer(dataDirectory, at('server'), address, resources, log));
    const broker = keep(await runBroker(at('broker'), address, [server], log));
    return { coordinator, controller, server, broker, close };
  } catch (error) {
    await close();
    throw error;
  }
}
