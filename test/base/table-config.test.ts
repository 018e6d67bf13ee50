import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { indexName } from '../../src/base/index-config.ts';
import { readTableConfig } from '../../src/base/table-config.ts';
import type { TableSchema } from '../../src/base/types.ts';

const schema: TableSchema = {
  name: 'flights',
  columns: [
    { name: 'carrier', type: 'STRING' },
    { name: 'delay', type: 'INT' },
    { name: 'fare', type: 'DOUBLE' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'late', type: 'BOOLEAN' },
  ],
};

function read(json: unknown) {
  return readTableConfig(json, 'test', schema).build;
}

function refusal(json: unknown): string {
  try {
    read(json);
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    return `${(error as EngineError).code} ${(error as EngineError).message}`;
  }
  return 'accepted';
}

describe('a table configuration', () => {
  it("is read in Pinot's words, old and new", () => {
    const build = read({
      tableName: 'flights_OFFLINE',
      tableType: 'OFFLINE',
      segmentsConfig: { replication: '1' },
      tableIndexConfig: {
        invertedIndexColumns: ['carrier', 'delay'],
        rangeIndexColumns: ['fare'],
        bloomFilterColumns: ['carrier', 'delay'],
        bloomFilterConfigs: { carrier: { fpp: 0.01, loadOnHeap: true } },
        noDictionaryColumns: ['fare'],
        sortedColumn: ['delay'],
        loadMode: 'MMAP',
        nullHandlingEnabled: true,
        segmentPartitionConfig: null,
        enableDefaultStarTree: true,
      },
      fieldConfigList: [
        { name: 'carrier', indexes: { inverted: {}, text: {}, bloom: { disabled: true } } },
        { name: 'fare', encodingType: 'RAW', indexTypes: ['RANGE'] },
        {
          ...{ name: 'at', encodingType: 'DICTIONARY', indexTypes: ['TIMESTAMP'] },
          timestampConfig: { granularities: ['DAY', 'week'] },
        },
      ],
    });
    expect(build.rawColumns).toEqual(['fare']);
    expect(build.sortedColumn).toBe('delay');
    expect(build.indexes.map(indexName)).toEqual([
      ...['inverted(carrier)', 'inverted(delay)', 'range(fare)', 'bloom(carrier)', 'bloom(delay)'],
      ...[
        'sorted(delay)',
        'startree()',
        'text(carrier)',
        'timestamp($at$DAY)',
        'timestamp($at$WEEK)',
      ],
    ]);
    expect(build.indexes[3]!.parameters).toEqual({ fpp: 0.01 });
  });

  const table = (tableIndexConfig: object) => ({ tableIndexConfig });
  const star = (tree: object) => {
    return table({
      starTreeIndexConfigs: [{ dimensionsSplitOrder: ['carrier', 'delay'], ...tree }],
    });
  };
  const field = (config: object) => ({ fieldConfigList: [{ name: 'carrier', ...config }] });
  it.each<[unknown, RegExp]>([
    [7, /^BAD_REQUEST test: expected an object, found 7/],
    [{ tableNam: 'x' }, /^UNKNOWN_OPTION .*found tableNam \(did you mean tableName\?\)/],
    [{ tableName: 'other' }, /^BAD_REQUEST .*expected flights, found "other"/],
    [{ upsertConfig: { mode: 'FULL' } }, /^NOT_SUPPORTED .*Pinot's upsertConfig/],
    [table({ streamConfigs: { a: 1 } }), /^NOT_SUPPORTED .*Pinot's streamConfigs/],
    [table({ invertedIndexColumn: [] }), /^UNKNOWN_OPTION .*did you mean invertedIndexColumns/],
    [table({ invertedIndexColumns: 'carrier' }), /^BAD_REQUEST .*expected a list/],
    [table({ invertedIndexColumns: ['carier'] }), /^UNKNOWN_COLUMN .*did you mean carrier/],
    [table({ rangeIndexColumns: ['carrier'] }), /^BAD_REQUEST .*range\(carrier\).*found STRING/],
    [table({ bloomFilterColumns: ['late'] }), /^BAD_REQUEST .*bloom\(late\).*found BOOLEAN/],
    [table({ bloomFilterConfigs: { carrier: { fpp: 2 } } }), /^BAD_REQUEST .*between 0 and 1/],
    [
      table({ bloomFilterConfigs: { carrier: { ffp: 0.1 } } }),
      /^UNKNOWN_OPTION .*did you mean fpp/,
    ],
    [table({ noDictionaryColumns: ['carrier'] }), /^NOT_SUPPORTED .*without a dictionary/],
    [
      table({ noDictionaryColumns: ['delay'], invertedIndexColumns: ['delay'] }),
      /^BAD_REQUEST .*use a range index/,
    ],
    [table({ sortedColumn: ['delay', 'fare'] }), /^BAD_REQUEST .*expected one column/],
    [table({ jsonIndexConfigs: { carrier: { maxLevels: 2 } } }), /^NOT_SUPPORTED .*maxLevels/],
    [table({ starTreeIndexConfigs: [{}] }), /^BAD_REQUEST .*expected dimensions/],
    [star({ dimensionsSplitOrder: ['carier'] }), /^UNKNOWN_COLUMN .*did you mean carrier/],
    [star({ dimensionsSplitOrder: ['carrier', 'carrier'] }), /^BAD_REQUEST .*each dimension once/],
    [
      star({ functionColumnPairs: ['SUM__carrier'] }),
      /^BAD_REQUEST .*sum\(carrier\).*found STRING/,
    ],
    [star({ functionColumnPairs: ['SUM__dela'] }), /^UNKNOWN_COLUMN .*did you mean delay/],
    [
      star({ functionColumnPairs: ['DISTINCTCOUNTTHETASKETCH__carrier'] }),
      /^NOT_SUPPORTED .*a star-tree/,
    ],
    [table({ enableDefaultStarTree: 'yes' }), /^BAD_REQUEST .*expected true or false, found "yes"/],
    [star({ functionColumnPair: [] }), /^UNKNOWN_OPTION .*did you mean functionColumnPairs/],
    [
      star({ aggregationConfigs: [{ columnName: '*', aggregationFunction: 'MAX' }] }),
      /^BAD_REQUEST .*expected a column, found MAX__\*/,
    ],
    [
      { tableIndexConfig: { ...star({}).tableIndexConfig, noDictionaryColumns: ['delay'] } },
      /^BAD_REQUEST .*expected dimensions with a dictionary, found delay/,
    ],
    [field({ indexTypes: ['FST'] }), /^NOT_SUPPORTED .*index FST/],
    [field({ indexTypes: ['INVERTE'] }), /^UNKNOWN_OPTION .*did you mean INVERTED/],
    [field({ indexes: { vector: { a: 1 } } }), /^NOT_SUPPORTED .*vector/],
    [field({ indexes: { txt: {} } }), /^UNKNOWN_OPTION .*did you mean text/],
    [field({ timestampConfig: { granularities: ['DAY'] } }), /^BAD_REQUEST .*of TIMESTAMP, found/],
    [field({ timestampConfig: { granularities: ['DAYS'] } }), /^UNKNOWN_OPTION .*did you mean DAY/],
    [field({ timestampConfig: { granularity: 'DAY' } }), /^UNKNOWN_OPTION .*granularities/],
    [field({ indexType: 'TIMESTAMP' }), /^BAD_REQUEST .*granularities for the index TIMESTAMP/],
    [{ fieldConfigList: [{ indexes: {} }] }, /^BAD_REQUEST .*expected a column/],
  ])('%j is refused', (json, message) => {
    expect(refusal(json)).toMatch(message);
  });
});
