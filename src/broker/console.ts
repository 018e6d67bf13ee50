import type { Hono } from 'hono';
import { sortTexts } from '../base/text-order.ts';
import type { ClusterView } from './cluster-view.ts';

/** The files of the console, a page that people ask SQL with; see `console/`. */
export interface ConsoleAssets {
  /** HTML; names the others relative to itself. */
  readonly page: Uint8Array;
  readonly script: Uint8Array;
  readonly style: Uint8Array;
  readonly icon: Uint8Array;
}

/**
 * Nothing but the page's own files and its broker, no inline script, no frame around it. Where the
 * browser knows trusted types, text cannot become markup either, whatever the script does.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Statements stand in the page's address, which is nobody else's business. */
const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/**
 * Adds the console to a broker's paths. Every file has a route of its own: no path is ever put
 * together from a request.
 *
 *     GET  /                                   the page
 *     GET  /console/{main.js,style.css,icon.svg}
 */
export function mountConsole(app: Hono, assets: ConsoleAssets): void {
  const serve = (path: string, bytes: Uint8Array, contentType: string) => {
    const headers = { ...SECURITY_HEADERS, 'content-type': contentType };
    app.get(path, () => new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
  };
  serve('/', assets.page, 'text/html; charset=utf-8');
  serve('/console/main.js', assets.script, 'text/javascript; charset=utf-8');
  serve('/console/style.css', assets.style, 'text/css; charset=utf-8');
  serve('/console/icon.svg', assets.icon, 'image/svg+xml');
}

/**
 * Adds `GET /v1/tables`: the tables that this broker knows, ordered by name, with their columns in
 * the schema's order, as `{"tables": [{"name", "columns": [{"name", "type"}]}]}`.
 */
export function mountTableList(app: Hono, view: ClusterView): void {
  app.get('/v1/tables', (context) => {
    const tables = sortTexts(view.tableNames()).flatMap((table) => {
      const schema = view.schema(table);
      if (schema === null) return [];
      const columns = schema.columns.map(({ name, type }) => ({ name, type }));
      return [{ name: table, columns }];
    });
    return context.json({ tables });
  });
}
