import { describe, expect, it } from 'vitest';
import { QUERY_COLUMNS_MAX } from '../../src/base/limits.ts';
import { errorOf } from '../support/engine-error.ts';
import { plan } from './flights.ts';

/** Statement with ¶ before the place the error must name, its code, and what the message says. */
const SYNTAX: readonly (readonly [string, string])[] = [
  ['¶', 'expected SELECT'],
  [';¶', 'expected SELECT'],
  ['¶SELEC delay', 'expected SELECT'],
  ['SELECT ¶FROM flights', 'expected an expression, found FROM'],
  ['SELECT delay, ¶FROM flights', 'expected an expression, found FROM'],
  ['SELECT delay FROM ¶', 'expected a table name after FROM, found the end of the statement'],
  ['SELECT delay FROM ¶where', 'expected a table name'],
  ['SELECT delay FROM flights WHERE ¶', 'expected an expression'],
  ['SELECT delay FROM flights WHERE delay > ¶', 'expected an expression'],
  ['SELECT delay FROM flights WHERE delay ¶60', 'expected the end of the statement, found 60'],
  ['SELECT delay FROM flights GROUP ¶delay', 'expected BY after GROUP'],
  ['SELECT delay FROM flights ORDER ¶delay', 'expected BY after ORDER'],
  ['SELECT delay FROM flights ORDER BY delay NULLS ¶MIDDLE', 'expected LAST or FIRST'],
  ['SELECT delay FROM flights LIMIT ¶many', 'expected a whole number of rows after LIMIT'],
  ['SELECT delay FROM flights LIMIT ¶1.5', 'expected a whole number of rows'],
  ['SELECT delay FROM flights LIMIT ¶-1', 'expected a whole number of rows'],
  ['SELECT delay FROM flights LIMIT 1 OFFSET ¶', 'expected a whole number of rows after OFFSET'],
  ['SELECT (delay ¶FROM flights', 'expected ) to close the parenthesis, found FROM'],
  ['SELECT delay¶) FROM flights', 'expected the end of the statement, found )'],
  ['SELECT count(¶FROM flights', 'expected an expression'],
  ['SELECT count(delay ¶FROM flights', 'expected ) to close the arguments of count'],
  ['SELECT CASE ¶END FROM flights', 'expected an expression'],
  ['SELECT CASE WHEN delay > 1 ¶ELSE 2 END', 'expected THEN'],
  ['SELECT CASE WHEN delay > 1 THEN 2 ¶FROM flights', 'expected END'],
  ['SELECT CAST(delay ¶BIGINT) FROM flights', 'expected AS'],
  ['SELECT CAST(delay AS ¶) FROM flights', 'expected a type name'],
  ['SELECT EXTRACT(YEAR ¶departed) FROM flights', 'expected FROM after the unit'],
  ['SELECT delay IS ¶5 FROM flights', 'expected NULL, TRUE, FALSE or DISTINCT FROM after IS'],
  ['SELECT delay BETWEEN 1 ¶OR 2 FROM flights', 'expected AND between the two ends'],
  ['SELECT delay IN ¶5 FROM flights', 'expected ( after IN'],
  ['SELECT delay IN (¶) FROM flights', 'expected an expression'],
  ['SELECT delay ¶NOT 5 FROM flights', 'expected the end of the statement, found NOT'],
  ['SELECT delay AS ¶FROM FROM flights', 'expected an alias after AS'],
  ["SELECT ¶'open FROM flights", "string has no closing '"],
  ['SELECT ¶"open FROM flights', 'quoted name has no closing "'],
  ['SELECT ¶"" FROM flights', 'quoted name is empty'],
  ['SELECT 1 ¶/* open', 'comment /* has no closing */'],
  ['SELECT delay ¶# 5', 'unexpected character #'],
  ['SELECT ¶12ab', 'expected a blank or operator after a number, found 12a'],
  ['SELECT ¶1e+', 'number has an exponent without digits'],
  ['SELECT 1; ¶SELECT 2', 'expected the end of the statement, found SELECT'],
  ['SET ¶= 5; SELECT 1', 'expected an option name in SET'],
  ['SET timeoutMs ¶5; SELECT 1', 'expected = after the option name'],
  ['SET timeoutMs = ¶; SELECT 1', 'expected a number, a word or a string'],
  ['SET timeoutMs = 5 ¶SELECT 1', 'expected ; after SET'],
  ['SELECT 1 OPTION(timeoutMs=5¶', 'expected ) to close OPTION'],
  [
    "SELECT day + ¶INTERVAL '3 lightyears' FROM flights",
    'expected a number and a unit in INTERVAL',
  ],
  ['SELECT day + INTERVAL 3 ¶FROM flights', 'expected a unit such as DAY'],
  ["SELECT day + ¶INTERVAL '1.5' DAY FROM flights", 'expected a whole number in INTERVAL'],
  ["SELECT day + ¶INTERVAL '99999999999 years' FROM flights", 'at most 2^31'],
  ['EXPLAIN PLAN ¶SELECT 1', 'expected FOR after EXPLAIN PLAN'],
  [`SELECT ${'('.repeat(500)}¶1`, 'nested deeper than 500'],
];

