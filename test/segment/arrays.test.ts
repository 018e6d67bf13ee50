import { describe, expect, it } from 'vitest';
import { arrayText, type Element } from '../../src/base/array-text.ts';
import { Prng } from '../../src/base/prng.ts';
import { arrayOf, DATA_TYPES, type Value } from '../../src/base/types.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import { encodeTrailer, TRAILER_BYTES } from '../../src/segment/format.ts';
import { parseTrailer, readSegment } from '../../src/segment/read.ts';
import { columnBuffers } from './decode-stored.ts';
import { buildSegment, fileOf } from './files.ts';
import { randomValues, SHAPES } from './random-column.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const ELEMENTS = [...DATA_TYPES, 'DECIMAL(18,2)', 'DECIMAL(38,5)'] as const;

function chunkOf(values: readonly Value[]) {
  return {
    kind: 'texts',
    values: values.map((value) => String(value ?? 'rubbish')),
    nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)),
  } as const;
}

function fileWith(type: (typeof ELEMENTS)[number], rows: readonly Value[]): Uint8Array {
  const column = { name: 'a', type: arrayOf(type), chunk: chunkOf(rows) };
  return fileOf(buildSegment('arrays', [column]));
}

function rowsOf(file: Uint8Array): Value[] {
  const { rowCount, columns } = readSegment(file);
  const [column] = columns;
  const elements = columnBuffers(file, column!.elements!);
  return decodeColumn(rowCount, column!, columnBuffers(file, column!), elements);
}

describe('a segment gives back the arrays that went in', () => {
  console.log(`SEED=${seed}`);
  for (const type of ELEMENTS) {
    it.each(SHAPES.filter((shape) => shape !== 'allNull'))(`of ${type}, %s`, (shape) => {
      const random = new Prng(seed ^ (type.length * 31 + shape.length));
      const rows = Array.from({ length: 500 }, (): Value => {
        if (random.float() < 0.2) return null;
        const count = random.integer(0, random.pick([1, 3, 30]));
        return arrayText(randomValues(random, type, shape, count, 0) as Element[]);
      });
      // What is stored of a NaN or a FLOAT is what a round trip of its text gives.
      expect(rowsOf(fileWith(type, rows))).toEqual(rows);
    });
  }

  it('of nothing but NULL, and of nothing but empty ones', () => {
    expect(rowsOf(fileWith('INT', [null, null]))).toEqual([null, null]);
    expect(rowsOf(fileWith('STRING', ['[]', '[]', '[]']))).toEqual(['[]', '[]', '[]']);
    expect(rowsOf(fileWith('DOUBLE', []))).toEqual([]);
  });
});

describe('a damaged column of arrays is refused', () => {
  const file = fileWith('INT', ['[1,2]', null, '[3]']);

  /** The file with another footer, whose checksum and trailer are right. */
  const withFooter = (from: string, to: string): Uint8Array => {
    const { offsetBytes, lengthBytes } = parseTrailer(file.subarray(-TRAILER_BYTES), file.length);
    const json = new TextDecoder().decode(file.subarray(offsetBytes, offsetBytes + lengthBytes));
    expect(json).toContain(from);
    const footer = new TextEncoder().encode(json.replace(from, to));
    const parts = [file.subarray(0, offsetBytes), footer, encodeTrailer(footer, offsetBytes)];
    return new Uint8Array(parts.flatMap((part) => [...part]));
  };

  const elements = '"elements":{"name":"a[]","type":"INT"';
  it.each([
    ['fewer values', '"valueCount":3', '"valueCount":2', /codes: expected 2 bytes, found 3/],
    ['too many values', '"valueCount":3', '"valueCount":1e300', /expected an integer from 0 to/],
    ['more rows', '"rowCount":3', '"rowCount":4', /offsets: expected 20 bytes, found 16/],
    ['other elements', elements, elements.replace('INT', 'DATE'), /expected INT, found DATE/],
    ['another name', elements, elements.replace('a[]', 'b'), /expected a\[\], found b/],
    ['no elements', '"elements":{', '"element":{', /elements: expected an object, found nothing/],
    ['another encoding', '"kind":"array"', '"kind":"raw"', /expected array, found raw/],
    ['an array of arrays', '"type":"ARRAY<INT>"', '"type":"ARRAY<ARRAY<INT>>"', /ARRAY<type>/],
  ])('with %s', (_, from, to, message) => {
    expect(() => readSegment(withFooter(from, to))).toThrow(message);
  });

  it('with any bit of its buffers flipped', () => {
    const [column] = readSegment(file).columns;
    for (const { offsetBytes, lengthBytes } of [...column!.buffers, ...column!.elements!.buffers]) {
      for (let at = offsetBytes; at < offsetBytes + lengthBytes; at++) {
        const damaged = file.slice();
        damaged[at]! ^= 1;
        expect(() => readSegment(damaged)).toThrow(/checksum/);
      }
    }
  });

  it('with offsets that do not ascend or do not end at the values', () => {
    const [column] = readSegment(file).columns;
    const buffers = columnBuffers(file, column!);
    const values = columnBuffers(file, column!.elements!);
    for (const offsets of [
      [0, 3, 2, 3],
      [0, 2, 2, 2],
      [1, 2, 2, 3],
    ]) {
      const bytes = new Uint8Array(Uint32Array.from(offsets).buffer);
      const damaged = { ...buffers, offsets: bytes };
      expect(() => decodeColumn(3, column!, damaged, values)).toThrow(/offsets/);
    }
  });
});
