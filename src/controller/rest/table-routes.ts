import { z } from 'zod';
import { formatTimestamp } from '../../base/datetime.ts';
import { EngineError } from '../../base/errors.ts';
import { readHostingConfig } from '../../base/hosting-config.ts';
import { readTableConfig } from '../../base/table-config.ts';
import type { Catalog } from '../catalog.ts';
import type { ClusterState } from '../cluster-state.ts';
import { pinotSchema } from '../pinot-schema.ts';
import {
  namedTable,
  offlineConfig,
  tableInstances,
  tableMetadata,
  tableNames,
} from '../pinot-views.ts';
import { existingTable } from '../table-changes.ts';
import { type Api, addedAnswer, pinotJson, statusAnswer, typeQuery } from './api.ts';
import { schemaAnswer } from './schema-routes.ts';
import { externalView, idealState, segmentsStatus, tableSize } from './segment-views.ts';

const tag = 'Table';
const path = '/tables/{table}';

/** Pinot's table configurations by type. */
const configsAnswer = z.object({ OFFLINE: pinotJson.optional() });
const tablesAnswer = z.object({ tables: z.array(z.string()) });
const placesAnswer = z.object({
  OFFLINE: z.record(z.string(), z.record(z.string(), z.string())),
  REALTIME: z.null(),
});
const instancesOf = z.array(
  z.object({ tableType: z.string(), instances: z.array(z.string()).readonly() }),
);

/** Tables: their configurations, and what they have. */
export function addTableRoutes(api: Api, state: ClusterState, catalog: Catalog): void {
  addLists(api, state);
  addViews(api, state);
  addChanges(api, state, catalog);
  addState(api, state, catalog);
}

function addLists(api: Api, state: ClusterState): void {
  const listQuery = z.object({
    type: z
      .enum(['offline', 'realtime', 'dimension'])
      .or(z.enum(['OFFLINE', 'REALTIME', 'DIMENSION']))
      .optional(),
    sortAsc: z.enum(['true', 'false']).default('true'),
  });
  api.add(
    {
      ...{ method: 'get', path: '/tables', tag, summary: 'List tables' },
      ...{ query: listQuery, answer: tablesAnswer },
    },
    ({ query: { type = 'offline', sortAsc } }) => {
      const names = type.toLowerCase() === 'offline' ? tableNames(state) : [];
      return { tables: sortAsc === 'true' ? names : names.reverse() };
    },
  );
  api.add(
    {
      ...{ method: 'get', path, tag, summary: 'Get the configuration of a table' },
      ...{ query: typeQuery, answer: configsAnswer },
    },
    ({ params, query }) => {
      if (query.type !== 'REALTIME') return { OFFLINE: offlineConfig(table(state, params)) };
      table(state, params);
      return {};
    },
  );
}

function addViews(api: Api, state: ClusterState): void {
  const view = <A extends z.ZodType>(
    name: string,
    summary: string,
    answer: A,
    of: (name: string) => z.input<A>,
  ) =>
    api.add(
      { method: 'get', path: `${path}/${name}`, tag, summary, query: typeQuery, answer },
      ({ params, query }) => of(namedTable(state, params.table, query.type).schema.name),
    );
  view('schema', 'Get the schema of a table', schemaAnswer, (name) =>
    pinotSchema(existingTable(state.tables, name)),
  );
  view(
    'instances',
    'List the brokers and servers of a table',
    z.object({ tableName: z.string(), brokers: instancesOf, server: instancesOf }),
    (name) => tableInstances(state, name),
  );
  view('metadata', 'Count the rows and bytes of a table', metadataAnswer, (name) =>
    tableMetadata(state, name),
  );
  view('size', 'Get the bytes of each segment on each server', sizeAnswer, (name) =>
    tableSize(state, name),
  );
  view('idealstate', 'Say which servers should hold a segment', placesAnswer, (name) =>
    idealState(state, name),
  );
  view('externalview', 'Say which servers hold a segment', placesAnswer, (name) =>
    externalView(state, name),
  );
  view(
    'segmentsStatus',
    'Say which segments are held as they should be',
    z.array(z.object({ segmentName: z.string(), segmentStatus: z.string() })),
    (name) => segmentsStatus(state, name),
  );
  const isEnabled = z.object({ state: z.string() });
  view('state', 'Say whether a table is enabled', isEnabled, (name) => {
    const standing = state.segments.get(name)?.state?.standing;
    return { state: standing === undefined ? 'enabled' : 'disabled' };
  });
  view(
    'stats',
    'Say when a table was made',
    z.object({ OFFLINE: z.object({ creationTime: z.string() }) }),
    (name) => {
      const { createdAtMs } = existingTable(state.tables, name);
      return { OFFLINE: { creationTime: formatTimestamp(BigInt(createdAtMs) * 1000n) } };
    },
  );
}

