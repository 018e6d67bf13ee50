import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ConnectionFactory } from 'pinot-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { until } from '../coord/harness.ts';
import { json, TestCluster } from './cluster.ts';

let cluster: TestCluster;
let leader: ControllerRole;
/** One that does not lead: changes go through it to the leader. */
let other: ControllerRole;
let broker: BrokerRole;

const get = (path: string) => json(leader, path);
const send = (method: string, path: string, body?: unknown) =>
  json(other, path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
const ask = (sql: string) =>
  json(broker, '/query/sql', { method: 'POST', body: JSON.stringify({ sql }) });
const rows = async (sql: string) => {
  const { body } = await ask(sql);
  return body.resultTable?.rows ?? body.exceptions;
};
const untilRows = (sql: string, expected: unknown) =>
  until(`${sql} says ${JSON.stringify(expected)}`, async () => {
    return JSON.stringify(await rows(sql)) === JSON.stringify(expected);
  });
/** A change is seen first by the leader, and soon by the others. */
const untilKnown = (path: string, status = 200) =>
  until(`${path} says ${status}`, async () => (await json(other, path)).status === status);

/** A schema with all that Pinot's have, as far as Nyala takes it. */
const ORDERS = {
  schemaName: 'orders',
  enableColumnBasedNullHandling: true,
  primaryKeyColumns: ['id'],
  dimensionFieldSpecs: [
    { name: 'id', dataType: 'INT' },
    { name: 'city', dataType: 'STRING', defaultNullValue: 'nowhere', maxLength: 64 },
    { name: 'tags', dataType: 'STRING', singleValueField: false },
  ],
  metricFieldSpecs: [{ name: 'price', dataType: 'DOUBLE', defaultNullValue: 0 }],
  dateTimeFieldSpecs: [
    { name: 'at', dataType: 'LONG', format: '1:MILLISECONDS:EPOCH', granularity: '1:DAYS' },
  ],
};
const CONFIG = {
  tableName: 'orders',
  tableType: 'OFFLINE',
  segmentsConfig: { timeColumnName: 'at', replication: '1' },
  tenants: { broker: 'DefaultTenant', server: 'DefaultTenant' },
  tableIndexConfig: { loadMode: 'MMAP', invertedIndexColumns: ['city'] },
};

function ingest(table: string, text: string, name: string, batch = '{}') {
  const body = new FormData();
  body.append('file', new Blob([text]), name);
  const config = encodeURIComponent(batch);
  const path = `/ingestFromFile?tableNameWithType=${table}&batchConfigMapStr=${config}`;
  return json(other, path, { method: 'POST', body });
}

function numbers(table: string, name: string, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const builder = new SegmentBuilder({ name: table, columns: [{ name: 'n', type: 'INT' }] });
  builder.append([{ kind: 'integers', values: Int32Array.from(values), nulls: null }]);
  return new Uint8Array(Buffer.concat(builder.build(name, 0).parts));
}

function upload(table: string, name: string, values: readonly number[], query = '') {
  const body = new FormData();
  body.append('file', new Blob([numbers(table, name, values)]), `${name}.segment`);
  return json(other, `/v2/segments?tableName=${table}${query}`, { method: 'POST', body });
}

beforeAll(async () => {
  cluster = await TestCluster.start();
  leader = await cluster.controller();
  other = await cluster.controller('Controller_2');
  await cluster.server('Server_a');
  await cluster.server('Server_b');
  broker = await cluster.broker();
});
afterAll(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

describe('schemas', () => {
  it('are checked, added, kept whole, and listed', async () => {
    expect((await send('POST', '/schemas/validate', ORDERS)).body).toEqual(ORDERS);
    expect((await get('/schemas')).body).toEqual([]);
    expect((await send('POST', '/schemas', ORDERS)).body).toEqual({
      unrecognizedProperties: {},
      status: 'orders successfully added',
    });
    await untilKnown('/schemas/orders');
    expect((await get('/schemas')).body).toEqual(['orders']);
    expect((await get('/schemas/orders')).body).toEqual(ORDERS);
    expect((await get('/tables/orders/schema')).body).toEqual(ORDERS);
    expect((await get('/schemas/info')).body.schemasInfo).toEqual([
      {
        schemaName: 'orders',
        numDimensionFields: 3,
        numDateTimeFields: 1,
        numMetricFields: 1,
        numComplexFields: 0,
      },
    ]);
  });

  it('may come as a file in a form, as Pinot clients send them', async () => {
    const body = new FormData();
    const schema = { schemaName: 'form', dimensionFieldSpecs: [{ name: 'a', dataType: 'INT' }] };
    body.append('schemaName', new Blob([JSON.stringify(schema)]), 'form.json');
    expect((await json(other, '/schemas', { method: 'POST', body })).status).toBe(200);
    expect((await send('DELETE', '/schemas/form')).body).toEqual({ status: 'Schema form deleted' });
  });

  it('with types of Nyala are shown in Pinot words, which may come back with more', async () => {
    const columns = ['TINYINT', 'DATE', 'ARRAY<INT>', 'DECIMAL(9,2)'].map((type, index) => {
      return { name: `c${index}`, type };
    });
    expect((await send('POST', '/schemas', { schemaName: 'own', columns })).status).toBe(200);
    await untilKnown('/schemas/own');
    const shown = (await get('/schemas/own')).body;
    expect(shown.dimensionFieldSpecs).toMatchObject([
      { name: 'c0', dataType: 'INT' },
      { name: 'c1', dataType: 'STRING' },
      { name: 'c2', dataType: 'INT', singleValueField: false },
    ]);
    const more = { name: 'c4', dataType: 'STRING', fieldType: 'DIMENSION' };
    const dimensionFieldSpecs = [...shown.dimensionFieldSpecs, more];
    expect((await send('PUT', '/schemas/own', { ...shown, dimensionFieldSpecs })).status).toBe(200);
    const exact = (await get('/v1/tables/own')).body.schema.columns;
    expect(exact).toEqual([...columns, { name: 'c4', type: 'STRING', absent: null }]);
    expect((await send('DELETE', '/schemas/own')).status).toBe(200);
  });

  it.each([
    [{ schemaName: 'x', dimensionFieldSpec: [] }, 'dimensionFieldSpecs'],
    [{ schemaName: 'x', dimensionFieldSpecs: [{ name: 'a', dataType: 'INTEGER' }] }, 'INT'],
    [{ schemaName: '../x', dimensionFieldSpecs: [] }, 'table name'],
    [{ dimensionFieldSpecs: [] }, 'schemaName'],
    [
      {
        schemaName: 'x',
        dimensionFieldSpecs: [{ name: 'a', dataType: 'INT', defaultNullValue: 'none' }],
      },
      'a: defaultNullValue: expected a value of INT, found "none"',
    ],
  ])('are refused when they are wrong: %j', async (schema, reason) => {
    for (const path of ['/schemas', '/schemas/validate']) {
      const { status, body } = await send('POST', path, schema);
      expect([status, body.code]).toEqual([400, 400]);
      expect(body.error).toContain(reason);
    }
  });
});

describe('tables', () => {
  it('are configured, and told as they were configured', async () => {
    expect((await send('POST', '/tables/validate', CONFIG)).body).toEqual({ OFFLINE: CONFIG });
    expect((await send('POST', '/tables', CONFIG)).body).toEqual({
      unrecognizedProperties: {},
      status: 'Table orders_OFFLINE successfully added',
    });
    await until('it is configured', async () => {
      const { OFFLINE } = (await get('/tables/orders')).body;
      return OFFLINE.tableIndexConfig.invertedIndexColumns?.[0] === 'city';
    });
    const tableName = 'orders_OFFLINE';
    const { OFFLINE } = (await get('/tables/orders_OFFLINE')).body;
    expect(OFFLINE).toMatchObject({ ...CONFIG, tableName });
    expect((await send('POST', '/tables', CONFIG)).status).toBe(409);
    expect((await send('DELETE', '/schemas/orders')).body).toMatchObject({ code: 409 });
    expect((await get('/tables?type=realtime')).body).toEqual({ tables: [] });
  });

  it('are refused without a schema, or as readers of a stream', async () => {
    expect(await send('POST', '/tables', { tableName: 'order' })).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('did you mean orders?') },
    });
    const stream = await send('POST', '/tables', { ...CONFIG, tableType: 'REALTIME' });
    expect(stream.body.error).toContain('tableType "REALTIME" is not supported');
    expect((await send('DELETE', '/tables/orders?type=REALTIME')).status).toBe(404);
    expect((await get('/tables/orders')).status).toBe(200);
  });

  it('take the rows of files that the controller gets', async () => {
    const csv = 'id,city,tags,price,at\n1,Bern,a;b,2.5,1700000000000\n2,Rom,c,4,1700000000001\n';
    const { body } = await ingest('orders_OFFLINE', csv, 'orders.txt', '{"inputFormat":"csv"}');
    expect(body.status).toMatch(
      /^Successfully ingested file into table: orders_OFFLINE as segment: orders_/,
    );
    expect(await rows('SELECT id, city, tags, price FROM orders ORDER BY id')).toEqual([
      [1, 'Bern', ['a', 'b'], 2.5],
      [2, 'Rom', ['c'], 4],
    ]);
    const path = join(cluster.directory, 'more rows.json.gz');
    writeFileSync(path, gzipSync('{"id":3,"city":"Ulm","tags":[],"price":1,"at":1700000000002}\n'));
    const uri = encodeURIComponent(`file://${encodeURI(path)}`);
    const query = `tableNameWithType=orders_OFFLINE&sourceURIStr=${uri}`;
    expect((await send('POST', `/ingestFromURI?${query}`)).status).toBe(200);
    expect(await rows('SELECT COUNT(*), SUM(price) FROM orders')).toEqual([[3, 7.5]]);
  });

  it.each([
    ['{"inputFormat":"avro"}', 'inputFormat "avro" is not supported; use csv, json, parquet'],
    ['{"inputFormat":"csv","recordReader.prop.header":"a"}', 'recordReader.prop.header "a"'],
    ['csv', 'expected a JSON object'],
    ['{"inputFormat":"csv"}', 'line 2, column id'],
  ])('refuse what cannot be read, and keep nothing of it: %s', async (batch, reason) => {
    const csv = 'id,city,tags,price,at\none,Bern,,1,1\n';
    const before = (await get('/segments/orders')).body;
    const { status, body } = await ingest('orders', csv, 'wrong.csv', batch);
    expect([status, body.error]).toEqual([400, expect.stringContaining(reason)]);
    expect((await get('/segments/orders')).body).toEqual(before);
  });

  it('refuse files that are not on the disk of the controller', async () => {
    for (const uri of ['s3://bucket/x.csv', 'file://host/x.csv', 'x.csv']) {
      const query = `tableNameWithType=orders&sourceURIStr=${encodeURIComponent(uri)}`;
      const { body } = await send('POST', `/ingestFromURI?${query}`);
      expect(body.error).toContain('only file:///… is supported');
    }
  });

  it('say where their segments are, and how large', async () => {
    const segments: string[] = (await get('/segments/orders')).body[0].OFFLINE;
    expect(segments).toHaveLength(2);
    const ideal = (await get('/tables/orders/idealstate')).body;
    expect(Object.keys(ideal.OFFLINE)).toEqual(segments);
    expect((await get('/tables/orders/externalview')).body).toEqual(ideal);
    expect((await get('/tables/orders/segmentsStatus')).body).toEqual(
      segments.map((segmentName) => ({ segmentName, segmentStatus: 'GOOD' })),
    );
    const size = (await get('/tables/orders/size')).body;
    const metadata = (await get('/tables/orders/metadata')).body;
    expect(metadata).toMatchObject({ tableName: 'orders', numSegments: 2, numRows: 3 });
    expect(size).toMatchObject({
      reportedSizeInBytes: metadata.diskSizeInBytes,
      reportedSizePerReplicaInBytes: metadata.diskSizeInBytes,
      offlineSegments: { missingSegments: 0 },
    });
    expect(Object.keys(size.offlineSegments.segments)).toEqual(segments);
    expect((await get('/tables/orders/state')).body).toEqual({ state: 'enabled' });
  });

  it('are made, changed and deleted together with their schemas', async () => {
    const schema = { schemaName: 'both', dimensionFieldSpecs: [{ name: 'a', dataType: 'INT' }] };
    const both = { tableName: 'both', schema, offline: { tableName: 'both' } };
    expect((await send('POST', '/tableConfigs/validate', both)).status).toBe(200);
    const wrong = { ...both, offline: { tableIndexConfig: { rangeIndexColumns: ['b'] } } };
    expect((await send('POST', '/tableConfigs', wrong)).status).toBe(400);
    expect((await get('/tableConfigs')).body).not.toContain('both');
    const made = await send('POST', '/tableConfigs', both);
    expect(made.body.status).toBe('TableConfigs both successfully added');
    await untilKnown('/tables/both');
    const found = (await get('/tableConfigs/both')).body;
    expect(found).toMatchObject({ tableName: 'both', schema, offline: { tableType: 'OFFLINE' } });
    const more = { ...schema, metricFieldSpecs: [{ name: 'm', dataType: 'LONG' }] };
    const changed = await send('PUT', '/tableConfigs/both', { ...both, schema: more });
    expect(changed.body.status).toBe('TableConfigs updated for both');
    await untilRows('SELECT a, m FROM both', []);
    expect((await send('DELETE', '/tableConfigs/both')).body).toEqual({
      status: 'Deleted TableConfigs: both',
    });
    await untilKnown('/tables/both', 404);
  });
});

