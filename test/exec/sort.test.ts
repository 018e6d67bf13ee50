import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { firstSortedRows, sortedRows } from '../../src/exec/sort.ts';
import { vectorFromValues } from '../../src/exec/vector-build.ts';

const ASCENDING = { column: 0, descending: false, nullsFirst: false };

describe('rows in order', () => {
  it.each([
    [
      'numbers with NaN last',
      'DOUBLE',
      [Number.NaN, 1, Number.POSITIVE_INFINITY, -1],
      [3, 1, 2, 0],
    ],
    ['big integers', 'BIGINT', [2n ** 62n, -(2n ** 63n), 2n ** 62n - 1n], [1, 2, 0]],
    ['text by code point', 'STRING', ['😀', '\uffff', 'a', 'B'], [3, 2, 1, 0]],
    ['NULL last', 'INT', [null, 2, 1], [2, 1, 0]],
    ['equal rows as they were', 'INT', [1, 1, 0, 1], [2, 0, 1, 3]],
  ] as const)('%s', (_name, type, values, expected) => {
    expect([...sortedRows([vectorFromValues(type, values)], [ASCENDING], values.length)]).toEqual(
      expected,
    );
  });

  it('descending with NULL first', () => {
    const order = [{ column: 0, descending: true, nullsFirst: true }];
    expect([...sortedRows([vectorFromValues('INT', [1, null, 3])], order, 3)]).toEqual([1, 2, 0]);
  });

  it('the first of them are the same whether or not the rest is sorted', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    console.log(`first sorted rows: SEED=${seed}`);
    const prng = new Prng(seed);
    for (let round = 0; round < 200; round++) {
      const rowCount = prng.integer(0, 300);
      const columns = [7, 40].map((range) =>
        vectorFromValues(
          'INT',
          Array.from({ length: rowCount }, () =>
            prng.float() < 0.1 ? null : prng.integer(0, range),
          ),
        ),
      );
      const order = [0, 1].map((column) => ({
        column,
        descending: prng.float() < 0.5,
        nullsFirst: prng.float() < 0.5,
      }));
      const limit = prng.integer(0, 40);
      expect(firstSortedRows(columns, order, rowCount, limit)).toEqual(
        sortedRows(columns, order, rowCount).slice(0, limit),
      );
    }
  });
});
