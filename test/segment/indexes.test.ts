import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import {
  type BuildConfig,
  DEFAULT_BUILD_CONFIG,
  type IndexConfig,
  type IndexKind,
  indexName,
} from '../../src/base/index-config.ts';
import { Prng } from '../../src/base/prng.ts';
import type { ColumnSchema } from '../../src/base/types.ts';
import type { ColumnChunk } from '../../src/segment/column-chunk.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import { encodeTrailer, TRAILER_BYTES } from '../../src/segment/format.ts';
import { bloomHash, bloomMayHave } from '../../src/segment/indexes/bloom.ts';
import { encodeRoaring, roaringContainers } from '../../src/segment/indexes/roaring.ts';
import { withTimestampColumns } from '../../src/segment/indexes/timestamp.ts';
import type { SegmentMetadata } from '../../src/segment/metadata.ts';
import { parseTrailer, readSegment, storedBytes } from '../../src/segment/read.ts';
import { rebuildIndexes } from '../../src/segment/rebuild.ts';
import { columnBuffers, decodeStored } from './decode-stored.ts';
import { buildSegment, fileOf } from './files.ts';
import { chunkOf } from './random-column.ts';

type Column = ColumnSchema & { readonly chunk: ColumnChunk };

function index(kind: IndexKind, column: string, parameters = {}): IndexConfig {
  return { kind, columns: [column], parameters };
}

function fileWith(columns: readonly Column[], config: Partial<BuildConfig>): Uint8Array {
  return fileOf(buildSegment('indexed', columns, { ...DEFAULT_BUILD_CONFIG, ...config }));
}

/** An index's buffers in hexadecimal, by role. */
function buffersOf(file: Uint8Array, kind: IndexKind): Record<string, string> {
  const found = readSegment(file).indexes.find((candidate) => candidate.kind === kind);
  return Object.fromEntries(
    (found?.buffers ?? []).map((buffer) => [
      buffer.role,
      Buffer.from(decodeStored(buffer, storedBytes(file, buffer))).toString('hex'),
    ]),
  );
}

const word: Column = {
  name: 'word',
  type: 'STRING',
  chunk: chunkOf('STRING', ['b', 'a', null, 'b', 'b', 'a']),
};
const measure: Column = {
  name: 'measure',
  type: 'DOUBLE',
  chunk: chunkOf('DOUBLE', [0.5, -1.25, null, Number.NaN, 7, -0]),
};
const day: Column = {
  name: 'day',
  type: 'INT',
  chunk: chunkOf('INT', [null, 3, 3, 4, 8, 8]),
};

describe('Roaring bitmaps', () => {
  it('are, bit for bit, those of the format specification', () => {
    // The set of RoaringFormatSpec's testdata/bitmapwithruns.bin, and the digest of that file.
    const rows: number[] = [];
    for (let row = 0; row < 100_000; row += 1000) rows.push(row);
    for (let row = 100_000; row < 200_000; row++) rows.push(3 * row);
    for (let row = 700_000; row < 800_000; row++) rows.push(row);
    const bytes = encodeRoaring(Uint32Array.from(rows));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '1f1909bfdd354fa2f0694fe88b8076833ca5383ad9fc3f68f2709c84a2ab70e3',
    );
  });

  it('are refused when they are cut or something else', () => {
    const bytes = encodeRoaring(Uint32Array.from({ length: 9000 }, (_, row) => row * 7));
    for (let end = 0; end < bytes.length; end += 101) {
      expect(() => roaringContainers(bytes, 0, end)).toThrow(EngineError);
    }
    const other = bytes.slice();
    other[0]! ^= 8;
    expect(() => roaringContainers(other, 0, other.length)).toThrow(/expected a Roaring bitmap/);
  });
});

