import { type HostingConfig, readHostingConfig } from '../base/hosting-config.ts';
import { DEFAULT_SERVER_TAG } from '../base/placement-limits.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import type { ServerPool } from '../coord/cluster/placement-nodes.ts';
import { segmentName } from '../coord/cluster/segment-id.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import type { ClusterState } from './cluster-state.ts';
import { assignGroups } from './placement.ts';

/** What is known of the cluster's servers. */
export type ServerFacts = Pick<ClusterState, 'liveServers' | 'instances' | 'instancePartitions'>;

/** By the name of a tier, `OWN_POOL` for segments of none. */
export type ServerPools = Readonly<Record<string, ServerPool>>;

/** The pool of segments that are in no tier. */
export const OWN_POOL = '';

/** What a table's configuration says about where its segments are kept. */
export function hostingOf({
  schema,
  replication,
  config = {},
}: TableNode): HostingConfig & { readonly replication: number } {
  const hosting = readHostingConfig(config, 'table config', schema);
  const copies = hosting.groups?.groupCount ?? hosting.replication ?? replication;
  return { ...hosting, replication: copies };
}

/** Ids of the live servers with a tag, and of others that have it and do not run, in their order. */
export function taggedServers(
  { liveServers, instances }: Pick<ClusterState, 'liveServers' | 'instances'>,
  tag: string,
): { readonly live: string[]; readonly dead: string[] } {
  const isTagged = (id: string) => (instances.get(id)?.tags ?? [DEFAULT_SERVER_TAG]).includes(tag);
  const live = [...liveServers.keys()].filter(isTagged).sort();
  const others = [...instances.keys()].filter((id) => !liveServers.has(id));
  return { live, dead: others.filter(isTagged).sort() };
}

/**
 * The servers that a table's segments may be on.
 *
 * @param reassign whether replica groups change where their servers have changed; they are made in any
 *   case when there are none that fit the configuration.
 * @throws EngineError BAD_REQUEST when there are too few servers for its groups.
 */
export function serverPools(state: ServerFacts, node: TableNode, reassign: boolean): ServerPools {
  const { serverTag, groups, tiers } = hostingOf(node);
  const pools: Record<string, ServerPool> = {};
  for (const { name, serverTag: tag } of tiers) {
    pools[name] = { tag, servers: taggedServers(state, tag).live };
  }
  const { live: servers, dead } = taggedServers(state, serverTag);
  if (groups === null) return { ...pools, [OWN_POOL]: { tag: serverTag, servers } };
  const current = state.instancePartitions.get(node.schema.name)?.groups ?? [];
  const { groupCount, serversPerGroup } = groups;
  const size = serversPerGroup || current[0]?.length || 0;
  const fits = current.length === groupCount && current.every((group) => group.length === size);
  const own =
    fits && !reassign
      ? current
      : assignGroups(
          current,
          servers,
          dead.filter((id) => current.flat().includes(id)),
          groupCount,
          serversPerGroup,
        );
  return { ...pools, [OWN_POOL]: { tag: serverTag, servers: own.flat(), groups: own } };
}

/** The pool that a segment belongs to at a time: the name of its tier, or `OWN_POOL`. */
export function poolOf(
  { tiers, timeUnitMs }: HostingConfig,
  { schema }: TableNode,
  id: string,
  record: Pick<SegmentRecord, 'time'>,
  nowMs: number,
): string {
  if (tiers.length === 0) return OWN_POOL;
  const endMs = endTimeMs(schema, timeUnitMs, record);
  const tier = tiers.find(({ ageMs, segments }) =>
    ageMs === null ? segments.has(segmentName(id)) : endMs !== null && nowMs - endMs >= ageMs,
  );
  return tier?.name ?? OWN_POOL;
}

/** The time of a segment's latest row, in milliseconds since 1970; null when that is not known. */
export function endTimeMs(
  { columns }: TableNode['schema'],
  timeUnitMs: number,
  { time }: Pick<SegmentRecord, 'time'>,
): number | null {
  if (time === undefined) return null;
  const type = columns.find(({ name }) => name === time.column)?.type;
  if (type === 'TIMESTAMP') return time.max / 1_000;
  if (type === 'DATE') return time.max * 86_400_000;
  return time.max * timeUnitMs;
}

/** The partition by which a segment is placed; null when it has not exactly one. */
export function partitionOf(
  { groups }: HostingConfig,
  { partitions }: Pick<SegmentRecord, 'partitions'>,
): number | null {
  const isOne = groups?.byPartition === true && partitions?.ids.length === 1;
  return isOne ? partitions.ids[0]! : null;
}
