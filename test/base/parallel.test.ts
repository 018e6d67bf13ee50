import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/base/parallel.ts';
import { Slots } from '../../src/base/slots.ts';

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('actions side by side', () => {
  it('are begun in order, a bounded number at the same time', async () => {
    const begun: number[] = [];
    let now = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      most = Math.max(most, ++now);
      await later();
      now--;
    });
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('end before a failure is told; no more are begun, and who brings the items is told', async () => {
    const ended: number[] = [];
    let isReturned = false;
    async function* items() {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        isReturned = true;
      }
    }
    const failing = inParallel(items(), 2, async (item) => {
      await later();
      if (item === 2) throw new Error('the third');
      ended.push(item);
    });
    await expect(failing).rejects.toThrow('the third');
    const count = ended.length;
    await later();
    expect(ended).toHaveLength(count);
    expect(isReturned).toBe(true);
  });

  it('fail with their items', async () => {
    function* items() {
      yield 1;
      throw new Error('no more');
    }
    await expect(inParallel(items(), 2, later)).rejects.toThrow('no more');
    await inParallel([], 2, later);
  });
});

describe('slots', () => {
  it('are taken in the order in which they were asked for, and given back by failures', async () => {
    const slots = new Slots(1);
    const log: string[] = [];
    const results = await Promise.allSettled([
      slots.take(async () => {
        await later();
        log.push('a');
      }),
      slots.take(async () => {
        log.push('b');
        throw new Error('b failed');
      }),
      slots.take(async () => log.push('c')),
    ]);
    expect(log).toEqual(['a', 'b', 'c']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await slots.take(async () => 'free')).toBe('free');
  });
});
