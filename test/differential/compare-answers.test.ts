import { describe, expect, it } from 'vitest';
import { compareAnswers, type Rows } from '../../bench/compare-answers.ts';

const TOTAL = { ordered: 'total' } as const;
const NONE = { ordered: 'none' } as const;
const TOP_3 = { ordered: 'ties', sortKeys: [1], limit: 3 } as const;
const TIES = { ordered: 'ties', sortKeys: [1] } as const;

describe('values', () => {
  it.each([
    [1n, 1],
    [9007199254740993n, 9007199254740993n],
    [0.1 + 0.2, 0.3],
    [1e300, 1e300 * (1 + 1e-12)],
    [-0, 0],
    [Number.NaN, Number.NaN],
    ['a', 'a'],
    [null, null],
    [true, true],
  ])('%s is the same as %s', (left, right) => {
    expect(compareAnswers([[left]], [[right]], TOTAL)).toBeNull();
    expect(compareAnswers([[right]], [[left]], TOTAL)).toBeNull();
  });

  it.each([
    [1n, 2n],
    [9007199254740993n, 9007199254740992],
    [1n, 1.0000000001],
    [0.3, 0.3000001],
    [1e-20, 2e-20],
    [0, Number.NaN],
    [5, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [null, 0],
    [null, ''],
    ['1', 1],
    ['a', 'A'],
    [true, 1],
  ])('%s is not %s', (left, right) => {
    expect(compareAnswers([[left]], [[right]], TOTAL)).not.toBeNull();
    expect(compareAnswers([[right]], [[left]], NONE)).not.toBeNull();
  });
});

describe('rows', () => {
  const rows: Rows = [
    ['a', 1n],
    ['b', 2n],
  ];

  it('count', () => {
    expect(compareAnswers(rows, rows.slice(1), NONE)).toBe('2 rows against 1');
    expect(compareAnswers([['a', 1n]], [['a']], TOTAL)).not.toBeNull();
  });

  it('keep their places in a total order, and say where they differ', () => {
    expect(compareAnswers(rows, [...rows].reverse(), TOTAL)).toBe(
      "row 1: ('a', 1) against ('b', 2)",
    );
    expect(compareAnswers(rows, [...rows].reverse(), NONE)).toBeNull();
  });

  it('are a multiset without an order', () => {
    const twice = [...rows, ['a', 1n]];
    expect(compareAnswers(twice, [['a', 1n], ...rows], NONE)).toBeNull();
    expect(compareAnswers(twice, [['b', 2n], ...rows], NONE)).not.toBeNull();
  });

  it('are matched in any order although NaN and numbers mix', () => {
    const left: Rows = [[0.5], [Number.NaN], [-1], [null]];
    const right: Rows = [[Number.NaN], [null], [-1], [0.5]];
    expect(compareAnswers(left, right, NONE)).toBeNull();
  });

  it('are matched although doubles that are nearly equal sort the other way round', () => {
    const [less, more] = [490000000.0000001, 490000000.0000002];
    const left = [
      [less, 1.5],
      [more, 2.5],
    ];
    expect(
      compareAnswers(
        left,
        [
          [more, 1.5],
          [less, 2.5],
        ],
        { ordered: 'none' },
      ),
    ).toBeNull();
    expect(
      compareAnswers(
        left,
        [
          [more, 1.5],
          [less, 1.5],
        ],
        { ordered: 'none' },
      ),
    ).not.toBeNull();
  });

  it('are matched although a double is a little off, whole or not', () => {
    const left: Rows = [
      [12, 'b'],
      [12.5, 'a'],
      [13, 'c'],
    ];
    const right: Rows = [
      [13.000000000001, 'c'],
      [12.500000000001, 'a'],
      [11.999999999999, 'b'],
    ];
    expect(compareAnswers(left, right, NONE)).toBeNull();
  });
});

describe('ties', () => {
  const rows: Rows = [
    ['a', 9n],
    ['b', 5n],
    ['c', 5n],
  ];
  const swapped: Rows = [rows[0]!, rows[2]!, rows[1]!];
  const other: Rows = [rows[0]!, rows[1]!, ['d', 5n]];

  it('may change places', () => {
    expect(compareAnswers(rows, swapped, TIES)).toBeNull();
    expect(compareAnswers(rows, swapped, TOP_3)).toBeNull();
  });

  it('may be other rows only where the limit cuts', () => {
    expect(compareAnswers(rows, other, TOP_3)).toBeNull();
    expect(compareAnswers(rows, other, TIES)).not.toBeNull();
    expect(compareAnswers(rows, other, { ...TOP_3, limit: 4 })).not.toBeNull();
  });

  it('do not excuse other keys, or other rows above the cut', () => {
    expect(compareAnswers(rows, [rows[0]!, rows[1]!, ['c', 4n]], TOP_3)).toContain('sort keys');
    expect(compareAnswers(rows, [['x', 9n], rows[1]!, rows[2]!], TOP_3)).toContain('rows 1 to 1');
  });
});