describe('a schema that gets more columns', () => {
  const wider = {
    ...ORDERS,
    dimensionFieldSpecs: [
      ...ORDERS.dimensionFieldSpecs,
      { name: 'channel', dataType: 'STRING', defaultNullValue: 'shop' },
      { name: 'note', dataType: 'STRING' },
    ],
    metricFieldSpecs: [
      ...ORDERS.metricFieldSpecs,
      { name: 'weight', dataType: 'LONG', defaultNullValue: -1 },
    ],
  };

  it('is refused when it takes a column away or changes its type', async () => {
    const [, ...fewer] = ORDERS.dimensionFieldSpecs;
    const without = await send('PUT', '/schemas/orders', { ...ORDERS, dimensionFieldSpecs: fewer });
    expect(without.body).toMatchObject({
      code: 400,
      error: expect.stringContaining('has the column id INT, the new schema leaves it out'),
    });
    const metricFieldSpecs = [{ name: 'price', dataType: 'FLOAT' }];
    const narrower = await send('POST', '/schemas', { ...ORDERS, metricFieldSpecs });
    expect(narrower.body.error).toContain('price DOUBLE, the new schema has FLOAT');
    expect((await send('POST', '/schemas?override=false', wider)).status).toBe(409);
    expect((await send('PUT', '/schemas/orders', { ...wider, schemaName: 'x' })).status).toBe(400);
    expect((await get('/schemas/orders')).body).toEqual(ORDERS);
  });

  it('is known to brokers by itself, and segments that are there have default values', async () => {
    expect((await send('PUT', '/schemas/orders', wider)).status).toBe(200);
    await untilRows('SELECT id, channel, note, weight FROM orders ORDER BY id', [
      [1, 'shop', null, -1],
      [2, 'shop', null, -1],
      [3, 'shop', null, -1],
    ]);
    expect((await get('/schemas/orders')).body).toEqual(wider);
  });

  it('takes segments with the columns beside those without', async () => {
    const names = 'id,city,tags,price,at,channel,note,weight';
    const csv = `${names}\n4,Rom,,1,1700000000003,web,gift,12\n`;
    expect((await ingest('orders', csv, 'new.csv')).status).toBe(200);
    const sql =
      'SELECT channel, COUNT(*), SUM(weight), MAX(note) FROM orders GROUP BY 1 ORDER BY 1';
    expect(await rows(sql)).toEqual([
      ['shop', 3, -3, null],
      ['web', 1, 12, 'gift'],
    ]);
    const pruned = await ask("SELECT COUNT(*) FROM orders WHERE channel = 'web'");
    expect(pruned.body).toMatchObject({ numSegmentsQueried: 3, numSegmentsProcessed: 1 });
  });

  it('may have indexes over them, which segments with the columns get', async () => {
    const tableIndexConfig = { invertedIndexColumns: ['city', 'channel'] };
    expect((await send('PUT', '/tables/orders', { ...CONFIG, tableIndexConfig })).status).toBe(200);
    const segments: string[] = (await get('/segments/orders')).body[0].OFFLINE;
    await until('segments have the indexes', async () => {
      const all = segments.map((name) => get(`/segments/orders/${name}/metadata?columns=city`));
      const found = (await Promise.all(all)).map(({ body }) => body.indexes.join());
      const both = found.filter((one) => one.includes('inverted(channel)'));
      return found.every((one) => one.includes('inverted(city)')) && both.length === 1;
    });
    expect(await rows("SELECT COUNT(*) FROM orders WHERE channel = 'shop'")).toEqual([[3]]);
    const { body } = await get('/tables/orders_OFFLINE/indexes');
    expect(body.totalOnlineSegments).toBe(3);
    expect(body.columnToIndexesCount).toMatchObject({
      city: { dictionary: 3, forward_index: 3, inverted_index: 3 },
      channel: { dictionary: 1, forward_index: 1, inverted_index: 1 },
    });
  });

  it('is reloaded by a job that says how far it is', async () => {
    const { body } = await send('POST', '/segments/orders/reload');
    const { reloadJobId } = JSON.parse(body.status).orders_OFFLINE;
    await until('the job is done', async () => {
      const job = (await get(`/segments/segmentReloadStatus/${reloadJobId}`)).body;
      expect(job).toMatchObject({
        totalSegmentCount: 3,
        metadata: { jobId: reloadJobId, jobType: 'RELOAD_SEGMENT', tableName: 'orders_OFFLINE' },
      });
      return job.successCount === 3;
    });
    expect((await get('/segments/orders/needReload')).body).toEqual({ needReload: false });
    expect((await get('/segments/segmentReloadStatus/other')).status).toBe(404);
  });
});

