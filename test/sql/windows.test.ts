import { describe, expect, it } from 'vitest';
import { astText } from '../../src/sql/ast-text.ts';
import { parseStatement } from '../../src/sql/parser.ts';
import { errorOf } from '../support/engine-error.ts';
import { plan } from './flights.ts';

/** The text of the first item of a select list. */
function itemText(sql: string): string {
  const [item] = parseStatement(sql).statement.select.items;
  return item?.kind === 'expression' ? astText(item.expression) : '*';
}

describe('calls with OVER', () => {
  it.each([
    'row_number() over ()',
    'rank() over (partition by a, b + 1 order by c desc nulls first, d)',
    'sum(x) filter (where y > 1) over (order by z rows between 2 preceding and current row)',
    'lag(x, 2, 0) ignore nulls over (order by z)',
    'max(x) over (w groups between unbounded preceding and 1 following)',
    'count(*) over w',
    'min(x) over (order by z range between 1.5 preceding and unbounded following)',
  ])('%s parses to the same again', (text) => {
    expect(itemText(`SELECT ${text} FROM t`)).toBe(text);
  });

  it.each([
    ['LAG(x IGNORE NULLS) OVER (ORDER BY z)', 'lag(x) ignore nulls over (order by z)'],
    ['SUM(x) OVER (ROWS 2 PRECEDING)', 'sum(x) over (rows between 2 preceding and current row)'],
    ['SUM(x) OVER (rows ROWS UNBOUNDED PRECEDING)', null],
    ['SUM(x) OVER "my w"', 'sum(x) over my w'],
  ])('%s', (text, expected) => {
    if (expected === null) expect(() => itemText(`SELECT ${text} FROM t`)).toThrow('expected');
    else expect(itemText(`SELECT ${text} FROM t`)).toBe(expected);
  });

  it('have words that are names elsewhere', () => {
    const sql =
      'SELECT rows, range AS groups, sum(current) over FROM flights window WINDOW partition AS (ORDER BY following)';
    const { select } = parseStatement(sql).statement;
    expect(select.from).toMatchObject({ alias: 'window' });
    expect(select.items).toMatchObject([{}, { alias: 'groups' }, { alias: 'over' }]);
    expect(select.windows).toMatchObject([{ name: 'partition', window: { base: null } }]);
  });
});

