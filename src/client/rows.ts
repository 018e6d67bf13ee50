import { hexOf } from '../base/byte-string.ts';
import { formatDecimal } from '../base/decimal.ts';
import { decimalShape, isDecimal, type Value } from '../base/types.ts';
import { decimalReader } from '../exec/decimal-vector.ts';
import type { Vector } from '../exec/vector.ts';

/** Column vectors as rows of JavaScript values, see `Value`; BYTES as hexadecimal digits and DECIMAL as text. */
export function rowsOf(vectors: readonly Vector[], rowCount: number): Value[][] {
  const cells = vectors.map(cellReader);
  return Array.from({ length: rowCount }, (_, row) => cells.map((cell) => cell(row)));
}

function cellReader(vector: Vector): (row: number) => Value {
  const read = valueReader(vector);
  const { nulls } = vector;
  return nulls === null ? read : (row) => (nulls[row] === 1 ? null : read(row));
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