describe('segments', () => {
  const sum = 'SELECT SUM(n), COUNT(*) FROM numbers';
  const list = async () => (await get('/segments/numbers')).body[0].OFFLINE;

  it('are uploaded, one by one, and take the place of those of their name', async () => {
    const schema = { schemaName: 'numbers', dimensionFieldSpecs: [{ name: 'n', dataType: 'INT' }] };
    await send('POST', '/schemas', schema);
    await untilKnown('/schemas/numbers');
    expect((await upload('numbers', 'first', [1, 2])).body).toEqual({
      status: 'Successfully uploaded segment: first of table: numbers',
    });
    expect(await rows(sum)).toEqual([[3, 2]]);
    expect((await upload('numbers', 'first', [5])).status).toBe(200);
    expect(await rows(sum)).toEqual([[5, 1]]);
    expect((await upload('numbers', 'first', [6], '&allowRefresh=false')).status).toBe(409);
    const body = numbers('numbers', 'second', [10]);
    const path = '/segments?tableName=numbers_OFFLINE&segmentName=second';
    expect((await json(other, path, { method: 'POST', body })).status).toBe(200);
    expect(await rows(sum)).toEqual([[15, 2]]);
    expect(await list()).toEqual(['first', 'second']);
  });

  it('are refused as archives, as places, and under other names', async () => {
    const post = (body: BodyInit, headers = {}, name = 'third') =>
      json(other, `/v2/segments?tableName=numbers&segmentName=${name}`, {
        ...{ method: 'POST', body, headers },
      });
    const archive = await post(new Uint8Array(gzipSync('a segment of Pinot')));
    expect(archive.body.error).toContain('tar.gz');
    const uri = await post('', { UPLOAD_TYPE: 'URI', DOWNLOAD_URI: 'http://example.org/x' });
    expect(uri.body.error).toContain('UPLOAD_TYPE "URI" is not supported');
    expect((await post(numbers('numbers', 'fourth', [1]))).status).toBe(400);
    expect((await post(numbers('other', 'third', [1]))).status).toBe(400);
    expect((await post('', {}, '..%2Fx')).status).toBe(400);
    expect(await list()).toEqual(['first', 'second']);
  });

  it('are described, and downloaded as they were sent', async () => {
    const sent = numbers('numbers', 'second', [10]);
    const at = `http://127.0.0.1:${leader.address.port}/segments/numbers/second`;
    const got = new Uint8Array(await (await fetch(at)).arrayBuffer());
    expect(Buffer.from(got).equals(sent)).toBe(true);
    const described = (await get('/segments/numbers/second/metadata?columns=*')).body;
    expect(described).toMatchObject({
      'segment.name': 'second',
      'segment.total.docs': '1',
      'segment.size.in.bytes': String(sent.length),
      columns: [{ columnName: 'n', dataType: 'INT', minValue: '10', maxValue: '10' }],
    });
    const crc = described['segment.crc'];
    expect((await get('/segments/numbers/crc')).body.second).toBe(crc);
    expect((await get('/segments/numbers/zkmetadata')).body.second['segment.crc']).toBe(crc);
    const [{ serverToSegmentsMap }] = (await get('/segments/numbers/servers')).body;
    expect(Object.values(serverToSegmentsMap).flat().sort()).toEqual(['first', 'second']);
    expect((await get('/segments/numbers/third/metadata')).status).toBe(404);
  });

  it('are replaced by others, all at once, when the client says so', async () => {
    const start = (segmentsFrom: string[], segmentsTo: string[]) =>
      send('POST', '/segments/numbers/startReplaceSegments', { segmentsFrom, segmentsTo });
    const end = (what: string, id: string) =>
      send('POST', `/segments/numbers/${what}ReplaceSegments?segmentLineageEntryId=${id}`);
    const begun = await start(['first', 'second'], ['both_0', 'both_1']);
    const id = begun.body.segmentLineageEntryId;
    await until('it is under way', async () => {
      const [entry] = (await get('/segments/numbers/lineage')).body;
      return entry?.segmentLineageEntryId === id && entry.segmentsTo.length === 2;
    });
    expect((await upload('numbers', 'both_0', [100])).status).toBe(200);
    expect((await end('end', id)).body.error).toContain('waits for segment both_1');
    expect(await rows(sum)).toEqual([[15, 2]]);
    expect((await upload('numbers', 'both_1', [200])).status).toBe(200);
    expect((await end('end', id)).status).toBe(200);
    expect(await rows(sum)).toEqual([[300, 2]]);
    expect(await list()).toEqual(['both_0', 'both_1']);
    expect((await start(['first'], ['new'])).body).toMatchObject({ code: 404 });
    const second = (await start(['both_0'], ['new'])).body.segmentLineageEntryId;
    await upload('numbers', 'new', [1]);
    expect((await end('revert', second)).status).toBe(200);
    expect((await end('revert', second)).status).toBe(404);
    expect(await rows(sum)).toEqual([[300, 2]]);
  });

  it('are deleted, one or all', async () => {
    expect((await send('DELETE', '/segments/numbers/both_0')).status).toBe(200);
    expect(await rows(sum)).toEqual([[200, 1]]);
    expect((await send('DELETE', '/segments/numbers?segments=both_0')).status).toBe(404);
    await upload('numbers', 'one', [1]);
    expect((await send('DELETE', '/segments/numbers?type=OFFLINE')).status).toBe(200);
    expect(await rows(sum)).toEqual([[null, 0]]);
    expect(await list()).toEqual([]);
  });
});

