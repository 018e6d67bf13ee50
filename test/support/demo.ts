import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainRows, type Rows } from '../../bench/compare-answers.ts';
import { DEMO_TABLE, demoParquetPath } from '../../bench/suites/flights.ts';
import { openDatabase } from '../../src/client/index.ts';
import { listFiles, repositoryRoot } from '../tidy/source.ts';

/** Our engine over the demo table. */
export interface Demo {
  sql(text: string): Promise<Rows>;
  /** Ends the engine and removes its copy of the data. */
  close(): Promise<void>;
}

const CACHE_FOLDER = join(repositoryRoot, 'dist', 'test-data');

let opened: Promise<Demo> | undefined;

/** Runs one query on the demo table, which is opened on first use; see `closeOurs`. */
export async function runOurs(sql: string): Promise<Rows> {
  opened ??= openDemo();
  return (await opened).sql(sql);
}

/** Ends what `runOurs` opened; for `afterAll`. */
export async function closeOurs(): Promise<void> {
  const demo = await opened;
  opened = undefined;
  await demo?.close();
}

/**
 * Opens our engine on a private copy of the loaded demo table, so that test processes do not meet in
 * one folder. Loading itself happens once for each state of the sources.
 */
export async function openDemo(): Promise<Demo> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-demo-'));
  await cp(await demoDataFolder(), directory, { recursive: true });
  const database = await openDatabase({ dataDirectory: directory });
  return {
    sql: async (text) => plainRows((await database.sql(text)).rows),
    close: async () => {
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * A data folder that holds the demo table and that nobody has open; for copying and reading only. It
 * is loaded once for each state of the sources.
 */
export async function demoDataFolder(): Promise<string> {
  const name = `${DEMO_TABLE}-${sourcesHash()}`;
  const folder = join(CACHE_FOLDER, name);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE_FOLDER, { recursive: true });
  for (const other of await readdir(CACHE_FOLDER)) {
    if (/^\w+-[0-9a-f]+$/.test(other))
      await rm(join(CACHE_FOLDER, other), { recursive: true, force: true });
  }
  const loading = await mkdtemp(join(CACHE_FOLDER, `${name}.`));
  const database = await openDatabase({ dataDirectory: loading });
  await database.load(DEMO_TABLE, [demoParquetPath()]);
  await database.close();
  try {
    await rename(loading, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    await rm(loading, { recursive: true });
  }
  return folder;
}

/** Changes whenever a file changes that may change what is written. */
function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const path of [...listFiles('src'), ...listFiles('assembly'), 'package-lock.json']) {
    hash.update(path).update(readFileSync(join(repositoryRoot, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
