import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rows } from '../../bench/compare-answers.ts';
import { duckDb } from '../../bench/engines/duckdb.ts';
import type { BenchTable, MissingEngine } from '../../bench/engines/engine.ts';

/** DuckDB with one table. */
export interface LoadedDuckDb {
  sql(text: string): Promise<Rows>;
  /** Ends it and removes its file. */
  close(): Promise<void>;
}

/** DuckDB with a suite's table in a file of its own, on one thread; or why it is not here. */
export async function loadDuckDb(table: BenchTable): Promise<LoadedDuckDb | MissingEngine> {
  const found = await duckDb.probe();
  if (found.missing !== undefined) return { missing: found.missing };
  const options = { folder: await mkdtemp(join(tmpdir(), 'nyala-duckdb-')), threads: 1 };
  await duckDb.load(table, options);
  const opened = await duckDb.open(table, options);
  return {
    sql: (text) => opened.sql(text),
    close: async () => {
      await opened.close();
      await rm(options.folder, { recursive: true });
    },
  };
}
