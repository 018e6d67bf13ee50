import type { TableNode } from '../coord/cluster/paths.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { isReplaced } from '../coord/cluster/visibility.ts';
import type { ClusterState } from './cluster-state.ts';
import { recordsOf } from './load-plan.ts';
import { balanceSegments, type PlacedSegment } from './placement.ts';
import { hostingOf, OWN_POOL, partitionOf, poolOf, type ServerPools } from './server-pools.ts';

/** What a segment's servers are to become. */
export interface PlannedMove {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/**
 * Where all segments of a table should be. Those that move are taken to be where they move to, so that
 * what is found to be left becomes less with every move until nothing is.
 *
 * @param isAnew when where they are now does not count.
 * @returns for each segment its servers.
 * @throws EngineError SERVER_UNAVAILABLE when a pool has no server.
 */
export function targetPlacement(
  state: ClusterState,
  node: TableNode,
  pools: ServerPools,
  nowMs: number,
  isAnew: boolean,
): Map<string, string[]> {
  const hosting = hostingOf(node);
  const byPool = new Map<string, Map<string, PlacedSegment>>();
  for (const [id, record] of [...keptRecords(state, node.schema.name)].sort(byId)) {
    const wanted = poolOf(hosting, node, id, record, nowMs);
    // A tier that was configured since the rebalance began is for the next one.
    const pool = Object.hasOwn(pools, wanted) ? wanted : OWN_POOL;
    const servers = isAnew ? [] : settledServers(record);
    const segments = byPool.get(pool) ?? new Map<string, PlacedSegment>();
    byPool.set(pool, segments.set(id, { servers, partition: partitionOf(hosting, record) }));
  }
  const target = new Map<string, string[]>();
  for (const [pool, segments] of byPool) {
    const placed = balanceSegments(segments, pools[pool]!, hosting.replication);
    for (const [id, servers] of placed) target.set(id, servers);
  }
  return target;
}

/** What is to be begun so that segments come to their target; nothing for those that move already. */
export function plannedMoves(
  state: ClusterState,
  table: string,
  target: ReadonlyMap<string, readonly string[]>,
): Map<string, PlannedMove> {
  const moves = new Map<string, PlannedMove>();
  for (const [id, { servers, move }] of recordsOf(state, table)) {
    const wanted = target.get(id);
    if (wanted === undefined || move !== undefined) continue;
    const add = wanted.filter((server) => !servers.includes(server));
    const drop = servers.filter((server) => !wanted.includes(server));
    if (add.length + drop.length > 0) moves.set(id, { add, drop });
  }
  return moves;
}

/** A record of a segment that begins to move; itself when it does already, or has. */
export function beginMove(record: SegmentRecord, { add, drop }: PlannedMove): SegmentRecord {
  const isNew = add.every((server) => !record.servers.includes(server));
  const isThere = drop.every((server) => record.servers.includes(server));
  if (record.move !== undefined || !isNew || !isThere) return record;
  return { ...record, servers: [...record.servers, ...add], move: { add, drop } };
}

/** A record of a segment that has moved. */
export function finishMove({ move, ...record }: SegmentRecord): SegmentRecord {
  const servers = record.servers.filter((server) => move?.drop.includes(server) !== true);
  return { ...record, servers };
}

/** A record of a segment that stays where it was. */
export function undoMove({ move, ...record }: SegmentRecord): SegmentRecord {
  const servers = record.servers.filter((server) => move?.add.includes(server) !== true);
  return { ...record, servers };
}

/** The servers of a segment when it has moved. */
export function settledServers(record: SegmentRecord): readonly string[] {
  return record.move === undefined ? record.servers : finishMove(record).servers;
}

/** Records of a table but those that are only there until queries have ended. */
export function* keptRecords(
  state: ClusterState,
  table: string,
): Generator<[string, SegmentRecord]> {
  const pending = state.segments.get(table)?.state?.pending ?? {};
  for (const entry of recordsOf(state, table)) {
    if (!isReplaced(entry[1], pending)) yield entry;
  }
}

function byId([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}
