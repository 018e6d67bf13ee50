import { hexOf } from '../base/byte-string.ts';
import { formatDecimal } from '../base/decimal.ts';
import { decimalShape, isArray, isDecimal, type Value } from '../base/types.ts';
import { withElements } from '../exec/array-dictionary.ts';
import { decimalReader } from '../exec/decimal-vector.ts';
import type { Steps } from '../exec/steps.ts';
import type { Vector } from '../exec/vector.ts';

/** A value of an answer, or the elements of an array. */
export type Cell = Value | readonly Value[];

/** Rows that one step makes: a few milliseconds. */
const STEP_ROWS = 8192;

/**
 * Column vectors as rows of JavaScript values, see `Value`; BYTES as hexadecimal digits, DECIMAL as text and
 * an array as an array of such values.
 */
export function* rowsOf(vectors: readonly Vector[], rowCount: number): Steps<Cell[][]> {
  const cells = vectors.map(cellReader);
  const rows: Cell[][] = [];
  for (let row = 0; row < rowCount; row++) {
    if (row % STEP_ROWS === STEP_ROWS - 1) yield;
    rows.push(cells.map((cell) => cell(row)));
  }
  return rows;
}

function cellReader(vector: Vector): (row: number) => Cell {
  const read = isArray(vector.type) ? arrayReader(vector) : valueReader(vector);
  const { nulls } = vector;
  return nulls === null ? read : (row) => (nulls[row] === 1 ? null : read(row));
}

function arrayReader(vector: Vector): (row: number) => Cell {
  const { codes, dictionary } = withElements(vector);
  const { offsets, elements } = dictionary;
  const read = valueReader(elements);
  return (row) => {
    const code = codes[row]!;
    const [start, end] = [offsets[code]!, offsets[code + 1]!];
    return Array.from({ length: end - start }, (_, at) => read(start + at));
  };
}

function valueReader(vector: Vector): (row: number) => Value {
  if (isDecimal(vector.type)) {
    const { scale } = decimalShape(vector.type);
    const readUnits = decimalReader(vector);
    return (row) => formatDecimal(readUnits(row), scale);
  }
  if (vector.kind === 'text') {
    const { codes, dictionary } = vector;
    if (vector.type === 'BYTES') return (row) => hexOf(dictionary.at(codes[row]!)!);
    return (row) => dictionary.at(codes[row]!)!;
  }
  const { type, data } = vector;
  return type === 'BOOLEAN' ? (row) => data[row] === 1 : (row) => data[row]!;
}
