import type { BenchQuery } from '../suite.ts';
import { SSB } from './ssb.ts';

/** A query that a star-tree answers. */
export interface StarTreeQuery extends BenchQuery {
  /**
   * For a quantile of a sketch: the same with two exact quantiles, one on either side, in the place of it.
   * Undefined where answers are equal.
   */
  readonly exact?: string;
}

/** Percent of the values by which a quantile of a sketch may be off. */
export const QUANTILE_BOUND = 2;

/** Trees for dashboards over SSB: by part, by the regions of both sides, and for distinct values and quantiles. */
export const STAR_TREE_CONFIG = {
  tableIndexConfig: {
    starTreeIndexConfigs: [
      {
        dimensionsSplitOrder: ['p_category', 's_region', 'p_brand', 'd_year'],
        functionColumnPairs: ['SUM__lo_revenue'],
        maxLeafRecords: 10,
      },
      {
        dimensionsSplitOrder: ['c_region', 's_region', 'c_nation', 's_nation', 'd_year'],
        functionColumnPairs: ['SUM__lo_revenue'],
        maxLeafRecords: 10,
      },
      {
        dimensionsSplitOrder: ['d_year', 'c_region', 's_region', 'p_mfgr', 'c_nation'],
        functionColumnPairs: [
          ...['SUM__lo_revenue', 'SUM__lo_supplycost', 'SUM__lo_quantity', 'SUM__lo_discount'],
          ...['MIN__lo_revenue', 'MAX__lo_revenue', 'AVG__lo_extendedprice'],
        ],
        maxLeafRecords: 10,
      },
      {
        dimensionsSplitOrder: ['d_year', 'c_region', 'p_mfgr'],
        functionColumnPairs: [
          ...['DISTINCTCOUNTHLL__lo_custkey', 'DISTINCTCOUNTHLL__lo_partkey'],
          ...['PERCENTILETDIGEST__lo_revenue', 'PERCENTILEKLL__lo_revenue'],
        ],
        maxLeafRecords: 1,
      },
    ],
  },
};

const FLIGHTS = ['q2.1', 'q2.2', 'q2.3', 'q3.1', 'q4.1'];

function grouped(name: string, keys: string, aggregates: string): StarTreeQuery {
  return { name, sql: groupedSql(keys, aggregates), ordered: 'total' };
}

function groupedSql(keys: string, aggregates: string): string {
  return `SELECT ${keys}, ${aggregates} FROM ssb GROUP BY ${keys} ORDER BY ${keys}`;
}

function quantiles(name: string, keys: string, aggregate: string, percent: number): StarTreeQuery {
  const bounds = [percent - QUANTILE_BOUND, percent + QUANTILE_BOUND];
  const exact = bounds.map((one) => `PERCENTILE(lo_revenue, ${one})`).join(', ');
  const sketched = `${aggregate}(lo_revenue, ${percent})`;
  return { ...grouped(name, keys, sketched), exact: groupedSql(keys, exact) };
}

const SUMS = 'SUM(lo_revenue), SUM(lo_supplycost), SUM(lo_quantity), SUM(lo_discount)';
const FACTS = 'AVG(lo_extendedprice), MIN(lo_revenue), MAX(lo_revenue), COUNT(*)';

/** The queries of SSB that trees answer, and the aggregates over all rows for which people build them. */
export const STAR_TREE_QUERIES: readonly StarTreeQuery[] = [
  ...SSB.queries.filter(({ name }) => FLIGHTS.includes(name)),
  grouped('sums by year', 'd_year', SUMS),
  grouped('all facts by year', 'd_year', `${SUMS}, ${FACTS}`),
  grouped('all facts by year, region', 'd_year, c_region', `${SUMS}, ${FACTS}`),
  grouped('facts by year, region, maker', 'd_year, c_region, p_mfgr', `${SUMS}, ${FACTS}`),
  grouped('customers by year, region', 'd_year, c_region', 'DISTINCTCOUNTHLL(lo_custkey)'),
  grouped('parts by year', 'd_year', 'DISTINCTCOUNTHLL(lo_partkey)'),
  grouped('parts by year, maker', 'd_year, p_mfgr', 'DISTINCTCOUNTHLL(lo_partkey)'),
  quantiles('t-digest by year, region', 'd_year, c_region', 'PERCENTILETDIGEST', 95),
  quantiles('t-digest by year, region, maker', 'd_year, c_region, p_mfgr', 'PERCENTILETDIGEST', 50),
  quantiles('KLL by year, region', 'd_year, c_region', 'PERCENTILEKLL', 95),
];
