import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { brokerHandler } from '../../src/broker/http.ts';
import { QueryRunner } from '../../src/broker/query.ts';
import { reduce } from '../../src/exec/reduce.ts';
import type { FetchHandler } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 'flights',
  columns: [
    { name: 'origin', type: 'STRING' },
    { name: 'delay', type: 'BIGINT' },
    { name: 'date', type: 'TIMESTAMP' },
  ],
};
const rows: Value[][] = [
  ['ATL', 2n ** 62n, 0n],
  ['SFO', 2n ** 62n, 1n],
  ['x', null, null],
];

/** Statement, Pinot's error number, and the place in the text as line:column (empty for none). */
const statements: [sql: string, errorCode: number, place: string, text: string][] = [
  ['', 150, '1:1', 'SELECT'],
  ['   -- nothing', 150, '', 'SELECT'],
  ['SELEC 1', 150, '1:1', 'expected SELECT'],
  ['SELECT', 150, '1:7', 'expression'],
  ['SELECT FROM flights', 150, '1:8', 'expression'],
  ['SELECT * FROM', 150, '1:14', 'table'],
  ['SELECT * FROM flights WHERE', 150, '1:28', 'expression'],
  ['SELECT * FROM flights GROUP origin', 150, '1:29', 'BY'],
  ['SELECT (1 + 2 FROM flights', 150, '1:15', ')'],
  ["SELECT 'open FROM flights", 150, '1:8', 'string'],
  ['SELECT "open FROM flights', 150, '1:8', 'quoted name'],
  ['SELECT 1 +\n  * 2', 150, '2:3', 'expression'],
  ['SELECT #', 150, '1:8', '#'],
  ['SELECT 1; SELECT 2', 150, '1:11', 'end of the statement'],
  ['SELECT * FROM flights LIMIT -1', 150, '1:29', 'LIMIT'],
  ['SELECT * FROM flights LIMIT 1.5', 150, '1:29', 'LIMIT'],
  ['SELECT CASE delay END FROM flights', 150, '1:19', 'WHEN'],
  ['SELECT delay BETWEEN 1 FROM flights', 150, '1:24', 'AND'],
  ['SELECT CAST(delay TO INT) FROM flights', 150, '1:19', 'AS'],
  ['SELECT CAST(delay AS INTEGR) FROM flights', 700, '1:22', 'INTEGR'],
  ['SELECT orign FROM flights', 710, '1:8', 'did you mean origin'],
  ['SELECT origin FROM flights\nWHERE dely > 1', 710, '2:7', 'did you mean delay'],
  ['SELECT * FROM flihgts', 190, '1:15', 'did you mean flights'],
  ['SELECT cuont(*) FROM flights', 700, '1:8', 'did you mean count'],
  ['SELECT LOWER() FROM flights', 700, '1:8', 'lower takes 1'],
  ['SELECT SUM(origin) FROM flights', 700, '1:8', 'STRING'],
  ['SELECT origin + 1 FROM flights', 700, '1:15', 'STRING'],
  ['SELECT * FROM flights WHERE origin', 700, '1:29', 'BOOLEAN'],
  ['SELECT * FROM flights WHERE SUM(delay) > 1', 700, '1:29', 'WHERE'],
  ['SELECT SUM(COUNT(*)) FROM flights', 700, '1:12', ''],
  ['SELECT origin, COUNT(*) FROM flights', 700, '1:8', 'GROUP BY'],
  ['SELECT origin FROM flights GROUP BY 3', 700, '1:37', '3'],
  ['SELECT origin FROM flights ORDER BY 0', 700, '1:37', '0'],
  ["SELECT * FROM flights WHERE delay = 'many'", 200, '1:37', 'many'],
  ["SELECT * FROM flights WHERE date > '2001-13-01'", 200, '1:36', '2001-13-01'],
  ['SELECT CAST(origin AS INT) FROM flights', 200, '1:8', 'ATL'],
  ['SELECT SUM(delay) FROM flights', 200, '', 'BIGINT'],
  ['SELECT delay * 2 FROM flights', 200, '1:14', 'BIGINT'],
  ['SELECT 99999999999999999999 FROM flights', 200, '1:8', '99999999999999999999'],
  ['SET timeoutMs = soon; SELECT 1', 100, '1:17', 'timeoutMs'],
  ['SET timeotMs = 1; SELECT 1', 700, '1:5', 'did you mean timeoutMs'],
  ['SELECT * FROM flights JOIN airports ON 1 = 1', 720, '1:23', 'JOIN'],
  ['SELECT 1 UNION SELECT 2', 720, '1:10', 'UNION'],
  ['SELECT (SELECT 1)', 720, '1:9', 'subquer'],
  ['SELECT MEDIAN(delay) OVER (ORDER BY delay) FROM flights', 720, '', 'OVER'],
  ['DROP TABLE flights', 720, '1:1', 'DROP'],
  [`SELECT ${'('.repeat(2000)}1${')'.repeat(2000)}`, 150, '', 'nest'],
];

