import { describe, expect, it } from 'vitest';
import type { BuildConfig, IndexConfig, IndexParameters } from '../../src/base/index-config.ts';
import type { ColumnSchema } from '../../src/base/types.ts';
import type { ColumnChunk } from '../../src/segment/column-chunk.ts';
import { encodeTrailer, TRAILER_BYTES } from '../../src/segment/format.ts';
import type { SegmentIndex } from '../../src/segment/metadata.ts';
import { parseTrailer, readSegment, storedBytes } from '../../src/segment/read.ts';
import { rebuildIndexes } from '../../src/segment/rebuild.ts';
import { decodeStored } from './decode-stored.ts';
import { buildSegment, fileOf } from './files.ts';
import { chunkOf } from './random-column.ts';

type Column = ColumnSchema & { readonly chunk: ColumnChunk };

const STAR = 0xffff_ffff;

function tree(columns: readonly string[], parameters: IndexParameters): IndexConfig {
  return { kind: 'startree', columns, parameters };
}

function fileWith(columns: readonly Column[], config: Partial<BuildConfig>): Uint8Array {
  return fileOf(buildSegment('starred', columns, config));
}

function treeOf(file: Uint8Array): SegmentIndex | undefined {
  return readSegment(file).indexes.find(({ kind }) => kind === 'startree');
}

/** A buffer as numbers of its width. */
function numbersOf(file: Uint8Array, role: string, widthBytes: 1 | 4 | 8): number[] {
  const buffer = treeOf(file)!.buffers.find((candidate) => candidate.role === role)!;
  const bytes = Uint8Array.from(decodeStored(buffer, storedBytes(file, buffer)));
  if (widthBytes === 1) return [...bytes];
  if (widthBytes === 4) return [...new Uint32Array(bytes.buffer)];
  return [...new BigInt64Array(bytes.buffer)].map(Number);
}

function integers(name: string, values: readonly (number | null)[]): Column {
  return { name, type: 'INT', chunk: chunkOf('INT', [...values]) };
}

const columns: Column[] = [
  { name: 'a', type: 'STRING', chunk: chunkOf('STRING', ['x', 'y', 'x', 'x', 'y']) },
  integers('b', [7, 5, 5, 7, 5]),
  integers('n', [1, 20, 300, 4000, -5]),
];
const indexes = [
  tree(['a', 'b'], { functionColumnPairs: ['SUM__n', 'MAX__n'], maxLeafRecords: 1 }),
];

describe('the layout of a star-tree', () => {
  const file = fileWith(columns, { indexes, rawColumns: ['n'] });

  it('knows itself', () => {
    expect(treeOf(file)!.parameters).toMatchObject({
      ...{ nodeCount: 10, recordCount: 7, dimensions: ['a', 'b'] },
      metrics: [
        ['sum', 'n'],
        ['max', 'n'],
      ],
    });
  });

  it('has the nodes of each level behind those of the level above', () => {
    const words = numbersOf(file, 'nodes', 4);
    const nodes = Array.from({ length: 10 }, (_, node) => {
      const [code, ...others] = words.slice(node * 6, node * 6 + 6);
      return [code === STAR ? '*' : code, ...others].join(' ');
    });
    // Code, first record, end, total, first child, end of children. Of y there is one record.
    expect(nodes).toEqual([
      ...['* 0 3 6 1 4'],
      ...['0 0 2 5 4 7', '1 2 3 2 0 0', '* 3 5 6 7 10'],
      ...['0 0 1 0 0 0', '1 1 2 1 0 0', '* 5 6 5 0 0'],
      ...['0 3 4 3 0 0', '1 4 5 4 0 0', '* 6 7 6 0 0'],
    ]);
  });

  it('has a record for each combination, and behind them those over a dimension', () => {
    // (x, 5), (x, 7), (y, 5); (any, 5), (any, 7); (x, any); all.
    expect(numbersOf(file, 'counts', 4)).toEqual([1, 2, 2, 3, 2, 3, 5]);
    expect(numbersOf(file, 'codes0', 1)).toEqual([0, 0, 1, 0, 0, 0, 0]);
    expect(numbersOf(file, 'codes1', 1)).toEqual([0, 1, 0, 0, 1, 0, 0]);
    expect(numbersOf(file, 'metric0', 8)).toEqual([300, 4001, 15, 315, 4001, 4301, 4316]);
    expect(numbersOf(file, 'metric1', 4)).toEqual([300, 4000, 20, 300, 4000, 4000, 4000]);
  });
});

