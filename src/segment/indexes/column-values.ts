import type { Value } from '../../base/types.ts';
import { decodeDictionary } from '../decode.ts';
import { isNullRow, type SourceColumn, sourceCodes, sourceValues } from './index-source.ts';

/** Values of a column, and how many: those of a small code space once each, others row by row. */
export interface ColumnValues {
  readonly count: number;
  readonly values: Iterable<Exclude<Value, null>>;
}

/** The values of a column that are not NULL. */
export function columnValues(column: SourceColumn, rowCount: number): ColumnValues {
  const { metadata, buffers } = column;
  const { encoding, nullCount } = metadata;
  const count = rowCount - nullCount;
  if (count === 0) return { count, values: [] };
  switch (encoding.kind) {
    case 'array':
      throw new Error('no index is configured for an array');
    case 'raw':
      return { count, values: rowValues<number | bigint>(column, sourceValues(column)!) };
    case 'dictionary': {
      // A dictionary holds no other values than those of its rows.
      const entries = decodeDictionary(metadata, buffers);
      return { count: entries.length, values: entries as Iterable<Exclude<Value, null>> };
    }
    case 'affine': {
      const { codes, codeCount } = sourceCodes(column)!;
      const { base, scale } = encoding;
      const decode = (code: number): bigint => base + BigInt(code) * scale;
      if (codeCount > rowCount) return { count, values: mapped(rowValues(column, codes), decode) };
      const isUsed = new Uint8Array(codeCount);
      for (let row = 0; row < rowCount; row++) if (!isNullRow(column, row)) isUsed[codes[row]!] = 1;
      const used = Array.from(isUsed.keys()).filter((code) => isUsed[code] === 1);
      return { count: used.length, values: mapped(used, decode) };
    }
  }
}

function* rowValues<T extends number | bigint>(
  column: SourceColumn,
  rows: ArrayLike<T>,
): Generator<T> {
  for (let row = 0; row < rows.length; row++) if (!isNullRow(column, row)) yield rows[row]!;
}

function* mapped<T, R>(values: Iterable<T>, map: (value: T) => R): Generator<R> {
  for (const value of values) yield map(value);
}
