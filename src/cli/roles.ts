import { resolve } from 'node:path';
import type { ConsoleAssets } from '../broker/console.ts';
import type { QuerySettings } from '../broker/query-settings.ts';
import { brokerContext, reducerOver } from '../broker/reducer.ts';
import { type BrokerRole, startBroker } from '../broker/role.ts';
import { BuildThread } from '../controller/build-thread.ts';
import { type ControllerRole, startController } from '../controller/role.ts';
import type { CoordinatorAddress } from '../coord/cluster/role-session.ts';
import { constantEvaluator } from '../exec/constant-evaluator.ts';
import type { LeafService } from '../exec/leaf-service.ts';
import type { Address } from '../io/network.ts';
import {
  buildWorkerEntry,
  engineWorkerEntry,
  loadConsoleFile,
  loadKernelModule,
} from '../io/node-assets.ts';
import { nodeClock } from '../io/node-clock.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { nodeSpillDisk, removeStaleSpill } from '../io/node-spill.ts';
import { createNodeTasks } from '../io/node-tasks.ts';
import { Engine } from '../server/engine.ts';
import { type ServerRole, startServer } from '../server/role.ts';
import type { StoreLocation } from '../store/store-location.ts';
import { instanceId } from './instance-id.ts';
import { machine } from './machine.ts';
import { errorReporter, type LogOptions, observersOf } from './observers.ts';
import { s3Credentials } from './s3-settings.ts';
import { packageVersion } from './settings.ts';

/**
 * Starts a controller.
 *
 * @param storeLocation where the deep store is to be; absent for wherever it is, and `<data>/segments`
 *   in a new cluster.
 */
export async function runController(
  dataDirectory: string,
  address: Address,
  coordinator: CoordinatorAddress,
  replication: number,
  log: LogOptions,
  storeLocation?: StoreLocation,
): Promise<ControllerRole> {
  const directory = resolve(dataDirectory);
  const id = await instanceId(directory, 'controller', address);
  const observers = await observersOf(id, log);
  return startController({
    ...machine,
    onError: errorReporter(observers),
    observers,
    id,
    address,
    coordinator,
    storeLocation,
    storeDirectory: `${directory}/segments`,
    s3Credentials: s3Credentials(process.env),
    replication,
    builds: (store) =>
      new BuildThread({
        ...{ tasks: createNodeTasks(buildWorkerEntry), clock: nodeClock },
        ...{ store, location: store.location },
      }),
    version: packageVersion(),
  });
}

/** A server with the engine that it owns. */
export interface RunningServer extends ServerRole {
  readonly id: string;
  readonly engine: LeafService;
}

/** What a server may take of the machine. */
export interface ServerResources {
  readonly memoryBytes: number;
  /** Null for one thread a core. */
  readonly threadCount: number | null;
  /** Disk space for files of a deep store that is a bucket. */
  readonly diskCacheBytes: number;
}

/** Starts a server with an engine of its own. */
export async function runServer(
  dataDirectory: string,
  address: Address,
  coordinator: CoordinatorAddress,
  resources: ServerResources,
  log: LogOptions,
): Promise<RunningServer> {
  const tasks = createNodeTasks(engineWorkerEntry);
  const spillFolder = `${resolve(dataDirectory)}/spill`;
  await removeStaleSpill(nodeDisk, spillFolder);
  const engine = await Engine.start({
    kernelModule: await loadKernelModule(),
    sharedMemory: true,
    tasks,
    threadCount: resources.threadCount ?? tasks.coreCount,
    memoryBytes: resources.memoryBytes,
    clock: nodeClock,
    spill: { disk: nodeSpillDisk, folder: spillFolder },
    hostName: address.host,
  });
  try {
    const directory = resolve(dataDirectory);
    const id = await instanceId(directory, 'server', address);
    const observers = await observersOf(id, log);
    const server = await startServer({
      ...machine,
      ...{ onError: errorReporter(observers), observers, id, address, coordinator, engine },
      s3Credentials: s3Credentials(process.env),
      diskCache: { directory: `${directory}/segment-cache`, budgetBytes: resources.diskCacheBytes },
    });
    return {
      id,
      engine,
      address: server.address,
      leave: () => server.leave(),
      close: async () => {
        await server.close();
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Starts a broker; servers of this process are called directly. */
export async function runBroker(
  address: Address,
  coordinator: CoordinatorAddress,
  localServers: readonly RunningServer[],
  log: LogOptions,
  settings?: QuerySettings,
): Promise<BrokerRole> {
  const context = brokerContext(await loadKernelModule());
  const id = `Broker_${address.host}_${address.port}`;
  const observers = await observersOf(id, log);
  return startBroker({
    ...machine,
    onError: errorReporter(observers),
    observers,
    id,
    address,
    coordinator,
    localEngines: new Map(localServers.map(({ id, engine }) => [id, engine])),
    reduce: reducerOver(context, nodeClock),
    evaluateConstant: constantEvaluator(context),
    settings,
    consoleAssets: await loadConsole(),
  });
}

async function loadConsole(): Promise<ConsoleAssets> {
  return {
    page: await loadConsoleFile('index.html'),
    script: await loadConsoleFile('main.js'),
    style: await loadConsoleFile('style.css'),
    icon: await loadConsoleFile('icon.svg'),
  };
}
