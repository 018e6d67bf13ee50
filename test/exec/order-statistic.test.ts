import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { selectElement } from '../../src/exec/order-statistic.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`order statistic: SEED=${seed}\n`);

describe('the element at a place in the order', () => {
  const prng = new Prng(seed);

  it('is that of the sorted values, for any shape of them', () => {
    const shapes: ((row: number, count: number) => number)[] = [
      () => prng.float(),
      () => prng.integer(0, 3),
      (row) => row,
      (row, count) => count - row,
      () => 7,
      () => prng.pick([Number.NEGATIVE_INFINITY, -1, 0, Number.POSITIVE_INFINITY]),
    ];
    for (let round = 0; round < 600; round++) {
      const count = prng.integer(1, 80);
      const shape = prng.pick(shapes);
      const values = Float64Array.from({ length: count }, (_, row) => shape(row, count));
      const sorted = values.slice().sort();
      const place = prng.integer(0, count);
      expect(selectElement(values, place)).toBe(sorted[place]);
      expect(values.slice().sort()).toEqual(sorted);
    }
  });
});
