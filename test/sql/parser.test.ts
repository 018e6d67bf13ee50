import { describe, expect, it } from 'vitest';
import type { SelectStatement } from '../../src/sql/ast.ts';
import { astText } from '../../src/sql/ast-text.ts';
import { groupingSets } from '../../src/sql/grouping-sets.ts';
import { parseStatement } from '../../src/sql/parser.ts';

const parse = (text: string) => parseStatement(text).statement;
const select = (text: string): SelectStatement => parse(text).select;

function expressionText(text: string): string {
  const [item] = select(`SELECT ${text}`).items;
  if (item?.kind !== 'expression') throw new Error('expected an expression');
  return astText(item.expression);
}

describe('expressions group as SQL says', () => {
  it.each([
    ['a + b * c', 'a + b * c'],
    ['(a + b) * c', '(a + b) * c'],
    ['a - (b - c)', 'a - (b - c)'],
    ['(a - b) - c', 'a - b - c'],
    ['a / b % c DIV d', 'a / b % c div d'],
    ['-a * b', '-a * b'],
    ['-(a * b)', '-(a * b)'],
    ['- -5', '5'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9007199254740993', '9007199254740993'],
    ['a || b + c', 'a || b + c'],
    ['(a || b) = c', 'a || b = c'],
    ['a = 1 OR b = 2 AND c = 3', 'a = 1 or b = 2 and c = 3'],
    ['(a = 1 OR b = 2) AND c = 3', '(a = 1 or b = 2) and c = 3'],
    ['NOT a = 1 AND b', 'not a = 1 and b'],
    ['NOT (a AND b)', 'not (a and b)'],
    ['NOT NOT a', 'not not a'],
    ['a == 1 AND b != 2', 'a = 1 and b <> 2'],
    ['a BETWEEN 1 AND 2 AND b', 'a between 1 and 2 and b'],
    ['a NOT BETWEEN b + 1 AND c', 'a not between b + 1 and c'],
    ['a + 1 IN (1, 2)', 'a + 1 in (1, 2)'],
    ["a NOT IN ('x', 'it''s')", "a not in ('x', 'it''s')"],
    ["a LIKE 'x%' OR b NOT LIKE 'y!%' ESCAPE '!'", "a like 'x%' or b not like 'y!%' escape '!'"],
    ["a ILIKE 'x'", "a ilike 'x'"],
    ['a = b IS NULL', 'a = b is null'],
    ['a IS NOT NULL', 'a is not null'],
    ['a > 1 IS NOT TRUE', 'a > 1 is not true'],
    ['a IS FALSE', 'a is false'],
    ['a IS NOT DISTINCT FROM b', 'a is not distinct from b'],
    ['a::BIGINT + 1', 'cast(a as bigint) + 1'],
    ['a::double precision::varchar(10)', 'cast(cast(a as double precision) as varchar)'],
    ['CAST(a + 1 AS timestamp without time zone)', 'cast(a + 1 as timestamp without time zone)'],
    ['EXTRACT(YEAR FROM a)', 'extract(year from a)'],
    ["DATE '2024-01-02'", "date '2024-01-02'"],
    ["TIMESTAMP '2024-01-02 03:04:05'", "timestamp '2024-01-02 03:04:05'"],
    ["a + INTERVAL '3' DAY", "a + interval '3 days'"],
    ['a - INTERVAL 2 MONTHS', "a - interval '2 months'"],
    [
      "a + INTERVAL '1 year -2 days 1.5 seconds'",
      "a + interval '12 months -2 days 1500000 microseconds'",
    ],
    ['a + INTERVAL -1 WEEK', "a + interval '-7 days'"],
    ['CASE WHEN a THEN 1 ELSE 2 END', 'case when a then 1 else 2 end'],
    ["CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END", "case a when 1 then 'x' when 2 then 'y' end"],
    ['COUNT(*)', 'count(*)'],
    ['Count(DISTINCT a)', 'count(distinct a)'],
    ['SUM(ALL a) FILTER (WHERE b > 1)', 'sum(a) filter (where b > 1)'],
    ['LEFT(a, 2) + RIGHT(a, 1)', 'left(a, 2) + right(a, 1)'],
    ['SUBSTRING(a FROM 2 FOR 3)', 'substring(a, 2, 3)'],
    ['now()', 'now()'],
    ['t.a + `b c` + "d"', 'a + b c + d'],
    ['date + timestamp + interval + filter', 'date + timestamp + interval + filter'],
    ['1.5e3 + .5 + 1e400', '1500 + 0.5 + Infinity'],
    ['NULL', 'null'],
    ['TRUE AND FALSE', 'true and false'],
  ])('%s', (text, expected) => {
    expect(expressionText(text)).toBe(expected);
  });

  it('prints text that parses to the same again', () => {
    for (const text of ['(a - b) - (c - d)', 'NOT (a OR b) AND -(-(c))', '(a = b) = (c < d)']) {
      const printed = expressionText(text);
      expect(expressionText(printed)).toBe(printed);
    }
  });
});

function setsOf({ groupBy }: SelectStatement): string[] | undefined {
  return groupingSets(groupBy, 100)?.map((set) => set.map((node) => astText(node)).join(', '));
}

describe('grouping sets', () => {
  it.each([
    ['a, b + 1', ['a, b + 1']],
    ['ROLLUP (a, b)', ['a, b', 'a', '']],
    ['ROLLUP ((a, b), c)', ['a, b, c', 'a, b', '']],
    ['CUBE (a, b)', ['a, b', 'a', 'b', '']],
    ['a, CUBE (b)', ['a, b', 'a']],
    ['GROUPING SETS ((a, b), c, ())', ['a, b', 'c', '']],
    ['GROUPING SETS (a, ROLLUP (b, c), GROUPING SETS (d))', ['a', 'b, c', 'b', '', 'd']],
    ['ROLLUP (a), ROLLUP (b)', ['a, b', 'a', 'b', '']],
    ['rollup, cube', ['rollup, cube']],
  ])('%s', (clause, expected) => {
    expect(setsOf(select(`SELECT 1 FROM t GROUP BY ${clause}`))).toEqual(expected);
  });

  it('are not made when there are too many', () => {
    const wide = `CUBE (${Array.from({ length: 40 }, (_, index) => `c${index}`).join(', ')})`;
    for (const clause of [wide, 'CUBE (a, b, c, d), CUBE (e, f, g, h)']) {
      expect(setsOf(select(`SELECT 1 FROM t GROUP BY ${clause}`))).toBeUndefined();
    }
  });
});

describe('statements', () => {
  it('reads every clause', () => {
    const query = select(
      'SELECT DISTINCT a, b FROM t WHERE c GROUP BY a, 2 HAVING d ORDER BY 1, b DESC LIMIT 3 OFFSET 4;',
    );
    expect(query.distinct).toBe(true);
    expect(query.items).toHaveLength(2);
    expect(query.from).toEqual({ database: null, name: 't', alias: null, offset: 26 });
    expect(setsOf(query)).toEqual(['a, 2']);
    expect(astText(query.having!)).toBe('d');
    expect(query.orderBy.map(({ descending }) => descending)).toEqual([false, true]);
    expect([query.limit, query.skip]).toEqual([3, 4]);
  });

  it.each([
    ['LIMIT 5', 5, 0],
    ['LIMIT 5 OFFSET 2', 5, 2],
    ['LIMIT 2, 5', 5, 2],
    ['OFFSET 2', null, 2],
    ['OFFSET 2 LIMIT 5', 5, 2],
    ['LIMIT ALL', null, 0],
    ['LIMIT 0', 0, 0],
    ['', null, 0],
  ])('%s keeps and skips rows', (text, limit, skip) => {
    const query = select(`SELECT a FROM t ${text}`);
    expect([query.limit, query.skip]).toEqual([limit, skip]);
  });

  it.each([
    ['a AS x', 'x'],
    ['a x', 'x'],
    ['a "x y"', 'x y'],
    ['a `x`', 'x'],
    ["a AS 'x'", 'x'],
    ["a 'x'", 'x'],
    ['a AS date', 'date'],
    ['a AS "select"', 'select'],
    ['a', null],
  ])('%s has the alias %s', (text, alias) => {
    const [item] = select(`SELECT ${text} FROM t`).items;
    expect(item).toMatchObject({ kind: 'expression', alias });
  });

  it('reads stars, with and without a table', () => {
    expect(select('SELECT *, t.* FROM t').items).toMatchObject([
      { kind: 'star', qualifier: null },
      { kind: 'star', qualifier: 't' },
    ]);
  });

  it('reads where NULLs go', () => {
    const query = select('SELECT a FROM t ORDER BY a NULLS FIRST, b DESC NULLS LAST, c');
    expect(query.orderBy.map(({ nullsFirst }) => nullsFirst)).toEqual([true, false, null]);
  });

  it('reads SET in front and OPTION behind', () => {
    const text =
      "SET timeoutMs = 5; set a = 'b';; SELECT 1 FROM t OPTION(x=-1, y=true) OPTION(z=w);";
    const { settings, options } = parse(text);
    expect(settings.map(({ name, value }) => [name, value])).toEqual([
      ['timeoutMs', '5'],
      ['a', 'b'],
    ]);
    expect(options.map(({ name, value }) => [name, value])).toEqual([
      ['x', '-1'],
      ['y', 'true'],
      ['z', 'w'],
    ]);
    expect(text.slice(options[0]!.valueOffset)).toMatch(/^-1/);
  });

  it('reads EXPLAIN with and without PLAN FOR', () => {
    expect(parse('EXPLAIN SELECT 1').explain).toBe(true);
    expect(parse('SET a=1; explain plan for SELECT 1').explain).toBe(true);
    expect(parse('SELECT 1').explain).toBe(false);
  });

  it('reads a database and a table alias', () => {
    expect(select('SELECT a FROM default.t AS x').from).toMatchObject({
      ...{ database: 'default', name: 't', alias: 'x' },
    });
  });

  it('takes long chains of AND and OR, which are no deeper for their length', () => {
    const tests = Array.from({ length: 20_000 }, (_, index) => `a = ${index}`);
    const { where } = select(`SELECT a FROM t WHERE ${tests.join(' OR ')}`);
    expect(where).toMatchObject({ kind: 'logical' });
  });

  it('says where each node stands', () => {
    const { where } = select('SELECT a FROM t WHERE\n  b > 1');
    expect(where).toMatchObject({ offset: 26, left: { offset: 24 }, right: { offset: 28 } });
  });
});
