import { EngineError } from '../base/errors.ts';
import type { TableSchema } from '../base/types.ts';
import type { Disk } from '../io/disk.ts';
import { type SegmentMetadata, segmentSchema } from '../segment/metadata.ts';
import { checkSameSchema } from '../segment/same-schema.ts';
import type { FolderStore } from '../store/folder-store.ts';
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
  readonly segments: readonly OpenSegment[];
}

/** Which segments make up each table: what the catalog file holds. */
type Catalog = Record<string, readonly string[]>;

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
  for (const [table, names] of Object.entries(catalog)) {
    const segments = await Promise.all(names.map((name) => openSegment(store, table, name)));
    const [first] = segments;
    if (first === undefined) continue;
    checkSameSchema(segments.map(({ metadata }) => metadata));
    tables.set(table, { schema: segmentSchema(first.metadata), segments });
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

/** Makes these the tables of the folder, durably and in one step. */
export async function writeCatalog(
  disk: Disk,
  path: string,
  tables: ReadonlyMap<string, OpenTable>,
): Promise<void> {
  const catalog: Catalog = Object.fromEntries(
    [...tables].map(([table, { segments }]) => [table, segments.map((s) => s.metadata.name)]),
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
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      (names) => Array.isArray(names) && names.every((name) => typeof name === 'string'),
    )
  );
}

async function foundSegments(store: FolderStore): Promise<Catalog> {
  const tables = await store.tables();
  return Object.fromEntries(
    await Promise.all(tables.map(async (table) => [table, await store.list(table)] as const)),
  );
}
