import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { expectedGroups } from '../../src/exec/spanning-aggregation.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/sql/query-limits.ts';
import { MemoryDatabase } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`many groups: SEED=${seed}\n`);

const SCHEMA: TableSchema = {
  name: 't',
  columns: [
    { name: 'wide', type: 'BIGINT' },
    { name: 'other', type: 'BIGINT' },
    { name: 'narrow', type: 'INT' },
    { name: 'text', type: 'STRING' },
    { name: 'number', type: 'DOUBLE' },
    { name: 'flag', type: 'BOOLEAN' },
    { name: 'price', type: 'DECIMAL(12,2)' },
    { name: 'day', type: 'DATE' },
    { name: 'word', type: 'STRING' },
  ],
};
const ROWS = 5_000;

/** Grouped columns whose combinations are nearly as many as rows. */
const KEYS = [
  'wide',
  'wide, other',
  'other, wide, narrow',
  'text, narrow',
  'number',
  'number, flag, text',
  'narrow + 1, wide',
  'price, wide',
  'day, wide, 1',
  'narrow - 5, other, flag, day, price, number',
  'narrow % 50',
  "'x', wide, wide % 7, narrow, CONCAT(text, narrow), text",
];
const AGGREGATES = [
  'COUNT(*)',
  'COUNT(narrow), SUM(narrow), AVG(number)',
  'MIN(text), MAX(text), MIN(number), MAX(day)',
  'SUM(price), AVG(price), SUM(wide % 1000)',
  'COUNT(DISTINCT text), COUNT(DISTINCT other)',
  'MEDIAN(number), STDDEV_SAMP(number)',
  'MEDIAN(wide), PERCENTILE(narrow, 90), QUANTILE_DISC(number, 0.3), QUANTILE_DISC(day, 0.7)',
  'MODE(narrow), MIN_BY(text, number)',
  'DISTINCTCOUNTHLL(other), SUM(CASE WHEN flag THEN 1 ELSE 0 END)',
];

function randomRow(prng: Prng): Value[] {
  const nullable = (value: Value): Value => (prng.integer(0, 12) === 0 ? null : value);
  const any64 = (): bigint =>
    BigInt.asIntN(64, (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32()));
  return [
    nullable(prng.integer(0, 3) === 0 ? BigInt(prng.integer(0, 50)) : any64()),
    prng.integer(0, 2) === 0 ? any64() : -(2n ** 63n) + BigInt(prng.integer(0, 2000)),
    nullable(prng.integer(-2_000, 2_000)),
    nullable(`text ${prng.integer(0, 3_000)}`),
    nullable(prng.pick([Number.NaN, 0, -0, Number.POSITIVE_INFINITY, prng.float(), prng.float()])),
    nullable(prng.integer(0, 2) === 1),
    nullable(BigInt(prng.integer(-5_000, 5_000))),
    nullable(prng.integer(10_000, 20_000)),
    nullable(prng.pick(['', 'word', `text ${prng.integer(0, 3_000)}`])),
  ];
}

