import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { LiveNode } from '../../coord/cluster/paths.ts';
import type { ClusterState } from '../cluster-state.ts';
import { tagsOf } from '../instance-changes.ts';
import { namedTable, tableNames } from '../pinot-views.ts';
import { hostingOf, taggedServers } from '../server-pools.ts';
import { existingTable } from '../table-changes.ts';
import { type Api, typeQuery } from './api.ts';

const DEFAULT_TENANT = 'DefaultTenant';
const SERVER_SUFFIX = '_OFFLINE';
const names = z.array(z.string());
const address = z.object({ instanceName: z.string(), host: z.string(), port: z.number() });

/** Instances, which are the roles that run, and tenants, which are tags of servers. */
export function addInstanceRoutes(api: Api, state: ClusterState): void {
  addInstances(api, state);
  addTenants(api, state);
  addBrokers(api, state);
}

function addInstances(api: Api, state: ClusterState): void {
  const tag = 'Instance';
  for (const path of ['/instances', '/liveinstances']) {
    api.add(
      {
        ...{ method: 'get', path, tag, summary: 'List the roles that run' },
        answer: z.object({ instances: names }),
      },
      () => ({ instances: instances(state).map(({ node: { id } }) => id) }),
    );
  }
  api.add(
    {
      ...{ method: 'get', path: '/instances/{instance}', tag, summary: 'Describe a role' },
      answer: z.object({
        instanceName: z.string(),
        hostName: z.string().optional().meta({ description: 'of one that runs' }),
        port: z.string().optional(),
        enabled: z.boolean(),
        tags: z.array(z.string()).readonly(),
        pools: z.null(),
      }),
    },
    ({ params }) => {
      const id = params.instance!;
      const live = instances(state).find(({ node }) => node.id === id);
      const { host, port } = live?.node ?? {};
      const place = live && { hostName: host, port: String(port) };
      const tags = live?.tags ?? tagsOf(state, id);
      return { instanceName: id, ...place, enabled: true, tags, pools: null };
    },
  );
}

function addTenants(api: Api, state: ClusterState): void {
  const tag = 'Tenant';
  const path = '/tenants/{tenant}';
  api.add(
    {
      ...{ method: 'get', path: '/tenants', tag, summary: 'List tenants' },
      answer: z.object({ SERVER_TENANTS: names, BROKER_TENANTS: names }),
    },
    () => ({ SERVER_TENANTS: serverTenants(state), BROKER_TENANTS: [DEFAULT_TENANT] }),
  );
  api.add(
    {
      ...{ method: 'get', path, tag, summary: 'List the brokers and servers of a tenant' },
      answer: z.object({
        tenantName: z.string(),
        ServerInstances: names,
        BrokerInstances: names,
      }),
    },
    ({ params }) => {
      const tenant = existingTenant(state, params.tenant!);
      return {
        tenantName: tenant,
        ServerInstances: taggedServers(state, `${tenant}${SERVER_SUFFIX}`).live,
        BrokerInstances: tenant === DEFAULT_TENANT ? [...state.liveBrokers.keys()].sort() : [],
      };
    },
  );
  api.add(
    {
      ...{ method: 'get', path: `${path}/tables`, tag, summary: 'List the tables of a tenant' },
      answer: z.object({ tables: names }),
    },
    ({ params }) => {
      const own = `${existingTenant(state, params.tenant!)}${SERVER_SUFFIX}`;
      const tables = tableNames(state).filter(
        (name) => hostingOf(existingTable(state.tables, name)).serverTag === own,
      );
      return { tables };
    },
  );
}

function addBrokers(api: Api, state: ClusterState): void {
  const tag = 'Broker';
  const ids = () => [...state.liveBrokers.keys()].sort();
  const places = () =>
    [...state.liveBrokers.values()].map(({ id, host, port }) => ({ instanceName: id, host, port }));
  const byTable = <T>(brokers: () => T[]) =>
    Object.fromEntries(tableNames(state).map((table) => [table, brokers()]));
  api.add(
    {
      ...{ method: 'get', path: '/brokers', tag, summary: 'List brokers by tenant and table' },
      answer: z.object({
        tenants: z.record(z.string(), names),
        tables: z.record(z.string(), names),
      }),
    },
    () => ({ tenants: { [DEFAULT_TENANT]: ids() }, tables: byTable(ids) }),
  );
  const add = <T>(prefix: string, item: z.ZodType<T, T>, brokers: () => T[]) => {
    api.add(
      {
        ...{ method: 'get', path: `${prefix}/tables`, tag, summary: 'List brokers by table' },
        answer: z.record(z.string(), z.array(item)),
      },
      () => byTable(brokers),
    );
    api.add(
      {
        ...{ method: 'get', path: `${prefix}/tables/{table}`, tag, query: typeQuery },
        ...{ summary: 'List the brokers of a table', answer: z.array(item) },
      },
      ({ params, query }) => {
        namedTable(state, params.table, query.type);
        return brokers();
      },
    );
  };
  add('/brokers', z.string(), ids);
  add('/v2/brokers', address, places);
}

/** All roles that run, with Pinot's tags. */
function instances(
  state: ClusterState,
): { readonly node: LiveNode; readonly tags: readonly string[] }[] {
  const kinds = [
    { nodes: state.liveControllers, tags: ['controller'] },
    { nodes: state.liveBrokers, tags: [`${DEFAULT_TENANT}_BROKER`] },
    { nodes: state.liveServers, tags: null },
  ];
  return kinds.flatMap(({ nodes, tags }) =>
    [...nodes.keys()].sort().map((id) => {
      return { node: nodes.get(id)!, tags: tags ?? tagsOf(state, id) };
    }),
  );
}

/** Tenants are what tags of servers are called without Pinot's suffix. */
function serverTenants(state: ClusterState): string[] {
  const tags = [...state.liveServers.keys()].flatMap((id) => tagsOf(state, id));
  const named = tags.filter((tag) => tag.endsWith(SERVER_SUFFIX));
  const tenants = named.map((tag) => tag.slice(0, -SERVER_SUFFIX.length));
  return [...new Set([DEFAULT_TENANT, ...tenants])].sort();
}

function existingTenant(state: ClusterState, tenant: string): string {
  const known = serverTenants(state);
  if (known.includes(tenant)) return tenant;
  const name = JSON.stringify(tenant.slice(0, 200));
  throw new EngineError('NOT_FOUND', `controller: no tenant ${name}${didYouMean(tenant, known)}`);
}
