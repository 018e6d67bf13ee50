import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import { readHostingConfig } from '../../base/hosting-config.ts';
import { readTableConfig } from '../../base/table-config.ts';
import type { Catalog } from '../catalog.ts';
import type { ClusterState } from '../cluster-state.ts';
import { pinotSchema } from '../pinot-schema.ts';
import { namedTable, offlineConfig, tableNames } from '../pinot-views.ts';
import { evolvedSchema, readSchema } from '../schema-changes.ts';
import { type Api, addedAnswer, pinotJson, statusAnswer } from './api.ts';
import { addSchema, schemaAnswer } from './schema-routes.ts';
import { alreadyThere } from './table-routes.ts';

const tag = 'TableConfigs';
const path = '/tableConfigs/{table}';

/** Pinot's one-shot form: a schema with the configuration of its table. */
const bothBody = z.strictObject({
  tableName: z.string(),
  schema: pinotJson,
  offline: pinotJson.optional(),
  realtime: z.null().optional().meta({ description: 'not supported: there is no REALTIME table' }),
});
type Both = z.output<typeof bothBody>;
const bothAnswer = z.object({
  tableName: z.string(),
  schema: schemaAnswer,
  offline: pinotJson.optional(),
});

/** Schemas and table configurations together. */
export function addTableConfigRoutes(api: Api, state: ClusterState, catalog: Catalog): void {
  api.add(
    {
      ...{ method: 'get', path: '/tableConfigs', tag, summary: 'List tables' },
      answer: z.array(z.string()),
    },
    () => tableNames(state),
  );
  api.add(
    {
      ...{ method: 'get', path, tag, summary: 'Get schema and configuration of a table' },
      answer: bothAnswer,
    },
    ({ params }) => {
      const node = namedTable(state, params.table);
      return {
        tableName: node.schema.name,
        schema: pinotSchema(node),
        offline: offlineConfig(node),
      };
    },
  );
  api.add(
    {
      ...{ method: 'post', path: '/tableConfigs/validate', tag, summary: 'Check both' },
      ...{ isLocal: true, body: bothBody, answer: bothAnswer },
    },
    ({ body }) => {
      const name = checkBoth(state, body);
      return { ...body, tableName: name, schema: { ...body.schema, schemaName: name } };
    },
  );
  api.add(
    {
      ...{ method: 'post', path: '/tableConfigs', tag, summary: 'Make and configure a table' },
      ...{ body: bothBody, answer: addedAnswer },
    },
    async ({ body }) => {
      const name = checkBoth(state, body);
      if (state.tables.get(name)?.config !== undefined) throw alreadyThere(name);
      await addSchema(state, catalog, body.schema, true);
      if (body.offline !== undefined) await catalog.configure(name, body.offline);
      return { unrecognizedProperties: {}, status: `TableConfigs ${name} successfully added` };
    },
  );
  api.add(
    {
      ...{ method: 'put', path, tag, summary: 'Change schema and configuration of a table' },
      ...{ body: bothBody, answer: addedAnswer },
    },
    async ({ params, body }) => {
      const { name } = namedTable(state, params.table).schema;
      if (checkBoth(state, body) !== name) throw otherName(name, body.tableName);
      await addSchema(state, catalog, body.schema, true);
      if (body.offline !== undefined) await catalog.configure(name, body.offline);
      return { unrecognizedProperties: {}, status: `TableConfigs updated for ${name}` };
    },
  );
  api.add(
    { method: 'delete', path, tag, summary: 'Delete a table and its schema', answer: statusAnswer },
    async ({ params }) => {
      const { name } = namedTable(state, params.table).schema;
      await catalog.dropTable(name);
      return { status: `Deleted TableConfigs: ${name}` };
    },
  );
}

/** Checks both parts before either is written; returns the table's name. */
function checkBoth(state: ClusterState, { tableName, schema, offline }: Both): string {
  const given = readSchema(schema);
  const { name } = given.schema;
  if (tableName !== name) throw otherName(name, tableName);
  const current = state.tables.get(name)?.schema;
  const whole = current === undefined ? given.schema : evolvedSchema(current, given);
  if (offline !== undefined) {
    readHostingConfig(readTableConfig(offline, 'offline', whole).json, 'offline', whole);
  }
  return name;
}

function otherName(expected: string, found: string): EngineError {
  return new EngineError(
    'BAD_REQUEST',
    `controller: expected the tableName ${expected}, as the schema has it, ` +
      `found ${JSON.stringify(found.slice(0, 200))}`,
  );
}