describe('the cluster', () => {
  it('tells of instances, tenants, brokers and who leads', async () => {
    expect((await get('/liveinstances')).body.instances).toEqual([
      ...['Controller_1', 'Controller_2', 'Broker_1', 'Server_a', 'Server_b'],
    ]);
    expect((await get('/instances/Server_a')).body).toMatchObject({
      ...{ instanceName: 'Server_a', enabled: true, tags: ['DefaultTenant_OFFLINE'] },
    });
    expect((await get('/instances/Server_c')).status).toBe(404);
    expect((await get('/tenants/DefaultTenant')).body).toMatchObject({
      ServerInstances: ['Server_a', 'Server_b'],
      BrokerInstances: ['Broker_1'],
    });
    expect((await get('/v2/brokers/tables/orders')).body).toEqual([
      { instanceName: 'Broker_1', ...broker.address },
    ]);
    expect((await get('/brokers')).body.tables.orders).toEqual(['Broker_1']);
    const { leadControllerEntryMap } = (await get('/leader/tables')).body;
    expect(leadControllerEntryMap.leadControllerResource_0).toEqual({
      leadControllerId: 'Controller_1',
      tableNames: ['numbers', 'orders'],
    });
  });

  it('shows its part of the tree, and nothing else', async () => {
    expect((await get('/zk/ls?path=/')).body).toEqual(['nyala']);
    expect((await get('/zk/ls?path=/nyala/tables')).body).toEqual(['numbers', 'orders']);
    expect((await get('/zk/get?path=/nyala/tables/orders')).body.schema.name).toBe('orders');
    const { dataLength } = (await get('/zk/stat?path=/nyala/tables/orders')).body;
    expect(dataLength).toBeGreaterThan(100);
    expect((await get('/zk/stat?path=/nyala/tables')).body).toMatchObject({
      ...{ dataLength: 0, numChildren: 2, version: 0, ephemeralOwner: '0' },
    });
    expect((await get('/zk/stat?path=/zookeeper')).status).toBe(404);
    for (const path of ['/zookeeper', '/nyala/../zookeeper', '/nyalas', '/nyala/none']) {
      const { status } = await get(`/zk/get?path=${encodeURIComponent(path)}`);
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
    expect((await get('/zk/get')).body.error).toMatch(/query parameter path/);
    expect((await send('PUT', '/zk/put?path=/nyala/store')).status).toBe(501);
  });

  it.each(['GET /tasks/tasktypes', 'POST /sql/ddl', 'POST /tables/orders/pauseConsumption'])(
    'says by name what it has not: %s',
    async (route) => {
      const [method = '', path = ''] = route.split(' ');
      const { status, body } = await send(method, path);
      expect([status, body.code]).toEqual([501, 501]);
      expect(body.error).toMatch(/^NOT_SUPPORTED: controller: .* not supported$/);
    },
  );

  it('answers Pinot errors for unknown paths and bodies that are no JSON', async () => {
    const error = 'controller: no such path /nothing';
    expect((await get('/nothing')).body).toEqual({ code: 404, error });
    const broken = await json(leader, '/schemas', { method: 'POST', body: '{' });
    expect(broken.body).toEqual({ code: 400, error: 'controller: the body is not JSON' });
    expect((await send('POST', '/schemas', [])).body.error).toMatch(/^controller: body: /);
  });
});

interface Described {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: z.core.JSONSchema.JSONSchema }>>;

describe('the description', () => {
  it('has every route, and answers are as it says', async () => {
    const { paths }: Described = (await get('/openapi.json')).body;
    const values: Record<string, string> = {
      ...{ table: 'orders', schema: 'orders', instance: 'Server_a', tenant: 'DefaultTenant' },
      ...{ segment: (await get('/segments/orders')).body[0].OFFLINE[0], jobId: 'orders~0~0' },
    };
    let asked = 0;
    for (const [path, operations] of Object.entries(paths)) {
      // These are about what has to be begun first, and are asked for where it is.
      const isElsewhere = path === '/sql' || path === '/rebalanceStatus/{jobId}';
      if (operations.get === undefined || isElsewhere) continue;
      const query = path.startsWith('/zk') ? '?path=/nyala/tables/orders' : '';
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!);
      const { status, body } = await get(filled + query);
      expect([path, status]).toEqual([path, 200]);
      const schema = operations.get.responses['200']!.content['application/json']?.schema;
      if (schema === undefined) continue;
      const { error } = z.fromJSONSchema(schema).safeParse(body);
      expect([path, error?.issues]).toEqual([path, undefined]);
      asked++;
    }
    expect(asked).toBeGreaterThan(40);
  });

  it('is shown by a page that takes nothing from elsewhere', async () => {
    const page = await get('/help');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const places = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, place]) => place);
    expect(places).toEqual(['help/style.css', 'help/main.js', 'openapi.json']);
    for (const place of places) expect((await get(`/${place}`)).status).toBe(200);
  });
});

