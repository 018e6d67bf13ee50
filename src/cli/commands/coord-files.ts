import { EngineError } from '../../base/errors.ts';
import type { ClusterConfig } from '../../coord/core/raft/types.ts';
import { writeSnapshotFile } from '../../coord/storage/snapshot-file.ts';
import { dumpDirectory, dumpText } from '../../coord/tools/dump.ts';
import { expectEmpty, seedDirectory } from '../../coord/tools/seed-directory.ts';
import { snapshotOfDirectory, snapshotOfFile } from '../../coord/tools/snapshot-copy.ts';
import { verifyDirectory } from '../../coord/tools/verify.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { withRole } from '../ask.ts';
import { byteSizeText } from '../byte-size.ts';
import { coordinatorDirectory } from '../coordinator.ts';
import { countText, note, print } from '../terminal.ts';
import { argumentsConfig } from './coord.ts';

/** `--id` and `--nodes`: where a node stands among the others. */
export interface PlaceOptions {
  readonly id?: number;
  readonly nodes?: string;
}

/** `nyala coord dump`. */
export async function dump(options: {
  readonly data: string;
  readonly json: boolean;
}): Promise<void> {
  const directory = await existingDirectory(options.data);
  for await (const line of dumpDirectory(nodeDisk, directory)) {
    print(options.json ? JSON.stringify(line) : dumpText(line));
  }
}

/** `nyala coord verify`: prints what is wrong, and then fails. */
export async function verify(options: { readonly data: string }): Promise<void> {
  const directory = await existingDirectory(options.data);
  const found = await verifyDirectory(nodeDisk, directory);
  for (const notice of found.notices) note(notice);
  for (const problem of found.problems) print(problem);
  if (found.problems.length > 0) {
    const count = found.problems.length === 1 ? '1 problem' : `${found.problems.length} problems`;
    throw new EngineError('CORRUPT_DATA', `coord: ${directory}: ${count}`);
  }
  print(
    `${directory} is intact: ${countText(found.snapshotCount)} snapshots and ` +
      `${countText(found.recordCount)} records, up to zxid 0x${found.lastIndex.toString(16)}`,
  );
}

/** `nyala coord snapshot`: from a stopped node's folder, or from a running one. */
export async function snapshot(options: {
  readonly data?: string;
  readonly http?: string;
  readonly auth?: string;
  readonly out: string;
}): Promise<void> {
  const { data, http, out } = options;
  if ((data === undefined) === (http === undefined)) {
    throw new EngineError('BAD_REQUEST', 'coord: expected either --data DIR or --http URL');
  }
  if ((await nodeDisk.sizeBytes(out)) !== null) {
    throw new EngineError('ALREADY_EXISTS', `coord: ${out} exists; choose another file`);
  }
  if (data !== undefined) {
    const copy = await snapshotOfDirectory(nodeDisk, await existingDirectory(data));
    await writeSnapshotFile(nodeDisk, out, copy);
    print(`${out}: zxid 0x${copy.index.toString(16)}, ${byteSizeText(copy.bytes.length)}`);
  } else {
    const bytes = await fetchSnapshot(http!, options.auth);
    await nodeDisk.replaceFile(out, bytes);
    print(`${out}: ${byteSizeText(bytes.length)}`);
  }
}

/** `nyala coord restore`. */
export async function restore(
  options: PlaceOptions & { readonly from: string; readonly data: string },
): Promise<void> {
  const directory = coordinatorDirectory(options.data);
  await expectEmpty(nodeDisk, directory);
  const members = membersOf(options);
  const bytes = await nodeDisk.readFile(options.from);
  const state = snapshotOfFile(bytes, options.from, members);
  await seedDirectory(nodeDisk, directory, state);
  print(`${directory} begins at zxid 0x${state.index.toString(16)}`);
  if (state.config.members.length > 1) noteEveryMember(state.config);
}

/** The members that `--id` and `--nodes` name, or null when neither is given. */
export function membersOf(options: PlaceOptions & { readonly data: string }): ClusterConfig | null {
  if (options.id === undefined && options.nodes === undefined) return null;
  return { members: argumentsConfig(options).members, outgoingVoters: [] };
}

/** Says what makes a seeded ensemble safe. */
export function noteEveryMember({ members }: ClusterConfig): void {
  const ids = members.map(({ id }) => id).join(', ');
  note(`nyala: do the same for each of the nodes ${ids} before the first of them is started`);
}

async function existingDirectory(data: string): Promise<string> {
  const directory = coordinatorDirectory(data);
  if ((await nodeDisk.list(directory)).length > 0) return directory;
  throw new EngineError('NOT_FOUND', `coord: ${directory}: expected data, found none`);
}

/** Long enough for gigabytes over a slow link. */
const SNAPSHOT_TIMEOUT_MS = 600_000;

async function fetchSnapshot(url: string, auth: string | undefined): Promise<Uint8Array> {
  const role = { name: 'coordinator', option: '--http' };
  const { status, body } = await withRole(url, role, (ask) =>
    ask({
      method: 'GET',
      path: '/commands/snapshot?streaming=true',
      headers: auth === undefined ? {} : { authorization: `digest ${auth}` },
      timeoutMs: SNAPSHOT_TIMEOUT_MS,
    }),
  );
  if (status === 200) return body;
  const text = new TextDecoder().decode(body).slice(0, 500);
  throw new EngineError(
    'SERVER_UNAVAILABLE',
    `coord: ${url} answers ${status}: ${text}; it needs --auth with all rights on /`,
  );
}
