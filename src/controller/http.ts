import { type Context, Hono } from 'hono';
import { EngineError, type ErrorCode } from '../base/errors.ts';
import type { Clock } from '../io/clock.ts';
import type { FetchHandler } from '../io/network.ts';
import type { Random } from '../io/random.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import type { Catalog } from './catalog.ts';
import type { ClusterState } from './cluster-state.ts';
import { Api, pinotJson } from './rest/api.ts';
import { addClusterRoutes, type TreeReader } from './rest/cluster-routes.ts';
import { Committer } from './rest/commit-uploads.ts';
import { addDebugRoutes } from './rest/debug-routes.ts';
import { mountHelp } from './rest/help-page.ts';
import { addIngestRoutes } from './rest/ingest-routes.ts';
import { addInstanceRoutes } from './rest/instance-routes.ts';
import { addNotSupported } from './rest/not-supported.ts';
import { openApiDocument } from './rest/openapi.ts';
import { addOwnRoutes } from './rest/own-routes.ts';
import { addRebalanceRoutes } from './rest/rebalance-routes.ts';
import { addSchemaRoutes } from './rest/schema-routes.ts';
import { addSegmentRoutes } from './rest/segment-routes.ts';
import { addTableConfigRoutes } from './rest/table-config-routes.ts';
import { addTableRoutes } from './rest/table-routes.ts';
import { addUploadRoutes } from './rest/upload-routes.ts';
import type { SegmentBuilds } from './segment-builds.ts';

/** What the controller's doors need. */
export interface ControllerHttpOptions {
  readonly state: ClusterState;
  readonly catalog: Catalog;
  readonly store: SegmentStore;
  readonly builds: SegmentBuilds;
  readonly tree: TreeReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** Sends a change to the leading controller; null when this one leads. */
  readonly forward: () => FetchHandler | null;
  /** Sends a query to a live broker. */
  readonly askBroker: FetchHandler;
  /** Told of defects of Nyala, whose text is kept from callers. */
  readonly onInternalError: (error: unknown) => void;
}

/**
 * The controller's HTTP interface: the part of Pinot's that Nyala has, and under `/v1` its own. What it
 * has is in `rest/`, by what it is about, and at `/openapi.json`; `/help` shows that.
 */
export function controllerHandler(options: ControllerHttpOptions): FetchHandler {
  const { state, catalog, store, clock, random, builds, version } = options;
  const app = new Hono();
  const handler: FetchHandler = (request) => app.fetch(request);
  const api = new Api(app, options.forward);
  const commit = new Committer(handler);
  const uploads = { state, store, clock, random, commit };
  const onError = options.onInternalError;
  addSchemaRoutes(api, state, catalog);
  addTableRoutes(api, state, catalog);
  addDebugRoutes(api, state, store);
  addTableConfigRoutes(api, state, catalog);
  addUploadRoutes(api, uploads);
  addSegmentRoutes(api, { state, catalog, store, clock, onError });
  addIngestRoutes(api, { state, clock, commit, builds });
  addInstanceRoutes(api, state);
  addRebalanceRoutes(api, state, catalog);
  addClusterRoutes(api, state, options.tree, version);
  addOwnRoutes(api, state, catalog, store, { clock, random });
  addQueries(api, options.askBroker);
  const description = openApiDocument(api.specs, version);
  app.get('/openapi.json', (context) => context.json(description));
  mountHelp(app);
  addNotSupported(app);
  app.notFound((context) =>
    failure(
      context,
      new EngineError('NOT_FOUND', `controller: no such path ${context.req.path.slice(0, 200)}`),
    ),
  );
  app.onError((error, context) => {
    if (!(error instanceof EngineError)) onError(error);
    return failure(context, error);
  });
  return handler;
}

/** Queries, which a broker answers. */
function addQueries(api: Api, askBroker: FetchHandler): void {
  for (const method of ['get', 'post'] as const) {
    api.add(
      {
        ...{ method, path: '/sql', tag: 'Query', isLocal: true, answer: pinotJson },
        summary: 'Pass a query on to a broker, as its /query/sql takes it',
      },
      ({ request }) => {
        const url = new URL(request.url);
        return askBroker(new Request(new URL(`/query/sql${url.search}`, url), request));
      },
    );
  }
}

const STATUSES: Partial<Record<ErrorCode, 400 | 403 | 404 | 408 | 409 | 429 | 503>> = {
  BAD_REQUEST: 400,
  NOT_SUPPORTED: 400,
  UNKNOWN_OPTION: 400,
  UNKNOWN_COLUMN: 400,
  SCHEMA_MISMATCH: 400,
  CORRUPT_DATA: 400,
  FORBIDDEN: 403,
  UNKNOWN_TABLE: 404,
  NOT_FOUND: 404,
  TIMEOUT: 408,
  ALREADY_EXISTS: 409,
  CONFLICT: 409,
  TABLE_DISABLED: 409,
  TOO_MANY_REQUESTS: 429,
  SERVER_UNAVAILABLE: 503,
  SEGMENT_UNAVAILABLE: 503,
  CONNECTION_LOSS: 503,
  SESSION_EXPIRED: 503,
};

/** Pinot's form of a controller error: the HTTP status again, and the text. */
function failure(context: Context, error: unknown): Response {
  const known = error instanceof EngineError ? error : null;
  const code = (known && STATUSES[known.code]) ?? 500;
  const text = known?.message ?? 'controller: an unexpected failure; its log says more';
  if (known?.retryAfterMs !== undefined) {
    context.header('retry-after', String(Math.ceil(known.retryAfterMs / 1_000)));
  }
  return context.json({ code, error: text }, code);
}
