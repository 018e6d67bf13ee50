import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { compareText } from '../../src/base/text-order.ts';
import { DATA_TYPES, type DataType, type TableSchema, type Value } from '../../src/base/types.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { type ColumnChunk, nullChunk, sliceChunk } from '../../src/segment/column-chunk.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import type { BuiltSegment } from '../../src/segment/file-parts.ts';
import { readSegment } from '../../src/segment/read.ts';
import { columnBuffers } from './decode-stored.ts';
import { fileOf } from './files.ts';
import { chunkOf, randomValues, SHAPES } from './random-column.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

function build(
  columns: readonly { type: DataType; chunks: readonly ColumnChunk[] }[],
): BuiltSegment {
  const schema: TableSchema = {
    name: 'test',
    columns: columns.map(({ type }, index) => ({ name: `column${index}`, type })),
  };
  const builder = new SegmentBuilder(schema);
  for (let index = 0; index < columns[0]!.chunks.length; index++) {
    builder.append(columns.map(({ chunks }) => chunks[index]!));
  }
  return builder.build('test_1', 1_700_000_000_000);
}

function columnFrom(type: DataType, values: readonly Value[]) {
  const segment = build([{ type, chunks: [chunkOf(type, values)] }]);
  const file = fileOf(segment);
  const metadata = readSegment(file);
  const column = metadata.columns[0]!;
  const buffers = columnBuffers(file, column);
  return { column, buffers, decoded: decodeColumn(metadata.rowCount, column, buffers) };
}

function smallestAndLargest(values: readonly Value[]): [Value, Value] {
  let min: Value = null;
  let max: Value = null;
  for (const value of new Set(values)) {
    if (value === null || Number.isNaN(value)) continue;
    if (min === null || isBelow(value, min)) min = value;
    if (max === null || isBelow(max, value)) max = value;
  }
  return [min, max];
}

function isBelow(left: NonNullable<Value>, right: NonNullable<Value>): boolean {
  if (typeof left !== 'string') return left < right;
  return Buffer.compare(Buffer.from(left), Buffer.from(String(right))) < 0;
}

describe('a segment gives back the rows that went in', () => {
  console.log(`SEED=${seed}`);
  for (const type of [...DATA_TYPES, 'DECIMAL(18,2)', 'DECIMAL(38,5)'] as const) {
    for (const shape of SHAPES) {
      it(`${type}, ${shape}`, () => {
        const random = new Prng(seed ^ (type.length * 31 + shape.length));
        for (const rowCount of [1, 63, 64, 65, 1000, 70_000]) {
          for (const nullShare of [0, 0.2]) {
            const values = randomValues(random, type, shape, rowCount, nullShare);
            const chunk = chunkOf(type, values, random.float() < 0.5);
            const cut = random.integer(0, rowCount + 1);
            const chunks = [sliceChunk(chunk, 0, cut), sliceChunk(chunk, cut, rowCount)];
            const segment = build([{ type, chunks }]);
            const file = fileOf(segment);
            const metadata = readSegment(file);
            expect(metadata).toEqual(segment.metadata);
            expect(metadata.rowCount).toBe(rowCount);
            const column = metadata.columns[0]!;
            const decoded = decodeColumn(rowCount, column, columnBuffers(file, column));
            // Not toEqual: it takes seconds for 70,000 rows.
            const wrong = values.findIndex((value, row) => !Object.is(value, decoded[row]));
            expect([wrong, values[wrong], decoded[wrong]]).toEqual([-1, undefined, undefined]);
            expect(column.nullCount).toBe(values.filter((value) => value === null).length);
            const [min, max] = smallestAndLargest(values);
            expect(column.min === min || Number(column.min) === Number(min)).toBe(true);
            expect(column.max === max || Number(column.max) === Number(max)).toBe(true);
          }
        }
      });
    }
  }

  it('with no rows at all', () => {
    const segment = build(DATA_TYPES.map((type) => ({ type, chunks: [nullChunk(type, 0)] })));
    expect(readSegment(fileOf(segment)).rowCount).toBe(0);
  });
});

