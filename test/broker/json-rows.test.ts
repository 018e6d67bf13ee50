import { describe, expect, it } from 'vitest';
import { appendRows, pinotType } from '../../src/broker/json-rows.ts';
import { TextPieces } from '../../src/broker/text-pieces.ts';
import { runSteps } from '../../src/exec/steps.ts';
import type { FlatVector, Vector } from '../../src/exec/vector.ts';

function flat(type: FlatVector['type'], data: FlatVector['data'], nulls?: number[]): Vector {
  return { kind: 'flat', type, data, nulls: nulls ? Uint8Array.from(nulls) : null };
}

function jsonOf(vectors: readonly Vector[], rowCount: number): string {
  const out = new TextPieces();
  runSteps(appendRows(out, vectors, rowCount));
  const text = out.finish();
  return typeof text === 'string' ? text : new TextDecoder().decode(text);
}

describe('rows in a Pinot response', () => {
  it('keep every digit of a 64-bit integer', () => {
    const data = BigInt64Array.of(9007199254740993n, -9223372036854775808n);
    expect(jsonOf([flat('BIGINT', data)], 2)).toBe('[[9007199254740993],[-9223372036854775808]]');
  });

  it('show floating-point numbers with a point, so that clients keep the type', () => {
    const data = Float64Array.of(4, -0, 0.1, 1e21, 1.5e-9);
    expect(jsonOf([flat('DOUBLE', data)], 5)).toBe('[[4.0],[-0.0],[0.1],[1e+21],[1.5e-9]]');
  });

  it('show NaN and infinities as strings, as JSON has no numbers for them', () => {
    const data = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    expect(jsonOf([flat('DOUBLE', data)], 3)).toBe('[["NaN"],["Infinity"],["-Infinity"]]');
  });

  it('show a FLOAT with the digits it has, not those of its double', () => {
    const data = Float64Array.from([0.1, 16777216, 3.4028234663852886e38], Math.fround);
    expect(jsonOf([flat('FLOAT', data)], 3)).toBe('[[0.1],[16777216.0],[3.4028235e+38]]');
    for (let bits = 1; bits < 2 ** 31; bits += 104_729_177) {
      const value = new Float32Array(Uint32Array.of(bits).buffer)[0]!;
      if (!Number.isFinite(value)) continue;
      const [[shown]] = JSON.parse(jsonOf([flat('FLOAT', Float64Array.of(value))], 1));
      expect(Math.fround(shown)).toBe(value);
    }
  });

  it('show booleans, dates, timestamps and NULL', () => {
    const vectors = [
      flat('BOOLEAN', Uint8Array.of(1, 0), [0, 1]),
      flat('DATE', Int32Array.of(0, -1)),
      flat('TIMESTAMP', BigInt64Array.of(978307260000000n, -1n)),
    ];
    expect(jsonOf(vectors, 2)).toBe(
      '[[true,"1970-01-01","2001-01-01 00:01:00.0"],' +
        '[null,"1969-12-31","1969-12-31 23:59:59.999999"]]',
    );
  });

  it('escape text', () => {
    const dictionary = ['a"b\\', 'línea\n\u0000', '😀'];
    const vector: Vector = {
      kind: 'text',
      type: 'STRING',
      codes: Uint32Array.of(2, 1, 0, 1),
      dictionary,
      nulls: null,
    };
    expect(JSON.parse(jsonOf([vector], 4))).toEqual([
      ['😀'],
      ['línea\n\u0000'],
      ['a"b\\'],
      ['línea\n\u0000'],
    ]);
  });

  it('have Pinot names for types', () => {
    expect(
      ['BIGINT', 'DATE', 'DOUBLE', 'TIMESTAMP'].map((type) => pinotType(type as never)),
    ).toEqual(['LONG', 'STRING', 'DOUBLE', 'TIMESTAMP']);
  });

  it('are whole however many they are', () => {
    const rowCount = 100_000;
    const data = Int32Array.from({ length: rowCount }, (_, row) => row);
    const rows: number[][] = JSON.parse(jsonOf([flat('INT', data)], rowCount));
    expect(rows).toHaveLength(rowCount);
    expect(rows.every(([value], row) => value === row)).toBe(true);
  });
});
