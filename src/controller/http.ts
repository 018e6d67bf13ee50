import { type Context, Hono } from 'hono';
import { EngineError, type ErrorCode } from '../base/errors.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import { segmentName } from '../coord/cluster/segment-id.ts';
import { parseSchemaFile } from '../ingest/schema-file.ts';
import type { Clock } from '../io/clock.ts';
import type { FetchHandler } from '../io/network.ts';
import type { Random } from '../io/random.ts';
import { segmentResponse } from '../store/segment-response.ts';
import { checkTableName, newObjectName, type SegmentStore } from '../store/segment-store.ts';
import type { Catalog } from './catalog.ts';
import { type ClusterState, visibleSegments } from './cluster-state.ts';
import { toPinotSchema } from './pinot-schema.ts';
import {
  brokersByTable,
  instanceNames,
  plainTableName,
  tableConfig,
  tableInstances,
  tableMetadata,
  tableNames,
} from './pinot-views.ts';
import { mountRebalance } from './rebalance-http.ts';
import { receiveSegment, requestText } from './request-body.ts';
import { existingTable } from './table-changes.ts';

/** What the controller's doors need. */
export interface ControllerHttpOptions {
  readonly state: ClusterState;
  readonly catalog: Catalog;
  readonly store: SegmentStore;
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
 * The controller's HTTP interface: the part of Pinot's that its clients call, and under `/v1`
 * Nyala's own.
 *
 *     GET  /v1/tables/{t}                        schema with exact types, and size
 *     PUT  /v1/tables/{t}/segments/{segment}     upload one segment file; answers {"object": name}
 *     DELETE /v1/tables/{t}/segments/{object}    take an upload back that was not committed
 *     POST /v1/tables/{t}/segments               {"segments": [objects], "replaces": [segments]} commits
 *                                                a load: all of it at once, in the place of what it
 *                                                replaces; a segment that it replaces may have its name
 *     GET  /segments/{t}/{segment}               download one segment file
 *     PUT  /tables/{t}                           a table configuration, as Pinot has it
 */
export function controllerHandler(options: ControllerHttpOptions): FetchHandler {
  const app = new Hono();
  addReads(app, options);
  addChanges(app, options);
  mountRebalance(app, options);
  app.get('/health', (context) => context.text('OK'));
  app.get('/version', (context) => context.json({ nyala: options.version }));
  app.on(['GET', 'POST'], '/sql', (context) => {
    const url = new URL(context.req.url);
    return options.askBroker(new Request(new URL(`/query/sql${url.search}`, url), context.req.raw));
  });
  app.notFound((context) =>
    failure(
      context,
      new EngineError('NOT_FOUND', `controller: no such path ${context.req.path.slice(0, 200)}`),
    ),
  );
  app.onError((error, context) => {
    if (!(error instanceof EngineError)) options.onInternalError(error);
    return failure(context, error);
  });
  return (request) => app.fetch(request);
}

function addReads(app: Hono, { state, store }: ControllerHttpOptions): void {
  const named = (context: Context) => existing(state, context.req.param('table') ?? '');
  app.get('/schemas', (context) => context.json(tableNames(state)));
  app.get('/schemas/:table', (context) => context.json(toPinotSchema(named(context).schema)));
  app.get('/tables', (context) => context.json({ tables: tableNames(state) }));
  app.get('/tables/:table', (context) => context.json(tableConfig(named(context))));
  app.get('/tables/:table/schema', (context) => context.json(toPinotSchema(named(context).schema)));
  app.get('/tables/:table/instances', (context) =>
    context.json(tableInstances(state, named(context).schema.name)),
  );
  app.get('/tables/:table/metadata', (context) =>
    context.json(tableMetadata(state, named(context).schema.name)),
  );
  app.get('/segments/:table', (context) => {
    const ids = [...visibleSegments(state, named(context).schema.name).keys()];
    return context.json([{ OFFLINE: ids.map(segmentName).sort() }]);
  });
  app.get('/segments/:table/:segment', async (context) => {
    const { name } = named(context).schema;
    const file = visibleFile(state, name, context.req.param('segment'));
    return segmentResponse(file, await store.open(file), context.req.raw);
  });
  app.get('/v2/brokers/tables', (context) => context.json(brokersByTable(state)));
  app.get('/instances', (context) => context.json({ instances: instanceNames(state) }));
  app.get('/v1/tables', (context) =>
    context.json(tableNames(state).map((table) => tableMetadata(state, table))),
  );
  app.get('/v1/tables/:table', (context) => {
    const { schema, config = {} } = named(context);
    return context.json({ schema, config, ...tableMetadata(state, schema.name) });
  });
}

function addChanges(app: Hono, options: ControllerHttpOptions): void {
  const { state, catalog, store, clock, random } = options;
  app.put('/v1/tables/:table/segments/:segment', async (context) => {
    const { table, segment } = context.req.param();
    const object = newObjectName(segment, clock.nowMs(), random);
    const lengthBytes = await receiveSegment(store, table, object, context.req.raw);
    return context.json({ lengthBytes, object });
  });
  app.use('*', async (context, next) => {
    const isChange = ['POST', 'DELETE', 'PUT'].includes(context.req.method);
    const forward = isChange && context.req.path !== '/sql' ? options.forward() : null;
    return forward === null ? next() : forward(context.req.raw);
  });
  app.delete('/v1/tables/:table/segments/:object', async (context) => {
    const { table, object } = context.req.param();
    await catalog.discardUpload(table, object);
    return context.json({});
  });
  app.post('/v1/tables/:table/segments', async (context) => {
    const table = context.req.param('table');
    checkTableName(table);
    const body = parseJson(await requestText(context.req.raw));
    const { segments, replaces = [] } = (body ?? {}) as Record<string, unknown>;
    return context.json(
      await catalog.commitLoad(table, namesOf(segments, 'segments'), namesOf(replaces, 'replaces')),
    );
  });
  app.post('/schemas', async (context) => {
    const text = await requestText(context.req.raw);
    const { schemaName } = parseJson(text) as { schemaName?: unknown };
    const name = typeof schemaName === 'string' ? schemaName : '';
    checkTableName(name);
    await catalog.createTable(parseSchemaFile(text, 'the request body', name));
    const status = `${name} successfully added`;
    return context.json({ unrecognizedProperties: {}, status });
  });
  app.put('/tables/:table', async (context) => {
    const { name } = existing(state, context.req.param('table')).schema;
    await catalog.configure(name, parseJson(await requestText(context.req.raw)));
    return context.json({ status: `Table config updated for ${name}` });
  });
  app.delete('/tables/:table', async (context) => {
    const { name } = existing(state, context.req.param('table')).schema;
    await catalog.dropTable(name);
    return context.json({ status: `Tables: [${name}_OFFLINE] deleted` });
  });
  app.delete('/segments/:table/:segment', async (context) => {
    const { name } = existing(state, context.req.param('table')).schema;
    const segment = context.req.param('segment');
    await catalog.dropSegments(name, [segment]);
    return context.json({ status: `Segment ${segment} deleted` });
  });
}

function existing(state: ClusterState, name: string): TableNode {
  return existingTable(state.tables, plainTableName(name));
}

/** The key of the file of a segment that queries see. */
function visibleFile(state: ClusterState, table: string, segment: string): string {
  for (const [id, { file }] of visibleSegments(state, table)) {
    if (segmentName(id) === segment) return file;
  }
  const name = JSON.stringify(segment.slice(0, 200));
  throw new EngineError('NOT_FOUND', `controller: ${table} has no segment ${name}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('BAD_REQUEST', 'controller: the body is not JSON', { cause: error });
  }
}

function namesOf(names: unknown, field: 'segments' | 'replaces'): string[] {
  const isValid = Array.isArray(names) && names.every((name) => typeof name === 'string');
  const isEmpty = isValid && names.length === 0;
  const isRefused = isEmpty && field === 'segments';
  if (!isValid || isRefused || new Set(names).size !== names.length) {
    throw new EngineError(
      'BAD_REQUEST',
      `controller: expected a body with ${field}, a list of different names`,
    );
  }
  return names;
}

const STATUSES: Partial<Record<ErrorCode, 400 | 403 | 404 | 408 | 409 | 503>> = {
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
  return context.json({ code, error: text }, code);
}
