import { assert } from '../../base/assert.ts';
import {
  COORDINATOR_HTTP_CHILDREN_BYTES_MAX,
  COORDINATOR_HTTP_CHILDREN_MAX,
} from '../../base/limits.ts';
import { ErrorNumber } from '../core/error-codes.ts';
import {
  type AclEntry,
  type CreateOperation,
  type NodeStat,
  Permission,
  type Result,
} from '../core/model.ts';
import { isValidPath } from '../core/path.ts';
import { badRequest, preconditionFailed, refusalOfNumber, successOf, tooLarge } from './errors.ts';
import { dataJson, statJson } from './node-json.ts';
import {
  bodyBytes,
  entityTag,
  expectedVersion,
  isKnownVersion,
  nodePath,
  nodeUrl,
  queryOf,
} from './request.ts';
import type { TreeSession } from './tree-access.ts';

/** Where the tree is. */
export const TREE_PREFIX = '/v1/tree';

/** Performs one request with its user's session. */
export type TreeHandler = (session: TreeSession, request: Request) => Promise<Response>;

/** The access list of nodes that are made over HTTP, as that of most ZooKeeper clients. */
export const ANYONE: readonly AclEntry[] = [
  { permissions: Permission.ALL, scheme: 'world', id: 'anyone' },
];

/** The numbers of ZooKeeper's create flags. */
const Flags = { PERSISTENT: 0, SEQUENTIAL: 2, CONTAINER: 4, TTL: 5, TTL_SEQUENTIAL: 6 } as const;

const ANY_VERSION = -1;
/** How often a PUT goes back and forth with others who create and delete the same node. */
const PUT_ATTEMPTS_MAX = 10;
const CHILDREN_AT_ONCE = 32;

/**
 * `GET`: the node with its data, stat and children's names; `?raw` the data as it is; `?children` the
 * children's names alone, `?children=data` the children with their data and stat. The entity tag is
 * the data's version: a change of the list of children does not change it.
 */
export const getNode: TreeHandler = async (session, request) => {
  const path = nodePath(request.url, TREE_PREFIX);
  const query = queryOf(request.url, ['raw', 'children']);
  if (query.children !== undefined) return getChildren(session, path, query.children);
  const what = `get ${path}`;
  const [read, children] = await Promise.all([
    session.request({ kind: 'getData', path, watch: false }),
    session.request({ kind: 'getChildren', path, watch: false }),
  ]);
  const node = successOf(read, what);
  assert(node.kind === 'data', 'a getData answers with data');
  const headers = { etag: entityTag(node.stat.version) };
  if (isKnownVersion(request, node.stat.version)) {
    return new Response(null, { status: 304, headers });
  }
  if (query.raw !== undefined) return rawResponse(node.data, headers);
  const { data, stat } = node;
  const body = { path, ...dataJson(data), stat: statJson(stat), children: namesOf(children, what) };
  return Response.json(body, { headers });
};

/**
 * `PUT`: creates the node (201) or replaces its data (200), which is the body. `If-Match: "<version>"`
 * replaces that version only, `If-None-Match: *` creates only.
 */
export const putNode: TreeHandler = async (session, request) => {
  const path = nodePath(request.url, TREE_PREFIX);
  queryOf(request.url, []);
  const version = expectedVersion(request);
  const isCreate = createsOnly(request);
  const data = await bodyBytes(request);
  const what = `put ${path}`;
  if (isCreate && version !== null)
    throw badRequest('If-Match and If-None-Match exclude each other');
  for (let attempt = 0; attempt < PUT_ATTEMPTS_MAX; attempt++) {
    if (!isCreate) {
      const request = { kind: 'setData', path, data, version: version ?? ANY_VERSION } as const;
      const set = await session.request(request);
      if (!isError(set, ErrorNumber.NO_NODE)) return written(200, path, successOf(set, what));
      if (version !== null) throw preconditionFailed(`${what}: no such node`);
    }
    const created = await session.request(createRequest({ path, data, flags: Flags.PERSISTENT }));
    if (!isError(created, ErrorNumber.NODE_EXISTS)) {
      return written(201, path, successOf(created, what));
    }
    if (isCreate) throw preconditionFailed(`${what}: the node exists`);
  }
  throw refusalOfNumber(ErrorNumber.NODE_EXISTS, what);
};

/**
 * `POST` to a parent: creates a child with the body as data. `?name=` is its name, or with
 * `?sequential` what precedes the ten digits; `?container` and `?ttl=<ms>` make nodes that end by
 * themselves.
 */
export const postNode: TreeHandler = async (session, request) => {
  const parent = nodePath(request.url, TREE_PREFIX);
  const query = queryOf(request.url, ['name', 'sequential', 'container', 'ttl']);
  const isSequential = query.sequential !== undefined;
  const { name = '' } = query;
  const path = `${parent === '/' ? '' : parent}/${name}`;
  if (name.includes('/') || !isValidPath(isSequential ? `${path}0` : path)) {
    throw badRequest('expected ?name= with the name of a child, or ?sequential');
  }
  const kind = lifetimeOf(query, isSequential);
  const data = await bodyBytes(request);
  const what = `create ${path}`;
  const created = successOf(await session.request(createRequest({ path, data, ...kind })), what);
  assert(created.kind === 'created', 'a create answers with a path');
  return written(201, created.path, created);
};

