import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLUSTER_NODE_BYTES_MAX, SEGMENT_PAGE_BYTES_MAX } from '../../src/base/limits.ts';
import { SEGMENT_PAGE_RANGES_BYTES_MAX } from '../../src/base/serving-limits.ts';
import { recordsOf } from '../../src/controller/load-plan.ts';
import { editPage, type RecordEdit } from '../../src/controller/page-edits.ts';
import type { SegmentPageNode, SegmentRecord } from '../../src/coord/cluster/segment-nodes.ts';
import { pageBytes } from '../../src/coord/cluster/segment-pages.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster, schemaOf } from './catalog-cluster.ts';

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
