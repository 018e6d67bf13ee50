import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchTable } from './engines/engine.ts';
import { writeParquet } from './parquet-file.ts';
import { rowsAtScale, type Suite } from './suite.ts';

/** What an engine's own copy of a table costs. */
export interface StoredTable {
  /** From the Parquet file to a closed database. */
  readonly loadMs: number;
  readonly sizeBytes: number;
  /** Greatest resident memory of the process that loaded. */
  readonly loadPeakBytes: number;
}

/** How an engine's copy comes about; the memory is known when it is done. */
export type Loader = (folder: string) => Promise<Omit<StoredTable, 'sizeBytes'>>;

const STAMP = 'loaded.json';

/**
 * The suite's table at a scale as a Parquet file, made when it is not there yet.
 *
 * @param dataFolder holds one folder for each suite, scale and version of the generator.
 */
export async function prepareTable(
  suite: Suite,
  scale: number,
  dataFolder: string,
): Promise<BenchTable> {
  const { source } = suite;
  const rowCount = rowsAtScale(source, scale);
  if ('parquetPath' in source) return { suite, rowCount, parquetPath: source.parquetPath };
  const folder = tableFolder(suite, rowCount, dataFolder);
  const parquetPath = join(folder, 'table.parquet');
  if (!existsSync(parquetPath)) {
    await mkdir(folder, { recursive: true });
    const unfinished = `${parquetPath}.${process.pid}`;
    await writeParquet(unfinished, source.columns, source.batches(rowCount));
    await rename(unfinished, parquetPath);
  }
  return { suite, rowCount, parquetPath };
}

/**
 * An engine's own copy of a table: loaded when it is not there in exactly this build of the engine;
 * copies of other builds are removed.
 *
 * @returns its folder and what it costs, as measured when it was loaded.
 */
export async function prepareCopy(
  { suite, rowCount }: BenchTable,
  engine: { readonly name: string; readonly build: string },
  dataFolder: string,
  load: Loader,
): Promise<{ folder: string; stored: StoredTable }> {
  const parent = tableFolder(suite, rowCount, dataFolder);
  const name = `${engine.name}-${engine.build}`;
  const folder = join(parent, name);
  const stamp = join(folder, STAMP);
  if (existsSync(stamp)) return { folder, stored: JSON.parse(await readFile(stamp, 'utf8')) };
  await mkdir(parent, { recursive: true });
  for (const other of await readdir(parent)) {
    if (other.startsWith(`${engine.name}-`)) await rm(join(parent, other), { recursive: true });
  }
  await mkdir(folder);
  const loaded = await load(folder);
  const stored = { ...loaded, sizeBytes: await folderBytes(folder) };
  await writeFile(stamp, `${JSON.stringify(stored)}\n`);
  return { folder, stored };
}

function tableFolder({ name, source }: Suite, rowCount: number, dataFolder: string): string {
  if ('parquetPath' in source) return join(dataFolder, name);
  // Types decide how engines store the table, so that they belong to the version.
  const columns = createHash('sha256').update(JSON.stringify(source.columns)).digest('hex');
  return join(dataFolder, `${name}-${rowCount}-v${source.version}-${columns.slice(0, 8)}`);
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
