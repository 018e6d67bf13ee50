import { EngineError } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import { isSession } from '../core/node-owner.ts';
import { readZooKeeperLog } from './log-reader.ts';
import { expectNext, replay } from './replay.ts';
import { readZooKeeperSnapshot } from './snapshot-reader.ts';
import { logsAfter, type SnapshotFile, zooKeeperFiles } from './zookeeper-files.ts';
import type { ZooKeeperTree } from './zookeeper-tree.ts';

/** What reading needs from outside. */
export interface ImportHost {
  readonly disk: Disk;
  /** The content of a gzip file; throws when it is damaged. */
  readonly gunzip: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** A ZooKeeper server's state, and where it came from. */
export interface ZooKeeperState {
  readonly tree: ZooKeeperTree;
  /** The last transaction. */
  readonly zxid: bigint;
  /** The path of the snapshot that was read. */
  readonly snapshotPath: string;
  readonly replayedCount: number;
  /** Snapshots that were passed over because they are damaged, with the reason. */
  readonly notices: readonly string[];
}

/**
 * Reads what a ZooKeeper server that is not running has on its disk: the newest whole snapshot and
 * the transactions after it, as the server itself would at its start.
 *
 * @param dataDirectory ZooKeeper's dataDir, or the `version-2` in it.
 * @param logDirectory its dataLogDir.
 * @throws EngineError NOT_FOUND when there is no snapshot; CORRUPT_DATA with file and offset;
 *   NOT_SUPPORTED for snappy.
 */
export async function readZooKeeperDirectory(
  host: ImportHost,
  dataDirectory: string,
  logDirectory: string,
): Promise<ZooKeeperState> {
  const { disk } = host;
  const snapshotFolder = await versionFolder(disk, dataDirectory);
  const logFolder = await versionFolder(disk, logDirectory);
  const files = zooKeeperFiles(await disk.list(snapshotFolder), await disk.list(logFolder));
  const { tree, snapshot, notices } = await newestSnapshot(host, snapshotFolder, files.snapshots);
  let zxid = snapshot.zxid;
  let replayedCount = 0;
  for (const { name } of logsAfter(files.logs, zxid)) {
    const what = `coord: ${logFolder}/${name}`;
    for (const each of readZooKeeperLog(await disk.readFile(`${logFolder}/${name}`), what)) {
      if (each.zxid <= snapshot.zxid) continue;
      expectNext(zxid, each.zxid, what);
      replay(tree, each);
      zxid = each.zxid;
      replayedCount++;
    }
  }
  endDeadSessions(tree, zxid);
  const snapshotPath = `${snapshotFolder}/${snapshot.name}`;
  expectKnownAcls(tree, snapshotPath);
  return { tree, zxid, snapshotPath, replayedCount, notices };
}

const VERSION_FOLDER = 'version-2';

async function versionFolder(disk: Disk, directory: string): Promise<string> {
  const folder = `${directory}/${VERSION_FOLDER}`;
  return (await disk.list(folder)).length > 0 ? folder : directory;
}

/** A server that stopped while it wrote a snapshot leaves it unfinished; the one before it counts. */
async function newestSnapshot(
  host: ImportHost,
  folder: string,
  snapshots: readonly SnapshotFile[],
): Promise<{ tree: ZooKeeperTree; snapshot: SnapshotFile; notices: string[] }> {
  const notices: string[] = [];
  let firstError: EngineError | null = null;
  for (const snapshot of snapshots) {
    try {
      return { tree: await readSnapshot(host, folder, snapshot), snapshot, notices };
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'CORRUPT_DATA') throw error;
      firstError ??= error;
      notices.push(`${error.message}; the snapshot before it is used`);
    }
  }
  if (firstError !== null) throw firstError;
  throw new EngineError(
    'NOT_FOUND',
    `coord: ${folder}: expected a file snapshot.<zxid>, found none; give ZooKeeper's dataDir`,
  );
}

async function readSnapshot(
  { disk, gunzip }: ImportHost,
  folder: string,
  { name, compression }: SnapshotFile,
): Promise<ZooKeeperTree> {
  const path = `${folder}/${name}`;
  if (compression === 'snappy') {
    throw new EngineError(
      'NOT_SUPPORTED',
      `coord: ${path}: snapshots compressed with snappy are not supported; restart ZooKeeper with ` +
        'snapshot.compression.method=gz, which writes a snapshot',
    );
  }
  const bytes = await disk.readFile(path);
  const content = compression === 'gz' ? await gunzipped(gunzip, bytes, path) : bytes;
  return readZooKeeperSnapshot(content, `coord: ${path}`);
}

async function gunzipped(
  gunzip: ImportHost['gunzip'],
  bytes: Uint8Array,
  path: string,
): Promise<Uint8Array> {
  try {
    return await gunzip(bytes);
  } catch (cause) {
    throw new EngineError('CORRUPT_DATA', `coord: ${path}: it is no whole gzip file`, { cause });
  }
}

/** As ZooKeeper does at its start (ZooKeeperServer.loadData). */
function endDeadSessions(tree: ZooKeeperTree, zxid: bigint): void {
  for (const owner of [...tree.owners]) {
    if (isSession(owner) && !tree.sessions.has(owner)) tree.closeSession(owner, [], zxid);
  }
}

function expectKnownAcls(tree: ZooKeeperTree, snapshotPath: string): void {
  for (const [path, { acl }] of tree.nodes) {
    if (acl !== null) continue;
    throw new EngineError(
      'CORRUPT_DATA',
      `coord: ${snapshotPath}: node ${path} has an access list that is not in the file`,
    );
  }
}
