import type { ArqueroQuery, BenchQuery, Suite } from '../suite.ts';
import { arqueroRows } from './arquero-rows.ts';
import { H2O_TABLE } from './h2o-table.ts';

/** A grouping, as Arquero says it. */
function grouping(by: readonly string[], values: Readonly<Record<string, string>>): ArqueroQuery {
  const read = Object.values(values).flatMap((text) => [...text.matchAll(/d\.(v\d)/g)]);
  return {
    columns: [...by, ...read.map((match) => match[1]!)],
    run: (table) => arqueroRows(table.groupby(...by).rollup(values)),
  };
}

function question(
  name: string,
  by: readonly string[],
  select: string,
  more: Partial<BenchQuery> = {},
): BenchQuery {
  const columns = by.join(', ');
  const sql = `SELECT ${columns}, ${select} FROM h2o GROUP BY ${columns}`;
  return { name, sql, ordered: 'none', ...more };
}

const TOP_2 = `SELECT id6, v3 FROM (
  SELECT id6, v3, ROW_NUMBER() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS place FROM h2o
) AS ranked WHERE place <= 2`;

/**
 * The ten group-by questions of the db-benchmark. Arquero takes part in those without a median, a
 * rank or ten million groups.
 */
export const H2O: Suite = {
  name: 'h2o',
  table: 'h2o',
  source: H2O_TABLE,
  openingSql: 'SELECT SUM(id5) FROM h2o',
  queries: [
    question('q01', ['id1'], 'SUM(v1) AS v1', {
      arquero: grouping(['id1'], { v1: 'd => op.sum(d.v1)' }),
    }),
    question('q02', ['id1', 'id2'], 'SUM(v1) AS v1', {
      arquero: grouping(['id1', 'id2'], { v1: 'd => op.sum(d.v1)' }),
    }),
    question('q03', ['id3'], 'SUM(v1) AS v1, AVG(v3) AS v3', {
      arquero: grouping(['id3'], { v1: 'd => op.sum(d.v1)', v3: 'd => op.mean(d.v3)' }),
    }),
    question('q04', ['id4'], 'AVG(v1) AS v1, AVG(v2) AS v2, AVG(v3) AS v3', {
      arquero: grouping(['id4'], {
        v1: 'd => op.mean(d.v1)',
        v2: 'd => op.mean(d.v2)',
        v3: 'd => op.mean(d.v3)',
      }),
    }),
    question('q05', ['id6'], 'SUM(v1) AS v1, SUM(v2) AS v2, SUM(v3) AS v3', {
      arquero: grouping(['id6'], {
        v1: 'd => op.sum(d.v1)',
        v2: 'd => op.sum(d.v2)',
        v3: 'd => op.sum(d.v3)',
      }),
    }),
    question('q06', ['id4', 'id5'], 'MEDIAN(v3) AS median_v3, STDDEV_SAMP(v3) AS sd_v3', {
      clickhouseSql: `SELECT id4, id5, quantileExactInclusive(0.5)(v3) AS median_v3,
  stddevSampStable(v3) AS sd_v3 FROM h2o GROUP BY id4, id5`,
      adaptation:
        'ClickHouse: the exact median that lies between the middle values, as everywhere else, and ' +
        'the standard deviation that does not cancel',
    }),
    question('q07', ['id3'], 'MAX(v1) - MIN(v2) AS range_v1_v2', {
      arquero: grouping(['id3'], { range_v1_v2: 'd => op.max(d.v1) - op.min(d.v2)' }),
    }),
    {
      name: 'q08',
      sql: TOP_2,
      clickhouseSql: 'SELECT id6, v3 FROM h2o ORDER BY v3 DESC LIMIT 2 BY id6',
      ordered: 'none',
      adaptation: 'ClickHouse: its LIMIT BY',
    },
    question('q09', ['id2', 'id4'], '1 + POWER(CORR(v1, v2), 2) AS r2', {
      clickhouseSql: `SELECT id2, id4, 1 + POWER(corrStable(v1, v2), 2) AS r2
FROM h2o GROUP BY id2, id4`,
      adaptation:
        '1 +: the columns are independent, and of a square near zero only its rounding is left; ' +
        'ClickHouse: the correlation that does not cancel',
    }),
    {
      name: 'q10',
      sql: `SELECT id1, id2, id3, id4, id5, id6, SUM(v3) AS sum_v3, COUNT(*) AS rows FROM h2o
GROUP BY id1, id2, id3, id4, id5, id6 HAVING SUM(v3) > 99.99`,
      ordered: 'none',
      adaptation:
        'HAVING: every group is made, but ten million rows of an answer as JavaScript values would ' +
        'measure those',
    },
  ],
};
