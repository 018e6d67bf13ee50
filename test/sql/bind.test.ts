import { describe, expect, it } from 'vitest';
import type { Expression } from '../../src/sql/expression.ts';
import { expressionText } from '../../src/sql/expression-text.ts';
import { errorOf } from '../support/engine-error.ts';
import { plan } from './flights.ts';

/** The one output of a query over flights, as the servers compute it. */
function bound(text: string): Expression {
  const { leaf } = plan(`SELECT ${text} FROM flights`).plan;
  if (leaf?.kind !== 'select') throw new Error('expected a plan without groups');
  return leaf.outputs[0]!;
}

const filterText = (text: string) => {
  const { leaf } = plan(`SELECT 1 FROM flights WHERE ${text}`).plan;
  return leaf?.filter === null || leaf === null ? null : expressionText(leaf.filter);
};

describe('functions of the moment', () => {
  it.each([
    ['now()', 'TIMESTAMP', "timestamp '2024-02-29 12:34:56.789'"],
    ['CURRENT_TIMESTAMP', 'TIMESTAMP', "timestamp '2024-02-29 12:34:56.789'"],
    ['Current_Date', 'DATE', "date '2024-02-29'"],
    ['today() - day', 'BIGINT', "date '2024-02-29' - day"],
    ["ago('PT0S')", 'BIGINT', '1709210096789'],
    ["ago('P1DT2H3M4.5678S')", 'BIGINT', String(1709210096789 - 93784567)],
    ["ago('pt-1h')", 'BIGINT', String(1709210096789 + 3600000)],
    ["ago('-PT1H30M')", 'BIGINT', String(1709210096789 + 5400000)],
    ["ago('PT-0.25S')", 'BIGINT', String(1709210096789 + 250)],
    ['ago(NULL)', 'BIGINT', 'null'],
  ])('%s', (text, type, expected) => {
    const expression = bound(text);
    expect([expression.type, expressionText(expression)]).toEqual([type, expected]);
  });

  it.each([
    ["ago('')", 'BAD_CAST'],
    ["ago('P')", 'BAD_CAST'],
    ["ago('PT')", 'BAD_CAST'],
    ["ago('P1DT')", 'BAD_CAST'],
    ["ago('P1M')", 'BAD_CAST'],
    ["ago('1 day')", 'BAD_CAST'],
    ["ago('P999999999999999D')", 'NUMERIC_OVERFLOW'],
    ['ago(origin)', 'TYPE_MISMATCH'],
    ['ago(1)', 'TYPE_MISMATCH'],
    ['ago()', 'TYPE_MISMATCH'],
    ['now(1)', 'TYPE_MISMATCH'],
    ['"current_date"', 'UNKNOWN_COLUMN'],
  ])('%s is %s', (text, code) => {
    expect(errorOf(() => bound(text)).code).toBe(code);
  });
});