describe('indexes in a segment file', () => {
  it('an inverted index has the rows of each code', () => {
    const file = fileWith([word], { indexes: [index('inverted', 'word')] });
    expect(buffersOf(file, 'inverted')).toEqual({
      offsets: `00000000${'14000000'}${'2a000000'}`,
      // a: rows 1 and 5; b: rows 0, 3 and 4. Cookie, one container, key, cardinality − 1, offset, rows.
      bitmaps:
        `3a300000${'01000000'}${'00000100'}${'10000000'}${'01000500'}` +
        `3a300000${'01000000'}${'00000200'}${'10000000'}${'000003000400'}`,
    });
  });

  it('a range index has the bounds of its buckets, −0 and NaN in their places', () => {
    const file = fileWith([measure], {
      indexes: [index('range', 'measure')],
      rawColumns: ['measure'],
    });
    const { bounds, offsets, bitmaps } = buffersOf(file, 'range');
    expect(bounds).toBe('000000000000f4bf000000000000f87f');
    expect(offsets).toBe('000000001a000000');
    expect(bitmaps).toBe(
      `3a300000${'01000000'}${'00000400'}${'10000000'}${'00000100030004000500'}`,
    );
  });

  it('a range index never splits equal values', () => {
    const values = Array.from({ length: 6400 }, (_, row) => (row % 3 === 0 ? 5 : row));
    const file = fileWith([{ name: 'n', type: 'INT', chunk: chunkOf('INT', values) }], {
      indexes: [index('range', 'n')],
      rawColumns: ['n'],
    });
    const { bounds } = buffersOf(file, 'range');
    const pairs = new Int32Array(Uint8Array.from(Buffer.from(bounds!, 'hex')).buffer);
    for (let at = 1; at < pairs.length; at++) {
      const isGap = at % 2 === 0;
      expect(pairs[at]! - pairs[at - 1]!).toBeGreaterThanOrEqual(isGap ? 1 : 0);
    }
  });

  it('a range index of a single value has both of its bounds', () => {
    const n: Column = { name: 'n', type: 'INT', chunk: chunkOf('INT', [null, 7, null]) };
    const file = fileWith([n], { indexes: [index('range', 'n')], rawColumns: ['n'] });
    expect(buffersOf(file, 'range').bounds).toBe('0700000007000000');
  });

  it('coded columns get no range index, raw ones no inverted index', () => {
    const indexes = [index('range', 'day'), index('inverted', 'measure')];
    const file = fileWith([day, measure], { indexes, rawColumns: ['measure'] });
    expect(readSegment(file).indexes.map(({ kind }) => kind)).toEqual(['sorted']);
  });

  it('a sorted column is found, with its NULLs in front', () => {
    const names = (columns: Column[], config: Partial<BuildConfig> = {}) =>
      readSegment(fileWith(columns, config)).indexes.map(({ columns: [name] }) => name);
    expect(names([word, measure, day])).toEqual(['day']);
    const late = chunkOf('INT', [3, 3, 4, 8, 8, null]);
    expect(names([{ ...day, chunk: late }])).toEqual([]);
    expect(names([day], { rawColumns: ['day'] })).toEqual(['day']);
  });

  it('a Bloom filter has every value, and few others', () => {
    const random = new Prng(5);
    const values = Array.from({ length: 5000 }, () => `v${random.uint32()}`);
    const column: Column = { name: 'v', type: 'STRING', chunk: chunkOf('STRING', values) };
    for (const fpp of [0.05, 0.001]) {
      const file = fileWith([column], { indexes: [index('bloom', 'v', { fpp })] });
      const blocks = Buffer.from(buffersOf(file, 'bloom').blocks!, 'hex');
      for (const value of values) {
        expect(bloomMayHave(blocks, bloomHash('STRING', value))).toBe(true);
      }
      let wrong = 0;
      for (let at = 0; at < 20_000; at++) {
        if (bloomMayHave(blocks, bloomHash('STRING', `w${at}`))) wrong++;
      }
      expect(wrong / 20_000).toBeLessThan(1.3 * fpp + 0.0005);
    }
  });

  it('a Bloom filter stays the same over versions, zeros and NaNs alike', () => {
    const file = fileWith([measure], { indexes: [index('bloom', 'measure')] });
    const { blocks } = buffersOf(file, 'bloom');
    expect(blocks).toMatchInlineSnapshot(
      `"2000a08104094004042088400189000280190800210800300401221028000061"`,
    );
    expect(bloomHash('DOUBLE', -0)).toEqual(bloomHash('DOUBLE', 0));
  });
});

