import type { ClusterState } from './cluster-state.ts';
import { recordsOf } from './load-plan.ts';
import { runningJob } from './rebalance-jobs.ts';
import { hostingOf, poolOf, serverPools } from './server-pools.ts';

/**
 * Tables with tiers of which a segment is on a live server that is none of its tier: it has grown old
 * enough for another one. Those that are rebalanced already, or are disabled, are left out.
 */
export function tablesToMove(state: ClusterState, nowMs: number): string[] {
  return [...state.tables].flatMap(([table, node]) => {
    // Read for tables with a configuration only, since this looks at all of them.
    if (node.config?.tierConfigs === undefined) return [];
    const isStill = state.segments.get(table)?.state?.standing === undefined;
    if (!isStill || runningJob(state, table) !== null) return [];
    const hosting = hostingOf(node);
    const pools = serverPools(state, node, false);
    const isAway = [...recordsOf(state, table)].some(([id, record]) => {
      const { servers } = pools[poolOf(hosting, node, id, record, nowMs)]!;
      const others = record.servers.filter((server) => !servers.includes(server));
      return others.some((server) => state.liveServers.has(server));
    });
    return isAway ? [table] : [];
  });
}