describe('the sketches of a star-tree', () => {
  const functionColumnPairs = ['PERCENTILETDIGEST__n', 'DISTINCTCOUNTHLL__b', 'SUM__n'];
  const file = fileWith(columns, {
    indexes: [tree(['a'], { functionColumnPairs, maxLeafRecords: 1 })],
  });

  it('are kept with their sizes', () => {
    expect(treeOf(file)!.parameters.metrics).toEqual([
      ['tdigest', 'n', 100],
      ['hyperloglog', 'b', 12, 25],
      ['sum', 'n'],
    ]);
  });

  it('lie one after another at multiples of eight, as the records say', () => {
    // x, y and all: 3, 2 and 5 values, each a centroid, behind the least and the greatest.
    expect(numbersOf(file, 'metric0', 4)).toEqual([0, 64, 64, 48, 112, 96]);
    // Two different values, one, and two, as entries of four bytes.
    expect(numbersOf(file, 'metric1', 4)).toEqual([0, 8, 8, 8, 16, 8]);
    const sketches = numbersOf(file, 'sketches1', 4);
    expect(sketches).toHaveLength(6);
    expect(sketches[3]).toBe(0);
    expect(sketches.slice(4)).toEqual(sketches.slice(0, 2));
    expect(sketches.slice(0, 2)).toContain(sketches[2]);
    expect(numbersOf(file, 'metric2', 8)).toEqual([301 + 4000, 15, 4316]);
  });
});

describe('a star-tree is built', () => {
  it('on an existing segment as on a new one', async () => {
    const plain = fileWith(columns, { rawColumns: ['n'] });
    const read = async (into: Uint8Array, at: number): Promise<void> => {
      into.set(plain.subarray(at, at + into.length));
    };
    const rebuilt = await rebuildIndexes(readSegment(plain), indexes, read, decodeStored);
    const pieces: Uint8Array[] = [];
    for await (const part of rebuilt.parts) pieces.push(part);
    const direct = readSegment(fileWith(columns, { indexes, rawColumns: ['n'] }));
    const later = readSegment(new Uint8Array(Buffer.concat(pieces)));
    const trees = (all: readonly SegmentIndex[]) => all.filter(({ kind }) => kind === 'startree');
    expect(trees(later.indexes)).toEqual(trees(direct.indexes));
  });

  it('without dimensions and metrics that have NULL, and without raw dimensions', () => {
    const file = fileWith(
      [...columns, integers('gaps', [1, null, 2, 2, 1]), integers('raw', [9, 8, 7, 6, 5])],
      {
        indexes: [tree(['gaps', 'raw', 'b'], { functionColumnPairs: ['SUM__gaps', 'MIN__n'] })],
        rawColumns: ['raw'],
      },
    );
    expect(treeOf(file)!.parameters).toMatchObject({
      dimensions: ['b'],
      metrics: [['min', 'n']],
    });
    const none = fileWith(columns, { indexes: [tree(['n'], {})], rawColumns: ['n'] });
    expect(treeOf(none)).toBeUndefined();
  });

  it('without sums that may not fit 64 bits', () => {
    const wide: Column = {
      ...{ name: 'wide', type: 'BIGINT' },
      chunk: chunkOf('BIGINT', [2n ** 62n, -(2n ** 62n), 1n, 2n, 3n]),
    };
    const functionColumnPairs = ['SUM__wide', 'MAX__wide', 'SUM__n'];
    const file = fileWith([...columns, wide], { indexes: [tree(['a'], { functionColumnPairs })] });
    expect(treeOf(file)!.parameters.metrics).toEqual([
      ['max', 'wide'],
      ['sum', 'n'],
    ]);
  });

  it('not at all when it would have far more records than rows', () => {
    const rowCount = 30_000;
    const rows = Array.from({ length: rowCount }, (_, row) => row);
    const names = ['a', 'b', 'c', 'd'];
    // Each combination occurs once, over whatever is aggregated but all.
    const unique = names.map((name, at) =>
      integers(
        name,
        rows.map((row) => (row * (2 * at + 1) + (row % (at + 2))) % 29_989),
      ),
    );
    const build = (dimensions: readonly string[]) =>
      treeOf(fileWith(unique, { indexes: [tree(dimensions, { maxLeafRecords: 1 })] }));
    expect(build(['a'])).toBeDefined();
    expect(build(names)).toBeUndefined();
  });
});

