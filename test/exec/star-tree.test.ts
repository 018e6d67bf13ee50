import { describe, expect, it } from 'vitest';
import {
  type BuildConfig,
  DEFAULT_BUILD_CONFIG,
  type IndexConfig,
  type IndexParameters,
} from '../../src/base/index-config.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'year', type: 'INT' },
    { name: 'region', type: 'STRING' },
    { name: 'ratio', type: 'DOUBLE' },
    { name: 'big', type: 'BIGINT' },
    { name: 'flag', type: 'BOOLEAN' },
    { name: 'maybe', type: 'STRING' },
    { name: 'revenue', type: 'INT' },
    { name: 'amount', type: 'BIGINT' },
    { name: 'weight', type: 'DOUBLE' },
    { name: 'word', type: 'STRING' },
    { name: 'holey', type: 'INT' },
    { name: 'price', type: 'DECIMAL(12,2)' },
    { name: 'vast', type: 'DECIMAL(30,4)' },
    { name: 'small', type: 'SMALLINT' },
  ],
};

/** Doubles are eighths, so that their sums are the same in any order. */
function randomRows(random: Prng, rowCount: number): Value[][] {
  return Array.from({ length: rowCount }, () => [
    1992 + random.integer(0, 6),
    random.pick(['ASIA', 'AMERICA', 'EUROPE', 'AFRICA', 'é', '']),
    random.pick([0, -0, Number.NaN, 1.5, -2.25, Number.POSITIVE_INFINITY]),
    random.pick([-(2n ** 62n), 5n, 7n, 2n ** 62n]),
    random.float() < 0.3,
    random.float() < 0.1 ? null : random.pick(['x', 'y']),
    random.integer(-1000, 2_000_000),
    BigInt(random.integer(-(2 ** 40), 2 ** 40)) * 1001n,
    random.integer(-8000, 8000) / 8,
    `w${random.integer(0, 300)}`,
    random.float() < 0.2 ? null : random.integer(0, 99),
    BigInt(random.integer(-(10 ** 11), 10 ** 11)),
    BigInt(random.integer(-100, 100)) * 10n ** 25n,
    random.integer(-3, 3),
  ]);
}

function tree(columns: readonly string[], parameters: IndexParameters = {}): IndexConfig {
  const functionColumnPairs = [
    ...['COUNT__*', 'SUM__revenue', 'AVG__amount', 'MIN__amount', 'MINMAXRANGE__weight'],
    ...['SUM__weight', 'MAX__word', 'MIN__word', 'MAX__revenue', 'SUM__holey', 'SUM__big'],
    ...['SUM__price', 'MINMAXRANGE__vast', 'SUM__vast', 'SUM__small', 'DISTINCTCOUNTHLL__word'],
    ...['DISTINCTCOUNTHLL__revenue', 'DISTINCTCOUNTHLLPLUS__weight', 'DISTINCTCOUNTHLL__price'],
    ...['DISTINCTCOUNTHLL__flag', 'DISTINCTCOUNTHLL__ratio', 'DISTINCTCOUNTHLL__amount'],
  ];
  const defaults = { functionColumnPairs, maxLeafRecords: 10 };
  return { kind: 'startree', columns, parameters: { ...defaults, ...parameters } };
}

function configOf(...indexes: readonly IndexConfig[]): BuildConfig {
  return { ...DEFAULT_BUILD_CONFIG, indexes };
}

const RAW = ['revenue', 'amount', 'weight'];

const CONFIGS: readonly BuildConfig[] = [
  configOf(tree(['year', 'region', 'flag', 'small'])),
  configOf(tree(['region', 'flag', 'ratio', 'year', 'maybe'], { maxLeafRecords: 1 })),
  configOf(
    tree(['year', 'ratio', 'region'], { skipStarNodeCreationForDimensions: ['year', 'region'] }),
  ),
  { ...configOf(tree(['big', 'year', 'flag'], { maxLeafRecords: 3 })), rawColumns: RAW },
  { ...configOf(tree(['ratio', 'region', 'word', 'year']), tree(['year'])), rawColumns: RAW },
  configOf(tree(['flag', 'word', 'region', 'year'], { maxLeafRecords: 10_000 })),
];

