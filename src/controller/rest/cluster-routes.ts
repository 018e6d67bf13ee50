import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import type { CoordinatorClient } from '../../coord/client.ts';
import { decodeNode } from '../../coord/cluster/paths.ts';
import type { ClusterState } from '../cluster-state.ts';
import { tableNames } from '../pinot-views.ts';
import { type Api, pinotJson } from './api.ts';

/** What of the tree is read for those who look into it. */
export type TreeReader = Pick<CoordinatorClient, 'children' | 'get'>;

/** The part of the tree that is Nyala's; what others keep in the same ensemble is not shown. */
const ROOT = '/nyala';

/** The cluster: health, leader, version, and the tree as it is. */
export function addClusterRoutes(
  api: Api,
  state: ClusterState,
  tree: TreeReader,
  version: string,
): void {
  const tag = 'Cluster';
  const text = { answer: z.string(), contentType: 'text/plain; charset=utf-8' };
  api.add({ method: 'get', path: '/health', tag, summary: 'Say OK', ...text }, () => 'OK');
  api.add(
    {
      ...{ method: 'get', path: '/version', tag, summary: 'Get the version' },
      answer: z.object({ nyala: z.string() }),
    },
    () => ({ nyala: version }),
  );
  api.add(
    {
      ...{ method: 'get', path: '/cluster/info', tag, summary: 'Get the name of the cluster' },
      answer: z.object({ clusterName: z.string() }),
    },
    () => ({ clusterName: 'nyala' }),
  );
  api.add(
    {
      ...{ method: 'get', path: '/leader/tables', tag, summary: 'Say who leads for each table' },
      answer: z.object({
        leadControllerEntryMap: z.record(z.string(), leaderEntry),
        leadControllerResourceEnabled: z.boolean(),
      }),
    },
    () => {
      const leadControllerId = state.leader.get('controller')?.id ?? null;
      const entry = { leadControllerId, tableNames: tableNames(state) };
      return {
        leadControllerEntryMap: { leadControllerResource_0: entry },
        leadControllerResourceEnabled: true,
      };
    },
  );
  addTree(api, tree);
}

const leaderEntry = z.object({
  leadControllerId: z.string().nullable(),
  tableNames: z.array(z.string()),
});

function addTree(api: Api, tree: TreeReader): void {
  const tag = 'Zookeeper';
  const query = z.object({ path: z.string().startsWith('/') });
  api.add(
    {
      ...{ method: 'get', path: '/zk/ls', tag, summary: 'List the nodes below a path of the tree' },
      ...{ query, answer: z.array(z.string()) },
    },
    async ({ query: { path } }) => {
      if (path === '/') return [ROOT.slice(1)];
      checkPath(path);
      return (await tree.children(path)).toSorted();
    },
  );
  api.add(
    {
      ...{ method: 'get', path: '/zk/get', tag, summary: 'Get a node of the tree' },
      ...{ query, answer: pinotJson },
    },
    async ({ query: { path } }) => {
      checkPath(path);
      const { data } = await tree.get(path);
      return data.length === 0 ? {} : { ...decodeNode<object>(path, data) };
    },
  );
  api.add(
    {
      ...{ method: 'get', path: '/zk/stat', tag, summary: 'Get what the tree knows of a node' },
      ...{ query, answer: statAnswer },
    },
    async ({ query: { path } }) => {
      checkPath(path);
      const { stat } = await tree.get(path);
      return {
        ...{ czxid: Number(stat.czxid), mzxid: Number(stat.mzxid) },
        ...{ ctime: stat.ctimeMs, mtime: stat.mtimeMs },
        ...{ version: stat.version, cversion: stat.childVersion },
        // JSON has no 64-bit integers.
        ephemeralOwner: String(stat.ephemeralOwner),
        ...{ dataLength: stat.dataLengthBytes, numChildren: stat.childCount },
      };
    },
  );
}

const statAnswer = z.object({
  ...{ czxid: z.number(), mzxid: z.number(), ctime: z.number(), mtime: z.number() },
  ...{ version: z.number(), cversion: z.number() },
  ephemeralOwner: z.string(),
  ...{ dataLength: z.number(), numChildren: z.number() },
});

function checkPath(path: string): void {
  if (path === ROOT || path.startsWith(`${ROOT}/`)) return;
  const name = JSON.stringify(path.slice(0, 200));
  throw new EngineError('NOT_FOUND', `controller: no path ${name}; the cluster is below ${ROOT}`);
}