describe('rows sorted by a column', () => {
  it.each([false, true])('every row stays together, raw %s', (isRaw) => {
    const rowCount = 300;
    const random = new Prng(11);
    const keys = Array.from({ length: rowCount }, () =>
      random.float() < 0.1 ? null : random.integer(-20, 20) * (isRaw ? 1e7 : 1),
    );
    const ids = keys.map((_, row) => row);
    const texts = ids.map((row) => (row % 7 === 0 ? null : `t${row}`));
    const columns: Column[] = [
      { name: 'id', type: 'INT', chunk: chunkOf('INT', ids) },
      { name: 'key', type: 'INT', chunk: chunkOf('INT', keys) },
      { name: 'text', type: 'STRING', chunk: chunkOf('STRING', texts) },
    ];
    const file = fileWith(columns, { sortedColumn: 'key', rawColumns: isRaw ? ['key'] : [] });
    const metadata = readSegment(file);
    const rows = (name: string) => {
      const column = metadata.columns.find((candidate) => candidate.name === name)!;
      return decodeColumn(rowCount, column, columnBuffers(file, column));
    };
    const order = rows('id').map(Number);
    expect(order.toSorted((left, right) => left - right)).toEqual(ids);
    expect(rows('key')).toEqual(order.map((row) => keys[row]));
    expect(rows('text')).toEqual(order.map((row) => texts[row]));
    const expected = ids.toSorted(
      (left, right) => (keys[left] ?? -1e12) - (keys[right] ?? -1e12) || left - right,
    );
    expect(order).toEqual(expected);
    expect(metadata.indexes.map(({ columns: [name] }) => name)).toContain('key');
  });
});

describe('indexes of an existing segment', () => {
  const columns = [word, measure, day];

  async function rebuilt(file: Uint8Array, indexes: readonly IndexConfig[]): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    const { parts } = await rebuildIndexes(
      readSegment(file),
      indexes,
      async (into, at) => into.set(file.subarray(at, at + into.length)),
      decodeStored,
    );
    for await (const part of parts) pieces.push(part);
    return new Uint8Array(Buffer.concat(pieces));
  }

  it('are those that a new segment would have; columns keep their bytes and places', async () => {
    const wanted = [index('inverted', 'word'), index('bloom', 'day'), index('range', 'measure')];
    const plain = fileWith(columns, { rawColumns: ['measure'] });
    const direct = fileWith(columns, { indexes: wanted, rawColumns: ['measure'] });
    const later = await rebuilt(plain, wanted);
    const facts = ({ columns: all, ...rest }: SegmentMetadata) => ({ all, rest });
    const [before, after] = [readSegment(plain), readSegment(later)];
    expect(facts(after).all).toEqual(facts(before).all);
    expect(after).toEqual(readSegment(direct));
    expect(after.indexes.map(({ kind }) => kind)).toEqual(['inverted', 'bloom', 'range', 'sorted']);
    expect(readSegment(await rebuilt(later, []))).toEqual(before);
    const end = after.indexes[0]!.buffers[0]!.offsetBytes;
    expect(later.subarray(0, end)).toEqual(plain.subarray(0, end));
  });

  it('are built from packed columns, and packed themselves', async () => {
    const random = new Prng(11);
    const rows = Array.from({ length: 5000 }, () => random.integer(0, 900));
    const packed: Column[] = [
      { name: 'n', type: 'INT', chunk: chunkOf('INT', rows) },
      { name: 'x', type: 'DOUBLE', chunk: chunkOf('DOUBLE', rows) },
      {
        name: 's',
        type: 'STRING',
        chunk: chunkOf(
          'STRING',
          rows.map((row) => `text ${row}`),
        ),
      },
    ];
    const rawColumns = ['x'];
    const wanted = [index('inverted', 'n'), index('range', 'x'), index('text', 's')];
    const plain = fileWith(packed, { rawColumns });
    const codecs = (parts: SegmentMetadata['columns'] | SegmentMetadata['indexes']) =>
      new Set(parts.flatMap(({ buffers }) => buffers.map(({ storage }) => storage?.codec)));
    const later = await rebuilt(plain, wanted);
    const direct = fileWith(packed, { rawColumns, indexes: wanted });
    expect(readSegment(later)).toEqual(readSegment(direct));
    for (const parts of [readSegment(later).columns, readSegment(later).indexes]) {
      expect([...codecs(parts)]).toEqual(
        expect.arrayContaining(['packed', 'decimal', 'frontCoded']),
      );
    }
  });

  it('have truncated moments, with indexes of their own', async () => {
    const random = new Prng(12);
    const moments = Array.from({ length: 300 }, (_, row) =>
      row % 50 === 3 ? null : BigInt(random.integer(0, 1e9)) * 1_000_003n,
    );
    const at: Column = { name: 'at', type: 'TIMESTAMP', chunk: chunkOf('TIMESTAMP', moments) };
    const wanted = ['$at$HOUR', '$at$MILLISECOND'].map((name) => index('timestamp', name));
    const plain = fileWith([at], {});
    const later = await rebuilt(plain, wanted);
    const direct = fileWith([at], { indexes: wanted });
    expect(readSegment(later)).toEqual(readSegment(direct));
    const { rowCount, columns: stored, indexes } = withTimestampColumns(readSegment(later));
    expect(stored.map(({ name }) => name)).toEqual(['at', '$at$HOUR', '$at$MILLISECOND']);
    expect(indexes.map(indexName)).toEqual(['range($at$MILLISECOND)']);
    for (const [column, micros] of [
      [stored[1]!, 3_600_000_000n],
      [stored[2]!, 1_000n],
    ] as const) {
      const found = decodeColumn(rowCount, column, columnBuffers(later, column));
      expect(found).toEqual(moments.map((one) => one && (one / micros) * micros));
    }
    expect(readSegment(await rebuilt(later, []))).toEqual(readSegment(plain));
    expect(Buffer.compare(await rebuilt(later, wanted), later)).toBe(0);
  });

  it('are not built from damaged columns', async () => {
    const file = fileWith(columns, {});
    const { offsetBytes } = readSegment(file).columns[0]!.buffers[0]!;
    const damaged = file.slice();
    damaged[offsetBytes]! ^= 1;
    const metadata = readSegment(file);
    const read = async (into: Uint8Array, at: number) => {
      into.set(damaged.subarray(at, at + into.length));
    };
    const result = rebuildIndexes(metadata, [index('inverted', 'word')], read, decodeStored);
    await expect(result).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
  });
});

