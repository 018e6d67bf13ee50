import { afterAll, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { DEMO_QUERIES, DEMO_TABLE_FILE } from '../../bench/suites/flights.ts';
import { closeOurs, runOurs } from '../support/demo.ts';
import { loadDuckDb } from '../support/loaded-duckdb.ts';
import { requirePeer } from '../support/peers.ts';

const duckDb = await loadDuckDb(DEMO_TABLE_FILE);
const isMissing = 'missing' in duckDb;
const describeDuckDb = requirePeer('DuckDB', !isMissing, isMissing ? duckDb.missing : '');

describeDuckDb('the demo queries answer as DuckDB does', () => {
  afterAll(async () => {
    await closeOurs();
    if (!isMissing) await duckDb.close();
  });

  it.each(DEMO_QUERIES)('$name', async (query) => {
    if (isMissing) throw new Error(duckDb.missing);
    const theirs = await duckDb.sql(query.duckdbSql ?? query.sql);
    expect(theirs.length).toBeGreaterThan(0);
    expect(compareAnswers(await runOurs(query.sql), theirs, query)).toBeNull();
  });
});
