import { Prng } from '../../src/base/prng.ts';
import type { GeneratedColumn, GeneratedTable } from '../suite.ts';
import { batchesOf, daysOf, type GeneratedValue, listOf, mix } from './generate.ts';

const ROWS_AT_SCALE_1 = 6_000_000;
const CITIES_PER_NATION = 10;
const BRANDS_PER_CATEGORY = 40;
const CITY_PREFIX_LENGTH = 9;

const PRIORITIES = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const SHIP_MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const SEGMENTS = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'];
const MONTHS = 'Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec'.split(',');

const NATIONS: Readonly<Record<string, string>> = {
  AFRICA: 'ALGERIA,ETHIOPIA,KENYA,MOROCCO,MOZAMBIQUE',
  AMERICA: 'ARGENTINA,BRAZIL,CANADA,PERU,UNITED STATES',
  ASIA: 'CHINA,INDIA,INDONESIA,JAPAN,VIETNAM',
  EUROPE: 'FRANCE,GERMANY,ROMANIA,RUSSIA,UNITED KINGDOM',
  'MIDDLE EAST': 'EGYPT,IRAN,IRAQ,JORDAN,SAUDI ARABIA',
};

/** TPC-H's colours (specification 4.2.2.13), of which part names and colours are made. */
const COLORS = (
  'almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood ' +
  'burnished chartreuse chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim ' +
  'dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green grey honeydew hot ' +
  'indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium metallic ' +
  'midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru pink plum ' +
  'powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow ' +
  'spring steel tan thistle tomato turquoise violet wheat white yellow'
).split(' ');
const TYPES = product(
  ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'],
  ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'],
  ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'],
);
const CONTAINERS = product(
  ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'],
  ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'],
);

