import { describe, expect, it } from 'vitest';
import { countHeld, placeSegments } from '../../src/controller/placement.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

describe('placing segments', () => {
  it('spreads them evenly over live servers', () => {
    const placed = placeSegments(names(9), ['b', 'a', 'c'], new Map(), 1);
    const records = [...placed.values()].map((servers) => ({ servers }));
    expect(countHeld(records)).toEqual(
      new Map([
        ['a', 3],
        ['b', 3],
        ['c', 3],
      ]),
    );
  });

  it('fills up servers that hold less', () => {
    const placed = placeSegments(names(2), ['a', 'b'], new Map([['a', 5]]), 1);
    expect([...placed.values()]).toEqual([['b'], ['b']]);
  });

  it('puts copies on different servers, as many as there are', () => {
    for (const servers of placeSegments(names(5), ['a', 'b', 'c'], new Map(), 2).values()) {
      expect(new Set(servers).size).toBe(2);
    }
    expect(placeSegments(['s'], ['a'], new Map(), 3)).toEqual(new Map([['s', ['a']]]));
  });

  it('says that no server runs', () => {
    expect(() => placeSegments(['s'], [], new Map(), 1)).toThrow(
      expect.objectContaining({ code: 'SERVER_UNAVAILABLE' }),
    );
  });
});
