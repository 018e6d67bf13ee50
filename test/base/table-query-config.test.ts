import { describe, expect, it } from 'vitest';
import { readTableConfig } from '../../src/base/table-config.ts';
import { readQueryConfig } from '../../src/base/table-query-config.ts';
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
    });
    expect(readQueryConfig({}, 'config')).toEqual({
      selector: 'balanced',
      queriesPerSecondMax: null,
    });
    const others = { routing: { instanceSelectorType: 'STRICTREPLICAGROUP' }, quota: null };
    expect(readQueryConfig(others, 'config').selector).toBe('strictReplicaGroup');
  });

  it.each([
    [{ routing: { instanceSelectorType: 'replicaGrup' } }, 'UNKNOWN_OPTION', /mean replicaGroup/],
    [{ routing: { instanceSelector: 'balanced' } }, 'UNKNOWN_OPTION', /instanceSelectorType/],
    [{ quota: { maxQueriesPerSecond: '0' } }, 'BAD_REQUEST', /above 0, found "0"/],
    [{ quota: { maxQueriesPerSecond: 'many' } }, 'BAD_REQUEST', /above 0/],
    [{ quota: { queriesPerSecond: 5 } }, 'UNKNOWN_OPTION', /maxQueriesPerSecond/],
    [{ quota: [5] }, 'BAD_REQUEST', /an object as quota/],
  ] as const)('is refused where it cannot be: %j', (config, code, text) => {
    const schema = { name: 't', columns: [] };
    const error = errorOf(() => readTableConfig(config, 'config', schema));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});