/** `DELETE`: deletes a node without children (204), with `If-Match: "<version>"` that version only. */
export const deleteNode: TreeHandler = async (session, request) => {
  const path = nodePath(request.url, TREE_PREFIX);
  queryOf(request.url, []);
  const version = expectedVersion(request) ?? ANY_VERSION;
  successOf(await session.request({ kind: 'delete', path, version }), `delete ${path}`);
  return new Response(null, { status: 204 });
};

/** A create request of a node that everybody may use; `flags` are ZooKeeper's. */
export function createRequest(
  node: Pick<CreateOperation, 'path' | 'data' | 'flags'>,
): CreateOperation {
  return { kind: 'create', acl: ANYONE, withStat: true, ...node };
}

/**
 * What kind of node to create.
 *
 * @throws HttpRefusal 400 for parameters that exclude each other.
 */
export function lifetimeOf(
  query: { readonly container?: string; readonly ttl?: string },
  isSequential: boolean,
): { flags: number; lifetime?: { kind: 'container' } | { kind: 'ttl'; ttlMs: number } } {
  const isContainer = query.container !== undefined;
  if (isContainer && (isSequential || query.ttl !== undefined)) {
    throw badRequest('a container is neither sequential nor has it a time to live');
  }
  if (isContainer) return { flags: Flags.CONTAINER, lifetime: { kind: 'container' } };
  if (query.ttl === undefined) return { flags: isSequential ? Flags.SEQUENTIAL : Flags.PERSISTENT };
  if (!/^[1-9]\d{0,12}$/.test(query.ttl)) throw badRequest('expected ?ttl= in milliseconds');
  const flags = isSequential ? Flags.TTL_SEQUENTIAL : Flags.TTL;
  return { flags, lifetime: { kind: 'ttl', ttlMs: Number(query.ttl) } };
}

async function getChildren(session: TreeSession, path: string, mode: string): Promise<Response> {
  if (mode !== '' && mode !== 'data') throw badRequest('expected ?children or ?children=data');
  const what = `list ${path}`;
  const names = namesOf(await session.request({ kind: 'getChildren', path, watch: false }), what);
  if (mode === '') return Response.json({ path, children: names });
  if (names.length > COORDINATOR_HTTP_CHILDREN_MAX) {
    throw tooLarge(
      `${what}: expected at most ${COORDINATOR_HTTP_CHILDREN_MAX} children, ` +
        `found ${names.length}; ask for each with its own request`,
    );
  }
  return Response.json({ path, children: await readAll(session, path, names) });
}

/** Children with data, as far as they are still there; those that may not be read say so. */
async function readAll(session: TreeSession, parent: string, names: readonly string[]) {
  const children: object[] = [];
  let dataBytes = 0;
  for (let start = 0; start < names.length; start += CHILDREN_AT_ONCE) {
    const some = names.slice(start, start + CHILDREN_AT_ONCE);
    const results = await Promise.all(
      some.map((name) => {
        const path = `${parent === '/' ? '' : parent}/${name}`;
        return session.request({ kind: 'getData', path, watch: false });
      }),
    );
    for (const [index, result] of results.entries()) {
      const name = some[index]!;
      if (isError(result, ErrorNumber.NO_NODE)) continue;
      if (isError(result, ErrorNumber.NO_AUTH)) children.push({ name, error: 'NO_AUTH' });
      else {
        const node = successOf(result, `get ${name}`);
        assert(node.kind === 'data', 'a getData answers with data');
        dataBytes += node.stat.dataLengthBytes;
        children.push({ name, ...dataJson(node.data), stat: statJson(node.stat) });
      }
    }
    if (dataBytes > COORDINATOR_HTTP_CHILDREN_BYTES_MAX) {
      throw tooLarge(
        `list ${parent}: expected at most ${COORDINATOR_HTTP_CHILDREN_BYTES_MAX} bytes of data; ` +
          'ask for each child with its own request',
      );
    }
  }
  return children;
}

function namesOf(result: Result, what: string): string[] {
  const list = successOf(result, what);
  assert(list.kind === 'children', 'a getChildren answers with names');
  return [...list.names].sort();
}

function createsOnly(request: Request): boolean {
  const header = request.headers.get('if-none-match');
  if (header !== null && header !== '*') throw badRequest('expected If-None-Match: *');
  return header !== null;
}

function isError(result: Result, number: number): boolean {
  return result.kind === 'error' && result.error === number;
}

function rawResponse(data: Uint8Array | null, headers: Record<string, string>): Response {
  const bytes = (data ?? new Uint8Array()) as Uint8Array<ArrayBuffer>;
  const type = { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' };
  return new Response(bytes, { headers: { ...headers, ...type } });
}

function written(status: 200 | 201, path: string, result: Result): Response {
  const stat = statOf(result);
  const location = status === 201 ? { location: nodeUrl(TREE_PREFIX, path) } : {};
  return Response.json(
    { path, stat: statJson(stat) },
    { status, headers: { ...location, etag: entityTag(stat.version) } },
  );
}

function statOf(result: Result): NodeStat {
  const hasStat = (result.kind === 'created' || result.kind === 'dataSet') && result.stat !== null;
  assert(hasStat, 'a write was asked for a stat');
  return result.stat!;
}
