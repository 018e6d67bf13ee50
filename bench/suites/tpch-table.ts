import { Prng } from '../../src/base/prng.ts';
import type { GeneratedColumn, GeneratedTable, GeneratedType } from '../suite.ts';
import { batchesOf, daysOf, type GeneratedValue, listOf } from './generate.ts';

/**
 * How money and fractions are stored: as whole hundredths. That is what DECIMAL(15, 2) is inside, and
 * unlike DOUBLE its sums are exact, so that answers can be compared to the last digit. When there is
 * an exact decimal type, this becomes it and `ONE` becomes '1'.
 */
const MONEY: GeneratedType = 'BIGINT';

/** One, in the unit of `MONEY`, for queries. */
export const ONE = '100';

const ROWS_AT_SCALE_1 = 6_000_000;
const INSTRUCTIONS = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const WORDS = (
  'furiously quickly carefully blithely slyly regular final ironic even bold silent pending ' +
  'special express unusual packages requests accounts deposits foxes ideas theodolites pinto beans ' +
  'instructions dependencies excuses platelets asymptotes courts dolphins multipliers sleep wake ' +
  'are cajole haggle nag use boost above across after against along among around at the to'
).split(' ');
const FIRST_DAY = daysOf(1992, 1, 1);
const LAST_DAY = daysOf(1998, 8, 2);
/** The specification's CURRENTDATE: what was received later, cannot have been returned yet. */
const CURRENT_DAY = daysOf(1995, 6, 17);

const LOW = 'LowCardinality(String)';
const COLUMNS: readonly GeneratedColumn[] = [
  { name: 'l_orderkey', type: 'BIGINT' },
  { name: 'l_partkey', type: 'INT' },
  { name: 'l_suppkey', type: 'INT' },
  { name: 'l_linenumber', type: 'INT' },
  { name: 'l_quantity', type: MONEY },
  { name: 'l_extendedprice', type: MONEY },
  { name: 'l_discount', type: MONEY },
  { name: 'l_tax', type: MONEY },
  { name: 'l_returnflag', type: 'STRING', clickhouse: LOW },
  { name: 'l_linestatus', type: 'STRING', clickhouse: LOW },
  { name: 'l_shipdate', type: 'DATE', clickhouse: 'Date' },
  { name: 'l_commitdate', type: 'DATE', clickhouse: 'Date' },
  { name: 'l_receiptdate', type: 'DATE', clickhouse: 'Date' },
  { name: 'l_shipinstruct', type: 'STRING', clickhouse: LOW },
  { name: 'l_shipmode', type: 'STRING', clickhouse: LOW },
  { name: 'l_comment', type: 'STRING' },
];

/**
 * TPC-H's LINEITEM (specification 3.0, section 4.2.3), with its distributions; the order in which
 * random numbers are drawn is our own, and comments are words in any order.
 */
export const LINEITEM: GeneratedTable = {
  version: 1,
  rowsAtScale1: ROWS_AT_SCALE_1,
  columns: COLUMNS,
  batches: (rowCount) => batchesOf(COLUMNS, rowCount, lineMaker(rowCount / ROWS_AT_SCALE_1)),
};

function lineMaker(scale: number): () => readonly GeneratedValue[] {
  const prng = new Prng(0x79c);
  const parts = Math.max(1, Math.round(200_000 * scale));
  const suppliers = Math.max(1, Math.round(10_000 * scale));
  let order = 0;
  let lines = 0;
  let line = 0;
  let orderDay = 0;
  return () => {
    if (line === lines) {
      order++;
      lines = prng.integer(1, 8);
      line = 0;
      orderDay = prng.integer(FIRST_DAY, LAST_DAY + 1);
    }
    line++;
    const part = prng.integer(1, parts + 1);
    const quantity = prng.integer(1, 51);
    const retailPrice = 90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000);
    const shipDay = orderDay + prng.integer(1, 122);
    const receiptDay = shipDay + prng.integer(1, 31);
    return [
      // Of each 32 order keys the specification uses the first 8.
      BigInt(Math.floor(order / 8) * 32 + (order % 8)),
      part,
      prng.integer(1, suppliers + 1),
      line,
      BigInt(quantity * 100),
      BigInt(quantity * retailPrice),
      BigInt(prng.integer(0, 11)),
      BigInt(prng.integer(0, 9)),
      receiptDay <= CURRENT_DAY ? prng.pick(['R', 'A']) : 'N',
      shipDay > CURRENT_DAY ? 'O' : 'F',
      shipDay,
      orderDay + prng.integer(30, 91),
      receiptDay,
      prng.pick(INSTRUCTIONS),
      prng.pick(MODES),
      listOf(prng.integer(2, 7), () => prng.pick(WORDS)).join(' '),
    ];
  };
}
