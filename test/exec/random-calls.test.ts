import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { findChanceFunction } from '../../src/sql/bind-chance.ts';
import { isAggregate } from '../../src/sql/derived-aggregates.ts';
import { listFunctions } from '../../src/sql/function-list.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const callCount = Number(process.env.CALLS ?? 3_000);
console.log(`random calls: SEED=${seed} CALLS=${callCount}`);

/** Columns of every type with the values at which functions go wrong. */
const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'flag', type: 'BOOLEAN' },
    { name: 'i', type: 'INT' },
    { name: 'b', type: 'BIGINT' },
    { name: 'f', type: 'FLOAT' },
    { name: 'd', type: 'DOUBLE' },
    { name: 's', type: 'STRING' },
    { name: 'day', type: 'DATE' },
    { name: 'ts', type: 'TIMESTAMP' },
    { name: 'texts', type: 'ARRAY<STRING>' },
    { name: 'numbers', type: 'ARRAY<BIGINT>' },
  ],
};
const least = -(2n ** 63n);
const arrays: Value[][] = [
  ['["a","b"]', '[1,2,3]'],
  ['[]', '[]'],
  [null, null],
  ['["",""]', '[9223372036854775807,9223372036854775807]'],
  ['["😀"]', '[-9223372036854775808]'],
];
const rows: Value[][] = [
  [true, 0, 0n, 0, 0, '', 0, 0n],
  [false, -1, -1n, -0.5, -0, 'a', -1, -1n],
  [null, null, null, null, null, null, null, null],
  [true, 2 ** 31 - 1, 2n ** 63n - 1n, 1.5, Number.NaN, '😀é', 2_932_896, 253_402_300_799_999_999n],
  [false, -(2 ** 31), least, -2, Infinity, '{"a":[1,"x",null]}', -719_162, least],
  [true, 7, 42n, 0.25, -Infinity, '2024-02-29 12:34:56', 19_782, 1_709_208_896_000_000n],
  [null, 64, 10n ** 12n, 100, 1e300, '(a|b)*c$', 1, 86_399_999_999n],
  [false, 3, 5n, 3, 2.5, 'http://user@host:80/p?q=1#f', 60, 2n ** 63n - 1n],
].map((row, index) => [...row, ...arrays[index % arrays.length]!]);
const ARGUMENTS = [
  ...[
    'texts',
    'numbers',
    'ARRAY[1, 7]',
    "ARRAY['a']",
    'flag',
    'i',
    'b',
    'f',
    'd',
    's',
    'day',
    'ts',
    'NULL',
    '0',
    '1',
    '-3',
    '2.5',
    "'a'",
    "''",
  ],
  ...[
    "'yyyy-MM-dd'",
    "'Europe/Berlin'",
    "'$.a[1]'",
    "'LONG'",
    "'day'",
    "'(a)(b)?'",
    "'10.0.0.0/8'",
  ],
];

let whole: MemoryTable;
let split: MemoryTable;
beforeAll(async () => {
  whole = await openMemoryTable(schema, rows, { segmentRows: rows.length });
  split = await openMemoryTable(schema, rows, { segmentRows: 3 });
});
afterAll(async () => {
  await whole.close();
  await split.close();
});

async function answerOf(table: MemoryTable, sql: string): Promise<Value[][] | string> {
  try {
    return await table.sql(sql);
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw new Error(`SEED=${seed}: ${sql}`, { cause: error });
  }
}

it('any function of any values answers or says what is wrong, whatever the segments', async () => {
  const prng = new Prng(seed);
  const functions = listFunctions();
  let answered = 0;
  for (let round = 0; round < callCount; round++) {
    const { name } = prng.pick(functions);
    const args = Array.from({ length: prng.integer(0, 4) }, () => prng.pick(ARGUMENTS));
    const order = prng.float() < 0.5 ? '' : ' ORDER BY 1';
    const sql = `SELECT ${name}(${args.join(', ')}) FROM t${order}`;
    const answer = await answerOf(whole, sql);
    const other = await answerOf(split, sql);
    if (typeof answer === 'string' || typeof other === 'string') {
      // Which of several errors comes first depends on the segments.
      expect(typeof other, `SEED=${seed}: ${sql}: ${answer}, ${other}`).toBe(typeof answer);
      continue;
    }
    answered++;
    // Sums of values that cancel out have no leading digits to compare.
    // Chance goes by the segment of a row.
    if (isAggregate(name) || findChanceFunction(name) !== undefined) continue;
    const difference = compareAnswers(other, answer, { ordered: 'none', sortKeys: [] });
    expect(difference, `SEED=${seed}: ${sql}`).toBeNull();
  }
  expect(answered).toBeGreaterThan(callCount / 30);
});
