import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLUSTER_NODE_BYTES_MAX, SEGMENT_PAGE_BYTES_MAX } from '../../src/base/limits.ts';
import { SEGMENT_PAGE_RANGES_BYTES_MAX } from '../../src/base/serving-limits.ts';
import { recordsOf } from '../../src/controller/load-plan.ts';
import { editPage, type RecordEdit } from '../../src/controller/page-edits.ts';
import type { SegmentPageNode, SegmentRecord } from '../../src/coord/cluster/segment-nodes.ts';
import { pageBytes } from '../../src/coord/cluster/segment-pages.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster, schemaOf } from './catalog-cluster.ts';
import { json, TestCluster } from './cluster.ts';

describe('a table whose configuration names pruner columns', () => {
  let cluster: CatalogCluster;
  beforeEach(() => {
    cluster = new CatalogCluster();
  });
  afterEach(async () => {
    await cluster.close();
    expect(cluster.errors).toEqual([]);
  });

  it('has their ranges in the records of segments, of those from before as well', async () => {
    await cluster.server('Server_a');
    const controller = await cluster.controller('Controller_1');
    await controller.lead();
    const { catalog, state } = controller;
    const load = async (value: number) =>
      catalog.commitLoad('t', [await cluster.upload('t', `s${value}`, value)]);
    const ranges = () =>
      Object.fromEntries([...recordsOf(state, 't')].map(([id, record]) => [id, record.ranges]));
    await catalog.createTable(schemaOf('t'));
    await load(1);
    await state.settled();
    expect(ranges()).toEqual({ s1: undefined });
    await catalog.configure('t', { routing: { segmentPrunerColumns: ['n'] } });
    await load(2);
    await until('both have one', async () => Object.values(ranges()).every((its) => its));
    expect(ranges()).toEqual({ s1: { n: [1, 1] }, s2: { n: [2, 2] } });
    await controller.close();
  });
});

it('a broker goes by the ranges of columns that a configuration names', async () => {
  const cluster = await TestCluster.start();
  const controller = await cluster.controller();
  await cluster.server('Server_1');
  const broker = await cluster.broker();
  const headers = { 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    json(controller, path, { method: 'POST', headers, body: JSON.stringify(body) });
  const dimensionFieldSpecs = [
    { name: 'id', dataType: 'INT' },
    { name: 'city', dataType: 'STRING' },
  ];
  expect((await post('/schemas', { schemaName: 't', dimensionFieldSpecs })).status).toBe(200);
  const config = {
    tableName: 't',
    tableType: 'OFFLINE',
    routing: { segmentPrunerTypes: ['partition'], segmentPrunerColumns: ['city'] },
    tableIndexConfig: { sortedColumn: ['id'], bloomFilterColumns: ['id'] },
  };
  expect((await post('/tables', config)).status).toBe(200);
  for (const [at, cities] of [['athens', 'berlin'], ['madrid', 'paris'], ['rome']].entries()) {
    const file = join(cluster.directory, `t${at}.csv`);
    await writeFile(
      file,
      `id,city\n${cities.map((city, n) => `${3 * at + n},${city}\n`).join('')}`,
    );
    await cluster.load(controller, 't', file);
  }
  const ask = async (sql: string) => {
    const { body } = await json(broker, `/query/sql?sql=${encodeURIComponent(sql)}`);
    const { resultTable, numSegmentsQueried, numSegmentsPrunedByBroker: leftOut } = body;
    return { rows: resultTable.rows, asked: numSegmentsQueried, leftOut };
  };
  const sql = "SELECT id, city FROM t WHERE city >= 'paris' ORDER BY id";
  const rows = [
    [4, 'paris'],
    [6, 'rome'],
  ];
  expect(await ask(sql)).toEqual({ rows, asked: 2, leftOut: 1 });
  const all = { rows, asked: 3, leftOut: 0 };
  expect(await ask(`SET useBrokerPruning = false; ${sql}`)).toEqual(all);
  // A Bloom filter is the server's matter, and the sorted column is not asked for beside others.
  expect(await ask('SELECT id FROM t WHERE id = 77')).toEqual({ rows: [], asked: 3, leftOut: 0 });
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

describe('a page', () => {
  const record: SegmentRecord = {
    rowCount: 1_048_576,
    lengthBytes: 12_345_678,
    createdAtMs: 1_700_000_000_000,
    crc: 4_000_000_000,
    file: 'visits/visits_0~0123456789abcdef.segment',
    servers: ['Server_a', 'Server_b'],
    load: '0123456789ab',
  };

  /** Edits a page that is as full as it gets, record by record. */
  async function edited(edit: RecordEdit): Promise<SegmentPageNode> {
    const segments: Record<string, SegmentRecord> = {};
    while (pageBytes({ segments: { ...segments } }) < SEGMENT_PAGE_BYTES_MAX - 250) {
      segments[`s${Object.keys(segments).length}`] = record;
    }
    let page: SegmentPageNode = { segments };
    const term = {
      update: async (_path: string, change: (current: SegmentPageNode) => unknown) => {
        page = JSON.parse(JSON.stringify(change(page) ?? page));
      },
    };
    for (const id of Object.keys(segments)) {
      const own: RecordEdit = (current, currentId) =>
        currentId === id ? edit(current, currentId) : current;
      await editPage(term as never, 't', '0', own);
    }
    return page;
  }

  it('takes ranges of columns as long as there is room for what has to fit', async () => {
    const ranges = { name: ['a'.repeat(32), 'b'.repeat(32)] as const };
    const full = await edited((current) => ({ ...current, crc: 4_000_000_001, ranges }));
    const records = Object.values(full.segments);
    expect(pageBytes(full)).toBeLessThanOrEqual(SEGMENT_PAGE_RANGES_BYTES_MAX);
    expect(records.filter((its) => its.ranges !== undefined).length).toBeGreaterThan(50);
    expect(records.at(-1)).not.toHaveProperty('ranges');
    expect(records.every(({ crc }) => crc === 4_000_000_001)).toBe(true);
  });

  it('takes marks of loads and servers beyond that', async () => {
    const servers = [...record.servers, 'Server_10.0.0.3_8098'];
    const move = { add: ['Server_10.0.0.3_8098'], drop: [] };
    const full = await edited((current) => ({ ...current, servers, move, replacedBy: 'abcdef' }));
    expect(Object.values(full.segments).every((its) => its.replacedBy === 'abcdef')).toBe(true);
    expect(pageBytes(full)).toBeGreaterThan(SEGMENT_PAGE_RANGES_BYTES_MAX);
    expect(pageBytes(full)).toBeLessThan(CLUSTER_NODE_BYTES_MAX);
  });
});
