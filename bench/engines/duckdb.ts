import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import type { Value } from '../../src/base/types.ts';
import type { Rows } from '../compare-answers.ts';
import type { BenchQuery } from '../suite.ts';
import type { BenchTable, Engine, EngineKind, EngineOptions, PreparedQuery } from './engine.ts';

/** DuckDB with a suite's table; also answers single statements, for tests. */
export interface DuckDb extends Engine {
  prepare(query: BenchQuery): Promise<PreparedQuery>;
  /** Runs one statement. */
  sql(text: string): Promise<Rows>;
}

/** What `load` leaves in the folder. */
const FILE = 'bench.duckdb';

/**
 * DuckDB at its best: its own compressed file, checkpointed, instead of the Parquet file; statements
 * prepared once; rows fetched chunk by chunk in its own value types.
 */
export const duckDb = {
  name: 'DuckDB',
  hasFiles: true,
  probe: async () => {
    try {
      const version = (await import('@duckdb/node-api')).version().replace(/^v/, '');
      return { version, build: version };
    } catch (error) {
      return { missing: `@duckdb/node-api does not load: ${String(error).split('\n')[0]}` };
    }
  },
  takesPart: () => true,
  load: async ({ suite, parquetPath }: BenchTable, options: EngineOptions) => {
    const { instance, connection } = await connect(options);
    const file = parquetPath.replaceAll("'", "''");
    await connection.run(`CREATE TABLE ${suite.table} AS SELECT * FROM read_parquet('${file}')`);
    await connection.run('CHECKPOINT');
    connection.closeSync();
    instance.closeSync();
  },
  open: async (_: BenchTable, options: EngineOptions): Promise<DuckDb> => {
    const { instance, connection } = await connect(options);
    return {
      prepare: (query) => prepare(connection, query.duckdbSql ?? query.sql),
      sql: async (text) => (await (await prepare(connection, text))()).rows(),
      close: async () => {
        connection.closeSync();
        instance.closeSync();
      },
    };
  },
} satisfies EngineKind;

async function connect({ folder, threads }: EngineOptions): Promise<{
  instance: DuckDBInstance;
  connection: DuckDBConnection;
}> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(join(folder, FILE), { threads: String(threads) });
  return { instance, connection: await instance.connect() };
}

async function prepare(connection: DuckDBConnection, sql: string): Promise<PreparedQuery> {
  const statement = await connection.prepare(sql);
  return async () => {
    const reader = await statement.runAndReadAll();
    const rows = reader.getRows();
    return { rows: () => rows.map((row) => row.map(toValue)) };
  };
}

function toValue(value: DuckDBValue): Value {
  if (value === null || typeof value !== 'object') return value;
  if ('micros' in value && typeof value.micros === 'bigint') return value.micros;
  if ('days' in value && typeof value.days === 'number') return value.days;
  throw new TypeError(`benchmark: no value of Nyala for DuckDB's ${value.constructor.name}`);
}
