import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import { json, TestCluster } from '../controller/cluster.ts';
import {
  describePinotDriver,
  openPinotDriver,
  type PinotDriver,
  type PinotDriverConfig,
} from '../support/pinot-driver.ts';

let cluster: TestCluster;
let broker: BrokerRole;

beforeAll(async () => {
  cluster = await TestCluster.start();
  const controller = await cluster.controller();
  await cluster.server('Server_a');
  broker = await cluster.broker();
  const path = join(cluster.directory, 'orders.csv');
  const lines = [
    'id,customer,amount,is_paid,at',
    '1,anna,10.5,true,2024-01-01 10:00:00',
    '2,bert,3,false,2024-01-01 23:30:00',
    "3,o'neil,7.25,true,2024-01-02 03:00:00",
    '4,anna,20,false,2024-01-03 12:00:00',
    '5,,1,true,2024-02-10 12:00:00',
  ];
  writeFileSync(path, lines.join('\n'));
  await cluster.load(controller, 'orders', path);
});
afterAll(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

function dayOf(zone: string, unit = 'day'): string {
  const local = `toDateTime("at", 'yyyy-MM-dd HH:mm:ss.SSS', '${zone}')`;
  return `CAST(dateTrunc('${unit}', CAST(${local} as TIMESTAMP)) as TIMESTAMP)`;
}

/** Statements in the form in which Cube's dialect for Pinot writes them, with their answers. */
const STATEMENTS: readonly (readonly [string, readonly (readonly unknown[])[]])[] = [
  [
    'SELECT count("orders".id) "orders__count", sum("orders".amount) "orders__amount", ' +
      'avg("orders".amount) "orders__mean", count(distinct "orders".customer) "orders__people", ' +
      'DistinctCountHLLPlus("orders".customer) "orders__people_approx", ' +
      'count("orders".id) FILTER (WHERE (orders.is_paid = true)) "orders__paid" ' +
      'FROM orders AS "orders"',
    [[5, 41.75, 8.35, 4, 4, 3]],
  ],
  [
    `SELECT ${dayOf('America/Los_Angeles')} "orders__at_day", sum("orders".amount) ` +
      '"orders__amount" FROM orders AS "orders" WHERE ("at" >= \'2024-01-01 08:00:00.000\' AND ' +
      '"at" <= \'2024-01-04 07:59:59.999\') GROUP BY 1 ORDER BY 1 ASC',
    [
      ['2024-01-01 00:00:00.0', 20.75],
      ['2024-01-03 00:00:00.0', 20],
    ],
  ],
  [
    `SELECT ${dayOf('UTC', 'month')} "orders__at_month", max("orders".amount) "orders__most" ` +
      'FROM orders AS "orders" GROUP BY 1 ORDER BY 1 ASC',
    [
      ['2024-01-01 00:00:00.0', 20],
      ['2024-02-01 00:00:00.0', 1],
    ],
  ],
  [
    'SELECT "orders".customer "orders__customer" FROM orders AS "orders" WHERE ' +
      "(LOWER(\"orders\".customer) LIKE CONCAT('%', LOWER('N') , '%') ESCAPE '\\') " +
      'GROUP BY 1 ORDER BY 1 DESC LIMIT 2 OFFSET 1',
    [['null'], ['anna']],
  ],
  [
    'SELECT "orders".customer "orders__customer", sum("orders".amount) "orders__amount" FROM ' +
      'orders AS "orders" GROUP BY 1 HAVING (sum("orders".amount) > CAST(\'10\' AS DOUBLE)) ' +
      'ORDER BY 2 DESC',
    [['anna', 30.5]],
  ],
  [
    'SELECT count("orders".id) "orders__count" FROM orders AS "orders" WHERE ' +
      '("orders".is_paid = CAST(\'true\' AS BOOLEAN)) AND ("orders".customer IS NOT NULL)',
    [[2]],
  ],
  [
    'SELECT count("orders".id) "orders__count" FROM orders AS "orders" WHERE "at" < ' +
      "TIMESTAMPADD(MONTH, -1, CAST('2024-02-03 00:00:00.000' as TIMESTAMP))",
    [[3]],
  ],
];

describe("Cube's dialect for Pinot", () => {
  it.each(STATEMENTS)('%s', async (sql, rows) => {
    const queryOptions = 'useMultistageEngine=true;enableNullHandling=false;timeoutMs=600000';
    const body = JSON.stringify({ sql, queryOptions });
    const answer = await json(broker, '/query/sql', { method: 'POST', body });
    expect(answer.body.exceptions).toEqual([]);
    expect(answer.body.resultTable.rows).toEqual(rows);
  });
});

describePinotDriver("Cube's driver for Pinot", () => {
  const open = (config: Partial<PinotDriverConfig> = {}): PinotDriver =>
    openPinotDriver({ host: '127.0.0.1', port: `${broker.address.port}`, ...config });

  it('tests its connection, and says when there is none', async () => {
    await open().testConnection();
    await expect(open({ port: '9' }).testConnection()).rejects.toThrow('ECONNREFUSED');
  });

  it('queries with parameters', async () => {
    const values = ['it\'s a \\ and a "', 1.5, null, true];
    expect(await open().query('SELECT ? a, ? b, ? c, ? d', values)).toEqual([
      { a: values[0], b: 1.5, c: null, d: true },
    ]);
    const sql =
      'SELECT customer, amount FROM orders WHERE customer IN (?, ?) AND id > ? ORDER BY id';
    expect(await open().query(sql, ['anna', "o'neil", 1])).toEqual([
      { customer: "o'neil", amount: 7.25 },
      { customer: 'anna', amount: 20 },
    ]);
  });

  it('downloads rows with their types', async () => {
    const sql = 'SELECT * FROM orders WHERE id = ?';
    const { rows, types } = await open().downloadQueryResults(sql, [4], {});
    const at = '2024-01-03 12:00:00.0';
    expect(rows).toEqual([{ id: 4, customer: 'anna', amount: 20, is_paid: false, at }]);
    expect(types).toEqual([
      { name: 'id', type: 'bigint' },
      { name: 'customer', type: 'text' },
      { name: 'amount', type: 'double' },
      { name: 'is_paid', type: 'boolean' },
      { name: 'at', type: 'timestamp' },
    ]);
  });

  it('chooses what NULL is', async () => {
    const sql = 'SELECT customer, COUNT(*) n FROM orders WHERE id = 5 GROUP BY 1';
    expect(await open().query(sql)).toEqual([{ customer: 'null', n: 1 }]);
    expect(await open({ nullHandling: true }).query(sql)).toEqual([{ customer: null, n: 1 }]);
  });

  it.each([
    [{ basicAuth: { user: 'someone', password: 'secret' } }],
    [{ authToken: 'token' }],
    [{ authToken: 'token', database: 'default' }],
  ])('is answered with the headers of %j', async (config) => {
    expect(await open(config).query('SELECT COUNT(*) n FROM orders')).toEqual([{ n: 5 }]);
  });

  it('hears what is wrong with a query', async () => {
    await expect(open().query('SELECT x FROM orders')).rejects.toThrow('unknown column x');
    await expect(open().query('SELECT 1 FROM order')).rejects.toThrow('SQLParsingError');
    await expect(open().query('SELECT 1 FROM nothing')).rejects.toThrow('TableDoesNotExistError');
  });

  it('has no information schema to read, as with Pinot', async () => {
    const missing = 'the database information_schema is not supported';
    await expect(open().tablesSchema()).rejects.toThrow(missing);
    await expect(open().getTablesQuery('default')).rejects.toThrow(missing);
    await expect(open().tableColumnTypes('default.orders')).rejects.toThrow(missing);
  });
});
