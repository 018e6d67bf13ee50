import { type Context, Hono } from 'hono';
import { EngineError } from '../base/errors.ts';
import { QUERY_BODY_BYTES_MAX } from '../base/limits.ts';
import type { FetchHandler } from '../io/network.ts';
import { boundedText } from '../io/request-body.ts';
import { TRACE_PARENT_HEADER } from '../io/tracing.ts';
import type { ClusterView } from './cluster-view.ts';
import { type ConsoleAssets, mountConsole, mountTableList } from './console.ts';
import { pinotException, pinotHttpStatus } from './error-codes.ts';
import { brokerAddress, cursorRows, mountCursors } from './http-cursors.ts';
import type { QueryRunner } from './query.ts';
import { parseQueryBody, type QueryRequest, queryRequest } from './request.ts';
import type { ResponseFacts } from './response.ts';

/** What the broker's doors need. */
export interface BrokerHttpOptions {
  readonly runner: QueryRunner;
  readonly view: ClusterView;
  /** Told of defects of Nyala, whose text is kept from callers. */
  readonly onInternalError: (error: unknown) => void;
  /** The page at `/`; without it there is none. */
  readonly consoleAssets?: ConsoleAssets | undefined;
}

/** The request header that asks for HTTP statuses instead of 200 for failed queries. */
const STATUS_HEADER = 'Pinot-Use-Http-Status-For-Errors';

/** The request header with the address of a client behind a proxy, and of the proxies behind that. */
const ADDRESS_HEADER = 'X-Forwarded-For';

/** The response header with the first error's number, or -1. */
const ERROR_CODE_HEADER = 'X-Pinot-Error-Code';

/**
 * The broker's HTTP interface: Pinot's query API, and a page for people.
 *
 *     POST /query/sql   {"sql": …, "queryOptions": …}   also POST /query
 *     GET  /query/sql?sql=…&queryOptions=…              also GET /query
 *     GET  /queries     running queries with their text; GET /v1/queries more of them
 *     DELETE /query/{id}?client=false   cancels one
 *     POST /query/sql?getCursor=true&numRows=…, and /responseStore   see `mountCursors`
 *     GET  /debug/routingTable/{table}
 *     GET  /v1/routing/{table}   the version it goes by
 *     GET  /v1/tables            tables with their columns
 *     GET  /health
 *     GET  /                     the console
 */
export function brokerHandler(options: BrokerHttpOptions): FetchHandler {
  const { runner, view } = options;
  const app = new Hono();
  for (const path of ['/query/sql', '/query']) {
    app.post(path, async (context) => {
      const text = await boundedText(context.req.raw, QUERY_BODY_BYTES_MAX);
      if (text === null) {
        const error = `broker: the body is larger than ${QUERY_BODY_BYTES_MAX} bytes`;
        return badRequest(context, error, 413);
      }
      return answer(context, runner, parseQueryBody(text));
    });
    app.get(path, (context) => {
      const { sql, queryOptions } = context.req.query();
      return answer(context, runner, queryRequest(sql, queryOptions));
    });
  }
  mountCursors(app, runner);
  app.get('/queries', (context) => {
    const queries = runner.running.list().map(({ requestId, sql }) => [requestId, sql]);
    return context.json(Object.fromEntries(queries));
  });
  app.get('/v1/queries', (context) => context.json(runner.running.list()));
  app.delete('/query/:id', (context) => cancel(context, runner, context.req.param('id')));
  app.get('/debug/routingTable/:table', (context) =>
    routingTable(context, view, context.req.param('table')),
  );
  app.get('/v1/routing/:table', (context) =>
    context.json({ version: view.routingVersion(context.req.param('table')) }),
  );
  mountTableList(app, view);
  app.get('/health', (context) => context.text('OK'));
  if (options.consoleAssets !== undefined) mountConsole(app, options.consoleAssets);
  app.notFound((context) =>
    badRequest(context, `broker: no such path ${context.req.path.slice(0, 200)}`, 404),
  );
  app.onError((error, context) => {
    if (error instanceof EngineError) return badRequest(context, error.message, 400);
    options.onInternalError(error);
    return badRequest(context, pinotException(error).message, 500);
  });
  return (request) => app.fetch(request);
}

async function answer(
  context: Context,
  runner: QueryRunner,
  request: QueryRequest,
): Promise<Response> {
  const address = context.req.header(ADDRESS_HEADER)?.split(',')[0]?.trim() || null;
  const { body, error, exceptions, facts } = await runner.respond({
    ...request,
    address,
    cursorRows: cursorRows(context),
    traceParent: context.req.header(TRACE_PARENT_HEADER) ?? null,
    brokerAddress: () => brokerAddress(context),
  });
  const useStatus = context.req.header(STATUS_HEADER)?.toLowerCase() === 'true';
  const retryAfterMs = retryAfterOf(error);
  const status =
    retryAfterMs !== null ? 429 : error !== null && useStatus ? pinotHttpStatus(error) : 200;
  const errorCode = exceptions[0]?.errorCode ?? -1;
  return context.body(body, status, {
    'content-type': 'application/json',
    [ERROR_CODE_HEADER]: String(errorCode),
    'server-timing': serverTiming(facts),
    ...(retryAfterMs !== null && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  });
}

/** When to try again after too much to do, at least after a second; null for other outcomes. */
function retryAfterOf(error: unknown): number | null {
  if (!(error instanceof EngineError)) return null;
  if (error.code !== 'TOO_MANY_REQUESTS' && error.code !== 'SERVER_BUSY') return null;
  return Math.max(1_000, error.retryAfterMs ?? 0);
}

/** The time in the engine with its fraction, as W3C Server Timing has it; browsers show it. */
function serverTiming(facts: ResponseFacts): string {
  const total = `total;dur=${facts.timeUsedMs.toFixed(3)}`;
  return `${total}, reduce;dur=${facts.reduceTimeMs.toFixed(3)}`;
}

/** Pinot's texts, which its tools look for. */
function cancel(context: Context, runner: QueryRunner, id: string): Response {
  const isClientId = context.req.query('client') === 'true';
  const shown = id.slice(0, 200);
  if (!isClientId && !/^\d+$/.test(id)) {
    const error = `broker: expected the number of a running query, as GET /queries lists them, found ${shown}`;
    return badRequest(context, error, 400);
  }
  if (runner.running.cancel(id, isClientId)) return context.text(`Cancelled query: ${shown}`);
  return badRequest(context, `Query: ${shown} not found on the broker`, 404);
}

/** Pinot's debug view: which server answers for which segment. */
function routingTable(context: Context, view: ClusterView, table: string): Response {
  const name = table.replace(/_OFFLINE$/, '');
  const routing = view.routing(name);
  if (routing === null) {
    return badRequest(context, `broker: no routing found for table ${table.slice(0, 200)}`, 404);
  }
  const servers: Record<string, string[]> = {};
  for (const [segment, [server]] of routing) {
    if (server === undefined) continue;
    servers[server] ??= [];
    servers[server].push(segment);
  }
  return context.json({ [`${name}_OFFLINE`]: servers });
}

function badRequest(context: Context, error: string, code: 400 | 404 | 413 | 500): Response {
  return context.json({ code, error }, code);
}