const NOT_SUPPORTED: readonly (readonly [string, string])[] = [
  ['¶WITH x AS (SELECT 1) SELECT * FROM x', 'a common table expression (WITH)'],
  ['¶INSERT INTO flights VALUES (1)', 'the statement INSERT'],
  ['¶create table t (a int)', 'the statement CREATE'],
  ['SET timeoutMs=5; ¶DELETE FROM flights', 'the statement DELETE'],
  ['¶SHOW TABLES', 'the statement SHOW'],
  ['¶VALUES (1)', 'the statement VALUES'],
  ['EXPLAIN ¶IMPLEMENTATION PLAN FOR SELECT 1', 'EXPLAIN IMPLEMENTATION PLAN'],
  ['SELECT 1 FROM flights ¶JOIN airports ON 1 = 1', 'a join (JOIN)'],
  ['SELECT 1 FROM flights f ¶LEFT JOIN airports ON 1 = 1', 'a join (LEFT)'],
  ['SELECT 1 FROM flights ¶CROSS JOIN airports', 'a join (CROSS)'],
  ['SELECT 1 FROM flights¶, airports', 'a join (several tables in FROM)'],
  ['SELECT 1 FROM ¶(VALUES (1))', 'a subquery or function in FROM'],
  ['SELECT 1 FROM (SELECT 1)¶, flights', 'a join'],
  ['SELECT 1 FROM (SELECT 1 ¶UNION SELECT 2)', 'the set operation UNION'],
  [`SELECT 1 FROM ${'(SELECT 1 FROM '.repeat(16)}¶(SELECT 1)${')'.repeat(16)}`, 'more than 16'],
  ['SELECT (¶SELECT 1)', 'a subquery'],
  ['SELECT 1 FROM flights WHERE delay IN (¶SELECT 1)', 'a subquery'],
  ['SELECT 1 FROM flights WHERE ¶EXISTS (SELECT 1)', 'EXISTS'],
  ['SELECT 1 ¶UNION ALL SELECT 2', 'the set operation UNION'],
  ['SELECT 1 FROM flights ¶EXCEPT SELECT 2', 'the set operation EXCEPT'],
  ['SELECT delay FROM flights ¶FETCH FIRST 5 ROWS ONLY', 'FETCH FIRST'],
  ['SELECT DISTINCT ¶ON (delay) delay FROM flights', 'DISTINCT ON'],
  ["SELECT origin ¶SIMILAR TO 'x' FROM flights", 'SIMILAR'],
  ['SELECT ¶(1, 2)', 'a row value'],
  ['SELECT ¶? FROM flights', 'a parameter'],
  ['SELECT ¶TRY_CAST(1 AS INT)', 'TRY_CAST'],
  ['SELECT CAST(delay AS ¶CHAR(10)) FROM flights', 'CHAR with a length'],
  ['SELECT CAST(delay AS ¶TIMESTAMP WITH TIME ZONE) FROM flights', 'TIMESTAMP WITH TIME ZONE'],
  ['SELECT ¶percentileRawEst(delay, 95) FROM flights', 'the function percentileRawEst'],
  ['SELECT ¶unnest(ARRAY[1, 2]) FROM flights', 'the function unnest'],
  ['SELECT ¶filterMv(ARRAY[1, 2], delay) FROM flights', 'the function filterMv'],
  ['SELECT ¶rand()', 'rand without a seed'],
  ['SELECT 1 + ¶gapfill(delay) FROM flights', 'the function gapfill'],
  ['SELECT ¶funnelStepDurationStats(delay) FROM flights', 'the function funnelStepDurationStats'],
  ['SELECT ¶stddev(DISTINCT delay) FROM flights', 'stddev(DISTINCT …)'],
  ['SELECT ¶median(DISTINCT delay) FROM flights', 'median(DISTINCT …)'],
  ['SELECT ¶count(DISTINCT delay, price) FROM flights', 'count takes one argument'],
  ['SELECT ¶count(*)', 'without FROM'],
  ['SELECT departed ¶- departed FROM flights', 'timestamp_diff'],
  ['SELECT ¶INTERVAL 3 DAYS FROM flights', 'an INTERVAL is supported only'],
  ["SELECT INTERVAL '1' DAY ¶* 2 FROM flights", 'an INTERVAL is supported only'],
  ['SELECT 1 FROM ¶other.flights', 'the database other'],
];

