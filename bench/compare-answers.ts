import type { Value } from '../src/base/types.ts';

/** Rows of an answer. */
export type Rows = readonly (readonly Value[])[];

/** The rows of an answer with arrays as JSON. */
export function plainRows(rows: readonly (readonly (Value | readonly Value[])[])[]): Rows {
  return rows.map((row) =>
    row.map((cell) => (Array.isArray(cell) ? JSON.stringify(cell) : (cell as Value))),
  );
}

/**
 * What ORDER BY says about an answer: `total`: every row has its place; `ties`: rows with equal sort
 * keys may change places, and a LIMIT may cut among them; `none`: a set of rows; `any`: a LIMIT
 * without an order, so that only the number of rows is known.
 */
export type AnswerOrder = 'total' | 'ties' | 'none' | 'any';

/** How an answer is ordered. */
export interface AnswerShape {
  readonly ordered: AnswerOrder;
  /** Positions of the ORDER BY columns in the answer; only for `ties`. */
  readonly sortKeys?: readonly number[];
  /** The LIMIT, if there is one: the rows that share the last sort key may then differ. */
  readonly limit?: number;
  /** The OFFSET, if there is one: the rows that share the first sort key may then differ too. */
  readonly offset?: number;
}

/** Engines add floating-point numbers in different orders; beyond this it is a different number. */
const RELATIVE_TOLERANCE = 1e-9;

/**
 * Compares two answers to one query. Integers are exact whether they come as bigint or number; other
 * numbers agree within a relative 1e-9, −0 equals 0 and NaN equals NaN.
 *
 * @returns null when they are the same answer, else the first difference in words.
 */
export function compareAnswers(left: Rows, right: Rows, shape: AnswerShape): string | null {
  if (left.length !== right.length) return `${left.length} rows against ${right.length}`;
  switch (shape.ordered) {
    case 'total':
      return compareInOrder(left, right);
    case 'none':
      return compareInAnyOrder(left, right);
    case 'any':
      return null;
    case 'ties':
      return compareWithTies(left, right, shape);
  }
}

function compareInOrder(left: Rows, right: Rows): string | null {
  for (const [index, row] of left.entries()) {
    if (!rowsEqual(row, right[index]!)) {
      return `row ${index + 1}: ${show(row)} against ${show(right[index]!)}`;
    }
  }
  return null;
}

/**
 * The sequences of sort keys must agree, and the rows that share a key as a set; except the last such
 * rows when a LIMIT may have cut among them.
 */
function compareWithTies(
  left: Rows,
  right: Rows,
  { sortKeys = [], limit, offset = 0 }: AnswerShape,
): string | null {
  const keysOf = (rows: Rows) => rows.map((row) => sortKeys.map((column) => row[column]!));
  const keys = keysOf(left);
  const difference = compareInOrder(keys, keysOf(right));
  if (difference !== null) return `sort keys: ${difference}`;
  for (let start = 0; start < left.length; ) {
    let end = start + 1;
    while (end < left.length && rowsEqual(keys[end]!, keys[start]!)) end++;
    if (end === left.length && end === limit) return null;
    const isCut = start === 0 && offset > 0;
    const inside = isCut
      ? null
      : compareInAnyOrder(left.slice(start, end), right.slice(start, end));
    if (inside !== null) return `rows ${start + 1} to ${end}, in any order: ${inside}`;
    start = end;
  }
  return null;
}

function rowsEqual(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((value, at) => valuesEqual(value, right[at]!));
}

function valuesEqual(left: Value, right: Value): boolean {
  if (!isNumber(left) || !isNumber(right)) return left === right;
  if (typeof left === 'bigint') return left === exactInteger(right);
  if (typeof right === 'bigint') return right === exactInteger(left);
  if (Object.is(left, right) || left === right) return true;
  if (!Number.isFinite(left) || !Number.isFinite(right)) return false;
  return Math.abs(left - right) <= RELATIVE_TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}

/**
 * Brings both into one order that does not depend on the engine: columns that may be a little off
 * decide last.
 */
function compareInAnyOrder(left: Rows, right: Rows): string | null {
  const columns = (left[0] ?? []).map((_, index) => index);
  const isInexact = (column: number) =>
    [...left, ...right].some((row) => isFraction(row[column] ?? null));
  const inexact = columns.filter(isInexact);
  const order = [...columns.filter((column) => !inexact.includes(column)), ...inexact];
  const sorted = (rows: Rows) => [...rows].sort((one, other) => compareRows(one, other, order));
  const difference = compareInOrder(sorted(left), sorted(right));
  return difference === null || arePairs(left, right) ? null : difference;
}

/** Answers whose rows may be looked for one by one. */
const PAIRED_ROWS_MAX = 10_000;

/**
 * Whether each row has a partner. Where a last digit is another, sorting brings rows together that are no
 * partners; that is rare, and then they are looked for.
 */
function arePairs(left: Rows, right: Rows): boolean {
  if (left.length > PAIRED_ROWS_MAX) return false;
  const rest = [...right];
  return left.every((row) => {
    const partner = rest.findIndex((candidate) => rowsEqual(row, candidate));
    if (partner >= 0) rest.splice(partner, 1);
    return partner >= 0;
  });
}

function compareRows(
  left: readonly Value[],
  right: readonly Value[],
  columns: readonly number[],
): number {
  for (const column of columns) {
    const order = compareValues(left[column]!, right[column]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(left: Value, right: Value): number {
  const rank = kindRank(left) - kindRank(right);
  if (rank !== 0 || left === null || right === null) return rank;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** NaN has a rank of its own: it is neither less nor greater than another number. */
function kindRank(value: Value): number {
  if (value === null) return 0;
  if (Number.isNaN(value)) return 1;
  return isNumber(value) ? 2 : typeof value === 'string' ? 3 : 4;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isFraction(value: Value): boolean {
  return typeof value === 'number' && !Number.isInteger(value);
}

/** The integer that a number is, or null. */
function exactInteger(value: number | bigint): bigint | null {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value) : null;
}

function show(row: readonly Value[]): string {
  return `(${row.map((value) => (typeof value === 'string' ? `'${value}'` : value)).join(', ')})`;
}
