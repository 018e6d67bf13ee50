import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { DuckDBDateValue, DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { Prng } from '../../src/base/prng.ts';
import type { Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';
import { type RandomQuery, randomQuery } from './random-queries.ts';
import {
  createTableSql,
  INDEXED,
  RANDOM_SCHEMA,
  randomRows,
  SORTED_AND_RAW,
} from './random-tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const queryCount = Number(process.env.QUERIES ?? 400);
const rowCount = Number(process.env.ROWS ?? 3000);
console.log(`random queries: SEED=${seed} QUERIES=${queryCount} ROWS=${rowCount}`);

describe('random queries give the answers of DuckDB', () => {
  const prng = new Prng(seed);
  const rows = randomRows(prng, rowCount);
  let duckDb: DuckDBConnection;
  const tables: MemoryTable[] = [];

  beforeAll(async () => {
    duckDb = await (await DuckDBInstance.create(':memory:')).connect();
    await duckDb.run(createTableSql());
    const appender = await duckDb.createAppender('t');
    for (const row of rows) {
      row.forEach((value, column) => {
        if (value === null) appender.appendNull();
        else appender.appendValue(toDuckDb(value, column));
      });
      appender.endRow();
    }
    appender.closeSync();
    const memoryBytes = 2 ** 31;
    tables.push(await openMemoryTable(RANDOM_SCHEMA, rows, { memoryBytes }));
    for (const config of [INDEXED, SORTED_AND_RAW]) {
      const segmentRows = Math.ceil(rowCount / 2.5);
      tables.push(await openMemoryTable(RANDOM_SCHEMA, rows, { config, segmentRows, memoryBytes }));
    }
    tables.push(
      await openMemoryTable(RANDOM_SCHEMA, rows, {
        segmentRows: Math.ceil(rowCount / 4.3),
        threads: 2,
        memoryBytes,
      }),
    );
    for (const threads of [0, 2]) {
      const segmentRows = Math.ceil(rowCount / 3.6);
      const options = { segmentRows, threads, memoryBytes, spanningGroupsMin: 1 };
      tables.push(await openMemoryTable(RANDOM_SCHEMA, rows, options));
    }
  });
  afterAll(async () => {
    for (const table of tables) await table.close();
  });

  it.each(Array.from({ length: 8 }, (_, part) => part))('part %i', async () => {
    for (let index = 0; index < queryCount / 8; index++) {
      const query = randomQuery(prng);
      const expected = await duckDbRows(duckDb, query.sql);
      for (const table of tables) {
        const difference = await differenceOf(table, query, expected);
        expect(difference, `SEED=${seed}: ${query.sql}`).toBeNull();
      }
    }
  });
});

async function differenceOf(
  table: MemoryTable,
  { sql, sortKeys }: RandomQuery,
  expected: Value[][],
): Promise<string | null> {
  let found: Value[][];
  try {
    // Small tables would never use an index of their own accord; without any this does nothing.
    found = await table.sql(`SET useIndexes = always; ${sql}`);
  } catch (error) {
    return String(error instanceof Error ? error.stack : error);
  }
  const keys = Array.from({ length: sortKeys }, (_, key) => key);
  return compareAnswers(found, expected, {
    ordered: sortKeys === 0 ? 'none' : 'ties',
    sortKeys: keys,
  });
}

async function duckDbRows(connection: DuckDBConnection, sql: string): Promise<Value[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map(fromDuckDb));
}

function fromDuckDb(value: DuckDBValue): Value {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue) return value.days;
  return value as Value;
}

function toDuckDb(value: Exclude<Value, null>, column: number): DuckDBValue {
  const { type } = RANDOM_SCHEMA.columns[column]!;
  if (type === 'TIMESTAMP') return new DuckDBTimestampValue(value as bigint);
  return type === 'DATE' ? new DuckDBDateValue(value as number) : value;
}
