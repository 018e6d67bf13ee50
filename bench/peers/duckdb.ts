import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import type { Value } from '../../src/base/types.ts';
import type { Rows } from '../compare-answers.ts';
import type { Engine, EngineOptions, MissingEngine, PreparedQuery } from '../engine.ts';
import { DEMO_TABLE } from '../queries.ts';

/** DuckDB with the demo table; also answers single statements, for tests. */
export interface DuckDb extends Engine {
  /** Runs one statement. */
  sql(text: string): Promise<Rows>;
}

/**
 * Opens DuckDB at its best: its own compressed file, checkpointed, instead of the Parquet file;
 * statements prepared once; rows fetched chunk by chunk in its own value types.
 */
export async function openDuckDb(options: EngineOptions): Promise<DuckDb | MissingEngine> {
  const duckdb = await importDuckDb();
  if (typeof duckdb === 'string') return { name: 'DuckDB', missing: duckdb };
  const directory = await mkdtemp(join(tmpdir(), 'nyala-duckdb-'));
  const instance = await duckdb.DuckDBInstance.create(join(directory, 'demo.duckdb'), {
    threads: String(options.threads),
  });
  const connection = await instance.connect();
  const file = options.parquetPath.replaceAll("'", "''");
  await connection.run(`CREATE TABLE ${DEMO_TABLE} AS SELECT * FROM read_parquet('${file}')`);
  await connection.run('CHECKPOINT');
  return {
    name: 'DuckDB',
    version: duckdb.version().replace(/^v/, ''),
    prepare: (query) => prepare(connection, query.duckdbSql ?? query.sql),
    sql: async (text) => (await (await prepare(connection, text))()).rows(),
    close: () => close(instance, connection, directory),
  };
}

/** The module, or the reason why it cannot be loaded on this machine. */
async function importDuckDb(): Promise<typeof import('@duckdb/node-api') | string> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    return `@duckdb/node-api does not load: ${String(error).split('\n')[0]}`;
  }
}

async function prepare(connection: DuckDBConnection, sql: string): Promise<PreparedQuery> {
  const statement = await connection.prepare(sql);
  return async () => {
    const reader = await statement.runAndReadAll();
    const rows = reader.getRows();
    return { rows: () => rows.map((row) => row.map(toValue)) };
  };
}

async function close(
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  directory: string,
): Promise<void> {
  connection.closeSync();
  instance.closeSync();
  await rm(directory, { recursive: true });
}

function toValue(value: DuckDBValue): Value {
  if (value === null || typeof value !== 'object') return value;
  if ('micros' in value && typeof value.micros === 'bigint') return value.micros;
  if ('days' in value && typeof value.days === 'number') return value.days;
  throw new TypeError(`benchmark: no value of Nyala for DuckDB's ${value.constructor.name}`);
}