describe.each([0, 2])('many groups on %i threads', (threads) => {
  const plain: MemoryDatabase[] = [];
  const prng = new Prng(seed);
  const rows = Array.from({ length: ROWS }, () => randomRow(prng));

  beforeAll(async () => {
    for (const spanningGroupsMin of [1, 2 ** 40]) {
      const database = await MemoryDatabase.open({ threads, batchRows: 256, spanningGroupsMin });
      database.addTable(SCHEMA, rows, { segmentRows: 1_300 });
      plain.push(database);
    }
  });
  afterAll(() => Promise.all(plain.map(({ engine }) => engine.close())));

  async function answers(sql: string, ordered = false): Promise<unknown[]> {
    const [partitioned, usual] = await Promise.all(plain.map((database) => database.run(sql)));
    const [left, right] = [partitioned!, usual!].map((answer) => {
      const texts = answer.rows.map((row) => row.map(readable).join(' | '));
      return ordered ? texts : texts.sort();
    });
    expect(left, `SEED=${seed}: ${sql}`).toEqual(right);
    return left!;
  }

  async function partitions(sql: string): Promise<number> {
    const { profile, release } = await plain[0]!.execute(sql, { isProfiled: true, finish: null });
    release();
    return profile!.partitions;
  }

  it.each(KEYS)('by %s are those of tables', async (keys) => {
    for (const aggregates of AGGREGATES) {
      await answers(`SELECT ${keys}, ${aggregates} FROM t GROUP BY ${keys.replace(', 1', '')}`);
    }
  });

  it.each([
    "CASE WHEN flag THEN text ELSE '' END",
    "CASE WHEN flag THEN text WHEN narrow > 0 THEN 'between' END",
    "CASE WHEN text > 'text 2' THEN text WHEN flag THEN 'a' ELSE 'z' END",
    "CASE WHEN flag THEN 'x' WHEN text IS NULL THEN NULL ELSE text END",
    'COALESCE(word, text)',
    "COALESCE(NULLIF(word, ''), IF(flag, text, word), '\u{1f600}')",
    "NULLIF(text, 'text 7')",
  ])('by texts that are chosen with %s', async (chosen) => {
    const aggregates = `COUNT(*), MIN(${chosen}), MAX(word), COUNT(DISTINCT ${chosen}), MIN(text)`;
    for (const keys of [chosen, `wide, ${chosen}`, `text, ${chosen}, CONCAT(word, narrow)`]) {
      await answers(`SELECT ${keys}, ${aggregates} FROM t GROUP BY ${keys}`);
      const order = `ORDER BY COUNT(*) DESC, ${keys}`;
      await answers(`SELECT ${keys} FROM t GROUP BY ${keys} ${order} LIMIT 20`, true);
    }
    await answers(`SELECT flag, COUNT(DISTINCT ${chosen}), COUNT(DISTINCT word) FROM t GROUP BY 1`);
    await answers(`SELECT COUNT(DISTINCT ${chosen}), COUNT(DISTINCT text) FROM t`);
    await answers(`SELECT narrow, MODE(${chosen}), MAX_BY(${chosen}, number) FROM t GROUP BY 1`);
  });

  it('are filtered, ordered and cut where they are found', async () => {
    const by = 'GROUP BY wide, text';
    await answers(`SELECT wide, text, COUNT(*) FROM t ${by} HAVING SUM(narrow) > 100`);
    await answers(`SELECT wide, text FROM t WHERE narrow > 0 ${by} HAVING MAX(number) > 0.5`);
    const order = 'ORDER BY SUM(narrow) DESC NULLS LAST, wide, text';
    await answers(`SELECT wide, text, MIN(day) FROM t ${by} ${order} LIMIT 20 OFFSET 7`, true);
    const having = 'HAVING COUNT(price) > 0';
    await answers(`SELECT text, wide FROM t ${by} ${having} ${order} LIMIT 9`, true);
    await answers(`SELECT DISTINCT text FROM t ${by} ORDER BY text LIMIT 5`, true);
    await answers(`SELECT wide, text, COUNT(*) FROM t GROUP BY ROLLUP (wide, text)`);
    const { rows: some } = await plain[0]!.run(`SELECT wide, text FROM t ${by} LIMIT 10`);
    expect(some).toHaveLength(10);
  });

  it('go by partitions where hardly two rows share a group', async () => {
    expect(await partitions('SELECT wide, other FROM t GROUP BY 1, 2')).toBeGreaterThan(0);
    expect(await partitions('SELECT flag, narrow % 3 FROM t GROUP BY 1, 2')).toBe(0);
  });

  it.each([
    ['', 'wide'],
    ['', 'other'],
    ['', 'number'],
    ['', 'narrow * 1000003'],
    ['flag', 'wide'],
    ['narrow % 10', 'number'],
    ['flag, narrow % 3', 'text'],
    ['text', 'other'],
  ])('of few keys (%s) count the distinct %s', async (keys, value) => {
    const count = `COUNT(DISTINCT ${value})`;
    const select = `${keys === '' ? '' : `${keys}, `}${count}`;
    const by = keys === '' ? '' : `GROUP BY ${keys}`;
    await answers(`SELECT ${select} FROM t ${by}`);
    await answers(`SELECT ${select}, COUNT(*), SUM(narrow), MIN(text) FROM t ${by}`);
    await answers(`SELECT ${select}, MAX(${value}) FROM t WHERE narrow > 0 ${by}`);
    await answers(`SELECT ${select}, SUM(DISTINCT narrow) FROM t ${by}`);
    await answers(`SELECT ${count} FROM t ${by} HAVING ${count} > 3 ORDER BY ${count} LIMIT 1`);
    await answers(`SELECT ${select} FROM t WHERE narrow > 99999 ${by}`);
  });

  it('count distinct values by partitions where hardly two rows share one', async () => {
    const finish = { having: null, outputs: [], order: [], limit: null };
    const counted = 'SELECT flag, COUNT(DISTINCT other), SUM(narrow) FROM t GROUP BY flag';
    const options = { isProfiled: true, finish };
    const { profile, release } = await plain[0]!.execute(counted, options);
    release();
    expect(profile!.partitions).toBeGreaterThan(0);
    // Another server may have the same values.
    expect(await partitions(counted)).toBe(0);
  });

  it('are no more than the limit of the query', async () => {
    const limits = { ...DEFAULT_QUERY_LIMITS, groupsMax: 500 };
    const run = plain[0]!.execute('SELECT wide, other FROM t GROUP BY 1, 2', { limits });
    await expect(run).rejects.toMatchObject({ code: 'GROUP_LIMIT' });
    await answers('SELECT wide, COUNT(*) FROM t GROUP BY wide');
  });
});

