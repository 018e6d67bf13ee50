import { EngineError } from '../base/errors.ts';
import { DEFAULT_SERVER_TAG, INSTANCE_TAGS_MAX } from '../base/placement-limits.ts';
import { childPath, clusterPaths, type TableNode } from '../coord/cluster/paths.ts';
import type { InstanceNode, InstancePartitionsNode } from '../coord/cluster/placement-nodes.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { ClusterState } from './cluster-state.ts';
import { OWN_POOL, type ServerPools, serverPools } from './server-pools.ts';

/** The tags of a server. @throws EngineError NOT_FOUND for one that has never been there. */
export function tagsOf(state: ClusterState, id: string): readonly string[] {
  const tags = state.instances.get(id)?.tags;
  if (tags !== undefined) return tags;
  if (state.liveServers.has(id)) return [DEFAULT_SERVER_TAG];
  throw new EngineError('NOT_FOUND', `controller: no server ${JSON.stringify(id.slice(0, 200))}`);
}

/**
 * Gives a server other tags; segments move when tables are rebalanced.
 *
 * @throws EngineError NOT_FOUND, BAD_REQUEST for what is no tag.
 */
export async function updateTags(
  { state, term }: CatalogWork,
  id: string,
  tags: readonly string[],
): Promise<void> {
  tagsOf(state, id);
  const wrong = tags.find((tag) => !/^[\w.-]{1,200}$/.test(tag));
  if (wrong !== undefined || tags.length > INSTANCE_TAGS_MAX) {
    throw new EngineError(
      'BAD_REQUEST',
      `controller: expected at most ${INSTANCE_TAGS_MAX} tags of letters, digits, _, . and -, found ` +
        JSON.stringify(wrong?.slice(0, 200) ?? tags.length),
    );
  }
  const path = childPath(clusterPaths.instances, id);
  await term.update<InstanceNode>(path, () => ({ tags: [...new Set(tags)] }));
  await state.settled();
}

/** Makes the replica groups of a table, when it should have some and has none that fit. */
export async function keepGroups(work: CatalogWork, node: TableNode): Promise<void> {
  await writeGroups(work, node.schema.name, serverPools(work.state, node, false));
}

/** Writes down the replica groups of a table, or that there are none. Can be done again. */
export async function writeGroups(
  { state, term }: CatalogWork,
  table: string,
  pools: ServerPools,
): Promise<void> {
  const path = childPath(clusterPaths.instancePartitions, table);
  const groups = pools[OWN_POOL]?.groups;
  const known = state.instancePartitions.get(table)?.groups;
  if (JSON.stringify(groups) === JSON.stringify(known)) return;
  if (groups === undefined) await term.remove(path);
  else await term.update<InstancePartitionsNode>(path, () => ({ groups }));
  await state.settled();
}
