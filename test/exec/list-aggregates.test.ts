import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'team', type: 'STRING' },
    { name: 'word', type: 'STRING' },
    { name: 'size', type: 'INT' },
    { name: 'day', type: 'INT' },
    { name: 'ok', type: 'BOOLEAN' },
  ],
};

// Twelve segments, so that the order of their names as text is not that of their numbers.
const rows: Value[][] = Array.from({ length: 24 }, (_, row) => [
  row % 4 === 3 ? null : `team ${row % 4}`,
  row % 5 === 4 ? null : `w${row}`,
  row % 7 === 6 ? null : row % 3,
  row,
  row % 2 === 0,
]);

describe.each([1, 2, 24])('LIST_AGG over segments of %i rows', (segmentRows) => {
  let table: MemoryTable;
  const one = async (aggregate: string): Promise<Value> =>
    (await table.sql(`SELECT ${aggregate} FROM t`))[0]![0]!;

  beforeAll(async () => {
    table = await openMemoryTable(schema, rows, { segmentRows });
  });
  afterAll(() => table.close());

  const words = rows.flatMap(([, word]) => (word === null ? [] : [String(word)]));

  it('joins the values in the order of the rows', async () => {
    expect(await one("LISTAGG(word, '-')")).toBe(words.join('-'));
    expect(await one('STRING_AGG(word)')).toBe(words.join(','));
    expect(await one('group_concat(word)')).toBe(words.join(', '));
    expect(await one("list_agg(word, '')")).toBe(words.join(''));
  });

  it('joins them by keys, and by the order of the rows where those are equal', async () => {
    const bySize = rows
      .filter(([, word]) => word !== null)
      .sort(([, , left], [, , right]) => Number(right ?? 9) - Number(left ?? 9))
      .map(([, word]) => word);
    const expected = bySize.join('|');
    expect(await one("STRING_AGG(word, '|' ORDER BY size DESC NULLS FIRST)")).toBe(expected);
    const within = "LISTAGG(word, '|') WITHIN GROUP (ORDER BY size DESC NULLS FIRST, day)";
    expect(await one(within)).toBe(expected);
    expect(await one("STRING_AGG(word, '|' ORDER BY 1, -size, day + 1)")).toBe(
      [
        ...bySize.filter((word) => sizeOf(word) !== null),
        ...bySize.filter((word) => sizeOf(word) === null),
      ].join('|'),
    );
  });

  const sizeOf = (word: Value | undefined) => rows.find((row) => row[1] === word)![2];

  it('takes each value once, in their own order', async () => {
    expect(await one('LISTAGG(DISTINCT size)')).toBe('0,1,2');
    expect(await one("LISTAGG(size, ' ', true)")).toBe('0 1 2');
    expect(await one("STRING_AGG(DISTINCT size, '' ORDER BY size DESC)")).toBe('210');
    expect(await one('LISTAGG(DISTINCT ok)')).toBe('false,true');
    expect(await one("LISTAGG(size, ',', false) FILTER (WHERE day < 3)")).toBe('0,1,2');
  });

  it('gives each group its own, and NULL where there is no value', async () => {
    const sql =
      "SELECT team, LISTAGG(word, '/') FILTER (WHERE word LIKE '%1%' OR word LIKE '%2%') FROM t " +
      'WHERE day < 14 GROUP BY team ORDER BY team NULLS LAST';
    expect(await table.sql(sql)).toEqual([
      ['team 0', 'w12'],
      ['team 1', 'w1/w13'],
      ['team 2', 'w2/w10'],
      [null, 'w11'],
    ]);
    expect(await one("LISTAGG(word, ',') FILTER (WHERE day > 99)")).toBeNull();
    expect(await one('LISTAGG(DISTINCT word) FILTER (WHERE day > 99)')).toBeNull();
    expect(await one('LISTAGG(NULL)')).toBeNull();
  });

  it('can be asked for in rollups and in HAVING', async () => {
    const sql =
      'SELECT ok, LISTAGG(size ORDER BY day) AS sizes FROM t WHERE day < 5 GROUP BY ROLLUP (ok) ' +
      "HAVING LISTAGG(size ORDER BY day) <> 'x' ORDER BY ok";
    expect(await table.sql(sql)).toEqual([
      [false, '1,0'],
      [true, '0,2,1'],
      [null, '0,1,2,0,1'],
    ]);
  });

  it('refuses what it cannot do', async () => {
    const errors: [string, string, RegExp][] = [
      ['LISTAGG(*)', 'TYPE_MISMATCH', /takes a value, then a separator/],
      ['LISTAGG()', 'TYPE_MISMATCH', /found 0 arguments/],
      ['LISTAGG(word, 5)', 'TYPE_MISMATCH', /constant text as separator/],
      ['LISTAGG(word, team)', 'TYPE_MISMATCH', /constant text as separator/],
      ["LISTAGG(word, ',', 1)", 'TYPE_MISMATCH', /TRUE or FALSE/],
      ['LISTAGG(DISTINCT word ORDER BY size)', 'INVALID_QUERY', /ordered by its value only/],
      ['LISTAGG(DISTINCT word ORDER BY word, size)', 'INVALID_QUERY', /ordered by its value/],
      ['SUM(size ORDER BY size)', 'INVALID_QUERY', /sum takes no ORDER BY/],
      ['MEDIAN(size ORDER BY size)', 'INVALID_QUERY', /median takes no ORDER BY/],
      ['UPPER(word ORDER BY word)', 'INVALID_QUERY', /ORDER BY is for aggregates/],
      ['LISTAGG(word ORDER BY word) WITHIN GROUP (ORDER BY word)', 'SQL_SYNTAX', /one ORDER BY/],
      ['LISTAGG(word) WITHIN GROUP (word)', 'SQL_SYNTAX', /ORDER BY in WITHIN GROUP/],
      ['QUANTILE_CONT(0.5) WITHIN GROUP (ORDER BY size DESC)', 'NOT_SUPPORTED', /DESC/],
    ];
    for (const [aggregate, code, message] of errors) {
      await expect(one(aggregate), aggregate).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  });

  it('finds quantiles and the mode within a group', async () => {
    expect(await one('PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY day)')).toBe(11.5);
    expect(await one('PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY word)')).toBe('w18');
    expect(await one('MODE() WITHIN GROUP (ORDER BY size)')).toBe(0);
  });
});

it('refuses a text that becomes too long', async () => {
  const long = 'x'.repeat(3_000_000);
  const two = { name: 't', columns: [{ name: 'word', type: 'STRING' }] } as const;
  const table = await openMemoryTable(two, Array(7).fill([long]));
  try {
    const error = await table.sql('SELECT LISTAGG(word) FROM t').catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining('16777216'),
    });
    expect((await table.sql('SELECT LENGTH(LISTAGG(DISTINCT word)) FROM t'))[0]).toEqual([
      3_000_000n,
    ]);
  } finally {
    await table.close();
  }
});
