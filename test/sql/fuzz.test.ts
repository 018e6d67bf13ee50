import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import { listFunctions } from '../../src/sql/function-list.ts';
import { plan } from './flights.ts';

const WORDS = [
  ...'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET DISTINCT ALL AS AND OR NOT'.split(' '),
  ...'IN IS NULL TRUE FALSE BETWEEN LIKE ESCAPE CASE WHEN THEN ELSE END CAST EXTRACT'.split(' '),
  ...'DATE TIMESTAMP INTERVAL DAY YEAR FILTER OVER SET OPTION EXPLAIN PLAN FOR NULLS'.split(' '),
  ...'FIRST LAST ASC DESC DIV UNION JOIN LEFT WITH flights origin delay price day'.split(' '),
  ...'cancelled departed ratio count sum avg min max upper coalesce date_trunc BIGINT'.split(' '),
  ...'ROLLUP CUBE GROUPING SETS AT TIME ZONE SHOW FUNCTIONS REGEXP RLIKE median corr ndv'.split(
    ' ',
  ),
  ...'PARTITION ROWS RANGE GROUPS PRECEDING FOLLOWING UNBOUNDED CURRENT ROW WINDOW QUALIFY'.split(
    ' ',
  ),
  ...['OVER (', 'OVER w', 'rank()', 'lag(delay)', 'IGNORE NULLS', 'WINDOW w AS (', 'ORDER BY day'],
  ...['GROUPING SETS (', "AT TIME ZONE 'UTC'", 'GROUPING(origin)', 'quantile_cont(delay, 0.5)'],
  ...['(', ')', ',', ';', '.', '*', '+', '-', '/', '%', '=', '<>', '<', '>=', '||', '::', '[', '?'],
  ...['1', '2.5', '1e9', '9223372036854775808', "'x'", "'2024-01-01'", '"delay"', '`day`', "'"],
  ...['--', '/*', '*/', '#', 'é', '\n', '"', 'count(*)', '(SELECT', "INTERVAL '1' DAY", ' = 1 '],
];

const STATEMENTS = [
  'SELECT origin, count(*) AS n FROM flights WHERE delay > 60 GROUP BY origin HAVING n > 1 ORDER BY 2 LIMIT 5',
  "SELECT CASE WHEN delay BETWEEN 1 AND 5 THEN 'a' ELSE upper(origin) END FROM flights WHERE day > '2024-01-01'",
  'SET timeoutMs = 5; SELECT sum(delay) FILTER (WHERE cancelled IS NOT TRUE) FROM flights OPTION(useStarTree=true)',
  "SELECT extract(year FROM departed - INTERVAL '1' DAY), date_trunc('month', departed) FROM flights ORDER BY 1 DESC",
  'SELECT origin, GROUPING(origin, day), median(delay) FROM flights GROUP BY ROLLUP (origin, day), CUBE (cancelled) ORDER BY 2',
  'SELECT rank() OVER (PARTITION BY origin ORDER BY delay DESC ROWS 2 PRECEDING), sum(delay) OVER w FROM flights WINDOW w AS (ORDER BY day) QUALIFY rank() OVER w = 1',
  "SELECT arg_max(origin, delay), ndv(day, 8), departed AT TIME ZONE 'UTC' FROM flights GROUP BY GROUPING SETS ((departed), ())",
];

/** Plans a text; anything but a plan or an EngineError with a place in the text is a defect. */
function expectPlanOrError(text: string): 'plan' | 'error' {
  try {
    plan(text);
    return 'plan';
  } catch (error) {
    if (!(error instanceof EngineError))
      throw new Error(`on ${JSON.stringify(text)}`, { cause: error });
    expect(error.position?.offset, text).toBeLessThanOrEqual(text.length);
    return 'error';
  }
}

describe('the parser survives anything', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
  process.stdout.write(`sql fuzz: SEED=${seed}\n`);
  const prng = new Prng(seed);

  it('answers token soup with a plan or an EngineError', () => {
    for (let round = 0; round < 20_000; round++) {
      const words = Array.from({ length: prng.integer(1, 25) }, () => prng.pick(WORDS));
      expectPlanOrError(
        `${prng.pick(['', 'SELECT ', 'SELECT 1 FROM flights WHERE '])}${words.join(' ')}`,
      );
    }
  });

  it('answers damaged statements with a plan or an EngineError, and some of them with a plan', () => {
    let planned = 0;
    for (let round = 0; round < 10_000; round++) {
      const words = prng.pick(STATEMENTS).split(' ');
      for (let edit = prng.integer(0, 3); edit > 0; edit--) {
        const index = prng.integer(0, words.length);
        words.splice(index, prng.integer(0, 2), ...(prng.float() < 0.5 ? [prng.pick(WORDS)] : []));
      }
      if (expectPlanOrError(words.join(' ')) === 'plan') planned++;
    }
    expect(planned).toBeGreaterThan(100);
  });

  it('answers calls of any function with any arguments with a plan or an EngineError', () => {
    const functions = listFunctions();
    const args = [
      '1',
      '2.5',
      "'x'",
      'NULL',
      'delay',
      'price',
      'origin',
      'day',
      'departed',
      'cancelled',
    ];
    let planned = 0;
    for (let round = 0; round < 20_000; round++) {
      const { name } = prng.pick(functions);
      const list = Array.from({ length: prng.integer(0, 5) }, () => prng.pick(args));
      const text = `SELECT ${name}(${list.join(', ')}) FROM flights`;
      if (expectPlanOrError(text) === 'plan') planned++;
    }
    expect(planned).toBeGreaterThan(1_000);
  });

  it('answers random characters with an EngineError', () => {
    for (let round = 0; round < 5_000; round++) {
      const codes = Array.from({ length: prng.integer(0, 40) }, () => prng.integer(1, 0x180));
      expectPlanOrError(`SELECT ${String.fromCharCode(...codes)}`);
    }
  });
});
