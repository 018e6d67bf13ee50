import { z } from 'zod';
import type { Catalog } from '../catalog.ts';
import type { ClusterState } from '../cluster-state.ts';
import { namedTable } from '../pinot-views.ts';
import { findJob } from '../rebalance-jobs.ts';
import { readRebalanceConfig } from '../rebalance-parameters.ts';
import { rebalanceAnswer, rebalanceStatus, tableJobs } from '../rebalance-views.ts';
import { type Api, pinotJson, statusAnswer } from './api.ts';

const tag = 'Rebalance';
const path = '/tables/{table}/rebalance';

/** Where segments lie, in Pinot's words. */
export function addRebalanceRoutes(api: Api, state: ClusterState, catalog: Catalog): void {
  const { rebalancer } = catalog;
  const named = (params: Readonly<Record<string, string>>) =>
    namedTable(state, params.table).schema.name;
  api.add(
    {
      ...{ method: 'post', path, tag, answer: pinotJson },
      summary: "Begin to move segments, with Pinot's parameters; dryRun=true only says where to",
    },
    async ({ params, request }) => {
      const table = named(params);
      const config = readRebalanceConfig(new URL(request.url).searchParams);
      return { ...rebalanceAnswer(table, await rebalancer.start(table, config)) };
    },
  );
  api.add(
    {
      ...{ method: 'delete', path, tag, answer: z.array(z.string()) },
      summary: 'Cancel a rebalance; answers the ids of what was cancelled',
    },
    async ({ params }) => {
      const id = await rebalancer.cancel(named(params));
      return id === null ? [] : [id];
    },
  );
  api.add(
    {
      ...{ method: 'get', path: '/rebalanceStatus/{jobId}', tag, answer: pinotJson },
      summary: 'Say how far a rebalance is',
    },
    ({ params }) => {
      const { table, job } = findJob(state, params.jobId!);
      return { ...rebalanceStatus(state, table, job, rebalancer.clock.nowMs()) };
    },
  );
  api.add(
    {
      ...{ method: 'get', path: '/table/{table}/jobs', tag, answer: pinotJson },
      summary: 'List the latest rebalances of a table',
    },
    ({ params }) => ({ ...tableJobs(state, named(params)) }),
  );
  api.add(
    {
      ...{ method: 'put', path: '/instances/{instance}/updateTags', tag, answer: statusAnswer },
      summary: 'Say which tables a server may hold; segments move by a rebalance',
      query: z.object({ tags: z.string().meta({ description: 'with a comma between' }) }),
    },
    async ({ params, query }) => {
      const id = params.instance!;
      const tags = query.tags.split(',').filter((one) => one !== '');
      await catalog.updateTags(id, tags);
      return { status: `Updated tags: [${tags.join(', ')}] for instance: ${id}` };
    },
  );
}