describe('a query over many groups', () => {
  const LEAF_QUERIES = [
    'SELECT wide, other, SUM(number) FROM t GROUP BY 1, 2 ORDER BY 3 LIMIT 3',
    'SELECT wide, other, COUNT(*) FROM t GROUP BY 1, 2',
    'SELECT flag, COUNT(DISTINCT other) FROM t GROUP BY 1',
    'SELECT narrow % 50, MEDIAN(number) FROM t GROUP BY 1',
  ];
  const prng = new Prng(seed);
  const rows = Array.from({ length: ROWS }, () => randomRow(prng));
  let database!: MemoryDatabase;

  beforeAll(async () => {
    database = await MemoryDatabase.open({ batchRows: 256, spanningGroupsMin: 1 });
    database.addTable(SCHEMA, rows, { segmentRows: 1_300 });
  });
  afterAll(() => database.engine.close());

  /** A signal that cancels when it is asked for the n-th time. */
  function signalAfter(asks: number): { signal: AbortSignal; readonly asked: number } {
    let asked = 0;
    const { signal } = new AbortController();
    Object.defineProperty(signal, 'aborted', { get: () => ++asked > asks });
    return {
      signal,
      get asked() {
        return asked;
      },
    };
  }

  it.each(LEAF_QUERIES)('is cancelled at each look whether it may go on: %s', async (sql) => {
    const finish = { having: null, outputs: [], order: [], limit: null };
    const counted = signalAfter(Number.POSITIVE_INFINITY);
    const run = async (signal: AbortSignal): Promise<void> => {
      (await database.execute(sql, { signal, finish })).release();
    };
    // What the first run finds once and for all is not asked about again.
    await run(new AbortController().signal);
    await run(counted.signal);
    // Twice a row: when it is stored, and when it is aggregated.
    expect(counted.asked).toBeGreaterThan((2 * ROWS) / 256);
    for (let asks = 0; asks < counted.asked; asks++) {
      await expect(run(signalAfter(asks).signal)).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(database.engine.mainContext.state.usedBytes).toBe(0);
    }
    await run(new AbortController().signal);
  });
});

describe.each([
  ['one segment', 100_000],
  ['several segments', 1_300],
])('distinct values of whole columns in %s', (_, segmentRows) => {
  it('are those of the dictionaries', async () => {
    const prng = new Prng(seed);
    const rows = Array.from({ length: ROWS }, () => randomRow(prng));
    const database = await MemoryDatabase.open({ spanningGroupsMin: 1 });
    database.addTable(SCHEMA, rows, { segmentRows });
    const distinct = (column: number): bigint =>
      BigInt(new Set(rows.flatMap((row) => (row[column] === null ? [] : [row[column]]))).size);
    expect(await database.sql('SELECT COUNT(DISTINCT text) FROM t')).toEqual([[distinct(3)]]);
    const two = 'SELECT COUNT(DISTINCT text), COUNT(*), COUNT(DISTINCT day) FROM t';
    expect(await database.sql(two)).toEqual([[distinct(3), BigInt(ROWS), distinct(7)]]);
    const sum = await database.sql('SELECT SUM(DISTINCT narrow), COUNT(DISTINCT narrow) FROM t');
    expect(sum[0]![1]).toEqual(distinct(2));
    await database.engine.close();
  });
});

it('a sample tells how many groups there are', () => {
  expect(expectedGroups([250, 500, 750, 1_000], 250, 50_000)).toBe(50_000);
  expect(expectedGroups([10, 10, 10, 10], 250, 50_000)).toBe(10);
  // Equally frequent groups: of 1,000, 1 − e^(−n / 1000) are met by n rows.
  const met = [250, 500, 750, 1_000].map((rows) => 1_000 * (1 - Math.exp(-rows / 1_000)));
  expect(expectedGroups(met, 250, 50_000)).toBeCloseTo(1_000, 3);
  // Every third row is one of a few values, the others are new.
  const mixed = [250, 500, 750, 1_000].map((rows) => 20 + (rows * 2) / 3);
  expect(expectedGroups(mixed, 250, 50_000)).toBeCloseTo(20 + 100_000 / 3, 0);
});

function readable(value: Value): string {
  return typeof value === 'number' ? value.toPrecision(12) : String(value);
}