const NAMES: readonly (readonly [string, string, string])[] = [
  ['UNKNOWN_TABLE', 'SELECT 1 FROM ¶flihgts', 'unknown table flihgts (did you mean flights?)'],
  ['UNKNOWN_TABLE', 'SELECT ¶x.delay FROM flights f', 'unknown table x'],
  ['UNKNOWN_TABLE', 'SELECT ¶x.* FROM flights f', 'unknown table x'],
  [
    'UNKNOWN_COLUMN',
    'SELECT ¶dely FROM flights',
    'unknown column dely in table flights (did you mean delay?)',
  ],
  ['UNKNOWN_COLUMN', 'SELECT delay\nFROM flights\nWHERE delay = 1 AND ¶x', 'unknown column x'],
  [
    'UNKNOWN_COLUMN',
    'SELECT delay FROM flights WHERE origin = ¶"SFO"',
    'text is written in single quotes',
  ],
  [
    'UNKNOWN_COLUMN',
    'SELECT sum(delay) AS total FROM flights ORDER BY ¶totl',
    'did you mean total?',
  ],
  ['UNKNOWN_COLUMN', 'SELECT delay AS x FROM flights WHERE ¶x > 1', 'unknown column x'],
  ['UNKNOWN_COLUMN', 'SELECT ¶delay', 'the query has no FROM'],
  [
    'UNKNOWN_FUNCTION',
    'SELECT ¶uper(origin) FROM flights',
    'unknown function uper (did you mean upper?)',
  ],
  ['UNKNOWN_FUNCTION', 'SELECT ¶cuont(*) FROM flights', 'did you mean count?'],
  ['UNKNOWN_OPTION', 'SET ¶timeoutMS2 = 5; SELECT 1', 'did you mean timeoutMs?'],
  ['UNKNOWN_OPTION', 'SELECT 1 OPTION(¶nonsense = 5)', 'unknown query option nonsense'],
  ['BAD_REQUEST', 'SET timeoutMs = ¶0; SELECT 1', 'timeoutMs takes a positive whole number'],
  ['BAD_REQUEST', "SET timeoutMs = ¶'soon'; SELECT 1", 'found soon'],
];