/** Requests that are no statement at all, and their HTTP status. */
const requests: [name: string, request: () => Request, status: number][] = [
  ['no JSON', () => post('{sql'), 400],
  ['no object', () => post('[1]'), 400],
  ['no sql', () => post('{"query": "SELECT 1"}'), 400],
  ['sql of another type', () => post('{"sql": 1}'), 400],
  ['an unknown key', () => post('{"sql": "SELECT 1", "sqll": 1}'), 400],
  ['a prototype key', () => post('{"sql": "SELECT 1", "__proto__": {}}'), 400],
  ['malformed options', () => post('{"sql": "SELECT 1", "queryOptions": "timeoutMs"}'), 400],
  ['too long a body', () => post(' '.repeat(9 * 1_048_576)), 413],
  ['GET without sql', () => new Request('http://broker/query/sql'), 400],
  ['an unknown path', () => new Request('http://broker/query/sqll'), 404],
  ['a wrong method', () => new Request('http://broker/query/sql', { method: 'PUT' }), 404],
];

function post(body: string): Request {
  return new Request('http://broker/query/sql', { method: 'POST', body });
}

describe('bad input', () => {
  let table: MemoryTable;
  let handler: FetchHandler;
  const defects: unknown[] = [];

  beforeAll(async () => {
    table = await openMemoryTable(schema, rows);
    const view = {
      tableNames: () => ['flights'],
      schema: (name: string) => (name === 'flights' ? schema : null),
      routing: () => new Map([['s0', ['server']]]),
      segment: () => null,
      routingVersion: () => 0,
      indexes: () => [],
      servers: () => new Map(),
    };
    const runner = new QueryRunner({
      brokerId: 'broker',
      view,
      clock: nodeClock,
      reduce: async (plan, partials) => reduce(plan, partials, table.engine.mainContext),
      evaluateConstant: () => null,
      leafService: () => table.engine,
      onInternalError: (error) => defects.push(error),
    });
    handler = brokerHandler({ runner, view, onInternalError: (error) => defects.push(error) });
  });
  afterAll(() => table.close());

  async function expectHealthy(): Promise<void> {
    const response = await handler(post('{"sql": "SELECT COUNT(*) FROM flights"}'));
    expect(await response.json()).toMatchObject({ exceptions: [], resultTable: { rows: [[3]] } });
    expect(defects).toEqual([]);
  }

  it.each(statements)('%s', async (sql, errorCode, place, text) => {
    const response = await handler(post(JSON.stringify({ sql })));
    const body = (await response.json()) as { exceptions: { message: string }[] };
    expect(response.status).toBe(200);
    expect(response.headers.get('x-pinot-error-code')).toBe(String(errorCode));
    expect(body).toMatchObject({ exceptions: [{ errorCode }] });
    expect(body).not.toHaveProperty('resultTable');
    const [{ message }] = body.exceptions as [{ message: string }];
    expect(message).toContain(text);
    const [line, column] = place.split(':');
    if (place !== '') expect(message).toContain(`line ${line}, column ${column}`);
    await expectHealthy();
  });

  it.each(requests)('a request with %s', async (_name, request, status) => {
    const response = await handler(request());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: status, error: expect.any(String) });
    await expectHealthy();
  });
});
