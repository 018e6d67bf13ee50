import type { BenchQuery, Suite } from '../suite.ts';
import { SSB_ARQUERO } from './ssb-arquero.ts';
import { SSB_TABLE } from './ssb-table.ts';

const REVENUE = 'SUM(lo_revenue) AS revenue';
const DISCOUNTED = 'SUM(lo_extendedprice * lo_discount) AS revenue';
const PROFIT = 'SUM(lo_revenue - lo_supplycost) AS profit';

/** A query whose rows have distinct sort keys: every row has its place, unless revenues are equal. */
function totals(name: string, sql: string): BenchQuery {
  return { name, sql, ordered: 'total', arquero: SSB_ARQUERO[name] };
}

/** Flights 3 order by year and revenue, which may be equal. */
function byRevenue(name: string, columns: string, where: string): BenchQuery {
  const sql = `SELECT ${columns}, d_year, ${REVENUE} FROM ssb
WHERE ${where}
GROUP BY ${columns}, d_year ORDER BY d_year ASC, revenue DESC`;
  return { name, sql, ordered: 'ties', sortKeys: [2, 3], arquero: SSB_ARQUERO[name] };
}

/** The thirteen queries of the Star Schema Benchmark in four flights, without their joins. */
export const SSB: Suite = {
  name: 'ssb',
  table: 'ssb',
  source: SSB_TABLE,
  openingSql: 'SELECT SUM(lo_tax) FROM ssb',
  queries: [
    totals(
      'q1.1',
      `SELECT ${DISCOUNTED} FROM ssb
WHERE d_year = 1993 AND lo_discount BETWEEN 1 AND 3 AND lo_quantity < 25`,
    ),
    totals(
      'q1.2',
      `SELECT ${DISCOUNTED} FROM ssb
WHERE d_yearmonthnum = 199401 AND lo_discount BETWEEN 4 AND 6 AND lo_quantity BETWEEN 26 AND 35`,
    ),
    totals(
      'q1.3',
      `SELECT ${DISCOUNTED} FROM ssb
WHERE d_weeknuminyear = 6 AND d_year = 1994
  AND lo_discount BETWEEN 5 AND 7 AND lo_quantity BETWEEN 26 AND 35`,
    ),
    totals(
      'q2.1',
      `SELECT ${REVENUE}, d_year, p_brand FROM ssb
WHERE p_category = 'MFGR#12' AND s_region = 'AMERICA'
GROUP BY d_year, p_brand ORDER BY d_year, p_brand`,
    ),
    totals(
      'q2.2',
      `SELECT ${REVENUE}, d_year, p_brand FROM ssb
WHERE p_brand BETWEEN 'MFGR#2221' AND 'MFGR#2228' AND s_region = 'ASIA'
GROUP BY d_year, p_brand ORDER BY d_year, p_brand`,
    ),
    totals(
      'q2.3',
      `SELECT ${REVENUE}, d_year, p_brand FROM ssb
WHERE p_brand = 'MFGR#2239' AND s_region = 'EUROPE'
GROUP BY d_year, p_brand ORDER BY d_year, p_brand`,
    ),
    byRevenue(
      'q3.1',
      'c_nation, s_nation',
      "c_region = 'ASIA' AND s_region = 'ASIA' AND d_year >= 1992 AND d_year <= 1997",
    ),
    byRevenue(
      'q3.2',
      'c_city, s_city',
      `c_nation = 'UNITED STATES' AND s_nation = 'UNITED STATES'
  AND d_year >= 1992 AND d_year <= 1997`,
    ),
    byRevenue(
      'q3.3',
      'c_city, s_city',
      `c_city IN ('UNITED KI1', 'UNITED KI5') AND s_city IN ('UNITED KI1', 'UNITED KI5')
  AND d_year >= 1992 AND d_year <= 1997`,
    ),
    byRevenue(
      'q3.4',
      'c_city, s_city',
      `c_city IN ('UNITED KI1', 'UNITED KI5') AND s_city IN ('UNITED KI1', 'UNITED KI5')
  AND d_yearmonth = 'Dec1997'`,
    ),
    totals(
      'q4.1',
      `SELECT d_year, c_nation, ${PROFIT} FROM ssb
WHERE c_region = 'AMERICA' AND s_region = 'AMERICA' AND p_mfgr IN ('MFGR#1', 'MFGR#2')
GROUP BY d_year, c_nation ORDER BY d_year, c_nation`,
    ),
    totals(
      'q4.2',
      `SELECT d_year, s_nation, p_category, ${PROFIT} FROM ssb
WHERE c_region = 'AMERICA' AND s_region = 'AMERICA'
  AND d_year IN (1997, 1998) AND p_mfgr IN ('MFGR#1', 'MFGR#2')
GROUP BY d_year, s_nation, p_category ORDER BY d_year, s_nation, p_category`,
    ),
    totals(
      'q4.3',
      `SELECT d_year, s_city, p_brand, ${PROFIT} FROM ssb
WHERE s_nation = 'UNITED STATES' AND d_year IN (1997, 1998) AND p_category = 'MFGR#14'
GROUP BY d_year, s_city, p_brand ORDER BY d_year, s_city, p_brand`,
    ),
  ],
};
