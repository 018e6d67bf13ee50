import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import { isVisible } from '../../coord/cluster/visibility.ts';
import type { Catalog } from '../catalog.ts';
import type { ClusterState } from '../cluster-state.ts';
import { recordsOf } from '../load-plan.ts';
import { pinotSchema } from '../pinot-schema.ts';
import { tableNames } from '../pinot-views.ts';
import { readSchema } from '../schema-changes.ts';
import { existingTable } from '../table-changes.ts';
import { type Api, addedAnswer, pinotJson, statusAnswer } from './api.ts';

/** Pinot's schema JSON, as far as its shape is fixed. */
export const schemaAnswer = z.looseObject({
  schemaName: z.string(),
  dimensionFieldSpecs: z.array(pinotJson).optional(),
  metricFieldSpecs: z.array(pinotJson).optional(),
  dateTimeFieldSpecs: z.array(pinotJson).optional(),
});

const tag = 'Schema';
const overrideQuery = z.object({
  override: z
    .enum(['true', 'false'])
    .default('true')
    .meta({ description: 'whether a schema that is there may get more columns' }),
});

/**
 * Schemas. A schema is a table here: one that is made alone is an empty table, which may be configured
 * and loaded.
 */
export function addSchemaRoutes(api: Api, state: ClusterState, catalog: Catalog): void {
  const path = '/schemas/{schema}';
  api.add(
    { method: 'get', path: '/schemas', tag, summary: 'List schemas', answer: z.array(z.string()) },
    () => tableNames(state),
  );
  api.add(
    {
      ...{ method: 'get', path: '/schemas/info', tag, summary: 'Count the fields of all schemas' },
      answer: z.object({ schemasInfo: z.array(pinotJson) }),
    },
    () => ({ schemasInfo: tableNames(state).map((name) => schemaInfo(state, name)) }),
  );
  api.add({ method: 'get', path, tag, summary: 'Get a schema', answer: schemaAnswer }, (call) =>
    pinotSchema(existingTable(state.tables, call.params.schema!)),
  );
  api.add(
    {
      ...{ method: 'post', path: '/schemas/validate', tag, summary: 'Check a schema' },
      ...{ isLocal: true, body: pinotJson, answer: schemaAnswer },
    },
    ({ body }) => {
      const { schema, pinot } = readSchema(body);
      return pinotSchema({ schema, ...(pinot && { pinotSchema: pinot }) });
    },
  );
  api.add(
    {
      ...{ method: 'post', path: '/schemas', tag, summary: 'Add a schema' },
      ...{ query: overrideQuery, body: pinotJson, answer: addedAnswer },
    },
    async ({ body, query }) => {
      const status = await addSchema(state, catalog, body, query.override === 'true');
      return { unrecognizedProperties: {}, status };
    },
  );
  api.add(
    {
      ...{ method: 'put', path, tag, summary: 'Add columns to a schema' },
      ...{ body: pinotJson, answer: addedAnswer },
    },
    async ({ params, body }) => {
      const given = readSchema(body);
      const { name } = existingTable(state.tables, params.schema!).schema;
      if (given.schema.name !== name) {
        const found = `the schema of ${given.schema.name}`;
        throw new EngineError('BAD_REQUEST', `controller: expected schema ${name}, found ${found}`);
      }
      await catalog.changeSchema(given);
      return { unrecognizedProperties: {}, status: `${name} successfully added` };
    },
  );
  api.add(
    { method: 'delete', path, tag, summary: 'Delete a schema', answer: statusAnswer },
    async ({ params }) => {
      const { schema, config } = existingTable(state.tables, params.schema!);
      if (config !== undefined || hasSegments(state, schema.name)) {
        throw new EngineError(
          'CONFLICT',
          `controller: schema ${schema.name} is that of a table; delete the table instead`,
        );
      }
      await catalog.dropTable(schema.name);
      return { status: `Schema ${schema.name} deleted` };
    },
  );
}

/**
 * Makes a table of a schema, or gives the table its new columns.
 *
 * @throws EngineError ALREADY_EXISTS when it is there and may not be changed.
 */
export async function addSchema(
  state: ClusterState,
  catalog: Catalog,
  json: Readonly<Record<string, unknown>>,
  mayChange: boolean,
): Promise<string> {
  const given = readSchema(json);
  const { name } = given.schema;
  if (!state.tables.has(name)) await catalog.createTable(given.schema, given.pinot);
  else if (mayChange) await catalog.changeSchema(given);
  else throw new EngineError('ALREADY_EXISTS', `controller: schema ${name} is there already`);
  return `${name} successfully added`;
}

function hasSegments(state: ClusterState, table: string): boolean {
  const pending = state.segments.get(table)?.state?.pending ?? {};
  if (Object.keys(pending).length > 0) return true;
  return [...recordsOf(state, table)].some(([, record]) => isVisible(record, pending));
}

function schemaInfo(state: ClusterState, name: string) {
  const schema = pinotSchema(state.tables.get(name)!);
  const count = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  return {
    schemaName: name,
    numDimensionFields: count(schema.dimensionFieldSpecs),
    numDateTimeFields: count(schema.dateTimeFieldSpecs),
    numMetricFields: count(schema.metricFieldSpecs),
    numComplexFields: 0,
  };
}
