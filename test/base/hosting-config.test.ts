import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { readHostingConfig } from '../../src/base/hosting-config.ts';
import type { PlainJsonRecord } from '../../src/base/plain-json.ts';
import type { TableSchema } from '../../src/base/types.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'day', type: 'INT' },
    { name: 'city', type: 'STRING' },
  ],
};

const read = (json: PlainJsonRecord) => readHostingConfig(json, 'config', schema);

function refusal(json: PlainJsonRecord): string {
  try {
    read(json);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

const groups = (rules: PlainJsonRecord) => ({
  instanceAssignmentConfigMap: { OFFLINE: { replicaGroupPartitionConfig: rules } },
});
const tier = (rules: PlainJsonRecord) => ({
  segmentsConfig: { timeColumnName: 'at' },
  tierConfigs: [{ name: 'cold', serverTag: 'cold_OFFLINE', ...rules }],
});

describe('where segments are kept', () => {
  it('is on all servers with the default tag, for good, unless it is said', () => {
    expect(read({})).toEqual({
      replication: null,
      serverTag: 'DefaultTenant_OFFLINE',
      groups: null,
      tiers: [],
      retentionMs: null,
      quotaBytes: null,
      timeUnitMs: 1,
    });
  });

  it('is said in the words of Pinot', () => {
    const segmentsConfig = {
      replication: '3',
      timeColumnName: 'day',
      timeType: 'DAYS',
      retentionTimeUnit: 'DAYS',
      retentionTimeValue: '30',
    };
    const tierConfigs = [
      { name: 'warm', segmentSelectorType: 'time', segmentAge: '1d12h', serverTag: 'w' },
      { name: 'cold', segmentSelectorType: 'TIME', segmentAge: '7d', serverTag: 'c' },
      { name: 'pinned', segmentSelectorType: 'fixed', segmentList: ['a', 'b'], serverTag: 'p' },
    ];
    const rules = { replicaGroupBased: true, numReplicaGroups: 2, numInstancesPerReplicaGroup: 3 };
    const found = read({
      segmentsConfig,
      tierConfigs,
      tenants: { server: 'Sales' },
      quota: { storage: '1.5G', maxQueriesPerSecond: '300' },
      ...groups({ ...rules, numPartitions: 4 }),
    });
    expect(found).toMatchObject({
      replication: 3,
      serverTag: 'Sales_OFFLINE',
      groups: { groupCount: 2, serversPerGroup: 3, byPartition: true },
      retentionMs: 30 * 86_400_000,
      quotaBytes: 1.5 * 2 ** 30,
      timeUnitMs: 86_400_000,
    });
    expect(found.tiers.map(({ name, ageMs }) => [name, ageMs])).toEqual([
      ['pinned', null],
      ['cold', 7 * 86_400_000],
      ['warm', 1.5 * 86_400_000],
    ]);
    const tagPoolConfig = { tag: 'own', poolBased: false };
    const map = { instanceAssignmentConfigMap: { OFFLINE: { tagPoolConfig } } };
    expect(read(map).serverTag).toBe('own');
  });

  it.each<[PlainJsonRecord, RegExp]>([
    [{ segmentsConfig: { replication: 0 } }, /^BAD_REQUEST .*from 1 to 16, found 0/],
    [{ segmentsConfig: { replication: 'two' } }, /^BAD_REQUEST /],
    [{ tenants: { servers: 'x' } }, /^UNKNOWN_OPTION .*did you mean server\?/],
    [{ tenants: { server: 'a b' } }, /^BAD_REQUEST .*a name/],
    [{ quota: { storage: 'much' } }, /^BAD_REQUEST .*such as 100G/],
    [groups({ replicaGroupBased: true }), /^BAD_REQUEST .*numReplicaGroups/],
    [groups({ numInstances: 3 }), /^NOT_SUPPORTED .*numInstances/],
    [groups({ replicaGroup: true }), /^UNKNOWN_OPTION .*did you mean/],
    [
      groups({ replicaGroupBased: true, numReplicaGroups: 2, numInstancesPerPartition: 2 }),
      /^NOT_SUPPORTED .*numInstancesPerPartition/,
    ],
    [{ instanceAssignmentConfigMap: { CONSUMING: { a: 1 } } }, /^NOT_SUPPORTED .*CONSUMING/],
    [tier({ segmentSelectorType: 'size' }), /^BAD_REQUEST .*time or fixed/],
    [tier({ segmentSelectorType: 'time', segmentAge: 'old' }), /^BAD_REQUEST .*such as 7d/],
    [tier({ segmentSelectorType: 'time', tierBackend: 's3' }), /^NOT_SUPPORTED .*tierBackend/],
    [
      { segmentsConfig: { retentionTimeUnit: 'DAYS', retentionTimeValue: '1' } },
      /^BAD_REQUEST .*timeColumnName/,
    ],
    [
      { segmentsConfig: { ...{ retentionTimeUnit: 'YEARS', retentionTimeValue: '1' } } },
      /^BAD_REQUEST .*retentionTimeUnit/,
    ],
    [
      {
        segmentsConfig: {
          ...{ retentionTimeUnit: 'DAYS', retentionTimeValue: '1' },
          timeColumnName: 'day',
        },
      },
      /^BAD_REQUEST .*timeType: expected the unit of day/,
    ],
    [
      {
        segmentsConfig: {
          ...{ retentionTimeUnit: 'DAYS', retentionTimeValue: '1' },
          timeColumnName: 'city',
        },
      },
      /^BAD_REQUEST .*found city STRING/,
    ],
  ])('%j is refused', (json, message) => {
    expect(refusal(json)).toMatch(message);
  });
});
