import { Hono } from 'hono';
import type { Clock } from '../../io/clock.ts';
import type { FetchHandler } from '../../io/network.ts';
import type { CoordinatorControl, TraceMask } from '../admin/control.ts';
import { mountAdminCommands } from '../admin/http.ts';
import { hexadecimal } from '../admin/word-text.ts';
import { prometheusText } from '../metrics/monitor.ts';
import { type CoordinatorStatus, isServing } from '../status.ts';
import { errorResponse, refusalResponse, unauthorized } from './errors.ts';
import { credentialsOf } from './request.ts';
import { SessionPool } from './session-pool.ts';
import { performTransaction } from './transaction.ts';
import { deleteNode, getNode, postNode, putNode, TREE_PREFIX, type TreeHandler } from './tree.ts';
import type { TreeAccess } from './tree-access.ts';
import { WATCH_PREFIX, WatchDoor } from './watch.ts';

/** What the coordinator's HTTP door needs. */
export interface CoordinatorHttpOptions {
  readonly status: CoordinatorStatus;
  readonly control: CoordinatorControl;
  readonly access: TreeAccess;
  readonly traceMask: TraceMask;
  readonly clock: Clock;
  /** Where ZooKeeper's admin commands are, or null for none; see `mountAdminCommands`. */
  readonly commandUrl: string | null;
  readonly rateLimitIntervalMs: number;
  /** Told of defects of Nyala, whose text is kept from callers. */
  readonly onInternalError: (error: unknown) => void;
}

/** The HTTP door of a coordinator. */
export interface CoordinatorHttp {
  readonly handler: FetchHandler;
  /** Ends the sessions that the door holds; the listener is closed by whoever opened it. */
  close(): void;
}

const SUMMARY = {
  '/v1/tree/{path}':
    'GET a node (?raw, ?children, ?children=data); PUT its data; POST a child ' +
    '(?name=, ?sequential, ?container, ?ttl=); DELETE it. If-Match and ETag carry the version.',
  '/v1/transaction': 'POST {"operations": [{"kind": "create|set|delete|check", "path": …}]}',
  '/v1/watch/{path}': 'GET changes as server-sent events (?recursive)',
  '/metrics': 'GET metrics for Prometheus',
  '/health': 'GET 200 while the node answers its clients',
  '/ready': 'GET 200 while it takes writes',
  authentication: 'Authorization: Basic user:password, which is the digest identity of ZooKeeper',
};

/**
 * A coordinator over HTTP: its tree for people and programs, ZooKeeper's admin commands, and what
 * monitoring asks for. `GET /v1` says in short what there is.
 */
export function createCoordinatorHttp(options: CoordinatorHttpOptions): CoordinatorHttp {
  const { status, access, clock } = options;
  const pool = new SessionPool(access, clock);
  const watches = new WatchDoor(access, clock);
  const app = new Hono();
  mountMonitoring(app, status);
  if (options.commandUrl !== null) {
    mountAdminCommands(app, { ...options, commandUrl: options.commandUrl });
  }
  const asUser = (handler: TreeHandler) => async (context: { req: { raw: Request } }) => {
    const { raw: request } = context.req;
    const credentials = credentialsOf(request);
    const response = await pool.use(credentials, (session) => handler(session, request));
    if (response === null) throw unauthorized('the credentials are refused');
    return response;
  };
  app.get('/v1', (context) => context.json(SUMMARY));
  for (const path of [TREE_PREFIX, `${TREE_PREFIX}/*`]) {
    app.get(path, asUser(getNode));
    app.put(path, asUser(putNode));
    app.post(path, asUser(postNode));
    app.delete(path, asUser(deleteNode));
  }
  app.post('/v1/transaction', asUser(performTransaction));
  for (const path of [WATCH_PREFIX, `${WATCH_PREFIX}/*`]) {
    app.get(path, (context) => watches.watch(context.req.raw));
  }
  app.notFound(() => refusalResponse(404, 'NO_ROUTE', 'coord: no such path; GET /v1 lists them'));
  app.onError((error) => {
    const response = errorResponse(error);
    if (response !== null) return response;
    options.onInternalError(error);
    return refusalResponse(500, 'INTERNAL', 'coord: an error of Nyala; see its log');
  });
  const close = (): void => {
    watches.close();
    pool.close();
  };
  return { handler: (request) => app.fetch(request), close };
}

/** `GET /metrics` and nothing else, for the port of ZooKeeper's Prometheus provider. */
export function createMetricsHandler(status: CoordinatorStatus): FetchHandler {
  const app = new Hono();
  mountMetrics(app, status);
  return (request) => app.fetch(request);
}

function mountMetrics(app: Hono, status: CoordinatorStatus): void {
  app.get('/metrics', (context) =>
    context.body(prometheusText(status), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
}

function mountMonitoring(app: Hono, status: CoordinatorStatus): void {
  mountMetrics(app, status);
  app.get('/health', (context) => {
    if (!isServing(status)) return context.json({ status: 'looking' }, 503);
    return context.json({
      status: 'ok',
      zxid: hexadecimal(status.appliedZxid),
      connectionCount: status.connectionCount,
      nodeCount: status.tree.nodeCount,
    });
  });
  app.get('/ready', (context) => {
    const isReady = isServing(status) && status.role !== 'read-only';
    return context.json({ status: isReady ? 'ok' : status.role }, isReady ? 200 : 503);
  });
}
