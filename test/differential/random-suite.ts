import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { Value } from '../../src/base/types.ts';
import { type Configuration, configurationText } from '../support/configurations.ts';
import { Contest } from './contest.ts';
import { operatorsOf, queryText, type RandomQuery, randomQuery } from './random-queries.ts';
import { RANDOM_COLUMNS, randomRows } from './random-tables.ts';
import { TermMaker } from './random-terms.ts';
import { shrinkQuery, shrinkRows } from './shrink.ts';

/** Queries of one table: the next ones meet other rows. */
const QUERIES_PER_TABLE = 500;

/** Rows of a table: with seven segments a few dozen each, with batches of 64 five of them. */
const ROWS = 300;

/** Configurations that a table is stored for: each costs as much as some queries. All have their turn. */
const CONFIGURATIONS_PER_TABLE = 16;

/** So many queries have nearly every entry of the catalogue. */
const COVERED_QUERIES_MIN = 2_400;

/**
 * Random queries on random tables, in configurations by turns, against DuckDB. Everything follows from
 * the seed. What fails is made smaller before it is shown.
 */
export function compareRandomQueries(
  configurations: readonly Configuration[],
  queryCount: number,
  seed: number,
): void {
  describe('random queries give the answers of DuckDB', () => {
    // The queries do not depend on the data.
    const maker = new TermMaker(new Prng(seed));
    const tableCount = Math.ceil(queryCount / QUERIES_PER_TABLE);
    const all = shuffled(new Prng(seed), configurations);
    let contest: Contest;

    beforeAll(async () => {
      contest = await Contest.open();
    });
    afterAll(() => contest.close());

    it.each(Array.from({ length: tableCount }, (_, table) => table))(
      'table %i',
      async (table) => {
        const rows = randomRows(new Prng(seed + 1 + table), ROWS);
        const order = Array.from(
          { length: CONFIGURATIONS_PER_TABLE },
          (_, index) => all[(table * CONFIGURATIONS_PER_TABLE + index) % all.length]!,
        );
        await contest.load(order, rows);
        const end = Math.min(queryCount - table * QUERIES_PER_TABLE, QUERIES_PER_TABLE);
        for (let index = 0; index < end; index++) {
          const query = randomQuery(maker);
          const configuration = order[index % order.length]!;
          const expected = await contest.expected(query);
          const difference = await contest.difference(configuration, query, expected);
          if (difference !== null) {
            const report = await reportOf(contest, configuration, query, rows);
            throw new Error(`${report}\nat first: ${queryText(query, 'nyala')}`);
          }
          maker.count(operatorsOf(query));
        }
      },
      600_000,
    );

    it('have what both systems have', () => {
      const { used, total, missing } = maker.coverage();
      const share = (100 * used) / total;
      console.log(`operator × type pairs: ${used} of ${total} (${share.toFixed(1)} %)`);
      if (queryCount < COVERED_QUERIES_MIN) return;
      expect(share, missing.join(' ')).toBeGreaterThanOrEqual(95);
    });
  });
}

async function reportOf(
  contest: Contest,
  configuration: Configuration,
  query: RandomQuery,
  rows: readonly Value[][],
): Promise<string> {
  const differenceOf = async (candidate: RandomQuery): Promise<string | null> => {
    try {
      const expected = await contest.expected(candidate);
      return await contest.difference(configuration, candidate, expected);
    } catch {
      return null;
    }
  };
  const smallest = await shrinkQuery(query, async (one) => (await differenceOf(one)) !== null);
  const fewest = await shrinkRows(rows, async (some) => {
    await contest.load([configuration], some);
    return (await differenceOf(smallest)) !== null;
  });
  await contest.load([configuration], fewest);
  const lines = fewest.slice(0, 10).map((row) => row.map(String).join(', '));
  return [
    await differenceOf(smallest),
    `Nyala (${configurationText(configuration)}): ${queryText(smallest, 'nyala')}`,
    `DuckDB: ${queryText(smallest, 'duckdb')}`,
    `on ${fewest.length} rows: ${RANDOM_COLUMNS.map(({ name }) => name).join(', ')}`,
    ...lines,
  ].join('\n');
}

function shuffled<T>(prng: Prng, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(prng.integer(0, rest.length), 1)[0]!);
}
