import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { loadKernels } from './load.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`select: SEED=${seed}\n`);

/** Far and near values, so that many are equal or none. */
const SPREADS = [1, 3, 1000, 2 ** 31];

describe.each(['shared', 'unshared'] as const)('selectByGroup in its %s build', (variant) => {
  it('finds what sorting finds, and only reorders within groups', () => {
    const random = new Prng(seed);
    const { run, i64, u32 } = loadKernels(variant, 4);
    const [out, values, ends, indexes] = [65_536, 98_304, 196_608, 212_992];
    for (let round = 0; round < 300; round++) {
      const groups = Array.from({ length: random.integer(0, 20) }, () => {
        const spread = random.pick(SPREADS);
        const length = random.integer(0, random.pick([2, 8, 400]));
        const own = Array.from({ length }, () => BigInt(random.integer(0, spread) - 1));
        return random.integer(0, 3) === 0 ? own.sort((a, b) => Number(a - b)) : own;
      });
      let end = 0;
      groups.forEach((own, group) => {
        i64.set(own, values / 8 + end);
        end += own.length;
        u32[ends / 4 + group] = end;
        u32[indexes / 4 + group] = random.integer(0, own.length + 1);
        i64[out / 8 + group] = -99n;
      });
      i64[values / 8 + end] = i64[values / 8 - 1] = -77n;
      run.selectByGroup(out, values, ends, indexes, groups.length);
      expect([i64[values / 8 + end], i64[values / 8 - 1]]).toEqual([-77n, -77n]);
      let start = 0;
      groups.forEach((own, group) => {
        const sorted = own.toSorted((a, b) => Number(a - b));
        expect(i64[out / 8 + group]).toBe(sorted[u32[indexes / 4 + group]!] ?? -99n);
        const after = Array.from(i64.subarray(values / 8 + start, values / 8 + start + own.length));
        expect(after.sort((a, b) => Number(a - b))).toEqual(sorted);
        start += own.length;
      });
    }
  });
});
