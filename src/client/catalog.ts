import { EngineError } from '../base/errors.ts';
import type { IndexConfig } from '../base/index-config.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import { readTableConfig, type TableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { Disk } from '../io/disk.ts';
import { type SegmentMetadata, segmentSchema } from '../segment/metadata.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { checkSameSchema } from '../segment/same-schema.ts';
import type { FolderStore } from '../store/folder-store.ts';
import { reindexStored } from '../store/reindex.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type StoredSegment, segmentKey } from '../store/segment-store.ts';

/** A segment of an embedded database, open for reading. */
export interface OpenSegment {
  readonly metadata: SegmentMetadata;
  readonly stored: StoredSegment;
}

/** A table of an embedded database. */
export interface OpenTable {
  readonly schema: TableSchema;
  readonly config: TableConfig;
  readonly segments: readonly OpenSegment[];
}

/**
 * What the catalog file holds: which segments make up each table, and how the table is configured. A
 * list alone is a table without a configuration.
 */
type Catalog = Record<string, readonly string[] | CatalogEntry>;

interface CatalogEntry {
  readonly segments: readonly string[];
  readonly config: PlainJsonRecord;
}

/**
 * The tables of a data folder. The catalog file names their segments and is replaced in one step, so
 * that a load is there whole or not at all; a folder without one has all segments that lie in it.
 *
 * @param path of the catalog file.
 * @throws EngineError CORRUPT_DATA when the file or a segment is damaged, SCHEMA_MISMATCH when the
 *   segments of a table differ in their columns.
 */
export async function openTables(
  disk: Disk,
  path: string,
  store: FolderStore,
): Promise<Map<string, OpenTable>> {
  const catalog = (await readCatalog(disk, path)) ?? (await foundSegments(store));
  const tables = new Map<string, OpenTable>();
  for (const [table, entry] of Object.entries(catalog)) {
    const { segments: names, config } = isList(entry) ? { segments: entry, config: {} } : entry;
    const segments = await Promise.all(names.map((name) => openSegment(store, table, name)));
    const [first] = segments;
    if (first === undefined) continue;
    checkSameSchema(segments.map(({ metadata }) => metadata));
    const schema = segmentSchema(first.metadata);
    tables.set(table, { schema, config: readTableConfig(config, path, schema), segments });
  }
  return tables;
}

/** Opens one segment and reads its footer. */
export async function openSegment(
  store: FolderStore,
  table: string,
  name: string,
): Promise<OpenSegment> {
  const key = segmentKey(table, name);
  const stored = await store.open(key);
  try {
    return { metadata: await readSegmentMetadata(key, stored), stored };
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/**
 * Gives a segment other indexes and opens it anew; whoever has the present file open goes on to read
 * that.
 */
export async function reindexSegment(
  store: FolderStore,
  { metadata, stored }: OpenSegment,
  indexes: readonly IndexConfig[],
  decode: DecodeBuffer,
): Promise<OpenSegment> {
  await reindexStored(store, metadata, stored, indexes, decode);
  return openSegment(store, metadata.table, metadata.name);
}

/** Makes these the tables of the folder, durably and in one step. */
export async function writeCatalog(
  disk: Disk,
  path: string,
  tables: ReadonlyMap<string, OpenTable>,
): Promise<void> {
  const catalog: Catalog = Object.fromEntries(
    [...tables].map(
      ([
        table,
        {
          segments,
          config: { json },
        },
      ]) => {
        const names = segments.map(({ metadata }) => metadata.name);
        return [table, Object.keys(json).length === 0 ? names : { segments: names, config: json }];
      },
    ),
  );
  await disk.replaceFile(path, new TextEncoder().encode(`${JSON.stringify(catalog, null, 2)}\n`));
}

async function readCatalog(disk: Disk, path: string): Promise<Catalog | null> {
  if ((await disk.sizeBytes(path)) === null) return null;
  const text = new TextDecoder().decode(await disk.readFile(path));
  try {
    const value: unknown = JSON.parse(text);
    if (isCatalog(value)) return value;
  } catch {
    // Reported below, as any other text that is no catalog.
  }
  throw new EngineError(
    'CORRUPT_DATA',
    `database: ${path} should hold tables with their segments; delete it to take all segments`,
  );
}

function isCatalog(value: unknown): value is Catalog {
  return isRecord(value) && Object.values(value).every((entry) => isList(entry) || isEntry(entry));
}

function isEntry(value: unknown): value is CatalogEntry {
  return isRecord(value) && isList(value.segments) && isRecord(value.config);
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function foundSegments(store: FolderStore): Promise<Catalog> {
  const tables = await store.tables();
  return Object.fromEntries(
    await Promise.all(tables.map(async (table) => [table, await store.list(table)] as const)),
  );
}
