import type { Value } from '../base/types.ts';
import type { Vector } from '../exec/vector.ts';

/** Column vectors as rows of JavaScript values, see `Value`. */
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
  if (vector.kind === 'text') {
    const { codes, dictionary } = vector;
    return (row) => dictionary.at(codes[row]!)!;
  }
  const { type, data } = vector;
  return type === 'BOOLEAN' ? (row) => data[row] === 1 : (row) => data[row]!;
}