describe('the builder picks the smallest encoding', () => {
  const range = (length: number, valueAt: (row: number) => Value) =>
    Array.from({ length }, (_, row) => valueAt(row));

  it('affine with the common divisor as scale', () => {
    const { column } = columnFrom(
      'TIMESTAMP',
      range(1000, (row) => 1_000_000_000_000_000n + BigInt(row % 100) * 60_000_000n),
    );
    expect(column.encoding).toEqual({
      kind: 'affine',
      codeBytes: 1,
      base: 1_000_000_000_000_000n,
      scale: 60_000_000n,
      codeCount: 100,
    });
  });

  it('affine for nanosecond-like integers that a double cannot hold', () => {
    const { column } = columnFrom(
      'BIGINT',
      range(1000, (row) => 1_700_000_000_000_000_000n + BigInt(row) * 1_000_000_000n),
    );
    expect(column.encoding).toMatchObject({
      kind: 'affine',
      codeBytes: 2,
      scale: 1_000_000_000n,
      codeCount: 1000,
    });
  });

  it('a dictionary where values are few but far apart', () => {
    const { column } = columnFrom(
      'BIGINT',
      range(1000, (row) => BigInt(row % 7) ** 13n + 2n ** 62n),
    );
    expect(column.encoding).toEqual({ kind: 'dictionary', codeBytes: 1, cardinality: 7 });
  });

  it('no scale for two integers that are further apart than a signed one can say', () => {
    const ends = [-(2n ** 63n), 2n ** 63n - 1n];
    for (const [rowCount, kind] of [
      [2, 'raw'],
      [1000, 'dictionary'],
    ] as const) {
      const values = range(rowCount, (row) => ends[row % 2]!);
      const { column, decoded } = columnFrom('BIGINT', values);
      expect(column.encoding.kind).toBe(kind);
      expect(decoded).toEqual(values);
    }
  });

  it('raw where nothing else fits', () => {
    const random = new Prng(1);
    const wide = () =>
      BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
    expect(columnFrom('BIGINT', range(1000, wide)).column.encoding).toEqual({ kind: 'raw' });
    expect(
      columnFrom(
        'DOUBLE',
        range(1000, () => random.float()),
      ).column.encoding,
    ).toEqual({ kind: 'raw' });
    expect(
      columnFrom(
        'INT',
        range(4, (row) => [-(2 ** 31), 2 ** 31 - 1, 0, 5][row]!),
      ).column.encoding.kind,
    ).toBe('raw');
  });

  it('booleans are their own codes, even when all are true', () => {
    const { column } = columnFrom('BOOLEAN', [true, true]);
    expect(column.encoding).toEqual({
      kind: 'affine',
      codeBytes: 1,
      base: 0n,
      scale: 1n,
      codeCount: 2,
    });
  });

  it('columns without a value still have a valid code', () => {
    expect(columnFrom('STRING', [null]).column.encoding).toMatchObject({
      kind: 'dictionary',
      cardinality: 1,
    });
    expect(columnFrom('DOUBLE', [null]).column.encoding).toMatchObject({
      kind: 'dictionary',
      cardinality: 1,
    });
    expect(columnFrom('BIGINT', [null]).column.encoding).toMatchObject({
      kind: 'affine',
      codeCount: 1,
    });
    expect(columnFrom('BIGINT', [null]).column).toMatchObject({
      min: null,
      max: null,
      nullCount: 1,
    });
  });

  it('codes are as wide as the dictionary needs', () => {
    for (const [cardinality, codeBytes] of [
      [256, 1],
      [257, 2],
      [65_536, 2],
      [65_537, 4],
    ] as const) {
      const { column } = columnFrom(
        'STRING',
        range(cardinality, (row) => `text ${row}`),
      );
      expect(column.encoding).toEqual({ kind: 'dictionary', codeBytes, cardinality });
    }
  });
});

describe('dictionaries and zones', () => {
  it('text is ordered by code point, not by UTF-16 unit', () => {
    const texts = [
      '\uffff',
      '\u{1f600}',
      'z',
      '',
      'é',
      '\ud7ff',
      '\ue000',
      '\u{10ffff}a',
      '\u{10ffff}',
    ];
    const expected = [...texts].sort((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    );
    expect([...texts].sort(compareText)).toEqual(expected);
    const { column, buffers } = columnFrom('STRING', expected);
    expect([...buffers.codes!]).toEqual(expected.map((_, index) => index));
    expect(column.max).toBe('\u{10ffff}a');
  });

  it('broken surrogate pairs become U+FFFD and merge with it', () => {
    const { column, decoded } = columnFrom('STRING', ['\ud800', '\ufffd', 'a\udc00b']);
    expect(decoded).toEqual(['\ufffd', '\ufffd', 'a\ufffdb']);
    expect(column.encoding).toMatchObject({ cardinality: 2 });
  });

  it('floats ascend with −0 before 0 and one NaN last', () => {
    const order = [-Infinity, -1, -0, 0, 1, Infinity, NaN];
    const { buffers } = columnFrom(
      'DOUBLE',
      Array.from({ length: 70 }, (_, row) => order[row % 7]!),
    );
    expect([...new Float64Array(buffers.dictionaryValues!.slice().buffer)]).toEqual(order);
  });

  it('zones hold the codes of their 64 Ki rows, and an all-NULL zone has min > max', () => {
    const values = Array.from({ length: 3 * 65_536 + 1 }, (_, row) =>
      row >= 65_536 && row < 131_072 ? null : 100 + Math.floor(row / 1000),
    );
    const { buffers } = columnFrom('INT', values);
    expect([...new Uint32Array(buffers.zones!.slice().buffer)]).toEqual([
      0, 65, 0xffff_ffff, 0, 131, 196, 196, 196,
    ]);
  });

  it('raw zones keep the rules for NaN and for zones without a value', () => {
    const random = new Prng(2);
    const values: Value[] = Array.from({ length: 3 * 65_536 }, () => random.float());
    values[5] = NaN;
    values.fill(null, 65_536, 131_072);
    values.fill(NaN, 131_072);
    const { column, buffers } = columnFrom('DOUBLE', values);
    expect(column.encoding.kind).toBe('raw');
    const zones = new Float64Array(buffers.zones!.slice().buffer);
    expect(zones[1]).toBe(Infinity);
    expect([...zones.subarray(2)]).toEqual([Infinity, -Infinity, Infinity, Infinity]);
    expect(column.max).toBeLessThan(1);
  });
});