describe('types of expressions', () => {
  it.each([
    ['1', 'INT', '1'],
    ['2147483648', 'BIGINT', '2147483648'],
    ['-2147483648', 'INT', '-2147483648'],
    ['1.5', 'DOUBLE', '1.5'],
    ['NULL', 'STRING', 'null'],
    ['TRUE', 'BOOLEAN', 'true'],
    ["'x'", 'STRING', "'x'"],
    ["DATE '2024-02-29'", 'DATE', "date '2024-02-29'"],
    ["TIMESTAMP '2024-02-29'", 'TIMESTAMP', "timestamp '2024-02-29 00:00:00.0'"],
    ['delay + 1', 'BIGINT', 'cast(delay as BIGINT) + 1'],
    ['delay * distance', 'BIGINT', 'cast(delay as BIGINT) * distance'],
    ['delay DIV 2', 'BIGINT', 'cast(delay as BIGINT) div 2'],
    ['distance % 7', 'BIGINT', 'distance % 7'],
    ['delay / 2', 'DOUBLE', 'cast(delay as DOUBLE) / 2.0'],
    ['delay + price', 'DOUBLE', 'cast(delay as DOUBLE) + price'],
    ['ratio + 1', 'DOUBLE', 'cast(ratio as DOUBLE) + 1.0'],
    ['-delay', 'BIGINT', '-cast(delay as BIGINT)'],
    ['-price', 'DOUBLE', '-price'],
    ['delay + NULL', 'BIGINT', 'cast(delay as BIGINT) + null'],
    ['day + 1', 'DATE', 'day + 1'],
    ['day - day', 'BIGINT', 'day - day'],
    ["day + INTERVAL '1 month 2 days'", 'DATE', 'date_add(day, 1, 2)'],
    ['day - INTERVAL 1 DAY', 'DATE', 'date_add(day, 0, -1)'],
    [
      'day + INTERVAL 3 HOURS',
      'TIMESTAMP',
      'timestamp_add(cast(day as TIMESTAMP), 0, 10800000000)',
    ],
    ["INTERVAL '1' YEAR + departed", 'TIMESTAMP', 'timestamp_add(departed, 12, 0)'],
    ['departed - INTERVAL 1 DAY', 'TIMESTAMP', 'timestamp_add(departed, 0, -86400000000)'],
    ['origin || delay', 'STRING', 'concat(origin, cast(delay as STRING))'],
    [
      'CASE WHEN cancelled THEN 1 ELSE 2.5 END',
      'DOUBLE',
      'case when cancelled then 1.0 else 2.5 end',
    ],
    ['CASE WHEN cancelled THEN delay END', 'INT', 'case when cancelled then delay else null end'],
    [
      "CASE origin WHEN 'a' THEN 1 WHEN 'b' THEN distance END",
      'BIGINT',
      "case when origin = 'a' then 1 when origin = 'b' then distance else null end",
    ],
    ['coalesce(delay, distance)', 'BIGINT', 'coalesce(cast(delay as BIGINT), distance)'],
    ["coalesce(day, '2024-01-01')", 'DATE', "coalesce(day, date '2024-01-01')"],
    ['nullif(delay, 0)', 'INT', 'nullif(delay, 0)'],
    ['greatest(delay, 2.5)', 'DOUBLE', 'greatest(cast(delay as DOUBLE), 2.5)'],
    ["CAST('7' AS INT)", 'INT', '7'],
    ["CAST('7.5' AS INT)", 'INT', "cast('7.5' as INT)"],
    ['CAST(NULL AS DATE)', 'DATE', 'null'],
    ['delay::DOUBLE', 'DOUBLE', 'cast(delay as DOUBLE)'],
    ['delay::varchar(3)', 'STRING', 'cast(delay as STRING)'],
    ['EXTRACT(YEAR FROM day)', 'BIGINT', "extract('YEAR', cast(day as TIMESTAMP))"],
    ["date_trunc('month', departed)", 'TIMESTAMP', "date_trunc('month', departed)"],
    ['dateTrunc(MONTH, departed)', 'TIMESTAMP', "date_trunc('MONTH', departed)"],
    ["year('2024-05-06')", 'BIGINT', "year(timestamp '2024-05-06 00:00:00.0')"],
    ["origin LIKE 'x!%' ESCAPE '!'", 'BOOLEAN', "origin like 'x!%' escape '!'"],
    ["origin NOT ILIKE 'x'", 'BOOLEAN', "not origin ilike 'x'"],
    ['cancelled IS NOT TRUE', 'BOOLEAN', 'cancelled is not true'],
    ['delay IS DISTINCT FROM NULL', 'BOOLEAN', 'delay is distinct from null'],
    ['DELAY', 'INT', 'delay'],
    ['"flightid"', 'BIGINT', 'FlightId'],
    ['flights.delay', 'INT', 'delay'],
  ])('%s has type %s', (text, type, expected) => {
    const expression = bound(text);
    expect(expression.type).toBe(type);
    expect(expressionText(expression)).toBe(expected);
  });

  it('keeps the position of calls that can fail at run time', () => {
    expect(bound('delay + distance')).toMatchObject({ function: 'add', position: { column: 14 } });
  });
});

