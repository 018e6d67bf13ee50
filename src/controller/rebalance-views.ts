import type { RebalanceJob } from '../coord/cluster/placement-nodes.ts';
import { segmentName } from '../coord/cluster/segment-id.ts';
import type { ClusterState } from './cluster-state.ts';
import { plannedMoves, targetPlacement } from './rebalance-moves.ts';
import { movingSegments } from './rebalance-pass.ts';
import type { RebalancePlan } from './rebalancer.ts';
import { OWN_POOL, type ServerPools } from './server-pools.ts';
import { existingTable } from './table-changes.ts';

/** `POST /tables/{t}/rebalance`: what is done, or would be. */
export function rebalanceAnswer(
  table: string,
  { jobId, isNoOp, pools, target, copies, removals }: RebalancePlan,
) {
  const segmentAssignment = Object.fromEntries(
    [...target].map(([id, servers]) => [segmentName(id), onlineOn(servers)]),
  );
  const tiers = Object.entries(pools).filter(([name]) => name !== OWN_POOL);
  return {
    jobId,
    status: statusOf(jobId, isNoOp),
    description: isNoOp
      ? 'Table is already balanced'
      : `${copies} copies of segments to make, ${removals} to give up`,
    instanceAssignment: {
      OFFLINE: instancePartitions(`${table}_OFFLINE`, pools[OWN_POOL]!),
    },
    tierInstanceAssignment: Object.fromEntries(
      tiers.map(([name, pool]) => [
        name,
        instancePartitions(`${table}_OFFLINE_TIER_${name}`, pool),
      ]),
    ),
    segmentAssignment,
    rebalanceSummaryResult: {
      segmentInfo: {
        totalSegmentsToBeMoved: copies,
        totalSegmentsToBeDeleted: removals,
      },
    },
  };
}

/** `GET /rebalanceStatus/{jobId}`: how far it is. */
export function rebalanceStatus(
  state: ClusterState,
  table: string,
  job: RebalanceJob,
  nowMs: number,
) {
  const left = remainingCopies(state, table, job, nowMs);
  const elapsedMs = (job.endedAtMs ?? nowMs) - job.startedAtMs;
  const total = Math.max(job.copies, left.copies);
  const totalRemovals = Math.max(job.removals, left.removals);
  const percentLeft = total === 0 ? 0 : (100 * left.copies) / total;
  return {
    tableRebalanceProgressStats: {
      status: job.status,
      startTimeMs: job.startedAtMs,
      timeToFinishInSeconds: job.endedAtMs === null ? 0 : Math.round(elapsedMs / 1_000),
      completionStatusMsg: job.endedAtMs === null ? null : job.description,
      rebalanceProgressStatsOverall: {
        totalSegmentsToBeAdded: total,
        totalSegmentsToBeDeleted: totalRemovals,
        totalRemainingSegmentsToBeAdded: left.copies,
        totalRemainingSegmentsToBeDeleted: left.removals,
        percentageRemainingSegmentsToBeAdded: percentLeft,
      },
    },
    tableRebalanceContext: { jobId: job.id, originalJobId: job.id, config: job.config },
    timeElapsedSinceStartInSeconds: Math.round(elapsedMs / 1_000),
  };
}

/** `GET /table/{t}/jobs`: its rebalances by their ids. */
export function tableJobs(state: ClusterState, table: string) {
  const jobs = state.rebalances.get(table)?.jobs ?? [];
  const entries = jobs.map(({ id, status, startedAtMs, description }) => [
    id,
    {
      jobId: id,
      tableName: `${table}_OFFLINE`,
      jobType: 'TABLE_REBALANCE',
      submissionTimeMs: String(startedAtMs),
      status,
      description,
    },
  ]);
  return Object.fromEntries(entries);
}

function statusOf(jobId: string | null, isNoOp: boolean): string {
  if (isNoOp) return 'NO_OP';
  return jobId === null ? 'DONE' : 'IN_PROGRESS';
}

/** Pinot's map from `<partition>_<replica group>` to servers; there is one partition. */
function instancePartitions(name: string, { servers, groups = [servers] }: ServerPools[string]) {
  const map = groups.map((group, index): [string, readonly string[]] => [`0_${index}`, group]);
  return { instancePartitionsName: name, partitionToInstancesMap: Object.fromEntries(map) };
}

function onlineOn(servers: readonly string[]): Record<string, string> {
  return Object.fromEntries(servers.map((server) => [server, 'ONLINE']));
}

function remainingCopies(state: ClusterState, table: string, job: RebalanceJob, nowMs: number) {
  if (job.pools === undefined) return { copies: 0, removals: 0 };
  const node = existingTable(state.tables, table);
  const target = targetPlacement(state, node, job.pools, nowMs, job.config.bootstrap);
  const moving = [...movingSegments({ state }, table)].map(([, , { move }]) => move!);
  const moves = [...plannedMoves(state, table, target).values(), ...moving];
  return {
    copies: moves.reduce((sum, { add }) => sum + add.length, 0),
    removals: moves.reduce((sum, { drop }) => sum + drop.length, 0),
  };
}
