import { describe, expect, it } from 'vitest';
import { wideKey } from '../../src/base/decimal.ts';
import { Prng } from '../../src/base/prng.ts';
import { decodeBlock, encodeBlock } from '../../src/exec/block.ts';
import type { Partial } from '../../src/exec/partial.ts';
import { vectorFromValues } from '../../src/exec/vector-build.ts';

const partials: Partial[] = [
  { kind: 'select', rowCount: 0, columns: [vectorFromValues('STRING', [])] },
  {
    kind: 'select',
    rowCount: 3,
    columns: [
      vectorFromValues('STRING', ['a', null, 'Zürich']),
      vectorFromValues('BOOLEAN', [true, null, false]),
      vectorFromValues('INT', [1, -5, null]),
      vectorFromValues('TIMESTAMP', [1n, -(2n ** 63n), null]),
      vectorFromValues('DOUBLE', [Number.NaN, -0, Number.POSITIVE_INFINITY]),
    ],
  },
  {
    kind: 'aggregate',
    groupCount: 2,
    keys: [vectorFromValues('DATE', [3, null])],
    states: [
      { kind: 'vector', vector: vectorFromValues('BIGINT', [7n, 2n ** 62n]) },
      { kind: 'i128', values: BigInt64Array.of(1n, 2n, -1n, -1n) },
      {
        kind: 'distinct',
        groups: Uint32Array.of(0, 0, 1),
        values: vectorFromValues('STRING', ['x', 'y', 'x']),
      },
      {
        kind: 'frequencies',
        groups: Uint32Array.of(1, 0),
        values: vectorFromValues('BIGINT', [5n, -1n]),
        counts: Float64Array.of(3, 1),
      },
      {
        kind: 'lists',
        groups: Uint32Array.of(1, 0),
        columns: [vectorFromValues('STRING', ['x', 'y']), vectorFromValues('INT', [7, null])],
      },
      { kind: 'sketches', ends: Uint32Array.of(0, 8), bytes: new Uint8Array(8).fill(3) },
      {
        kind: 'witnesses',
        values: vectorFromValues('STRING', ['x', null]),
        keys: vectorFromValues('DATE', [5, null]),
      },
      { kind: 'moments', values: Float64Array.of(1, 2, 0, 3, -1, 0.5) },
    ],
  },
];

describe('a block', () => {
  it.each(partials)('carries partial result %#', (partial) => {
    expect(decodeBlock(encodeBlock(partial))).toEqual(partial);
  });

  it('carries a NULL among wide decimals whatever entry it has', () => {
    const partial: Partial = {
      kind: 'select',
      rowCount: 2,
      columns: [
        {
          kind: 'text',
          type: 'DECIMAL(30,6)',
          codes: Uint32Array.of(0, 1),
          dictionary: ['', wideKey(-7n)],
          nulls: Uint8Array.of(1, 0),
        },
      ],
    };
    expect(decodeBlock(encodeBlock(partial))).toEqual(partial);
  });

  it('is read at any alignment', () => {
    const block = encodeBlock(partials[1]!);
    const shifted = new Uint8Array(block.length + 3);
    shifted.set(block, 3);
    expect(decodeBlock(shifted.subarray(3))).toEqual(partials[1]);
  });

  it('of few rows leaves the rest of a large dictionary behind', () => {
    const dictionary = Array.from({ length: 10_000 }, (_, entry) => `entry ${entry}`);
    const codes = Uint32Array.of(9_000, 17, 9_000);
    const block = encodeBlock({
      kind: 'select',
      rowCount: 3,
      columns: [{ kind: 'text', type: 'STRING', codes, dictionary, nulls: null }],
    });
    expect(block.length).toBeLessThan(1000);
    expect(decodeBlock(block)).toMatchObject({
      columns: [{ dictionary: ['entry 9000', 'entry 17'] }],
    });
  });

  it('that is cut or changed is an error, never a crash', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    console.log(`damaged blocks: SEED=${seed}`);
    const prng = new Prng(seed);
    const block = encodeBlock(partials[2]!);
    // The last array may be followed by up to seven bytes of padding.
    for (let length = 0; length <= block.length - 8; length++) {
      expect(() => decodeBlock(block.slice(0, length))).toThrow(
        expect.objectContaining({ name: 'EngineError' }),
      );
    }
    for (let round = 0; round < 2000; round++) {
      const damaged = block.slice();
      damaged[prng.integer(0, damaged.length)]! ^= 1 << prng.integer(0, 8);
      try {
        decodeBlock(damaged);
      } catch (error) {
        expect(error).toMatchObject({ name: 'EngineError' });
      }
    }
  });
});