describe('comparisons leave columns as they are stored', () => {
  it.each([
    ['delay > 60', 'delay > 60'],
    ['60 < delay', 'delay > 60'],
    ["delay > '60'", 'delay > 60'],
    ['delay > 60.5', 'delay > 60'],
    ['delay >= 60.5', 'delay > 60'],
    ['delay < 60.5', 'delay <= 60'],
    ['delay <= -60.5', 'delay <= -61'],
    ['delay = 60.0', 'delay = 60'],
    ['delay = 60.5', 'cast(delay as DOUBLE) = 60.5'],
    ['delay > 10 + 50', 'delay > 60'],
    ['delay > 3000000000', 'cast(delay as BIGINT) > 3000000000'],
    ['distance > 1e300', `cast(distance as DOUBLE) > 1e+300`],
    ['distance IN (1, 2)', 'distance in (1, 2)'],
    ['ratio = 0.1', 'ratio = 0.10000000149011612'],
    ['ratio > 1e300', 'cast(ratio as DOUBLE) > 1e+300'],
    ['price > 5', 'price > 5.0'],
    ["day >= '2024-01-01'", "day >= date '2024-01-01'"],
    ["day > TIMESTAMP '2024-01-01 12:00:00'", "day > date '2024-01-01'"],
    ["departed > ago('PT0S')", "departed > timestamp '2024-02-29 12:34:56.789'"],
    [
      'departed BETWEEN 0 AND 1',
      "departed >= timestamp '1970-01-01 00:00:00.0' and departed <= timestamp '1970-01-01 00:00:00.001'",
    ],
    ['departed IN (-1, NULL)', "departed in (timestamp '1969-12-31 23:59:59.999', null)"],
    ['departed <> distance', 'departed <> from_epoch_millis(distance)'],
    ['delay < departed', 'from_epoch_millis(cast(delay as BIGINT)) < departed'],
    ['departed < 9223372036854775807', 'departed < from_epoch_millis(9223372036854775807)'],
    ["departed < '2024-01-01 12:30:00'", "departed < timestamp '2024-01-01 12:30:00.0'"],
    ["departed >= DATE '2024-01-01'", "departed >= timestamp '2024-01-01 00:00:00.0'"],
    ["day = '2024-01-01 00:00:00'", "day = date '2024-01-01'"],
    ["cancelled = 'true'", 'cancelled = true'],
    ['delay BETWEEN 1 AND 5', 'delay >= 1 and delay <= 5'],
    ['delay NOT BETWEEN 1 AND 5', 'delay < 1 or delay > 5'],
    ['delay IN (distance, 1)', 'cast(delay as BIGINT) = distance or delay = 1'],
    ['delay IN (1, NULL)', 'delay in (1, null)'],
    ['TRUE', null],
    ['1 = 2', 'false'],
    ['NULL', 'false'],
  ])('%s', (text, expected) => {
    expect(filterText(text)).toBe(expected);
  });
});

describe('names of output columns', () => {
  it.each([
    ['DELAY', 'delay'],
    ['delay AS d', 'd'],
    ['COUNT(*)', 'count(*)'],
    ['SUM( Delay )', 'sum(delay)'],
    ['AVG(delay)', 'avg(delay)'],
    ['COUNT(DISTINCT Destination)', 'count(distinct destination)'],
    ['SUM(delay)+1', 'sum(delay) + 1'],
    ["MAX(origin || 'x')", "max(origin || 'x')"],
    ['MIN(delay) FILTER(WHERE flightid>1)', 'min(delay) filter (where FlightId > 1)'],
  ])('%s is called %s', (text, name) => {
    const group = text === 'DELAY' || text.startsWith('delay') ? 'GROUP BY delay' : '';
    expect(plan(`SELECT ${text} FROM flights ${group}`).plan.reduce.columns[0]!.name).toBe(name);
  });

  it('expands the star to all columns in their order', () => {
    const { columns } = plan('SELECT *, f.* FROM flights f').plan.reduce;
    expect(columns).toHaveLength(20);
    expect(columns[9]).toEqual({ name: 'FlightId', type: 'BIGINT' });
  });
});