const KEYS = [
  ...['year', 'region', 'ratio', 'big', 'flag', 'maybe', 'year % 2', 'UPPER(region)'],
  ...['word', 'small', 'price', "CONCAT(region, '-')", 'year + big % 5', 'flag AND year > 1994'],
];
const CONDITIONS = [
  ...['year = 1995', 'year IN (1992, 1994, 1997)', 'year BETWEEN 1993 AND 1995', 'year <> 1996'],
  ...["NOT region = 'ASIA'", "region LIKE 'A%'", "region > 'AM'", 'flag', 'NOT flag', 'ratio = 0'],
  ...['ratio > 1', 'ratio < 1 OR ratio > 5', "(year = 1992 OR region = 'EUROPE')", 'big = 7'],
  ...["word < 'w2'", "maybe = 'x'", 'maybe IS NULL', 'year > 3000', 'year % 3 = 1', "region = ''"],
  ...['big IN (5, 9)', 'revenue > 1000000', 'big > 5 AND big % 2 = 1', 'year IS NOT NULL'],
];
const AGGREGATES = [
  ...['COUNT(*)', 'SUM(revenue)', 'AVG(amount)', 'SUM(amount)', 'MIN(amount)', 'MAX(weight)'],
  ...['MIN(weight)', 'SUM(weight)', 'AVG(weight)', 'MIN(word)', 'MAX(word)', 'MAX(revenue)'],
  ...['COUNT(revenue)', 'COUNT(DISTINCT region)', 'MAX(year)', 'SUM(holey)', 'COUNT(holey)'],
  ...['SUM(revenue) FILTER (WHERE flag)', 'COUNT(*) FILTER (WHERE year > 1994)', 'AVG(big)'],
  ...['DISTINCTCOUNTHLL(region)', 'MINMAXRANGE(weight)', 'SUM(DISTINCT year)', 'COUNT(maybe)'],
  ...['SUM(revenue - amount)', 'SUM(amount - revenue + small)', 'AVG(revenue - amount)'],
  ...['COUNT(revenue + small)', 'SUM(revenue - holey)', 'SUM(small - small)'],
  ...['DISTINCTCOUNTHLL(word)', 'DISTINCTCOUNTHLL(revenue)', 'DISTINCTCOUNTHLLPLUS(weight)'],
  ...['DISTINCTCOUNTHLL(ratio)', 'DISTINCTCOUNTHLL(amount)', 'DISTINCTCOUNTHLL(flag)'],
  ...['DISTINCTCOUNTHLL(word, 5)', 'DISTINCTCOUNTHLL(revenue) FILTER (WHERE flag)'],
  ...['SUM(price)', 'AVG(price)', 'MIN(vast)', 'MAX(vast)', 'SUM(vast)', 'SUM(small)'],
];

function someOf<Item>(random: Prng, items: readonly Item[], most: number): Item[] {
  const count = random.integer(0, most);
  return [...new Set(Array.from({ length: count }, () => random.pick(items)))];
}

function randomQuery(random: Prng): string {
  const keys = someOf(random, KEYS, 3);
  const conditions = someOf(random, CONDITIONS, 2);
  const aggregates = [...new Set([random.pick(AGGREGATES), ...someOf(random, AGGREGATES, 3)])];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
  const nulls = random.float() < 0.2 ? 'SET enableNullHandling = false; ' : '';
  return `${nulls}SELECT ${[...keys, ...aggregates].join(', ')} FROM t${where}${group}`;
}

/** Zeros of either sign are equal in SQL: which of them stands for a group is open. */
function comparable(rows: readonly (readonly Value[])[]): string[] {
  const text = (value: Value): string =>
    Object.is(value, -0) ? '0' : `${typeof value} ${String(value)}`.replace('number 0', '0');
  return rows.map((row) => row.map(text).join(' | ')).sort();
}

