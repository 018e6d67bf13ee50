import { EngineError } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import { applyEntry, type ReplicatedState } from '../core/apply.ts';
import type { ClusterConfig, StateSnapshot } from '../core/raft/types.ts';
import { decodeSnapshot, encodeSnapshot } from '../core/snapshot.ts';
import { Tree } from '../core/tree.ts';
import { sortNames } from '../storage/file-names.ts';
import { recover } from '../storage/recovery.ts';
import { decodeSnapshotFile } from '../storage/snapshot-file.ts';
import { decodedEntry } from './entries.ts';

/**
 * The state that a data directory holds, as one snapshot: the newest one and the log after it. Of a
 * member of an ensemble the last entries need not have been committed.
 *
 * Caller must: stop the node first.
 *
 * @throws EngineError NOT_FOUND when there is nothing; CORRUPT_DATA when it is damaged.
 */
export async function snapshotOfDirectory(disk: Disk, directory: string): Promise<StateSnapshot> {
  const names = sortNames(await disk.list(directory));
  const { snapshot, entries, tail, findings } = await recover(disk, directory, names);
  if (names.segments.length > 0 && tail === null) {
    throw new EngineError('CORRUPT_DATA', `coord: ${findings.join('; ')}`);
  }
  if (snapshot === null && entries.length === 0) {
    throw new EngineError('NOT_FOUND', `coord: ${directory}: expected data, found none`);
  }
  const state = stateOf(snapshot, directory);
  let config = snapshot?.config ?? { members: [], outgoingVoters: [] };
  for (const entry of entries) {
    if (entry.config !== null) config = entry.config;
    const decoded = decodedEntry(entry);
    if (decoded !== null) applyEntry(state, decoded, entry.config);
  }
  const last = entries.at(-1) ?? snapshot!;
  const bytes = encodeSnapshot({ zxid: BigInt(last.index), state });
  return { index: last.index, term: last.term, config, bytes };
}

/**
 * Reads a file that holds what `snapshotOfDirectory` or a running node gave. A node's answer over HTTP is the
 * state alone, which knows no term and no members.
 *
 * @param members who takes part, instead of those in the file; null to keep these.
 * @throws EngineError CORRUPT_DATA when it is damaged; BAD_REQUEST when members are needed.
 */
export function snapshotOfFile(
  bytes: Uint8Array,
  path: string,
  members: ClusterConfig | null,
): StateSnapshot {
  const file = decodeSnapshotFile(bytes);
  if ('kind' in file) {
    const { zxid } = stateOnly(bytes, path, file.kind === 'damaged' ? file.reason : '');
    const config = expectMembers(members, path);
    return { index: indexOfZxid(zxid), term: 1, config, bytes };
  }
  const what = `coord: ${path}`;
  const { zxid } = decodeSnapshot(file.bytes, what);
  if (zxid !== BigInt(file.index)) {
    throw new EngineError('CORRUPT_DATA', `${what}: expected zxid ${file.index}, found ${zxid}`);
  }
  return { ...file, config: expectMembers(members ?? file.config, path) };
}

/** A log that never changed its members, and has no snapshot yet, does not name them. */
function expectMembers(config: ClusterConfig | null, path: string): ClusterConfig {
  if (config !== null && config.members.length > 0) return config;
  throw new EngineError(
    'BAD_REQUEST',
    `coord: ${path} does not say who takes part; say so with --id and --nodes, or with --id alone ` +
      'for a node that is alone',
  );
}

/** @throws EngineError NOT_SUPPORTED for a zxid that is no exact number in JavaScript. */
export function indexOfZxid(zxid: bigint): number {
  if (zxid <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(zxid);
  const text = `0x${zxid.toString(16)}`;
  throw new EngineError('NOT_SUPPORTED', `coord: expected a zxid below 2^53, found ${text}`);
}

function stateOnly(bytes: Uint8Array, path: string, reason: string): { zxid: bigint } {
  try {
    return decodeSnapshot(bytes, `coord: ${path}`);
  } catch (error) {
    // A file that is neither: what is wrong with it as a whole says more.
    if (reason === '') throw error;
    throw new EngineError('CORRUPT_DATA', `coord: ${path}: ${reason}`, { cause: error });
  }
}

function stateOf(snapshot: StateSnapshot | null, directory: string): ReplicatedState {
  if (snapshot !== null) return decodeSnapshot(snapshot.bytes, `coord: ${directory}`).state;
  return { tree: Tree.withSystemNodes(), sessions: new Map(), streams: new Map() };
}
