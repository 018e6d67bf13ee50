import { encodeSnapshot } from '../../coord/core/snapshot.ts';
import { readZooKeeperDirectory } from '../../coord/import/read-directory.ts';
import { importedState } from '../../coord/import/state.ts';
import { expectEmpty, seedDirectory } from '../../coord/tools/seed-directory.ts';
import { indexOfZxid } from '../../coord/tools/snapshot-copy.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { gunzip } from '../../io/node-gunzip.ts';
import { coordinatorDirectory } from '../coordinator.ts';
import { countText, note, print } from '../terminal.ts';
import { argumentsConfig } from './coord.ts';
import { noteEveryMember, type PlaceOptions } from './coord-files.ts';

/** `nyala coord import`: Apache ZooKeeper's data becomes ours. */
export async function importZooKeeper(
  options: PlaceOptions & { readonly from: string; readonly log?: string; readonly data: string },
): Promise<void> {
  const directory = coordinatorDirectory(options.data);
  await expectEmpty(nodeDisk, directory);
  const { nodeId, members } = argumentsConfig(options);
  const host = { disk: nodeDisk, gunzip: gunzipped };
  const source = await readZooKeeperDirectory(host, options.from, options.log ?? options.from);
  for (const notice of source.notices) note(`nyala: ${notice}`);
  const { tree, zxid, snapshotPath, replayedCount } = source;
  const index = indexOfZxid(zxid);
  const config = { members, outgoingVoters: [] };
  const bytes = encodeSnapshot({ zxid, state: importedState(tree, nodeId) });
  await seedDirectory(nodeDisk, directory, { index, term: 1, config, bytes });
  print(
    `${directory} begins at zxid 0x${zxid.toString(16)}: ${countText(tree.nodes.size)} nodes and ` +
      `${countText(tree.sessions.size)} sessions, from ${snapshotPath} and ` +
      `${countText(replayedCount)} transactions after it`,
  );
  if (members.length > 1) noteEveryMember(config);
}

async function gunzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of gunzip(onePiece(bytes))) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