const LOW = 'LowCardinality(String)';
const COLUMNS: readonly GeneratedColumn[] = [
  { name: 'lo_orderkey', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_linenumber', type: 'INT', clickhouse: 'UInt8' },
  { name: 'lo_custkey', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_partkey', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_suppkey', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_orderdate', type: 'DATE', clickhouse: 'Date' },
  { name: 'lo_orderpriority', type: 'STRING', clickhouse: LOW },
  { name: 'lo_shippriority', type: 'INT', clickhouse: 'UInt8' },
  { name: 'lo_quantity', type: 'INT', clickhouse: 'UInt8' },
  { name: 'lo_extendedprice', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_ordtotalprice', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_discount', type: 'INT', clickhouse: 'UInt8' },
  { name: 'lo_revenue', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_supplycost', type: 'INT', clickhouse: 'UInt32' },
  { name: 'lo_tax', type: 'INT', clickhouse: 'UInt8' },
  { name: 'lo_commitdate', type: 'DATE', clickhouse: 'Date' },
  { name: 'lo_shipmode', type: 'STRING', clickhouse: LOW },
  { name: 'd_year', type: 'INT', clickhouse: 'UInt16' },
  { name: 'd_yearmonthnum', type: 'INT', clickhouse: 'UInt32' },
  { name: 'd_yearmonth', type: 'STRING', clickhouse: LOW },
  { name: 'd_weeknuminyear', type: 'INT', clickhouse: 'UInt8' },
  { name: 'c_name', type: 'STRING' },
  { name: 'c_address', type: 'STRING' },
  { name: 'c_city', type: 'STRING', clickhouse: LOW },
  { name: 'c_nation', type: 'STRING', clickhouse: LOW },
  { name: 'c_region', type: 'STRING', clickhouse: LOW },
  { name: 'c_phone', type: 'STRING' },
  { name: 'c_mktsegment', type: 'STRING', clickhouse: LOW },
  { name: 's_name', type: 'STRING', clickhouse: LOW },
  { name: 's_address', type: 'STRING', clickhouse: LOW },
  { name: 's_city', type: 'STRING', clickhouse: LOW },
  { name: 's_nation', type: 'STRING', clickhouse: LOW },
  { name: 's_region', type: 'STRING', clickhouse: LOW },
  { name: 's_phone', type: 'STRING', clickhouse: LOW },
  { name: 'p_name', type: 'STRING', clickhouse: LOW },
  { name: 'p_mfgr', type: 'STRING', clickhouse: LOW },
  { name: 'p_category', type: 'STRING', clickhouse: LOW },
  { name: 'p_brand', type: 'STRING', clickhouse: LOW },
  { name: 'p_color', type: 'STRING', clickhouse: LOW },
  { name: 'p_type', type: 'STRING', clickhouse: LOW },
  { name: 'p_size', type: 'INT', clickhouse: 'UInt8' },
  { name: 'p_container', type: 'STRING', clickhouse: LOW },
];

/**
 * The flat table of the Star Schema Benchmark (O'Neil, O'Neil, Chen, Revilak 2009): LINEORDER joined
 * with DATE, CUSTOMER, SUPPLIER and PART, whose distributions are TPC-H's. Money is in cents. The
 * order in which random numbers are drawn is our own.
 */
export const SSB_TABLE: GeneratedTable = {
  version: 1,
  rowsAtScale1: ROWS_AT_SCALE_1,
  columns: COLUMNS,
  batches: (rowCount) => batchesOf(COLUMNS, rowCount, lineMaker(rowCount / ROWS_AT_SCALE_1)),
};

function lineMaker(scale: number): () => readonly GeneratedValue[] {
  const customers = makeCustomers(Math.max(1, Math.round(30_000 * scale)));
  const suppliers = makeSuppliers(Math.max(1, Math.round(2_000 * scale)));
  const parts = makeParts(partCount(scale));
  const days = makeDays();
  const prng = new Prng(0x55b);
  let orderKey = 0;
  let lines = 0;
  let line = 0;
  let customer: readonly string[] = [];
  let customerKey = 0;
  let orderDay = 0;
  let priority = '';
  let totalPrice = 0;
  return () => {
    if (line === lines) {
      orderKey++;
      lines = prng.integer(1, 8);
      line = 0;
      customerKey = prng.integer(0, customers.length);
      customer = customers[customerKey]!;
      orderDay = prng.integer(0, days.length);
      priority = prng.pick(PRIORITIES);
      // A line cannot know its siblings' prices before they are made: the order's total is drawn.
      totalPrice = lines * prng.integer(1_000_000, 5_500_000);
    }
    line++;
    const partKey = prng.integer(0, parts.length);
    const supplierKey = prng.integer(0, suppliers.length);
    const part = parts[partKey]!;
    const day = days[orderDay]!;
    const quantity = prng.integer(1, 51);
    const discount = prng.integer(0, 11);
    const price = 90_000 + (Math.floor((partKey + 1) / 10) % 20_001) + 100 * ((partKey + 1) % 1000);
    const extended = quantity * price;
    return [
      orderKey,
      line,
      customerKey + 1,
      partKey + 1,
      supplierKey + 1,
      day.date,
      priority,
      0,
      quantity,
      extended,
      totalPrice,
      discount,
      Math.floor((extended * (100 - discount)) / 100),
      Math.floor((6 * price) / 10),
      prng.integer(0, 9),
      day.date + prng.integer(30, 91),
      prng.pick(SHIP_MODES),
      day.year,
      day.yearMonthNumber,
      day.yearMonth,
      day.week,
      ...customer,
      ...suppliers[supplierKey]!,
      ...part.texts,
      part.size,
      part.container,
    ];
  };
}

/** 200,000 × (1 + log2 scale) parts, in whole doublings; below scale 1 in proportion. */
function partCount(scale: number): number {
  if (scale < 1) return Math.max(1, Math.round(200_000 * scale));
  return 200_000 * (1 + Math.floor(Math.log2(scale)));
}

function makeCustomers(count: number): string[][] {
  const prng = new Prng(0xc05);
  return listOf(count, (index) => [
    `Customer#${String(index + 1).padStart(9, '0')}`,
    ...makeLocation(prng, index),
    prng.pick(SEGMENTS),
  ]);
}

function makeSuppliers(count: number): string[][] {
  const prng = new Prng(0x5a9);
  return listOf(count, (index) => [
    `Supplier#${String(index + 1).padStart(9, '0')}`,
    ...makeLocation(prng, index),
  ]);
}

/** Address, city, nation, region and phone. */
function makeLocation(prng: Prng, index: number): string[] {
  const region = prng.pick(Object.keys(NATIONS));
  const nation = prng.pick(NATIONS[region]!.split(','));
  const prefix = nation.slice(0, CITY_PREFIX_LENGTH).padEnd(CITY_PREFIX_LENGTH);
  const digits = (first: number, end: number) => prng.integer(first, end);
  return [
    makeAddress(prng, index),
    `${prefix}${prng.integer(0, CITIES_PER_NATION)}`,
    nation,
    region,
    `${digits(10, 35)}-${digits(100, 1000)}-${digits(100, 1000)}-${digits(1000, 10_000)}`,
  ];
}

/** 10 to 25 random characters. */
function makeAddress(prng: Prng, index: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,';
  const length = 10 + (mix(index, 7) % 16);
  return listOf(length, () => alphabet[prng.integer(0, alphabet.length)]).join('');
}

interface Part {
  /** Name, manufacturer, category, brand, colour and type. */
  readonly texts: readonly string[];
  readonly size: number;
  readonly container: string;
}

function makeParts(count: number): Part[] {
  const prng = new Prng(0x9a7);
  return listOf(count, () => {
    const manufacturer = `MFGR#${prng.integer(1, 6)}`;
    const category = `${manufacturer}${prng.integer(1, 6)}`;
    const brand = `${category}${prng.integer(1, BRANDS_PER_CATEGORY + 1)}`;
    const color = prng.pick(COLORS);
    return {
      texts: [
        `${color} ${prng.pick(COLORS)}`,
        manufacturer,
        category,
        brand,
        color,
        prng.pick(TYPES),
      ],
      size: prng.integer(1, 51),
      container: prng.pick(CONTAINERS),
    };
  });
}

/** The days on which orders are made: 1992-01-01 to 1998-08-02. */
function makeDays() {
  const first = daysOf(1992, 1, 1);
  const last = daysOf(1998, 8, 2);
  return listOf(last - first + 1, (index) => {
    const date = first + index;
    const [year = 0, month = 0] = new Date(date * 86_400_000).toISOString().split('-').map(Number);
    return {
      date,
      year,
      yearMonthNumber: year * 100 + month,
      yearMonth: `${MONTHS[month - 1]}${year}`,
      week: Math.floor((date - daysOf(year, 1, 1)) / 7) + 1,
    };
  });
}

function product(...lists: readonly (readonly string[])[]): string[] {
  return lists.reduce<string[]>(
    (combined, list) => combined.flatMap((left) => list.map((right) => `${left} ${right}`.trim())),
    [''],
  );
}