describe('clients of Pinot', () => {
  it('pinot-client finds brokers and reads columns of a changed schema', async () => {
    const at = `127.0.0.1:${other.address.port}`;
    const connection = await ConnectionFactory.fromController(at);
    try {
      const answer = await connection.execute('orders', 'SELECT channel FROM orders WHERE id = 4');
      expect(answer.resultTable.rows).toEqual([['web']]);
      expect(answer.totalDocs).toBe(4);
    } finally {
      connection.close();
    }
  });

  it('the dialect of Superset reads tables and the fields of their schemas', async () => {
    expect((await get('/tables')).body.tables).toContain('orders');
    const schema = (await get('/tables/orders/schema')).body;
    const lists = ['dimensionFieldSpecs', 'metricFieldSpecs', 'dateTimeFieldSpecs'];
    const fields = lists.flatMap((list) => schema[list]);
    expect(fields.map(({ name, dataType }) => `${name} ${dataType}`)).toEqual([
      ...['id INT', 'city STRING', 'tags STRING', 'channel STRING', 'note STRING'],
      ...['price DOUBLE', 'weight LONG', 'at LONG'],
    ]);
  });

  it('Grafana finds out that there are no tables of its own kind', async () => {
    const at = `http://127.0.0.1:${leader.address.port}`;
    expect((await fetch(`${at}/mytables`, { method: 'HEAD' })).status).toBe(404);
    expect((await fetch(`${at}/tables`, { method: 'HEAD' })).status).toBe(200);
  });

  it('Cube sends queries with its options to the broker', async () => {
    const body = JSON.stringify({
      sql: 'SELECT city, COUNT(*) FROM orders GROUP BY city ORDER BY city LIMIT 1',
      queryOptions: 'useMultistageEngine=true;enableNullHandling=true;timeoutMs=10000',
    });
    const headers = { authorization: 'Basic bm9ib2R5Og==', 'content-type': 'application/json' };
    const answer = await json(broker, '/query/sql', { method: 'POST', body, headers });
    expect(answer.body.exceptions).toEqual([]);
    expect(answer.body.resultTable.rows).toEqual([['Bern', 1]]);
  });
});
