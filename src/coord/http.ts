import { Hono } from 'hono';
import { decodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { ReplicatedState } from './core/apply.ts';
import { Permission } from './core/model.ts';
import { isValidPath } from './core/path.ts';
import { statOf } from './core/tree.ts';

/** What the HTTP door shows. */
export interface CoordinatorView {
  /** The applied state; read it and let go of it in the same turn. */
  readonly state: ReplicatedState;
  readonly appliedZxid: bigint;
  readonly connectionCount: number;
}

const TREE_PREFIX = '/v1/tree';

/**
 * A read-only view of the coordinator over HTTP: `GET /v1/tree/<path>` shows a node as JSON with its
 * path, data (`dataEncoding` says whether as UTF-8 text or base64), stat and sorted children names;
 * `GET /health` answers 200 while the node serves. 64-bit numbers are hexadecimal strings.
 */
export function createCoordinatorHttp(view: CoordinatorView): Hono {
  const app = new Hono();
  app.get('/health', (context) =>
    context.json({
      status: 'ok',
      zxid: hexadecimal(view.appliedZxid),
      connectionCount: view.connectionCount,
      nodeCount: view.state.tree.nodeCount,
    }),
  );
  app.get(`${TREE_PREFIX}/*`, (context) => {
    const path = treePath(new URL(context.req.url).pathname);
    if (path === null || !isValidPath(path)) {
      return context.json({ error: 'BAD_REQUEST', message: 'coord: not the path of a node' }, 400);
    }
    const node = view.state.tree.get(path);
    if (node === undefined) {
      return context.json({ error: 'NOT_FOUND', message: `coord: no node ${path}` }, 404);
    }
    if ((node.permissions & Permission.READ) === 0) {
      return context.json({ error: 'FORBIDDEN', message: `coord: ${path} is not readable` }, 403);
    }
    return context.json({ path, ...dataJson(node.data), ...nodeJson(node) });
  });
  return app;
}

function treePath(urlPath: string): string | null {
  const rest = urlPath.slice(TREE_PREFIX.length);
  try {
    const path = decodeURIComponent(rest);
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  } catch {
    return null; // A percent sign without two hexadecimal digits.
  }
}

function nodeJson(node: Parameters<typeof statOf>[0]) {
  const { czxid, mzxid, pzxid, ephemeralOwner, ...rest } = statOf(node);
  return {
    stat: {
      ...rest,
      czxid: hexadecimal(czxid),
      mzxid: hexadecimal(mzxid),
      pzxid: hexadecimal(pzxid),
      ephemeralOwner: hexadecimal(ephemeralOwner),
    },
    children: [...node.children].sort(),
  };
}

function dataJson(data: Uint8Array | null): { data: string | null; dataEncoding: string } {
  if (data === null) return { data: null, dataEncoding: 'utf8' };
  try {
    return { data: decodeUtf8(data, 'coord: node data'), dataEncoding: 'utf8' };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { data: base64(data), dataEncoding: 'base64' };
  }
}

function base64(data: Uint8Array): string {
  let characters = '';
  for (const byte of data) characters += String.fromCharCode(byte);
  return btoa(characters);
}

function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
