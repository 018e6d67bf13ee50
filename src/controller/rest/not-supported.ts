import type { Hono } from 'hono';

/**
 * What Pinot's controller has and Nyala's has not, by name. `METHOD path`; `*` stands for any method. A
 * path here never hides one that is there: these are added last.
 */
const MISSING: readonly (readonly [string, string])[] = [
  ['* /tasks/*', 'minion tasks'],
  ['* /periodictask/*', 'periodic tasks'],
  ['POST /sql/ddl', 'DDL in SQL'],
  ['POST /validateMultiStageQuery', 'validation of queries'],
  ['POST /query/tableNames', 'names of the tables of a query'],
  ['* /queries', 'the list of running queries; ask the broker'],
  ['* /query/:broker/:id', 'cancelling a query; ask the broker'],
  ['* /clientQuery/:id', 'cancelling a query; ask the broker'],
  ['* /users/*', 'users'],
  ['* /users', 'users'],
  ['* /auth/*', 'access control'],
  ['* /databases', 'databases'],
  ['* /databases/*', 'databases'],
  ['* /appconfigs', 'the configuration of a process'],
  ['* /loggers', 'loggers'],
  ['* /loggers/*', 'loggers'],
  ['* /uptime', 'the uptime; see /metrics'],
  ['* /cluster/configs', 'configurations of the cluster'],
  ['* /cluster/configs/*', 'configurations of the cluster'],
  ['* /schemas/fieldSpec', 'the description of field specifications'],
  ['PUT /zk/*', 'writing to the tree'],
  ['POST /zk/*', 'writing to the tree'],
  ['DELETE /zk/*', 'writing to the tree'],
  ['GET /zk/:view', 'this view of the tree; use /zk/ls and /zk/get'],
  ['POST /instances', 'adding instances by hand: a role adds itself'],
  ['PUT /instances/*', 'changing instances by hand'],
  ['DELETE /instances/*', 'removing instances by hand: a role that ends is gone'],
  ['POST /tenants', 'tenants by hand: they are tags of servers'],
  ['PUT /tenants', 'tenants by hand: they are tags of servers'],
  ['DELETE /tenants/*', 'tenants by hand: they are tags of servers'],
  ['POST /tenants/*', 'tenants by hand: they are tags of servers'],
  ['POST /tables/:table/pauseConsumption', 'tables that read streams'],
  ['POST /tables/:table/resumeConsumption', 'tables that read streams'],
  ['POST /tables/:table/pauseTopicConsumption', 'tables that read streams'],
  ['POST /tables/:table/forceCommit', 'tables that read streams'],
  ['GET /tables/forceCommitStatus/:job', 'tables that read streams'],
  ['GET /tables/:table/pauseStatus', 'tables that read streams'],
  ['GET /tables/:table/consumingSegmentsInfo', 'tables that read streams'],
  ['GET /tables/:table/status', 'the status of ingestion tasks'],
  ['GET /tables/:table/jobs', 'the list of jobs'],
  ['POST /segments/:table/reset', 'resetting segments: servers try again by themselves'],
  ['POST /segments/:table/:segment/reset', 'resetting segments: servers try again by themselves'],
  ['GET /segments/:table/tiers', 'tiers'],
  ['GET /segments/:table/select', 'selecting segments by time'],
];

/** Answers for what is missing, with its name and status 501. */
export function addNotSupported(app: Hono): void {
  for (const [route, what] of MISSING) {
    const [method = '*', path = ''] = route.split(' ');
    const methods = method === '*' ? ['GET', 'POST', 'PUT', 'DELETE'] : [method];
    app.on(methods, path, (context) => {
      const error = `NOT_SUPPORTED: controller: ${what}: not supported`;
      return context.json({ code: 501, error }, 501);
    });
  }
}
