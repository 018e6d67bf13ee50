import { describe, expect, it } from 'vitest';
import {
  RECORD_RANGE_TEXT_BYTES_MAX,
  RECORD_RANGES_BYTES_MAX,
} from '../../../src/base/serving-limits.ts';
import { compareText } from '../../../src/base/text-order.ts';
import type { DataType, TableSchema, Value } from '../../../src/base/types.ts';
import { columnRange, columnRanges } from '../../../src/coord/cluster/column-ranges.ts';
import type { ColumnRanges } from '../../../src/coord/cluster/segment-nodes.ts';
import { buildSegments } from '../../support/memory-table.ts';

/** What is left of the ranges of columns in a record that has gone through the tree. */
function recorded(
  columns: TableSchema['columns'],
  rows: readonly (readonly Value[])[],
  names = columns.map(({ name }) => name),
): ColumnRanges | undefined {
  const schema = { name: 't', columns };
  const [segment] = buildSegments(schema, rows);
  return JSON.parse(JSON.stringify(columnRanges(segment!.metadata, schema, names))).ranges;
}

function rangeOf(type: DataType, ...values: Value[]) {
  const rows = values.map((value) => [value]);
  return columnRange(recorded([{ name: 'c', type }], rows), 'c', type);
}

describe('the ranges of columns in a record', () => {
  it.each([
    ['INT', [3, -5, null], -5, 3],
    ['BIGINT', [2n ** 62n, -(2n ** 63n)], -(2n ** 63n), 2n ** 62n],
    ['DOUBLE', [0.1, Number.NaN, -0], -0, 0.1],
    ['FLOAT', [1.5, Number.POSITIVE_INFINITY], 1.5, Number.POSITIVE_INFINITY],
    ['DATE', [7, 9], 7, 9],
    ['TIMESTAMP', [5n, 1_000_000n], 5n, 1_000_000n],
    ['DECIMAL(20,2)', [1234n, -1n], -1n, 1234n],
    ['STRING', ['b', 'a', ''], '', 'b'],
    ['INT', [null, null], null, null],
  ] as const)('are those of the values: %s %#', (type, values, min, max) => {
    expect(rangeOf(type, ...values)).toEqual({ min, max });
  });

  it.each(['BYTES', 'BOOLEAN'] as const)('are not there for %s', (type) => {
    expect(rangeOf(type, type === 'BYTES' ? 'a' : true)).toBeNull();
  });

  it('have a beginning in place of a long text, and what comes after all of that beginning', () => {
    const long = 'x'.repeat(RECORD_RANGE_TEXT_BYTES_MAX);
    expect(rangeOf('STRING', long)).toEqual({ min: long, max: long });
    const after = `${'x'.repeat(RECORD_RANGE_TEXT_BYTES_MAX - 1)}y`;
    expect(rangeOf('STRING', `${long}z`)).toEqual({ min: long, max: after });
  });

  it.each([
    ['\ud7ff', '\ue000'],
    ['\u{1f600}', '\u{1f601}'],
    ['\uffff', '\u{10000}'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', null],
  ])('come after a text of %j by code points', (end, after) => {
    const filler = RECORD_RANGE_TEXT_BYTES_MAX - new TextEncoder().encode(end).length;
    const beginning = after === null ? end.repeat(8) : `${'x'.repeat(filler)}${end}`;
    const range = rangeOf('STRING', `${beginning}rest`);
    if (after === null) {
      expect(range).toBeNull();
      return;
    }
    expect(range?.max).toBe(`${'x'.repeat(filler)}${after}`);
    expect(compareText(String(range?.max), `${beginning}rest`)).toBeGreaterThan(0);
  });

  it('never cut a character in two', () => {
    const range = rangeOf('STRING', '\u{1f600}'.repeat(20), 'é'.repeat(40));
    expect(range).toEqual({ min: 'é'.repeat(16), max: `${'\u{1f600}'.repeat(7)}\u{1f601}` });
  });

  it('are as many as there is room for, in the order that was asked for', () => {
    const columns = Array.from({ length: 9 }, (_, n) => ({
      name: `c${n}`,
      type: 'STRING' as const,
    }));
    const rows = [columns.map(() => 'a'.repeat(40)), columns.map(() => '"\n'.repeat(20))];
    const ranges = recorded(columns, rows, ['c8', 'c1', 'c2', 'c3'])!;
    expect(Object.keys(ranges)).toEqual(['c8']);
    expect(JSON.stringify(ranges).length).toBeLessThanOrEqual(RECORD_RANGES_BYTES_MAX);
    const short = recorded(columns, [columns.map(() => 'a')])!;
    expect(Object.keys(short)).toHaveLength(9);
  });

  it('are left out where a segment has no such column, or one of another type', () => {
    const schema: TableSchema = { name: 't', columns: [{ name: 'c', type: 'INT' }] };
    const [segment] = buildSegments(schema, [[1]]);
    const other: TableSchema = { name: 't', columns: [{ name: 'c', type: 'BIGINT' }] };
    expect(columnRanges(segment!.metadata, other, ['c', 'd', 'toString'])).toEqual({});
    expect(columnRange({}, 'toString', 'INT')).toBeNull();
    expect(columnRange({ c: ['x', 3] }, 'c', 'INT')).toBeNull();
    expect(columnRange(undefined, 'c', 'INT')).toBeNull();
  });
});