async function expectSame(table: MemoryTable, query: string): Promise<readonly string[]> {
  const scanned = comparable(await table.sql(`SET useStarTree = false; ${query}`));
  const { rows, stats } = await table.run(query);
  expect(comparable(rows), query).toEqual(scanned);
  return stats.indexesUsed.filter((name) => name.startsWith('startree'));
}

describe('a star-tree answers what rows answer', () => {
  it.each(CONFIGS.map((config, at) => [at, config] as const))('config %i', async (at, config) => {
    const seed = 40 + at;
    console.log(`star-tree seed ${seed}`);
    const random = new Prng(seed);
    const rows = randomRows(random, 3000);
    const table = await openMemoryTable(schema, rows, { config, segmentRows: 1100 });
    let answered = 0;
    try {
      for (let query = 0; query < 250; query++) {
        if ((await expectSame(table, randomQuery(random))).length > 0) answered++;
      }
    } finally {
      await table.close();
    }
    expect(answered).toBeGreaterThan(15);
  });
});

describe('a default star-tree', () => {
  it('has the columns of few values in the order of their number, and the sums of numbers', async () => {
    const few = schema.columns.filter(({ name }) =>
      /year|region|flag|word|revenue|small/.test(name),
    );
    const places = few.map(({ name }) => schema.columns.findIndex((one) => one.name === name));
    const rows = randomRows(new Prng(9), 30_000).map((row) => places.map((place) => row[place]!));
    const config = configOf({ kind: 'startree', columns: [], parameters: {} });
    const table = await openMemoryTable({ name: 't', columns: few }, rows, { config });
    try {
      const used = ['startree(word, year, region, small, flag)'];
      const query = 'SELECT year, flag, COUNT(*), SUM(revenue), SUM(revenue - small) FROM t';
      expect(await expectSame(table, `${query} WHERE region <> 'ASIA' GROUP BY 1, 2`)).toEqual(
        used,
      );
      expect(await expectSame(table, 'SELECT AVG(small) FROM t WHERE revenue > 5')).toEqual([]);
    } finally {
      await table.close();
    }
  });

  it('is left out where no column has few values', async () => {
    const columns = [{ name: 'x', type: 'DOUBLE' }] as const;
    const config = configOf({ kind: 'startree', columns: [], parameters: {} });
    const table = await openMemoryTable({ name: 't', columns }, [[1.5], [2.5]], { config });
    try {
      expect(await expectSame(table, 'SELECT COUNT(x), SUM(x) FROM t')).toEqual([]);
    } finally {
      await table.close();
    }
  });
});

