import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

/*
 * Regular expressions over the dictionaries of columns against JavaScript's own. More texts than a chunk or
 * a slice holds, texts of no ASCII, NULL, neighbours with equal results.
 */

const SEED = 7_411;
const ROW_COUNT = 20_000;

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 's', type: 'STRING' },
  ],
};

const random = new Prng(SEED);
const hosts = ['example.com', 'www.nyala.dev', 'été.fr', 'a.b', 'm.水.cn'];
const texts = Array.from({ length: ROW_COUNT }, (_, id): string | null => {
  if (id % 97 === 0) return null;
  const kind = random.integer(0, 10);
  if (kind === 0) return random.pick(['', 'none', 'http:/x', '😀', 'ftp://a/']);
  const path = Array.from({ length: random.integer(0, 6) }, () => random.integer(0, 90)).join('/');
  return `http${random.pick(['', 's'])}://${random.pick(hosts)}/${path}`;
});

let table: MemoryTable;
beforeAll(async () => {
  const rows = texts.map((text, id): Value[] => [id, text]);
  table = await openMemoryTable(schema, rows, { segmentRows: 15_000 });
});
afterAll(() => table.close());

/** The query's values by row. */
async function valuesOf(expression: string): Promise<Value[]> {
  const rows = await table.sql(`SELECT ${expression} FROM t ORDER BY id LIMIT ${ROW_COUNT}`);
  return rows.map(([value]) => value!);
}

function expected(of: (text: string) => Value): Value[] {
  return texts.map((text) => (text === null ? null : of(text)));
}

const HOST = '^https?://(?:www\\.)?([^/]+)/.*$';

describe(`regular expressions over a column, seed ${SEED}`, () => {
  it('replace matches by their groups', async () => {
    const host = new RegExp(HOST, 'u');
    expect(await valuesOf(`REGEXP_REPLACE(s, '${HOST}', '$1')`)).toEqual(
      expected((text) => text.replace(host, '$1')),
    );
    expect(await valuesOf(`REGEXP_REPLACE(s, '([a-z])(\\d*)', '<\\2\\1>')`)).toEqual(
      expected((text) => text.replaceAll(/([a-z])(\d*)/gu, '<$2$1>')),
    );
    expect(await valuesOf(`REGEXP_REPLACE(s, '\\d+', '水', 0, 1)`)).toEqual(
      expected((text) => {
        let index = 0;
        return text.replaceAll(/\d+/gu, (found) => (index++ === 1 ? '水' : found));
      }),
    );
    expect(await valuesOf(`REGEXP_REPLACE(s, 'z*', '-')`)).toEqual(
      expected((text) => text.replaceAll(/z*/gu, '-')),
    );
  });

  it('extract, count and find matches', async () => {
    expect(await valuesOf(`REGEXP_EXTRACT(s, '//([^./]+)[./]', 1, 'no')`)).toEqual(
      expected((text) => /\/\/([^./]+)[./]/u.exec(text)?.[1] ?? 'no'),
    );
    expect(await valuesOf(`REGEXP_COUNT(s, '[/.]')`)).toEqual(
      expected((text) => BigInt([...text.matchAll(/[/.]/gu)].length)),
    );
    expect(await valuesOf(`REGEXP_SUBSTR(s, '\\d+', 1, 3)`)).toEqual(
      expected((text) => [...text.matchAll(/\d+/gu)][2]?.[0] ?? null),
    );
  });

  const conditions: readonly (readonly [string, RegExp, string])[] = [
    ['example.*[0-9]$', /example.*[0-9]$/u, ''],
    ['(WWW|é)', /(WWW|é)/iu, 'i'],
    ['^$', /^$/u, ''],
    ['\\b水\\B|\\bfr\\b', /\bfr\b/u, ''],
    ['nowhere', /nowhere/u, ''],
    ['', /(?:)/u, ''],
  ];
  it.each(conditions)('filter by %s', async (pattern, theirs, flags) => {
    const count = texts.filter((text) => text !== null && theirs.test(text)).length;
    const like = `REGEXP_LIKE(s, '${pattern}', '${flags}')`;
    const counted = (condition: string) => table.sql(`SELECT COUNT(*) FROM t WHERE ${condition}`);
    expect(await counted(like)).toEqual([[BigInt(count)]]);
    const present = texts.filter((text) => text !== null).length;
    expect(await counted(`NOT ${like}`)).toEqual([[BigInt(present - count)]]);
    expect(await counted(`(${like}) IS NULL`)).toEqual([[BigInt(ROW_COUNT - present)]]);
    const matches = await valuesOf(like);
    expect(matches).toEqual(expected((text) => theirs.test(text)));
  });

  it('group by what they make', async () => {
    const groups = new Map<string, number>();
    for (const text of texts) {
      const host = text?.replace(new RegExp(HOST, 'u'), '$1') ?? 'NULL';
      groups.set(host, (groups.get(host) ?? 0) + 1);
    }
    const key = `REGEXP_REPLACE(s, '${HOST}', '$1')`;
    const rows = await table.sql(`SELECT ${key} AS k, COUNT(*) FROM t GROUP BY k LIMIT 1000`);
    expect(new Map(rows.map(([host, count]) => [host ?? 'NULL', Number(count)]))).toEqual(groups);
  });

  it('say where a pattern is wrong', async () => {
    await expect(table.sql("SELECT COUNT(*) FROM t WHERE REGEXP_LIKE(s, 'a(')")).rejects.toThrow(
      /expected \) for this \(, at character 2/,
    );
  });
});
