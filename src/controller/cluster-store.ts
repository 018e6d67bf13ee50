import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { clusterPaths, decodeNode, encodeNode, type StoreNode } from '../coord/cluster/paths.ts';
import type { Disk } from '../io/disk.ts';
import { type OpenStore, openStore, type StoreParts } from '../store/open-store.ts';
import { type StoreLocation, storeText } from '../store/store-location.ts';

/** What decides where a cluster's deep store is. */
export interface ClusterStoreOptions extends StoreParts {
  /** Where its operator wants it; absent for wherever it is. */
  readonly storeLocation?: StoreLocation | undefined;
  /** An absolute path: the deep store of a new cluster whose operator does not say. */
  readonly storeDirectory: string;
}

/**
 * Opens the cluster's deep store: the one that the tree names. A new cluster's is named now, after a
 * look at whether it is there; so is one in the place of a folder that is not there (the data folder was
 * moved), and a bucket that has another endpoint.
 *
 * @throws EngineError BAD_REQUEST when the operator wants another one than the cluster has.
 */
export async function openClusterStore(
  client: CoordinatorClient,
  options: ClusterStoreOptions,
): Promise<OpenStore> {
  const path = clusterPaths.store;
  await client.ensurePath(path);
  const { data, stat } = await client.get(path);
  const named = data.length === 0 ? null : decodeNode<StoreNode>(path, data);
  const location = await chooseStore(named, options);
  const store = await openStore(location, options);
  if (named !== null && JSON.stringify(named) === JSON.stringify(location)) return store;
  try {
    await store.list('nyala');
    await client.set(path, encodeNode(path, location), stat.version);
    return store;
  } catch (error) {
    await store.close();
    // Another controller has named one meanwhile.
    if (!(error instanceof EngineError) || error.code !== 'CONFLICT') throw error;
    return openClusterStore(client, options);
  }
}

async function chooseStore(
  named: StoreNode | null,
  { storeLocation, storeDirectory, disk }: ClusterStoreOptions,
): Promise<StoreLocation> {
  const wanted = storeLocation ?? { kind: 'folder', directory: storeDirectory };
  if (named === null) return wanted;
  if (storeLocation !== undefined && isSamePlace(named, storeLocation)) return storeLocation;
  const isFolderGone = named.kind === 'folder' && !(await isDirectory(disk, named.directory));
  if (isFolderGone && wanted.kind === 'folder') return wanted;
  if (storeLocation === undefined) return named;
  throw new EngineError(
    'BAD_REQUEST',
    `controller: the cluster's segments are in ${storeText(named)}, not in ` +
      `${storeText(storeLocation)}; start without --deep-store`,
  );
}

/** One that is empty may be another controller's, which has not been given a segment yet. */
async function isDirectory(disk: Disk, path: string): Promise<boolean> {
  const slash = path.lastIndexOf('/');
  return (await disk.list(path.slice(0, slash) || '/')).includes(path.slice(slash + 1));
}

/** A bucket may be behind another endpoint, and a new key of region. */
function isSamePlace(named: StoreNode, wanted: StoreLocation): boolean {
  if (named.kind === 'folder' || wanted.kind === 'folder') {
    return JSON.stringify(named) === JSON.stringify(wanted);
  }
  return named.bucket === wanted.bucket && named.prefix === wanted.prefix;
}
