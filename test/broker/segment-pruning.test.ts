import { describe, expect, it } from 'vitest';
import { murmurPartition } from '../../src/base/murmur2.ts';
import type { TableSchema } from '../../src/base/types.ts';
import type { SegmentFacts } from '../../src/broker/cluster-view.ts';
import { segmentsToAsk } from '../../src/broker/segment-pruning.ts';
import { planQuery } from '../../src/sql/query.ts';
import { CHECKSUM_ROWS, Replicas } from './replicas.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'day', type: 'INT' },
    { name: 'user', type: 'STRING' },
    { name: 'x', type: 'DOUBLE' },
  ],
};

function asked(
  where: string,
  facts: Record<string, Omit<SegmentFacts, 'rowCount'>>,
  set = '',
): string[] {
  const { leaf } = planQuery(`${set}SELECT COUNT(*) FROM t WHERE ${where}`, {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
  }).plan;
  const names = ['old', 'new', 'unknown'];
  const factsOf = (name: string) =>
    facts[name] === undefined ? null : { rowCount: 1, ...facts[name] };
  return segmentsToAsk(leaf!, names, factsOf, schema);
}

describe('pruning by time', () => {
  const facts = {
    old: { time: { column: 'at', min: 0, max: 999_999 } },
    new: { time: { column: 'at', min: 1_000_000, max: 1_999_999 } },
  };

  it.each([
    ["at < '1970-01-01 00:00:01'", ['old', 'unknown']],
    ["at <= '1970-01-01 00:00:01'", ['old', 'new', 'unknown']],
    ["at >= '1970-01-01 00:00:01'", ['new', 'unknown']],
    ["at = '1970-01-01 00:00:00.5'", ['old', 'unknown']],
    ["at BETWEEN '1970-01-01 00:00:02' AND '1970-01-01 00:00:03'", ['unknown']],
    ["x > 1 AND at > '1970-01-01 00:00:01'", ['new', 'unknown']],
    ["x > 1 OR at > '1970-01-01 00:00:01'", ['old', 'new', 'unknown']],
    ['at IS NULL', ['old', 'new', 'unknown']],
    ['at IS NOT NULL', ['old', 'new', 'unknown']],
    ['x > 1', ['old', 'new', 'unknown']],
  ])('%s asks %j', (where, names) => {
    expect(asked(where, facts)).toEqual(names);
  });

  it('goes by numbers in columns of numbers', () => {
    const days = {
      old: { time: { column: 'day', min: 1, max: 5 } },
      new: { time: { column: 'day', min: 6, max: 9 } },
    };
    expect(asked('day IN (2, 20)', days)).toEqual(['old', 'unknown']);
  });
});

describe('pruning by partition', () => {
  const partitionOf = (value: string) => murmurPartition(value, 8);
  const facts = {
    old: { partitions: { column: 'user', count: 8, ids: [partitionOf('ann')] } },
    new: { partitions: { column: 'user', count: 8, ids: [partitionOf('bob')] } },
  };

  it.each([
    ["user = 'ann'", ['old', 'unknown']],
    ["user IN ('ann', 'bob')", ['old', 'new', 'unknown']],
    ["user > 'ann'", ['old', 'new', 'unknown']],
    ["user <> 'ann'", ['old', 'new', 'unknown']],
    ['user IS NULL', ['old', 'new', 'unknown']],
    ["user = 'ann' AND x > 1", ['old', 'unknown']],
  ])('%s asks %j', (where, names) => {
    expect(partitionOf('ann')).not.toBe(partitionOf('bob'));
    expect(asked(where, facts)).toEqual(names);
  });

  it('is no index when none may be used', () => {
    const all = ['old', 'new', 'unknown'];
    expect(asked("user = 'ann'", facts, 'SET useIndexes = false; ')).toEqual(all);
  });
});

describe('pruning by ranges of columns', () => {
  const facts = {
    old: { ranges: { user: ['ann', 'bob'], x: [1, 2] } },
    new: { ranges: { user: ['carl', 'zoe'] } },
  } as const;

  it.each([
    ["user = 'bert'", ['old', 'unknown']],
    ["user IN ('abel', 'zorro')", ['unknown']],
    ["user > 'bob'", ['new', 'unknown']],
    ["user < 'carl'", ['old', 'unknown']],
    ["user = 'bert' AND x > 1", ['old', 'unknown']],
    ["user = 'dora' OR x = 3", ['new', 'unknown']],
    ['x = 3', ['new', 'unknown']],
    // NaN is greater than every number, and no part of a range.
    ['x > 3', ['old', 'new', 'unknown']],
    ["user LIKE 'q%'", ['old', 'new', 'unknown']],
    ['user IS NULL', ['old', 'new', 'unknown']],
  ])('%s asks %j', (where, names) => {
    expect(asked(where, facts)).toEqual(names);
  });

  it('goes by partitions as well', () => {
    const partitions = { column: 'user', count: 8, ids: [murmurPartition('ann', 8)] };
    const both = { ...facts, old: { ...facts.old, partitions } };
    expect(murmurPartition('bob', 8)).not.toBe(murmurPartition('ann', 8));
    expect(asked("user = 'bob'", both)).toEqual(['unknown']);
    expect(asked("user = 'ann'", both)).toEqual(['old', 'unknown']);
  });
});

describe('a broker that knows what segments hold', () => {
  const facts = new Map([
    ['s0', { rowCount: 200, time: { column: 'id', min: 0, max: 199 } }],
    ['s1', { rowCount: 200, ranges: { id: ['200', '399'] } }],
  ] as const);

  it('asks only servers that may have rows, and says how many segments it left out', async () => {
    const cluster = await Replicas.open([['a'], ['b']], { facts });
    const sql = 'SELECT COUNT(*), SUM(id) FROM t WHERE id < 3';
    expect(await cluster.query(sql)).toMatchObject({
      resultTable: { rows: [[3, 3]] },
      numServersQueried: 1,
      numSegmentsQueried: 1,
      numSegmentsPrunedByBroker: 1,
    });
    expect(cluster.server('b').asked).toEqual([]);
    const without = await cluster.query(`SET useBrokerPruning = false; ${sql}`);
    expect(without).toMatchObject({ resultTable: { rows: [[3, 3]] }, numServersQueried: 2 });
    const none = await cluster.query('SELECT COUNT(*), SUM(id) FROM t WHERE id > 1000');
    expect(none).toMatchObject({ resultTable: { rows: [[0, null]] }, numServersQueried: 0 });
    const all = await cluster.query('SELECT COUNT(*), SUM(id) FROM t');
    expect(all).toMatchObject({ resultTable: { rows: CHECKSUM_ROWS }, numServersQueried: 2 });
    await cluster.close();
  });
});
