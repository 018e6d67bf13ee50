import { EngineError } from '../base/errors.ts';
import { REBALANCE_JOBS_MAX } from '../base/placement-limits.ts';
import { childPath, clusterPaths } from '../coord/cluster/paths.ts';
import type {
  RebalanceJob,
  RebalanceStatus,
  RebalancesNode,
} from '../coord/cluster/placement-nodes.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { ClusterState } from './cluster-state.ts';

/** The rebalance of a table that is under way, or null. */
export function runningJob(state: ClusterState, table: string): RebalanceJob | null {
  const [latest = null] = state.rebalances.get(table)?.jobs ?? [];
  return latest?.status === 'IN_PROGRESS' ? latest : null;
}

/** @throws EngineError NOT_FOUND. */
export function findJob(
  state: ClusterState,
  id: string,
): { readonly table: string; readonly job: RebalanceJob } {
  for (const [table, { jobs }] of state.rebalances) {
    const job = jobs.find((each) => each.id === id);
    if (job !== undefined) return { table, job };
  }
  const text = JSON.stringify(id.slice(0, 80));
  throw new EngineError('NOT_FOUND', `controller: no rebalance with the job id ${text}`);
}

/**
 * Writes down that a rebalance is under way.
 *
 * @throws EngineError CONFLICT when another one of the table is.
 */
export async function beginJob(
  { state, term }: CatalogWork,
  table: string,
  job: RebalanceJob,
): Promise<void> {
  await term.update<RebalancesNode>(childPath(clusterPaths.rebalances, table), (current) => {
    const jobs = current?.jobs ?? [];
    const [latest] = jobs;
    if (latest?.id === job.id) return null;
    if (latest?.status === 'IN_PROGRESS') throw underWay(table, latest.id);
    return { jobs: [job, ...jobs].slice(0, REBALANCE_JOBS_MAX) };
  });
  await state.settled();
}

/** Writes down how a rebalance has ended, unless it had before. Can be done again. */
export async function endJob(
  { state, term, clock }: CatalogWork,
  table: string,
  id: string,
  status: Exclude<RebalanceStatus, 'IN_PROGRESS'>,
  description: string,
): Promise<void> {
  const endedAtMs = clock.nowMs();
  await term.update<RebalancesNode>(childPath(clusterPaths.rebalances, table), (current) => {
    const jobs = current?.jobs ?? [];
    if (jobs.find((job) => job.id === id)?.status !== 'IN_PROGRESS') return null;
    return {
      jobs: jobs.map((job) => {
        if (job.id !== id) return job;
        const { pools: _, ...kept } = job;
        return { ...kept, status, endedAtMs, description };
      }),
    };
  });
  await state.settled();
}

function underWay(table: string, id: string): EngineError {
  return new EngineError(
    'CONFLICT',
    `controller: rebalance ${id} of ${table} is under way; wait for it, or cancel it with ` +
      `DELETE /tables/${table}/rebalance`,
  );
}
