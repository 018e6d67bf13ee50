import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { Prng } from '../../src/base/prng.ts';
import {
  CONFIGURATIONS,
  ConfiguredDatabases,
  configurationText,
} from '../support/configurations.ts';
import { createOracleTable, openOracle, oracleRows } from '../support/duckdb.ts';
import { exactRows } from '../support/memory-table.ts';
import { RANDOM_SCHEMA, randomRows } from './random-tables.ts';
import { randomWindowQuery } from './random-windows.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const queryCount = Number(process.env.QUERIES ?? 400);
console.log(`random windows: SEED=${seed} QUERIES=${queryCount}`);

const ROWS = 300;
const CONFIGURATIONS_PER_TABLE = 6;
const QUERIES_PER_TABLE = 200;

describe('random windows give the answers of DuckDB', () => {
  const databases = new ConfiguredDatabases();
  let oracle: Awaited<ReturnType<typeof openOracle>>;

  beforeAll(async () => {
    oracle = await openOracle();
  });
  afterAll(() => databases.close());

  const tables = Array.from({ length: Math.ceil(queryCount / QUERIES_PER_TABLE) }, (_, at) => at);

  it.each(tables)(
    'table %i',
    async (table) => {
      const prng = new Prng(seed + table);
      const configurations = Array.from({ length: CONFIGURATIONS_PER_TABLE }, () =>
        prng.pick(CONFIGURATIONS),
      );
      const rows = randomRows(prng, ROWS);
      await createOracleTable(oracle, RANDOM_SCHEMA, rows);
      for (const one of configurations) await databases.addTable(one, RANDOM_SCHEMA, rows, 'small');
      for (let query = 0; query < Math.min(queryCount, QUERIES_PER_TABLE); query++) {
        const sql = randomWindowQuery(prng);
        const configuration = configurations[query % configurations.length]!;
        const database = await databases.open(configuration);
        const shown = `${sql}\n${configurationText(configuration)}`;
        const expected = await oracleRows(oracle, sql).catch((error: unknown) => {
          throw new Error(`DuckDB: ${error}\n${shown}`);
        });
        const found = await database.answer(sql).catch((error: unknown) => {
          throw new Error(`Nyala: ${error}\n${shown}`);
        });
        const difference = compareAnswers(exactRows(found), expected, { ordered: 'total' });
        expect(difference, shown).toBeNull();
      }
    },
    600_000,
  );
});