describe('result types of aggregates', () => {
  it.each([
    ['count(*)', 'BIGINT'],
    ['count(origin)', 'BIGINT'],
    ['distinctCount(origin)', 'BIGINT'],
    ['sum(delay)', 'BIGINT'],
    ['sum(distance)', 'BIGINT'],
    ['sum(ratio)', 'DOUBLE'],
    ['sum(price)', 'DOUBLE'],
    ['avg(delay)', 'DOUBLE'],
    ['min(ratio)', 'FLOAT'],
    ['max(origin)', 'STRING'],
    ['max(DISTINCT day)', 'DATE'],
    ['sum(NULL)', 'BIGINT'],
    ['sum(DISTINCT price)', 'DOUBLE'],
    ['distinctSum(delay)', 'BIGINT'],
    ['distinct_avg(delay)', 'DOUBLE'],
    ['bool_and(cancelled)', 'BOOLEAN'],
    ['boolOr(cancelled)', 'BOOLEAN'],
    ['every(cancelled)', 'BOOLEAN'],
    ['any_value(origin)', 'STRING'],
    ['count_if(cancelled)', 'BIGINT'],
    ['minMaxRange(delay)', 'DOUBLE'],
    ['sum0(delay)', 'BIGINT'],
    ['stddev(delay)', 'DOUBLE'],
    ['varPop(delay)', 'DOUBLE'],
    ['regr_count(delay, price)', 'BIGINT'],
    ['covarSamp(delay, price)', 'DOUBLE'],
    ['approx_count_distinct(origin)', 'BIGINT'],
    ['distinctCountHLL(origin, 8)', 'BIGINT'],
    ['distinctCountBitmap(origin)', 'BIGINT'],
    ['segmentPartitionedDistinctCount(delay)', 'BIGINT'],
    ['sumLong(delay)', 'BIGINT'],
    ['minLong(delay)', 'INT'],
    ['maxString(origin)', 'STRING'],
    ["listAgg(origin, ';' ORDER BY delay DESC)", 'STRING'],
    ['percentileKLL95(delay)', 'DOUBLE'],
    ['distinctCountRawThetaSketch(origin)', 'STRING'],
    ['mode(origin)', 'STRING'],
    ['argMax(origin, day)', 'STRING'],
    ['min_by(day, delay)', 'DATE'],
    ["firstWithTime(delay, day, 'LONG')", 'BIGINT'],
    ["lastWithTime(origin, departed, 'STRING')", 'STRING'],
    ['median(delay)', 'DOUBLE'],
    ['quantile_disc(day, 0.5)', 'DATE'],
    ['percentile_cont(delay, 0.5)', 'DOUBLE'],
    ['percentile95(delay)', 'DOUBLE'],
  ])('%s is %s', (text, type) => {
    expect(plan(`SELECT ${text} FROM flights`).plan.reduce.columns[0]!.type).toBe(type);
  });
});

describe('which name wins', () => {
  const keysOf = (text: string) => {
    const { leaf } = plan(text).plan;
    return leaf?.kind === 'aggregate' ? leaf.keys.map(expressionText) : [];
  };

  it('takes a column before an alias in GROUP BY', () => {
    expect(keysOf('SELECT upper(origin) AS x FROM flights GROUP BY x')).toEqual(['upper(origin)']);
    expect(keysOf('SELECT max(origin) AS origin FROM flights GROUP BY origin')).toEqual(['origin']);
  });

  it('takes an alias before a column in ORDER BY', () => {
    const { reduce } = plan('SELECT origin, -delay AS delay FROM flights ORDER BY delay').plan;
    expect(reduce.order[0]!.column).toBe(1);
    expect(reduce.outputs).toHaveLength(2);
  });

  it('takes a grouped column, then an alias in HAVING', () => {
    const having = (text: string) => expressionText(plan(text).plan.reduce.having!);
    expect(
      having('SELECT origin, sum(delay) AS delay FROM flights GROUP BY origin HAVING delay > 5'),
    ).toBe('$aggregate0 > 5');
    expect(having('SELECT sum(price) AS delay FROM flights GROUP BY delay HAVING delay > 5')).toBe(
      '$key0 > 5',
    );
  });

  it('prefers the exact spelling of tables and takes the only other one', () => {
    expect(plan('SELECT delay FROM Flights').table).toBe('flights');
    expect(plan('SELECT delay FROM default.FLIGHTS').table).toBe('flights');
    expect(plan('SELECT 1').table).toBeNull();
  });

  it('groups by ordinals and repeated keys once', () => {
    expect(keysOf('SELECT origin, day FROM flights GROUP BY 2, 1, origin')).toEqual([
      'day',
      'origin',
    ]);
  });
});

describe('query options', () => {
  it('lets SET win over OPTION, and both over the request', () => {
    const text = 'SET timeoutms = 1; SELECT 1 OPTION(timeoutMs = 2, numGroupsLimit = 3)';
    const { options } = plan(text, {
      TIMEOUTMS: '4',
      numgroupslimit: '5',
      useMultistageEngine: 'true',
    });
    expect(Object.fromEntries(options)).toEqual({
      timeoutMs: '1',
      numGroupsLimit: '3',
      useMultistageEngine: 'true',
    });
  });
});