function addChanges(api: Api, state: ClusterState, catalog: Catalog): void {
  api.add(
    {
      ...{ method: 'post', path: '/tables', tag, summary: 'Configure a table that has a schema' },
      ...{ body: pinotJson, answer: addedAnswer },
    },
    async ({ body }) => {
      const { schema, config } = configuredTable(state, body);
      if (config !== undefined) throw alreadyThere(schema.name);
      await catalog.configure(schema.name, body);
      const status = `Table ${schema.name}_OFFLINE successfully added`;
      return { unrecognizedProperties: {}, status };
    },
  );
  api.add(
    {
      ...{ method: 'post', path: '/tables/validate', tag, summary: 'Check a table configuration' },
      ...{ isLocal: true, body: pinotJson, answer: configsAnswer },
    },
    ({ body }) => {
      const { schema } = configuredTable(state, body);
      const config = readTableConfig(body, 'table config', schema).json;
      readHostingConfig(config, 'table config', schema);
      return { OFFLINE: { ...config } };
    },
  );
  api.add(
    {
      ...{ method: 'put', path, tag, summary: 'Change the configuration of a table' },
      ...{ body: pinotJson, answer: statusAnswer },
    },
    async ({ params, body }) => {
      const { name } = table(state, params).schema;
      await catalog.configure(name, body);
      return { status: `Table config updated for ${name}` };
    },
  );
  api.add(
    {
      ...{ method: 'delete', path, tag, summary: 'Delete a table with its schema and segments' },
      ...{ query: typeQuery, answer: statusAnswer },
    },
    async ({ params, query }) => {
      const { name } = namedTable(state, params.table, query.type).schema;
      await catalog.dropTable(name);
      return { status: `Tables: [${name}_OFFLINE] deleted` };
    },
  );
}

function addState(api: Api, state: ClusterState, catalog: Catalog): void {
  api.add(
    {
      ...{ method: 'put', path: `${path}/state`, tag, summary: 'Enable or disable a table' },
      query: typeQuery.extend({ state: z.enum(['enable', 'disable']) }),
      answer: statusAnswer,
    },
    async ({ params, query }) => {
      const { name } = namedTable(state, params.table, query.type).schema;
      if (query.state === 'enable') await catalog.enableTable(name);
      else await catalog.disableTable(name);
      return { status: `Request to ${query.state} table '${name}' successful` };
    },
  );
}

const metadataAnswer = z.object({
  tableName: z.string(),
  diskSizeInBytes: z.number(),
  numSegments: z.number(),
  numRows: z.number(),
});

const sizes = {
  reportedSizeInBytes: z.number(),
  estimatedSizeInBytes: z.number(),
};

const sizeAnswer = z.object({
  tableName: z.string(),
  ...sizes,
  reportedSizePerReplicaInBytes: z.number(),
  offlineSegments: z.object({
    ...sizes,
    reportedSizePerReplicaInBytes: z.number(),
    missingSegments: z.number(),
    segments: z.record(
      z.string(),
      z.object({
        ...sizes,
        maxReportedSizePerReplicaInBytes: z.number(),
        serverInfo: z.record(
          z.string(),
          z.object({ segmentName: z.string(), diskSizeInBytes: z.number() }),
        ),
      }),
    ),
  }),
  realtimeSegments: z.null(),
});

function table(state: ClusterState, params: Readonly<Record<string, string>>) {
  return namedTable(state, params.table);
}

/**
 * The table that a configuration is for.
 *
 * @throws EngineError BAD_REQUEST without a name, UNKNOWN_TABLE without a schema, NOT_SUPPORTED for a
 *   table that reads a stream.
 */
function configuredTable(
  state: ClusterState,
  { tableName, tableType = 'OFFLINE' }: Readonly<Record<string, unknown>>,
) {
  if (tableType !== 'OFFLINE') {
    throw new EngineError(
      'NOT_SUPPORTED',
      `controller: tableType ${JSON.stringify(tableType)} is not supported; use OFFLINE`,
    );
  }
  if (typeof tableName === 'string') return namedTable(state, tableName);
  throw new EngineError('BAD_REQUEST', 'table config: expected a tableName, found none');
}

/** The error for a table that is configured already. */
export function alreadyThere(name: string): EngineError {
  const message = `controller: table ${name}_OFFLINE is there already; PUT /tables/${name} changes it`;
  return new EngineError('ALREADY_EXISTS', message);
}
