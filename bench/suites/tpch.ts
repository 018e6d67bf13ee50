import type { Suite } from '../suite.ts';
import { LINEITEM, ONE } from './tpch-table.ts';

/** The two queries of TPC-H that read one table. */
export const TPCH: Suite = {
  name: 'tpch',
  table: 'lineitem',
  source: LINEITEM,
  openingSql: 'SELECT SUM(l_linenumber) FROM lineitem',
  queries: [
    {
      name: 'q1',
      sql: `SELECT l_returnflag, l_linestatus, SUM(l_quantity) AS sum_qty,
  SUM(l_extendedprice) AS sum_base_price,
  SUM(l_extendedprice * (${ONE} - l_discount)) AS sum_disc_price,
  SUM(l_extendedprice * (${ONE} - l_discount) * (${ONE} + l_tax)) AS sum_charge,
  AVG(l_quantity) AS avg_qty, AVG(l_extendedprice) AS avg_price, AVG(l_discount) AS avg_disc,
  COUNT(*) AS count_order
FROM lineitem WHERE l_shipdate <= DATE '1998-09-02'
GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
      ordered: 'total',
      adaptation: 'money is in hundredths; the date is computed',
    },
    {
      name: 'q6',
      sql: `SELECT SUM(l_extendedprice * l_discount) AS revenue FROM lineitem
WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
  AND l_discount BETWEEN 0.05 * ${ONE} AND 0.07 * ${ONE} AND l_quantity < 24 * ${ONE}`,
      ordered: 'total',
      adaptation: 'money is in hundredths; the date is computed',
    },
  ],
};