const TYPES: readonly (readonly [string, string, string])[] = [
  ['TYPE_MISMATCH', 'SELECT delay ¶+ origin FROM flights', '+ does not take (INT, STRING)'],
  ['TYPE_MISMATCH', 'SELECT ¶-origin FROM flights', '- does not take (STRING)'],
  [
    'TYPE_MISMATCH',
    'SELECT delay ¶= origin FROM flights',
    '= needs operands of one type, found INT and STRING',
  ],
  ['TYPE_MISMATCH', 'SELECT delay ¶IN (TRUE) FROM flights', 'IN needs operands of one type'],
  [
    'TYPE_MISMATCH',
    'SELECT ¶CASE WHEN cancelled THEN 1 ELSE departed END FROM flights',
    'CASE needs operands',
  ],
  ['TYPE_MISMATCH', 'SELECT ¶coalesce(delay, origin) FROM flights', 'COALESCE needs operands'],
  [
    'TYPE_MISMATCH',
    'SELECT 1 FROM flights WHERE ¶delay',
    'expected a BOOLEAN WHERE, found delay of type INT',
  ],
  [
    'TYPE_MISMATCH',
    'SELECT 1 FROM flights WHERE cancelled AND ¶delay',
    'expected a BOOLEAN operand of AND',
  ],
  ['TYPE_MISMATCH', 'SELECT NOT ¶delay FROM flights', 'operand of NOT'],
  ['TYPE_MISMATCH', 'SELECT ¶upper(origin, 1) FROM flights', 'upper takes 1 argument, found 2'],
  ['TYPE_MISMATCH', 'SELECT ¶upper(delay) FROM flights', 'upper does not take (INT)'],
  ['TYPE_MISMATCH', 'SELECT ¶sum(origin) FROM flights', 'sum takes a number, found STRING'],
  ['TYPE_MISMATCH', 'SELECT ¶avg(cancelled) FROM flights', 'FILTER'],
  ['TYPE_MISMATCH', 'SELECT ¶count() FROM flights', 'count takes one argument, found 0'],
  ['TYPE_MISMATCH', 'SELECT ¶stddev(origin) FROM flights', 'stddev takes a number, found STRING'],
  ['TYPE_MISMATCH', 'SELECT ¶corr(delay) FROM flights', 'corr takes 2 arguments, found 1'],
  ['TYPE_MISMATCH', 'SELECT ¶corr(delay, origin) FROM flights', 'corr takes a number'],
  ['TYPE_MISMATCH', 'SELECT ¶bool_and(delay) FROM flights', 'bool_and takes a BOOLEAN, found INT'],
  ['TYPE_MISMATCH', 'SELECT ¶median(origin) FROM flights', 'median takes a number, found STRING'],
  ['INVALID_QUERY', 'SELECT ¶mode(*) FROM flights', 'mode takes a column'],
  [
    'TYPE_MISMATCH',
    'SELECT ¶arg_max(delay, origin) FROM flights',
    'arg_max takes a value and a key',
  ],
  [
    'TYPE_MISMATCH',
    "SELECT ¶lastWithTime(origin, day, 'LONG') FROM flights",
    'takes a value, a time and',
  ],
  [
    'INVALID_QUERY',
    'SELECT 1 FROM flights GROUP BY ¶CUBE (origin, origin, origin, origin, origin, origin, origin, origin, day)',
    'more than 256 grouping sets',
  ],
  [
    'INVALID_QUERY',
    'SELECT ¶GROUPING(day) FROM flights GROUP BY ROLLUP (origin)',
    'GROUPING takes expressions of GROUP BY',
  ],
  ['INVALID_QUERY', 'SELECT 1 + ¶GROUPING(day) FROM flights', 'GROUPING needs GROUP BY'],
  [
    'INVALID_QUERY',
    'SELECT 1 FROM flights WHERE ¶GROUPING(day) = 1',
    'GROUPING is not allowed in WHERE',
  ],
  [
    'TYPE_MISMATCH',
    'SELECT ¶GROUPING() FROM flights GROUP BY day',
    'GROUPING takes 1 to 62 arguments',
  ],
  ['INVALID_QUERY', 'SELECT ¶median(*) FROM flights', 'median takes a column'],
  ['INVALID_QUERY', 'SELECT quantile_cont(delay, ¶1.5) FROM flights', 'a constant from 0 to 1'],
  ['INVALID_QUERY', 'SELECT ndv(day, ¶17) FROM flights', 'ndv takes a whole constant from 4 to 16'],
  ['INVALID_QUERY', 'SELECT ndv(day, ¶8.5) FROM flights', 'a whole constant from 4 to 16'],
  ['INVALID_QUERY', 'SELECT percentile(delay, ¶delay) FROM flights', 'a constant from 0 to 100'],
  ['TYPE_MISMATCH', 'SELECT ¶CAST(day AS INT) FROM flights', 'cannot cast DATE to INT'],
  ['TYPE_MISMATCH', 'SELECT CAST(day AS ¶INTEGR) FROM flights', 'did you mean INTEGER?'],
  [
    'TYPE_MISMATCH',
    "SELECT '2024-01-01' ¶+ INTERVAL 1 DAY",
    'expected a DATE or TIMESTAMP beside INTERVAL',
  ],
  [
    'BAD_CAST',
    "SELECT 1 FROM flights WHERE delay > ¶'soon'",
    "expected a value of type INT, found 'soon'",
  ],
  [
    'BAD_CAST',
    "SELECT 1 FROM flights WHERE day = ¶'2024-02-30'",
    "expected a value of type DATE, found '2024-02-30'",
  ],
  ['BAD_CAST', "SELECT 1 FROM flights WHERE delay IN (1, ¶'x')", 'type INT'],
  ['BAD_CAST', "SELECT ¶DATE 'today'", 'type DATE'],
  ['NUMERIC_OVERFLOW', 'SELECT ¶9223372036854775808', 'does not fit BIGINT'],
];

