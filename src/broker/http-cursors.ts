import type { Context, Hono } from 'hono';
import { EngineError } from '../base/errors.ts';
import { CURSOR_ROWS_DEFAULT } from '../base/serving-limits.ts';
import type { Address } from '../io/network.ts';
import type { CursorStore } from './cursor-store.ts';

/**
 * Pinot's interface of cursors: answers of queries with `getCursor=true`, which the broker that was
 * asked keeps for an hour.
 *
 *     GET    /responseStore                 all of them, without rows
 *     GET    /responseStore/{id}
 *     GET    /responseStore/{id}/results?offset=0&numRows=10000
 *     DELETE /responseStore/{id}
 *     DELETE /responseStore?expiredBefore=MS   those that expire before a moment
 */
export function mountCursors(app: Hono, { cursors }: { readonly cursors: CursorStore }): void {
  for (const path of ['/responseStore', '/responseStore/']) {
    app.get(path, (context) => context.json(cursors.list().map((cursor) => cursor.metadata())));
    app.delete(path, (context) => {
      const count = cursors.deleteExpired(wholeNumber(context, 'expiredBefore', 0));
      return context.text(`Number of query results deleted: ${count}`);
    });
  }
  app.get('/responseStore/:id', (context) => {
    const cursor = cursors.get(context.req.param('id'));
    return cursor === null ? notFound(context) : context.json(cursor.metadata());
  });
  app.get('/responseStore/:id/results', (context) => {
    const cursor = cursors.get(context.req.param('id'));
    if (cursor === null) return notFound(context);
    const offset = wholeNumber(context, 'offset', 0);
    const rows = wholeNumber(context, 'numRows', 0) || CURSOR_ROWS_DEFAULT;
    const body = cursor.page(offset, rows);
    return context.body(body, 200, { 'content-type': 'application/json' });
  });
  app.delete('/responseStore/:id', (context) => {
    const id = context.req.param('id');
    if (!cursors.delete(id)) return notFound(context);
    return context.text(`Query Results for ${id} deleted.`);
  });
}

/** What a query's parameters say about a cursor: rows of its first page; null for none. */
export function cursorRows(context: Context): number | null {
  if (context.req.query('getCursor')?.toLowerCase() !== 'true') return null;
  return wholeNumber(context, 'numRows', 0);
}

/** Where a broker was reached, as its client sees it. */
export function brokerAddress(context: Context): Address {
  const { hostname, port, protocol } = new URL(context.req.url);
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

function wholeNumber(context: Context, name: string, otherwise: number): number {
  const text = context.req.query(name);
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  const message = `broker: expected a whole number as ${name}, found ${text.slice(0, 80)}`;
  throw new EngineError('BAD_REQUEST', message);
}

function notFound(context: Context): Response {
  const id = (context.req.param('id') ?? '').slice(0, 200);
  return context.json({ code: 404, error: `Query results for ${id} not found.` }, 404);
}
