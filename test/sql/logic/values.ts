import { createHash } from 'node:crypto';
import { formatDate, formatTimestamp } from '../../../src/base/datetime.ts';
import type { DataType, Value } from '../../../src/base/types.ts';
import type { QueryRecord, SortMode } from './script.ts';

/** Values in files have few digits, and engines add in different orders. */
const RELATIVE_TOLERANCE = 1e-9;

/** A value as scripts write it; `letter` is the column's: I, R or T. */
export function valueText(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  if (type === 'DATE') return formatDate(value as number);
  if (type === 'TIMESTAMP') return formatTimestamp(value as bigint).replace(/\.0$/, '');
  if (typeof value === 'string') return textOf(value);
  return numberText(value);
}

/** A number, or another value that has a plain text. */
export function numberText(value: boolean | number | bigint): string {
  if (Number.isNaN(value)) return 'nan';
  return String(value).replace('Infinity', 'inf');
}

/** Text of one line; an empty one is `(empty)`. */
export function textOf(value: string): string {
  if (value === '') return '(empty)';
  return value.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\0', '\\0');
}

/** What a script says the answer is, against what came; null when they agree, else the difference. */
export function answerDifference(
  { types, sortMode }: QueryRecord,
  expected: readonly string[],
  rows: readonly (readonly string[])[],
): string | null {
  const hash = /^(\d+) values hashing to ([0-9a-f]{32})$/.exec(expected[0] ?? '');
  if (hash !== null && expected.length === 1) {
    const found = hashText(types, sortMode, rows);
    return found === expected[0] ? null : `expected ${expected[0]}, found ${found}`;
  }
  const width = types.length;
  const wanted = sorted(sortMode, expectedRows(expected, width, rows.length), types);
  const found = sorted(sortMode, rows, types);
  if (wanted.length !== found.length) {
    return `expected ${wanted.length} rows, found ${found.length}:\n${rowLines(found)}`;
  }
  const at = wanted.findIndex((row, index) =>
    row.some((text, column) => !isSame(text, found[index]![column]!, types[column]!)),
  );
  return at < 0 ? null : `row ${at + 1}: expected ${wanted[at]!.join('\t')}\n${rowLines(found)}`;
}

/** The lines of an answer, as an update writes them. */
export function answerLines(
  { types, sortMode }: QueryRecord,
  rows: readonly (readonly string[])[],
): string[] {
  return sorted(sortMode, rows, types).map((row) => row.join('\t'));
}

/** sqllogictest's own: the MD5 of all values, a line each. */
export function hashText(
  types: string,
  sortMode: SortMode,
  rows: readonly (readonly string[])[],
): string {
  const rounded = rows.map((row) =>
    row.map((text, column) =>
      types[column] === 'R' && text !== 'NULL' ? Number(text).toFixed(3) : text,
    ),
  );
  const values = sorted(sortMode, rounded, types).flat();
  const md5 = createHash('md5').update(values.map((value) => `${value}\n`).join(''));
  return `${values.length} values hashing to ${md5.digest('hex')}`;
}

/** Either a row a line with tabs, or, as in the original, a value a line. */
function expectedRows(lines: readonly string[], width: number, rowCount: number): string[][] {
  const isByValue = width > 1 && lines.length === rowCount * width && !lines[0]?.includes('\t');
  if (!isByValue) return lines.map((line) => line.split('\t'));
  return Array.from({ length: rowCount }, (_, row) => lines.slice(row * width, (row + 1) * width));
}

function sorted(
  mode: SortMode,
  rows: readonly (readonly string[])[],
  types: string,
): readonly (readonly string[])[] {
  if (mode === 'nosort') return rows;
  if (mode === 'valuesort') {
    const values = rows.flat().sort(compare);
    const width = types.length;
    return rows.map((_, row) => values.slice(row * width, (row + 1) * width));
  }
  // What may differ in its last digits decides last.
  const exact = (row: readonly string[]) => row.filter((_, column) => types[column] !== 'R');
  const key = (row: readonly string[]) => [...exact(row), ...row].join('\t');
  return [...rows].sort((one, other) => compare(key(one), key(other)));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function isSame(expected: string, found: string, letter: string): boolean {
  if (expected === found) return true;
  if (letter !== 'R' || expected === 'NULL' || found === 'NULL') return false;
  const [left, right] = [Number(expected), Number(found)];
  const size = Math.max(Math.abs(left), Math.abs(right));
  return Number.isFinite(size) && Math.abs(left - right) <= RELATIVE_TOLERANCE * size;
}

function rowLines(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.join('\t')).join('\n');
}