describe('a star-tree', () => {
  const config = configOf(tree(['year', 'region', 'flag']));
  const used = ['startree(year, region, flag)'];
  const rows = randomRows(new Prng(7), 4000);

  async function withTable<Result>(
    options: Partial<Parameters<typeof openMemoryTable>[2]>,
    use: (table: MemoryTable) => Promise<Result>,
  ): Promise<Result> {
    const table = await openMemoryTable(schema, rows, { config, segmentRows: 2000, ...options });
    try {
      return await use(table);
    } finally {
      await table.close();
    }
  }

  it.each<[string, number]>([
    // One record over everything, one a year and one for each year and region that pass.
    ['SELECT MIN(amount), SUM(revenue) FROM t', 1],
    ['SELECT year, COUNT(*) FROM t GROUP BY year', 6],
    ["SELECT COUNT(*) FROM t WHERE year <> 1992 AND region IN ('ASIA', '')", 10],
    ['SELECT SUM(revenue) FROM t WHERE year > 2000', 0],
    ['SELECT flag, AVG(amount) FROM t GROUP BY flag', 2],
    ['SELECT flag, SUM(revenue - amount), AVG(small + revenue) FROM t GROUP BY flag', 2],
    ['SELECT flag, SUM(price), MAX(vast), SUM(small) FROM t GROUP BY flag', 2],
  ])('reads few records for %s', async (query, records) => {
    await withTable({ segmentRows: 4000 }, async (table) => {
      const { stats } = await table.run(query);
      expect(stats.docsScanned).toBe(records);
      expect(stats.totalDocs).toBe(4000);
      if (records > 0) expect(stats.indexesUsed).toEqual(used);
    });
  });

  it.each<[string, boolean]>([
    ['', true],
    ['SET useStarTree = true;', true],
    ['SET useStarTree = false;', false],
    ['SET useIndexes = false;', false],
    ["SET skipIndexes = 'region=startree';", false],
    ["SET skipIndexes = 'revenue=startree';", true],
  ])('is used as the options say: %s', async (options, isUsed) => {
    await withTable({}, async (table) => {
      const query = `${options} SELECT region, SUM(revenue) FROM t GROUP BY region`;
      expect((await table.run(query)).stats.indexesUsed).toEqual(isUsed ? used : []);
    });
  });

  it.each([
    ['a column that is no dimension', 'SELECT COUNT(*) FROM t WHERE revenue > 5'],
    ['a key that is no dimension', 'SELECT word, COUNT(*) FROM t GROUP BY word'],
    ['a sum that is not kept', 'SELECT SUM(year) FROM t WHERE flag'],
    ['a sum of an expression', 'SELECT SUM(revenue * 2) FROM t'],
    ['a sum that may not fit', 'SELECT AVG(big) FROM t'],
    ['NULLs of a metric', 'SELECT SUM(holey) FROM t'],
    ['counted NULLs', 'SELECT COUNT(holey), COUNT(*) FROM t WHERE flag'],
    ['the number of a row', 'SELECT COUNT(*) FROM t WHERE "$docId" < 5'],
    ['a selection', 'SELECT year, region FROM t ORDER BY 1, 2'],
  ])('leaves to the rows %s', async (_, query) => {
    await withTable({}, async (table) => expect(await expectSame(table, query)).toEqual([]));
  });

  it.each([
    ['weight', 30, 'PERCENTILETDIGEST(weight, 30)', true],
    ['weight', 95, 'PERCENTILEKLL(weight, 95)', true],
    ['amount', 50, 'PERCENTILEEST(amount, 50)', true],
    ['revenue', 80, 'PERCENTILETDIGEST(revenue, 80, 200)', true],
    ['revenue', 80, 'PERCENTILETDIGEST(revenue, 80)', false],
    ['weight', 30, 'PERCENTILETDIGEST(weight, 30, 50)', false],
  ] as const)(
    'keeps quantiles of %s at %d within their bound: %s',
    async (name, percent, call, isUsed) => {
      const functionColumnPairs = ['PERCENTILETDIGEST__weight', 'PERCENTILERAWTDIGEST__amount'];
      const functionParameters = { compressionFactor: 200 };
      const aggregationConfigs = [
        { columnName: 'weight', aggregationFunction: 'PERCENTILEKLL' },
        { columnName: 'revenue', aggregationFunction: 'PERCENTILETDIGEST', functionParameters },
      ];
      const parameters = { functionColumnPairs, aggregationConfigs, maxLeafRecords: 1 };
      await withTable(
        { config: configOf(tree(['year', 'region', 'flag'], parameters)) },
        async (table) => {
          const query = `SELECT region, ${call} FROM t WHERE year <> 1993 GROUP BY region`;
          const { rows: found, stats } = await table.run(query);
          expect(stats.indexesUsed).toEqual(isUsed ? used : []);
          expect(found).toHaveLength(6);
          const place = schema.columns.findIndex((column) => column.name === name);
          for (const [region, value] of found) {
            const own = rows.filter((row) => row[0] !== 1993 && row[1] === region);
            const below = own.filter((row) => Number(row[place]) < Number(value)).length;
            expect(Math.abs((100 * below) / own.length - percent)).toBeLessThan(3);
          }
        },
      );
    },
  );

  it('loads no column that only rows need', async () => {
    await withTable({ segmentRows: 4000 }, async (table) => {
      const query = 'SELECT region, SUM(revenue), MAX(word) FROM t GROUP BY region';
      await table.sql(query);
      const withTree = table.engine.cachedBytes;
      await table.sql(`SET useStarTree = false; ${query}`);
      // The codes of two columns and the values of one, a row.
      expect(table.engine.cachedBytes - withTree).toBeGreaterThan(4000 * (1 + 2 + 4));
    });
  });

  it('answers for the segments where its dimensions have no NULL', async () => {
    const mixed = rows.map((row, at) => {
      const [year, region, ...rest] = row;
      return [year!, at === 17 ? null : region!, ...rest];
    });
    const table = await openMemoryTable(schema, mixed, { config, segmentRows: 1000 });
    try {
      const query = 'SELECT region, COUNT(*), SUM(revenue), MAX(word) FROM t GROUP BY region';
      expect(await expectSame(table, query)).toEqual(used);
      expect((await table.run(query)).stats.docsScanned).toBe(1000 + 3 * 6);
      const defaults = `SET enableNullHandling = false; ${query}`;
      expect(await expectSame(table, defaults)).toEqual(used);
    } finally {
      await table.close();
    }
  });

  it.each([
    { threads: 2 },
    { threads: 2, batchRows: 64, spanningGroupsMin: 1 },
    { batchRows: 64, segmentRows: 300 },
  ])('answers with %j', async (options) => {
    const config = configOf(tree(['word', 'year', 'region'], { maxLeafRecords: 50 }));
    await withTable({ config, ...options }, async (table) => {
      const queries = [
        'SELECT word, year, SUM(revenue), MIN(word) FROM t GROUP BY word, year',
        "SELECT SUM(amount), COUNT(*) FROM t WHERE word LIKE '%2%' AND region <> 'ASIA'",
        'SELECT region, year, COUNT(DISTINCT word) FROM t GROUP BY region, year',
        'SELECT COUNT(*), MAX(amount) FROM t WHERE year = 3',
      ];
      for (const query of queries) await expectSame(table, query);
      const { stats } = await table.run(queries[0]!);
      expect(stats.indexesUsed).toEqual(['startree(word, year, region)']);
    });
  });

  it('answers when there is no room for a copy of its records', async () => {
    const narrow: TableSchema = {
      name: 't',
      columns: [
        { name: 'id', type: 'INT' },
        { name: 'revenue', type: 'INT' },
      ],
    };
    const many = Array.from({ length: 600_000 }, (_, row) => [row, (row * 7919) % 100_003]);
    const functionColumnPairs = ['SUM__revenue'];
    const table = await openMemoryTable(narrow, many, {
      config: configOf(tree(['id'], { functionColumnPairs, maxLeafRecords: 1e6 })),
      memoryBytes: 64 * 1_048_576,
    });
    try {
      const query = 'SELECT SUM(revenue), COUNT(*) FROM t WHERE id > 1000 AND id % 3 = 1';
      expect(await expectSame(table, query)).toEqual(['startree(id)']);
      const { profile, release } = await table.execute(query, { isProfiled: true });
      release();
      expect(profile!.predicates.map(({ index }) => index)).toContain('startree(id)');
    } finally {
      await table.close();
    }
  });

  it('that is damaged is an error, and rows still answer', async () => {
    const damage: Parameters<typeof openMemoryTable>[2] = {
      damage: (file, { indexes }) => {
        const { buffers } = indexes.find(({ kind }) => kind === 'startree')!;
        file[buffers[0]!.offsetBytes]! ^= 1;
      },
    };
    await withTable(damage, async (table) => {
      const query = 'SELECT SUM(revenue) FROM t WHERE flag';
      await expect(table.sql(query)).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
      expect(await table.sql(`SET useStarTree = false; ${query}`)).toHaveLength(1);
    });
  });
});