const QUERIES: readonly (readonly [string, string])[] = [
  ['SELECT delay FROM flights WHERE ¶sum(delay) > 1', 'the aggregate sum is not allowed in WHERE'],
  ['SELECT 1 FROM flights GROUP BY ¶sum(delay)', 'the aggregate sum is not allowed in GROUP BY'],
  ['SELECT sum(delay) AS s FROM flights GROUP BY ¶s', 'not allowed in GROUP BY'],
  ['SELECT sum(delay) FROM flights GROUP BY ¶1', 'not allowed in GROUP BY'],
  ['SELECT sum(¶count(*)) FROM flights', 'not allowed in the aggregate sum'],
  ['SELECT sum(delay) FILTER (WHERE ¶count(*) > 1) FROM flights', 'not allowed in FILTER'],
  [
    'SELECT origin, ¶delay FROM flights GROUP BY origin',
    'the column delay must appear in GROUP BY',
  ],
  ['SELECT ¶delay, count(*) FROM flights', 'the column delay must appear in GROUP BY'],
  ['SELECT ¶* FROM flights GROUP BY origin', 'the column destination must appear'],
  ['SELECT origin FROM flights GROUP BY origin HAVING ¶delay > 1', 'the column delay must appear'],
  ['SELECT origin FROM flights GROUP BY origin ORDER BY ¶delay', 'the column delay must appear'],
  ['SELECT delay FROM flights GROUP BY ¶2', 'GROUP BY 2 is not one of the 1 columns'],
  ['SELECT delay FROM flights ORDER BY ¶0', 'ORDER BY 0 is not one of the 1 columns'],
  ['SELECT delay FROM flights ORDER BY ¶-1', 'ORDER BY -1 is not one of'],
  ['SELECT delay FROM flights HAVING delay ¶> 1', 'HAVING needs GROUP BY or an aggregate'],
  ['SELECT DISTINCT origin FROM flights ORDER BY ¶delay', 'with SELECT DISTINCT'],
  ['SELECT ¶upper(DISTINCT origin) FROM flights', 'DISTINCT is for aggregates'],
  ['SELECT ¶upper(origin) FILTER (WHERE cancelled) FROM flights', 'FILTER is for aggregates'],
  ['SELECT ¶sum(*) FROM flights', '* is for COUNT(*)'],
  ['SELECT ¶*', '* needs a table in FROM'],
  ["SELECT origin LIKE 'x' ESCAPE ¶'ab' FROM flights", 'ESCAPE takes exactly one character'],
  ["SELECT date_trunc(¶'moth', departed) FROM flights", 'no unit moth (did you mean month?)'],
  ['SELECT extract(¶yaer FROM departed) FROM flights', 'did you mean year?'],
];

function expectError(code: string, marked: string, message: string): void {
  const offset = marked.indexOf('¶');
  const text = marked.replace('¶', '');
  const error = errorOf(() => plan(text));
  expect(error.message).toContain(message);
  expect(error.code).toBe(code);
  const before = text.slice(0, offset).split('\n');
  expect(error.position).toEqual({
    offset,
    line: before.length,
    column: before.at(-1)!.length + 1,
  });
}

describe('wrong statements are refused with code, message and position', () => {
  it.each(SYNTAX)('SQL_SYNTAX: %s', (text, message) => expectError('SQL_SYNTAX', text, message));
  it.each(NOT_SUPPORTED)('NOT_SUPPORTED: %s', (text, feature) => {
    expectError('NOT_SUPPORTED', text, feature);
  });
  it.each(NAMES)('%s: %s', expectError);
  it.each(TYPES)('%s: %s', expectError);
  it.each(QUERIES)('INVALID_QUERY: %s', (text, message) => {
    expectError('INVALID_QUERY', text, message);
  });

  it('refuses unknown options and bad values of the request, which have no position', () => {
    const unknown = errorOf(() => plan('SELECT 1', { timoutMs: '5' }));
    expect([unknown.code, unknown.position]).toEqual(['UNKNOWN_OPTION', undefined]);
    expect(unknown.message).toContain('did you mean timeoutMs?');
    expect(errorOf(() => plan('SELECT 1', { timeoutMs: '-5' })).code).toBe('BAD_REQUEST');
  });

  it('refuses expressions that are deep or grow without bound, instead of overflowing', () => {
    const sum = `SELECT ${'1 + '.repeat(600)}1`;
    expect(errorOf(() => plan(sum)).message).toContain('nested deeper than 500');
    let nested = 'cancelled';
    for (let depth = 0; depth < 60; depth++) nested = `(${nested} BETWEEN FALSE AND TRUE)`;
    const error = errorOf(() => plan(`SELECT ${nested} FROM flights`));
    expect(error.code).toBe('INVALID_QUERY');
    expect(error.message).toContain('expands to more than');
  });

  it('refuses more columns than a query may have', () => {
    const items = Array.from({ length: QUERY_COLUMNS_MAX + 1 }, (_, index) => index).join(', ');
    const error = errorOf(() => plan(`SELECT ${items}`));
    expect([error.code, error.message]).toEqual([
      'INVALID_QUERY',
      `binder: the select list has more than ${QUERY_COLUMNS_MAX} entries`,
    ]);
    const allowed = items.slice(0, items.lastIndexOf(','));
    expect(plan(`SELECT ${allowed}`).plan.reduce.columns).toHaveLength(QUERY_COLUMNS_MAX);
  });
});
