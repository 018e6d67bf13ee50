import type { Prng } from '../../src/base/prng.ts';
import {
  BATCH_ROWS,
  type Batch,
  type BatchColumn,
  type GeneratedColumn,
  type GeneratedType,
} from '../suite.ts';

/** One value of a row: a bigint for BIGINT and TIMESTAMP, a string for STRING, else a number. */
export type GeneratedValue = number | bigint | string;

/**
 * Batches of a table whose rows are made one after the other.
 *
 * @param makeRow called once a row, in order; gives the values in the order of the columns.
 */
export function* batchesOf(
  columns: readonly GeneratedColumn[],
  rowCount: number,
  makeRow: () => readonly GeneratedValue[],
): Generator<Batch> {
  for (let start = 0; start < rowCount; start += BATCH_ROWS) {
    const batchRows = Math.min(BATCH_ROWS, rowCount - start);
    const arrays = columns.map(({ type }) => newColumn(type, batchRows));
    for (let row = 0; row < batchRows; row++) {
      const values = makeRow();
      for (let column = 0; column < arrays.length; column++) {
        // A generator gives each column values of its type; a wrong one fails in the typed array.
        (arrays[column] as GeneratedValue[])[row] = values[column]!;
      }
    }
    yield { rowCount: batchRows, columns: arrays };
  }
}

/**
 * Numbers from 0 to `count − 1` of which the first are frequent and the last rare, as in Zipf's law:
 * the probability of rank r falls as r^(1/power − 1). Only multiplications, which are the same on
 * every machine.
 */
export function skewed(prng: Prng, count: number, power: number): number {
  const uniform = prng.float();
  let value = count;
  for (let factor = 0; factor < power; factor++) value *= uniform;
  return Math.floor(value);
}

/** A well-mixed 32-bit hash (the finalizer of MurmurHash3) of a number and a salt. */
export function mix(value: number, salt: number): number {
  let mixed = Math.imul(value ^ salt, 0x9e3779b1) ^ salt;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Days since 1970 of a date. */
export function daysOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

/** A list made by position. */
export function listOf<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function newColumn(type: GeneratedType, rowCount: number): BatchColumn {
  switch (type) {
    case 'STRING':
      return new Array<string>(rowCount).fill('');
    case 'BIGINT':
    case 'TIMESTAMP':
      return new BigInt64Array(rowCount);
    case 'DOUBLE':
      return new Float64Array(rowCount);
    default:
      return new Int32Array(rowCount);
  }
}
