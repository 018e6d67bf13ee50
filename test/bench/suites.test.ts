import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers, plainRows, type Rows } from '../../bench/compare-answers.ts';
import { prepareTable } from '../../bench/data.ts';
import { duckDb } from '../../bench/engines/duckdb.ts';
import type { BenchTable } from '../../bench/engines/engine.ts';
import { BATCH_ROWS, type BenchQuery, type GeneratedTable } from '../../bench/suite.ts';
import { SUITES } from '../../bench/suites/all.ts';
import { type Database, openDatabase } from '../../src/client/index.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type LoadedDuckDb, loadDuckDb } from '../support/loaded-duckdb.ts';
import { requirePeer } from '../support/peers.ts';

const ROWS = 20_000;
/** The correlation of a few rows may be undefined, for which DuckDB has NaN and we have NULL. */
const H2O_ROWS = 300_000;
const MEMORY_BYTES = 2 ** 31;
const folder = temporaryFolder();
const generated = SUITES.flatMap((suite) => {
  const { source } = suite;
  return 'parquetPath' in source ? [] : [{ name: suite.name, suite, source }];
});

/** What the first thousand rows of a table of `ROWS` rows must be, on every machine. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  ssb: '6a1588575dee3ba2',
  tpch: '8727d6fc55c68954',
  hits: '0a4e778d95f692d4',
  h2o: '4fa6afddd5bd1d9c',
};

describe.each(generated)('the table of $name', ({ name, source }) => {
  it('is the same everywhere; after a change raise its version, then this checksum', () => {
    expect(checksumOf(source)).toBe(CHECKSUMS[name]);
  });

  it('has exactly as many rows as asked for, in batches', () => {
    const counts = [...source.batches(BATCH_ROWS + 5)].map(({ rowCount, columns }) => {
      expect(columns.map(({ length }) => length)).toEqual(source.columns.map(() => rowCount));
      return rowCount;
    });
    expect(counts).toEqual([BATCH_ROWS, 5]);
  });
});

const found = await duckDb.probe();
const isHere = found.missing === undefined;
const describeDuckDb = requirePeer('DuckDB', isHere, found.missing ?? '');

for (const { suite, source } of generated) {
  describeDuckDb(`${suite.name} answers as DuckDB does`, () => {
    let table: BenchTable;
    let theirs: LoadedDuckDb;
    let ours: Database;

    beforeAll(async () => {
      const rows = suite.name === 'h2o' ? H2O_ROWS : ROWS;
      table = await prepareTable(suite, rows / source.rowsAtScale1, folder.path('tables'));
      const loaded = await loadDuckDb(table);
      if ('missing' in loaded) throw new Error(loaded.missing);
      theirs = loaded;
      const dataDirectory = folder.path(join('nyala', suite.name));
      ours = await openDatabase({ dataDirectory, memoryBytes: MEMORY_BYTES, threads: 1 });
      await ours.load(suite.table, [table.parquetPath]);
    });
    afterAll(async () => {
      await theirs.close();
      await ours.close();
    });

    it.for(suite.queries)('$name', async (query, context) => {
      const answer = await answerOf(ours, query);
      if (typeof answer === 'string') return context.skip(`not supported: ${answer}`);
      const expected = await theirs.sql(query.duckdbSql ?? query.sql);
      expect(compareAnswers(answer, expected, query)).toBeNull();
    });
  });
}

/** The rows, or what is not supported. */
async function answerOf(database: Database, { sql, nyalaSql }: BenchQuery): Promise<Rows | string> {
  try {
    return plainRows((await database.sql(nyalaSql ?? sql)).rows);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_SUPPORTED') {
      return error.message;
    }
    throw error;
  }
}

function checksumOf(source: GeneratedTable): string {
  const [batch] = source.batches(ROWS);
  const hash = createHash('sha256');
  for (let row = 0; row < 1000; row++) {
    hash.update(`${batch!.columns.map((column) => column[row]).join('|')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
