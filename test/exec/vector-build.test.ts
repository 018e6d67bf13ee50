import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { DATA_TYPES, type DataType, type Value } from '../../src/base/types.ts';
import type { Vector } from '../../src/exec/vector.ts';
import {
  concatVectors,
  gatherVector,
  literalVector,
  sliceVector,
  VectorBuilder,
  vectorFromValues,
  vectorLength,
} from '../../src/exec/vector-build.ts';
import { valuesOf } from './evaluation.ts';

const SAMPLES: Readonly<Record<string, readonly Value[]>> = {
  'DECIMAL(18,2)': [10n ** 18n - 1n, -1n, null, 0n],
  'DECIMAL(38,0)': [10n ** 38n - 1n, -(10n ** 38n) + 1n, null, 5n],
  BOOLEAN: [true, false, null, true],
  TINYINT: [-128, 127, null, 0],
  SMALLINT: [-32768, 32767, null, 0],
  INT: [-2147483648, 2147483647, null, 0],
  BIGINT: [-(2n ** 63n), 2n ** 63n - 1n, null, -1n],
  FLOAT: [Math.fround(0.1), Number.NaN, null, -0],
  DOUBLE: [0.1, Number.NaN, null, -0],
  STRING: ['b', 'a', null, 'b'],
  BYTES: ['\xff', '', null, '\0'],
  JSON: ['{}', '1', null, '[]'],
  TIMESTAMP: [1n, -1n, null, 0n],
  DATE: [1, -1, null, 0],
};

describe.each<DataType>([...DATA_TYPES, 'DECIMAL(18,2)', 'DECIMAL(38,0)'])('%s vectors', (type) => {
  const values = SAMPLES[type]!;
  const vector = vectorFromValues(type, values);

  it('hold the values they were built from', () => {
    expect(vectorLength(vector)).toBe(4);
    expect(valuesOf(vector)).toEqual(values);
    expect(vectorFromValues(type, [values[0]!]).nulls).toBeNull();
  });

  it('gather rows in any order', () => {
    const gathered = gatherVector(vector, Uint32Array.from([3, 2, 0, 0]));
    expect(valuesOf(gathered)).toEqual([values[3], null, values[0], values[0]]);
  });

  it('slice from start to before end, as a copy', () => {
    expect(valuesOf(sliceVector(vector, 1, 3))).toEqual(values.slice(1, 3));
    expect(valuesOf(sliceVector(vector, 2, 2))).toEqual([]);
  });

  it('concatenate', () => {
    const noNulls = vectorFromValues(type, [values[1]!]);
    const joined = concatVectors([vector, noNulls, vector]);
    expect(valuesOf(joined)).toEqual([...values, values[1], ...values]);
  });

  it('repeat a literal', () => {
    const repeated = literalVector({ type, value: values[0]! }, 3);
    expect(valuesOf(repeated)).toEqual([values[0], values[0], values[0]]);
    expect(valuesOf(literalVector({ type, value: null }, 2))).toEqual([null, null]);
  });

  it('are put together from scattered pieces, the last piece winning', () => {
    const builder = new VectorBuilder(type, 4);
    builder.scatter(vector, Uint32Array.from([3, 2, 1, 0]));
    builder.scatter(vectorFromValues(type, [values[1]!]), Uint32Array.from([1]));
    expect(valuesOf(builder.finish())).toEqual([values[3], values[1], values[1], values[0]]);
  });
});

describe('text dictionaries', () => {
  const large = Array.from({ length: 100 }, (_, index) => `entry ${index}`);
  const coded = (dictionary: readonly string[], ...codes: number[]): Vector => ({
    kind: 'text',
    type: 'STRING',
    codes: Uint32Array.from(codes),
    dictionary,
    nulls: null,
  });

  it('stay as they are when all pieces share one', () => {
    const joined = concatVectors([coded(large, 5), coded(large, 99, 5)]);
    expect(joined.kind === 'text' && joined.dictionary).toBe(large);
    expect(valuesOf(joined)).toEqual(['entry 5', 'entry 99', 'entry 5']);
  });

  it('give only used entries when they are larger than the rows', () => {
    const joined = concatVectors([coded(large, 5), coded(['x'], 0), coded(large, 99, 5)]);
    expect(valuesOf(joined)).toEqual(['entry 5', 'x', 'entry 99', 'entry 5']);
    expect(joined.kind === 'text' && joined.dictionary.length).toBeLessThan(10);
  });

  it('are translated right whatever comes in whatever order', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const dictionaries = [large, ['x'], ['p', 'q', 'r', 'p']];
    for (let round = 0; round < 300; round++) {
      const pieces = Array.from({ length: prng.integer(1, 6) }, () => {
        const dictionary = prng.pick(dictionaries);
        const length = prng.integer(0, 30);
        const codes = Array.from({ length }, () => prng.integer(0, dictionary.length));
        return coded(dictionary, ...codes);
      });
      expect(valuesOf(concatVectors(pieces)), `SEED=${seed}`).toEqual(pieces.flatMap(valuesOf));
    }
  });
});

it('vectors in shared memory are copied out of it', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const data = new BigInt64Array(memory.buffer, 64, 2);
  data.set([5n, -6n]);
  const view: Vector = { kind: 'flat', type: 'BIGINT', data, nulls: null };
  for (const copy of [
    sliceVector(view, 0, 2),
    gatherVector(view, Uint32Array.from([0, 1])),
    concatVectors([view]),
  ]) {
    if (copy.kind !== 'flat') throw new Error('flat in, flat out');
    expect(copy.data.buffer).not.toBe(memory.buffer);
    expect(valuesOf(copy)).toEqual([5n, -6n]);
  }
});
