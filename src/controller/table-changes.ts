import { EngineError } from '../base/errors.ts';
import { readHostingConfig } from '../base/hosting-config.ts';
import { PAGE_WRITES_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { inParallel } from '../base/parallel.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import { readTableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import { childPath, clusterPaths, type TableNode } from '../coord/cluster/paths.ts';
import type { TableStateNode } from '../coord/cluster/segment-nodes.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { ClusterState } from './cluster-state.ts';
import { pagePath } from './page-edits.ts';
import { checkSegmentSchema, evolvedSchema, type GivenSchema } from './schema-changes.ts';
import { statePath } from './table-loads.ts';

/**
 * Makes an empty table, or does nothing when it exists.
 *
 * @throws EngineError SCHEMA_MISMATCH when it exists and segments of the schema do not fit it.
 */
export async function ensureTable(
  work: CatalogWork,
  schema: TableSchema,
  pinotSchema: PlainJsonRecord | null = null,
): Promise<TableNode> {
  const { state, term, clock, replication } = work;
  // What is left of a dropped table of that name must not come back.
  if (!state.tables.has(schema.name)) await removePages(work, schema.name);
  // Its state first, so that a table has one from the beginning.
  await term.update<TableStateNode>(statePath(schema.name), (current) =>
    current === null ? { version: 1, pending: {} } : null,
  );
  if (!state.tables.has(schema.name)) await setStanding(work, schema.name);
  const node = await term.update<TableNode>(tablePath(schema.name), (current) => {
    if (current === null) {
      const given = pinotSchema === null ? {} : { pinotSchema };
      return { schema, ...given, replication, createdAtMs: clock.nowMs() };
    }
    checkSegmentSchema(current.schema, schema);
    return null;
  });
  return node!;
}

/**
 * Adds columns to a table; its segments stay as they are.
 *
 * @throws EngineError UNKNOWN_TABLE, and what `evolvedSchema` throws.
 */
export async function changeSchema(
  { state, term }: CatalogWork,
  given: GivenSchema,
): Promise<void> {
  const table = given.schema.name;
  await term.update<TableNode>(tablePath(table), (current) => {
    if (current === null) throw unknownTable(table, state.tables.keys());
    const schema = evolvedSchema(current.schema, given);
    const { pinotSchema: _, ...rest } = current;
    return { ...rest, schema, ...(given.pinot === null ? {} : { pinotSchema: given.pinot }) };
  });
}

/**
 * Gives a table another configuration; `Reindexer` makes its segments follow.
 *
 * @throws EngineError UNKNOWN_TABLE, and what `readTableConfig` throws.
 */
export async function configureTable(
  { state, term }: CatalogWork,
  table: string,
  json: unknown,
): Promise<void> {
  const { schema, configRevision = 0 } = existingTable(state.tables, table);
  const config = readTableConfig(json, 'table config', schema);
  readHostingConfig(config.json, 'table config', schema);
  await term.update<TableNode>(tablePath(table), (current) => {
    if (current === null) throw unknownTable(table, state.tables.keys());
    if (current.configRevision === configRevision + 1) return null;
    return { ...current, config: config.json, configRevision: configRevision + 1 };
  });
}

/**
 * Takes a table away: for queries first, then its segments. Its state stays until housekeeping finds
 * no files of it any more.
 *
 * @returns the files that are nobody's any more.
 * @throws EngineError UNKNOWN_TABLE.
 */
export async function dropTable(work: CatalogWork, table: string): Promise<string[]> {
  existingTable(work.state.tables, table);
  await work.term.remove(tablePath(table));
  return removePages(work, table);
}

/**
 * Removes all records of a table that is not there any more. Can be done again.
 *
 * @returns the files that are nobody's any more.
 */
export async function removePages({ state, term }: CatalogWork, table: string): Promise<string[]> {
  const pages = [...(state.segments.get(table)?.pages ?? [])];
  const files = pages.flatMap(([, { segments }]) => Object.values(segments).map((its) => its.file));
  await inParallel(pages, PAGE_WRITES_MAX, ([page]) => term.remove(pagePath(table, page)));
  return files;
}

/**
 * Takes a table out of service, or back into it.
 *
 * @param standing absent for a table that answers queries.
 * @returns the version of the table's state in which it is so.
 */
export async function setStanding(
  { term }: CatalogWork,
  table: string,
  standing?: NonNullable<TableStateNode['standing']>,
): Promise<number> {
  const state = await term.update<TableStateNode>(statePath(table), (current) => {
    if (current === null || current.standing === standing) return null;
    const { standing: _, ...rest } = current;
    return { ...rest, version: rest.version + 1, ...(standing && { standing }) };
  });
  return state?.version ?? 0;
}

/** @throws EngineError TABLE_DISABLED when servers do not take over segments of a table. */
export function checkEnabled({ segments }: ClusterState, table: string): void {
  if (segments.get(table)?.state?.standing !== 'disabled') return;
  throw new EngineError(
    'TABLE_DISABLED',
    `controller: table ${table} is disabled; PUT /tables/${table}/state?state=enable, then try again`,
  );
}

/** @throws EngineError UNKNOWN_TABLE. */
export function existingTable(tables: ReadonlyMap<string, TableNode>, table: string): TableNode {
  const node = tables.get(table);
  if (node === undefined) throw unknownTable(table, tables.keys());
  return node;
}

/** The error for a table that is not there. */
export function unknownTable(table: string, tables: Iterable<string>): EngineError {
  return new EngineError(
    'UNKNOWN_TABLE',
    `controller: no table ${JSON.stringify(table.slice(0, 200))}${didYouMean(table, tables)}`,
  );
}

function tablePath(table: string): string {
  return childPath(clusterPaths.tables, table);
}
