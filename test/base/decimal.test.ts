import { describe, expect, it } from 'vitest';
import {
  divideRounded,
  formatDecimal,
  keyOfHalves,
  parseDecimal,
  rescale,
  wideKey,
  wideValue,
} from '../../src/base/decimal.ts';

const VALUES = [
  -(10n ** 38n) + 1n,
  -(2n ** 63n) - 1n,
  -(2n ** 63n),
  -(2n ** 32n),
  -1n,
  0n,
  1n,
  255n,
  2n ** 31n,
  2n ** 32n + 5n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n,
  10n ** 38n - 1n,
];

describe('wide keys', () => {
  it('give back their values, and order as they do', () => {
    const keys = VALUES.map(wideKey);
    expect(keys.map(wideValue)).toEqual(VALUES);
    expect([...keys].sort()).toEqual(keys);
    expect(new Set(keys.map(({ length }) => length))).toEqual(new Set([16]));
  });

  it('are the same from the halves of a 64-bit integer', () => {
    for (const value of VALUES.filter((one) => BigInt.asIntN(64, one) === one)) {
      const [low, high] = new Int32Array(BigInt64Array.of(value).buffer);
      expect(keyOfHalves(low!, high!)).toBe(wideKey(value));
    }
  });
});

describe('decimal notation', () => {
  it.each([
    ['1.5', 5, 2, 150n],
    ['-.005', 5, 2, -1n],
    [' +12.344999 ', 5, 2, 1234n],
    ['1e2', 5, 2, 10_000n],
    ['125e-3', 5, 2, 13n],
    ['0000000000000000000000000000000000000000001', 5, 2, 100n],
    ['1000', 5, 2, null],
    ['999.995', 5, 2, null],
    ['1e99999', 38, 0, null],
    ['1e-99999', 38, 0, 0n],
    ['.', 5, 2, null],
    ['', 5, 2, null],
    ['1.5x', 5, 2, null],
    ['nan', 5, 2, null],
  ])("'%s' as DECIMAL(%i, %i)", (text, precision, scale, expected) => {
    expect(parseDecimal(text, precision, scale)).toBe(expected);
  });

  it('has as many digits behind the point as the scale says', () => {
    expect([-5n, 0n, 1234n].map((value) => formatDecimal(value, 3))).toEqual([
      ...['-0.005', '0.000', '1.234'],
    ]);
    expect(formatDecimal(-7n, 0)).toBe('-7');
  });
});

it('rounds halves away from zero, whatever the signs', () => {
  const halves: [bigint, bigint][] = [
    [5n, 2n],
    [-5n, 2n],
    [5n, -2n],
    [-5n, -2n],
    [4n, 3n],
  ];
  expect(halves.map(([a, b]) => divideRounded(a, b))).toEqual([3n, -3n, -3n, 3n, 1n]);
  expect([1005n, -1005n, 1004n].map((value) => rescale(value, 3, 2))).toEqual([101n, -101n, 100n]);
});
