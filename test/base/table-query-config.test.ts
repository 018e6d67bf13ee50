import { describe, expect, it } from 'vitest';
import { readTableConfig } from '../../src/base/table-config.ts';
import { readQueryConfig } from '../../src/base/table-query-config.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { errorOf } from '../support/engine-error.ts';

describe('what a table configuration says about queries', () => {
  it('is a way to choose replicas and a rate, in the words of Pinot', () => {
    const config = {
      routing: { instanceSelectorType: 'replicaGroup', segmentPrunerTypes: ['time'] },
      quota: { maxQueriesPerSecond: '300', storage: '100G' },
    };
    expect(readQueryConfig(config, 'config')).toEqual({
      selector: 'replicaGroup',
      queriesPerSecondMax: 300,
      prunerColumns: [],
      quotaWindowSeconds: 1,
    });
    expect(readQueryConfig({}, 'config')).toEqual({
      selector: 'balanced',
      queriesPerSecondMax: null,
      prunerColumns: [],
      quotaWindowSeconds: 1,
    });
    const quota = { rateLimits: 90, rateLimiterDuration: '1.5', rateLimiterUnit: 'MINUTES' };
    expect(readQueryConfig({ quota }, 'config')).toMatchObject({
      queriesPerSecondMax: 1,
      quotaWindowSeconds: 90,
    });
    const others = { routing: { instanceSelectorType: 'STRICTREPLICAGROUP' }, quota: null };
    expect(readQueryConfig(others, 'config').selector).toBe('strictReplicaGroup');
  });

  it('names columns by which brokers leave out segments, or has the one that sorts rows', () => {
    const tableIndexConfig = { sortedColumn: ['day'] };
    expect(readQueryConfig({ tableIndexConfig }, 'config').prunerColumns).toEqual(['day']);
    const routing = { segmentPrunerColumns: ['city', 'day'] };
    const config = { routing, tableIndexConfig };
    expect(readQueryConfig(config, 'config').prunerColumns).toEqual(['city', 'day']);
    const none = { routing: { segmentPrunerColumns: [] }, tableIndexConfig };
    expect(readQueryConfig(none, 'config').prunerColumns).toEqual([]);
  });

  it.each([
    [{ routing: { segmentPrunerColumns: ['cty'] } }, 'UNKNOWN_COLUMN', /no column cty.* city/],
    [{ routing: { segmentPrunerColumns: ['tags'] } }, 'BAD_REQUEST', /found tags ARRAY<STRING>/],
    [{ routing: { segmentPrunerColumns: ['flag'] } }, 'BAD_REQUEST', /text, found flag BOOLEAN/],
    [{ routing: { segmentPrunerColumns: [3] } }, 'BAD_REQUEST', /list of names, found \[3\]/],
    [{ routing: { instanceSelectorType: 'replicaGrup' } }, 'UNKNOWN_OPTION', /mean replicaGroup/],
    [{ routing: { instanceSelector: 'balanced' } }, 'UNKNOWN_OPTION', /instanceSelectorType/],
    [{ quota: { maxQueriesPerSecond: '0' } }, 'BAD_REQUEST', /above 0, found "0"/],
    [{ quota: { maxQueriesPerSecond: 'many' } }, 'BAD_REQUEST', /above 0/],
    [{ quota: { queriesPerSecond: 5 } }, 'UNKNOWN_OPTION', /maxQueriesPerSecond/],
    [
      { quota: { rateLimits: 5 } },
      'BAD_REQUEST',
      /rateLimiterUnit of SECONDS or MINUTES, found null/,
    ],
    [
      { quota: { rateLimits: 5, rateLimiterUnit: 'SECONDS' } },
      'BAD_REQUEST',
      /rateLimiterDuration above 0, found null/,
    ],
    [
      { quota: { maxQueriesPerSecond: 5, rateLimits: 5 } },
      'BAD_REQUEST',
      /expected maxQueriesPerSecond or rateLimits, .*, found both/,
    ],
    [{ quota: [5] }, 'BAD_REQUEST', /an object as quota/],
  ] as const)('is refused where it cannot be: %j', (config, code, text) => {
    const schema: TableSchema = {
      name: 't',
      columns: [
        { name: 'city', type: 'STRING' },
        { name: 'tags', type: 'ARRAY<STRING>' },
        { name: 'flag', type: 'BOOLEAN' },
      ],
    };
    const error = errorOf(() => readTableConfig(config, 'config', schema));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});