describe('a damaged directory of indexes is refused', () => {
  const file = fileWith([word, day], { indexes: [index('inverted', 'word')] });

  function withFooter(change: (json: string) => string, whole = file): Uint8Array {
    const { offsetBytes, lengthBytes } = parseTrailer(whole.subarray(-TRAILER_BYTES), whole.length);
    const json = Buffer.from(whole.subarray(offsetBytes, offsetBytes + lengthBytes)).toString();
    const changed = change(json);
    expect(changed).not.toBe(json);
    const footer = Buffer.from(changed);
    return Buffer.concat([
      whole.subarray(0, offsetBytes),
      footer,
      encodeTrailer(footer, offsetBytes),
    ]);
  }

  it.each<[string, (json: string) => string, RegExp]>([
    ['kind', (json) => json.replace('"inverted"', '"magic"'), /expected sorted, inverted/],
    [
      'roles',
      (json) => json.replace('"role":"offsets"', '"role":"x"'),
      /expected offsets, bitmaps/,
    ],
    ['column', (json) => json.replace('"columns":["word"]', '"columns":["x"]'), /found x/],
    [
      'twice',
      (json) => json.replace(/\{"kind":"sorted".*?"buffers":\[\]\}/, '$&,$&'),
      /expected each once/,
    ],
    ['list', (json) => json.replace(/"indexes":.*,"created/, '"indexes":7,"created'), /a list/],
    ['settings', (json) => json.replace('"parameters":{}', '"parameters":1'), /an object/],
    [
      'places',
      (json) => json.replace(/("role":"bitmaps","offsetBytes":)(\d+)/, '$164'),
      /expected offset \d+, found 64/,
    ],
  ])('%s', (_, change, message) => {
    expect(() => readSegment(withFooter(change))).toThrow(message);
  });

  it.each<[string, (json: string) => string, RegExp]>([
    ['no moment', (json) => json.replace('"$at$DAY"', '"$day$DAY"'), /found \$day\$DAY/],
    ['no unit', (json) => json.replace('"$at$DAY"', '"$at$EON"'), /found \$at\$EON/],
    ['no column', (json) => json.replace('"column":{', '"colum":{'), /expected an object/],
    ['encoding', (json) => json.replace(/("column":.*?"kind":")\w+/, '$1odd'), /an encoding/],
    ['roles', (json) => json.replace(/("column":.*?"role":")codes/, '$1values'), /expected codes/],
  ])('of a timestamp index: %s', (_, change, message) => {
    const moments = chunkOf('TIMESTAMP', [0n, 1n, 2n, 3n, 4n, 5n]);
    const at: Column = { name: 'at', type: 'TIMESTAMP', chunk: moments };
    const whole = fileWith([at, day], { indexes: [index('timestamp', '$at$DAY')] });
    expect(() => readSegment(withFooter(change, whole))).toThrow(message);
  });

  it('and so is any changed byte of an index', () => {
    for (const { buffers } of readSegment(file).indexes) {
      for (const { offsetBytes, lengthBytes } of buffers) {
        for (let at = offsetBytes; at < offsetBytes + lengthBytes; at++) {
          const damaged = file.slice();
          damaged[at]! ^= 1;
          expect(() => readSegment(damaged)).toThrow(/checksum/);
        }
      }
    }
  });
});