describe('a star-tree that cannot be', () => {
  it.each<[IndexParameters, RegExp]>([
    [{ functionColumnPairs: ['SUM__*'] }, /expected a column, found SUM__\*/],
    [{ functionColumnPairs: ['SUM'] }, /pairs such as SUM__column, found SUM/],
    [{ functionColumnPairs: ['PERCENTILE__n'] }, /keeps COUNT, SUM.*is not supported/],
    [
      {
        aggregationConfigs: [
          {
            columnName: 'n',
            aggregationFunction: 'DISTINCTCOUNTHLL',
            functionParameters: { log2m: 17 },
          },
        ],
      },
      /log2m from 4 to 16, found 17/,
    ],
    [{ maxLeafRecords: 0 }, /maxLeafRecords of at least 1, found 0/],
    [{ skipStarNodeCreationForDimensions: ['c'] }, /among its own, found c/],
    [{ functionColumnPairs: 7 }, /expected a list, found 7/],
  ])('is refused: %j', (parameters, message) => {
    const build = () => fileWith(columns, { indexes: [tree(['a', 'b'], parameters)] });
    expect(build).toThrow(message);
  });
});

describe('a damaged star-tree is refused', () => {
  const file = fileWith(columns, { indexes });

  function withFooter(change: (json: string) => string): Uint8Array {
    const { offsetBytes, lengthBytes } = parseTrailer(file.subarray(-TRAILER_BYTES), file.length);
    const json = Buffer.from(file.subarray(offsetBytes, offsetBytes + lengthBytes)).toString();
    const changed = change(json);
    expect(changed).not.toBe(json);
    const footer = Buffer.from(changed);
    const trailer = encodeTrailer(footer, offsetBytes);
    return Buffer.concat([file.subarray(0, offsetBytes), footer, trailer]);
  }

  it.each<[string, string, RegExp]>([
    ['"nodeCount":10', '"nodeCount":11', /nodes: expected 264 bytes, found 240/],
    ['"recordCount":7', '"recordCount":1e12', /recordCount from 1 to 2147483648/],
    ['"recordCount":7', '"recordCount":8', /counts: expected 32 bytes, found 28/],
    ['"dimensions":["a","b"]', '"dimensions":["a","c"]', /a dimension among .*found "c"/],
    ['"dimensions":["a","b"]', '"dimensions":7', /a list of dimensions, found 7/],
    ['["sum","n"]', '["mean","n"]', /a metric of sum, min, max/],
    ['"role":"codes1"', '"role":"codes2"', /expected nodes, counts, codes0, codes1/],
  ])('%s as %s', (before, after, message) => {
    expect(() => readSegment(withFooter((json) => json.replace(before, after)))).toThrow(message);
  });

  it('and so is any changed byte of it', () => {
    for (const { offsetBytes, lengthBytes, storage } of treeOf(file)!.buffers) {
      for (let at = 0; at < (storage?.lengthBytes ?? lengthBytes); at++) {
        const damaged = file.slice();
        damaged[offsetBytes + at]! ^= 1;
        expect(() => readSegment(damaged)).toThrow(/checksum/);
      }
    }
  });
});