const ERRORS: readonly (readonly [string, string, string])[] = [
  ['SQL_SYNTAX', 'SELECT lag(delay) IGNORE NULLS ¶FROM flights', 'OVER behind IGNORE NULLS'],
  ['SQL_SYNTAX', 'SELECT rank() OVER (PARTITION ¶delay) FROM flights', 'to end the window'],
  ['SQL_SYNTAX', 'SELECT rank() OVER (ROWS 1 ¶delay) FROM flights', 'PRECEDING'],
  ['SQL_SYNTAX', 'SELECT rank() OVER (ORDER BY day ¶day) FROM flights', 'to end the window'],
  [
    'NOT_SUPPORTED',
    'SELECT sum(delay) OVER (ORDER BY day ROWS 1 PRECEDING ¶EXCLUDE TIES) FROM flights',
    'EXCLUDE in a window frame',
  ],
  [
    'NOT_SUPPORTED',
    "SELECT ¶GAPFILL(FlightId, '1:HOURS:EPOCH', '1', '9', '1:HOURS', TIMESERIESON()), rank() OVER () FROM flights",
    'GAPFILL beside window functions',
  ],
  [
    'NOT_SUPPORTED',
    '¶SELECT DISTINCT ARRAY[delay], rank() OVER () FROM flights',
    'SELECT DISTINCT of an array',
  ],
  ['NOT_SUPPORTED', 'SELECT ¶median(delay) OVER () FROM flights', 'median(…) OVER'],
  ['NOT_SUPPORTED', 'SELECT ¶count(DISTINCT day) OVER () FROM flights', 'count(DISTINCT …) OVER'],
  ['NOT_SUPPORTED', 'SELECT ¶list_agg(day) OVER () FROM flights', 'list_agg(…) OVER'],
  [
    'NOT_SUPPORTED',
    'SELECT lag(delay, ¶delay) OVER () FROM flights',
    'the distance of lag must be a constant',
  ],
  [
    'NOT_SUPPORTED',
    'SELECT sum(delay) OVER (ORDER BY day RANGE ¶1 PRECEDING) FROM flights',
    'RANGE with a distance over DATE',
  ],
  ['NOT_SUPPORTED', 'SELECT rank() OVER (ORDER BY ¶ARRAY[delay]) FROM flights', 'over an array'],
  [
    'INVALID_QUERY',
    'SELECT delay FROM flights WHERE ¶row_number() OVER () = 1',
    'the window function row_number is not allowed in WHERE',
  ],
  [
    'INVALID_QUERY',
    'SELECT 1 FROM flights GROUP BY ¶rank() OVER (ORDER BY day)',
    'the window function rank is not allowed in GROUP BY',
  ],
  [
    'INVALID_QUERY',
    'SELECT rank() OVER (ORDER BY day) AS r FROM flights GROUP BY ¶r',
    'a window function is not allowed in GROUP BY',
  ],
  [
    'INVALID_QUERY',
    'SELECT count(*) FROM flights HAVING ¶sum(delay) OVER () > 1',
    'the window function sum is not allowed in HAVING',
  ],
  [
    'INVALID_QUERY',
    'SELECT count(*), rank() OVER () AS r FROM flights GROUP BY day HAVING r ¶= 1',
    'a window function is not allowed in HAVING',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(¶rank() OVER ()) OVER () FROM flights',
    'not allowed in the window function sum',
  ],
  ['INVALID_QUERY', 'SELECT sum(¶rank() OVER ()) FROM flights', 'not allowed in the aggregate sum'],
  ['INVALID_QUERY', 'SELECT ¶row_number() FROM flights', 'write row_number(…) OVER (…)'],
  ['INVALID_QUERY', 'SELECT ¶upper(origin) OVER () FROM flights', 'neither an aggregate nor'],
  ['UNKNOWN_FUNCTION', 'SELECT ¶ranc() OVER () FROM flights', 'did you mean'],
  ['INVALID_QUERY', 'SELECT rank() OVER ¶v FROM flights WINDOW w AS ()', 'unknown window v'],
  ['INVALID_QUERY', 'SELECT 1 FROM flights WINDOW w AS ¶(w)', 'unknown window w'],
  [
    'INVALID_QUERY',
    'SELECT rank() OVER ¶w FROM flights WINDOW w AS (), W AS ()',
    'two windows are called w',
  ],
  [
    'INVALID_QUERY',
    'SELECT rank() OVER ¶(w PARTITION BY day) FROM flights WINDOW w AS ()',
    'PARTITION BY behind the window w',
  ],
  [
    'INVALID_QUERY',
    'SELECT rank() OVER ¶(w ORDER BY day) FROM flights WINDOW w AS (ORDER BY day)',
    'ORDER BY behind the window w',
  ],
  [
    'INVALID_QUERY',
    'SELECT rank() OVER ¶(w) FROM flights WINDOW w AS (ORDER BY day ROWS 1 PRECEDING)',
    'the window w has a frame',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (ROWS ¶UNBOUNDED FOLLOWING) FROM flights',
    'cannot start at UNBOUNDED FOLLOWING',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (ROWS BETWEEN 1 PRECEDING AND ¶UNBOUNDED PRECEDING) FROM flights',
    'cannot end at UNBOUNDED PRECEDING',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (¶ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM flights',
    'cannot end before it starts',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (¶GROUPS 1 PRECEDING) FROM flights',
    'GROUPS needs ORDER BY',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (ORDER BY day, delay RANGE ¶1 PRECEDING) FROM flights',
    'exactly one ORDER BY key',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (ROWS ¶-1 PRECEDING) FROM flights',
    'the distance of ROWS is a whole constant from 0',
  ],
  [
    'INVALID_QUERY',
    'SELECT sum(delay) OVER (ORDER BY delay RANGE ¶1.5 PRECEDING) FROM flights',
    'the distance of RANGE over INT is a whole constant from 0',
  ],
  ['INVALID_QUERY', 'SELECT ntile(¶0) OVER () FROM flights', 'a whole constant from 1'],
  ['INVALID_QUERY', 'SELECT nth_value(day, ¶0) OVER () FROM flights', 'a whole constant from 1'],
  ['INVALID_QUERY', "SELECT lag(day, ¶'x') OVER () FROM flights", 'a whole constant'],
  ['INVALID_QUERY', 'SELECT ¶sum(delay) IGNORE NULLS OVER () FROM flights', 'IGNORE NULLS is for'],
  ['INVALID_QUERY', 'SELECT ¶rank() RESPECT NULLS OVER () FROM flights', 'RESPECT NULLS is for'],
  ['INVALID_QUERY', 'SELECT ¶rank(*) OVER () FROM flights', 'rank takes no *'],
  ['INVALID_QUERY', 'SELECT delay FROM flights QUALIFY delay ¶= 1', 'QUALIFY needs a window'],
  ['TYPE_MISMATCH', 'SELECT rank() OVER () FROM flights QUALIFY ¶delay', 'a BOOLEAN QUALIFY'],
  ['TYPE_MISMATCH', 'SELECT ¶rank(delay) OVER () FROM flights', 'rank takes 0 arguments, found 1'],
  ['TYPE_MISMATCH', 'SELECT ¶lag() OVER () FROM flights', 'lag takes 1 to 3 arguments, found 0'],
  ['TYPE_MISMATCH', 'SELECT ¶lag(delay, 1, day) OVER () FROM flights', 'LAG needs operands'],
  ['TYPE_MISMATCH', 'SELECT ¶sum(origin) OVER () FROM flights', 'sum takes a number'],
  [
    'INVALID_QUERY',
    'SELECT day, rank() OVER (ORDER BY ¶delay) FROM flights GROUP BY day',
    'the column delay must appear in GROUP BY',
  ],
];

describe('wrong windows are refused with code, message and position', () => {
  it.each(ERRORS)('%s: %s', (code, marked, message) => {
    const error = errorOf(() => plan(marked.replace('¶', '')));
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
    expect(error.position).toMatchObject({ offset: marked.indexOf('¶') });
  });
});
