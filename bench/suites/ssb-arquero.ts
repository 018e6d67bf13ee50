import type { ArqueroQuery } from '../suite.ts';
import { arqueroRows } from './arquero-rows.ts';

const DISCOUNTED = { revenue: 'd => op.sum(d.lo_extendedprice * d.lo_discount)' };
const REVENUE = { revenue: 'd => op.sum(d.lo_revenue)' };
const PROFIT = { profit: 'd => op.sum(d.lo_revenue - d.lo_supplycost)' };
const FLIGHT_1 = ['lo_discount', 'lo_quantity', 'lo_extendedprice'];

/** What Arquero takes part in: flight 1 and the first query of the others. */
export const SSB_ARQUERO: Readonly<Record<string, ArqueroQuery>> = {
  'q1.1': {
    columns: [...FLIGHT_1, 'd_year'],
    run: (table) =>
      arqueroRows(
        table
          .filter(
            `d => d.d_year === 1993 && d.lo_discount >= 1 && d.lo_discount <= 3
              && d.lo_quantity < 25`,
          )
          .rollup(DISCOUNTED),
      ),
  },
  'q1.2': {
    columns: [...FLIGHT_1, 'd_yearmonthnum'],
    run: (table) =>
      arqueroRows(
        table
          .filter(
            `d => d.d_yearmonthnum === 199401 && d.lo_discount >= 4 && d.lo_discount <= 6
              && d.lo_quantity >= 26 && d.lo_quantity <= 35`,
          )
          .rollup(DISCOUNTED),
      ),
  },
  'q1.3': {
    columns: [...FLIGHT_1, 'd_weeknuminyear', 'd_year'],
    run: (table) =>
      arqueroRows(
        table
          .filter(
            `d => d.d_weeknuminyear === 6 && d.d_year === 1994 && d.lo_discount >= 5
              && d.lo_discount <= 7 && d.lo_quantity >= 26 && d.lo_quantity <= 35`,
          )
          .rollup(DISCOUNTED),
      ),
  },
  'q2.1': {
    columns: ['p_category', 's_region', 'd_year', 'p_brand', 'lo_revenue'],
    run: (table) =>
      arqueroRows(
        table
          .filter("d => d.p_category === 'MFGR#12' && d.s_region === 'AMERICA'")
          .groupby('d_year', 'p_brand')
          .rollup(REVENUE)
          .orderby('d_year', 'p_brand')
          .select('revenue', 'd_year', 'p_brand'),
      ),
  },
  'q4.1': {
    columns: [
      ...['c_region', 's_region', 'p_mfgr', 'd_year', 'c_nation'],
      ...['lo_revenue', 'lo_supplycost'],
    ],
    run: (table) =>
      arqueroRows(
        table
          .filter(
            `d => d.c_region === 'AMERICA' && d.s_region === 'AMERICA'
              && (d.p_mfgr === 'MFGR#1' || d.p_mfgr === 'MFGR#2')`,
          )
          .groupby('d_year', 'c_nation')
          .rollup(PROFIT)
          .orderby('d_year', 'c_nation'),
      ),
  },
};
