import type { Context, Hono } from 'hono';
import { EngineError } from '../base/errors.ts';
import type { Catalog } from './catalog.ts';
import type { ClusterState } from './cluster-state.ts';
import { tagsOf } from './instance-changes.ts';
import { plainTableName } from './pinot-views.ts';
import { findJob } from './rebalance-jobs.ts';
import { readRebalanceConfig } from './rebalance-parameters.ts';
import { rebalanceAnswer, rebalanceStatus, tableJobs } from './rebalance-views.ts';
import { existingTable } from './table-changes.ts';

/** What the doors of rebalancing need. */
export interface RebalanceHttpOptions {
  readonly state: ClusterState;
  readonly catalog: Catalog;
}

/**
 * Where segments lie, in Pinot's words. To be mounted behind what sends changes to the leader.
 *
 *     POST   /tables/{t}/rebalance           begins to move segments; `dryRun=true` only says where to
 *     DELETE /tables/{t}/rebalance           cancels that; answers the ids of what was cancelled
 *     GET    /rebalanceStatus/{jobId}        how far it is
 *     GET    /table/{t}/jobs                 the latest rebalances of a table
 *     GET    /instances/{id}                 a server with its tags
 *     PUT    /instances/{id}/updateTags      `tags=a,b`: which tables it may hold
 */
export function mountRebalance(app: Hono, { state, catalog }: RebalanceHttpOptions): void {
  const { rebalancer } = catalog;
  const named = (context: Context) => {
    const name = plainTableName(context.req.param('table') ?? '');
    return existingTable(state.tables, name).schema.name;
  };
  app.post('/tables/:table/rebalance', async (context) => {
    const table = named(context);
    const config = readRebalanceConfig(new URL(context.req.url).searchParams);
    return context.json(rebalanceAnswer(table, await rebalancer.start(table, config)));
  });
  app.delete('/tables/:table/rebalance', async (context) => {
    const id = await rebalancer.cancel(named(context));
    return context.json(id === null ? [] : [id]);
  });
  app.get('/rebalanceStatus/:job', (context) => {
    const { table, job } = findJob(state, context.req.param('job'));
    return context.json(rebalanceStatus(state, table, job, rebalancer.clock.nowMs()));
  });
  app.get('/table/:table/jobs', (context) => context.json(tableJobs(state, named(context))));
  app.get('/instances/:id', (context) => {
    const instanceName = context.req.param('id');
    const tags = tagsOf(state, instanceName);
    const live = state.liveServers.get(instanceName);
    const place = live === undefined ? {} : { hostName: live.host, port: String(live.port) };
    return context.json({ instanceName, ...place, enabled: true, tags });
  });
  app.put('/instances/:id/updateTags', async (context) => {
    const text = context.req.query('tags');
    if (text === undefined) {
      throw new EngineError('BAD_REQUEST', 'controller: expected the parameter tags=a,b');
    }
    const id = context.req.param('id');
    const tags = text.split(',').filter((tag) => tag !== '');
    await catalog.updateTags(id, tags);
    return context.json({ status: `Updated tags: [${tags.join(', ')}] for instance: ${id}` });
  });
}
