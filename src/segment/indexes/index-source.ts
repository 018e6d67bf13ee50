import { assert } from '../../base/assert.ts';
import { type DataType, physicalType } from '../../base/types.ts';
import { type ColumnMetadata, isCoded } from '../metadata.ts';
import type { ColumnBuffers } from '../read.ts';

/** The columns of a segment from which indexes are built. */
export interface IndexSource {
  readonly rowCount: number;
  /** At least those of the indexes, by name. */
  readonly columns: ReadonlyMap<string, SourceColumn>;
}

/** A column with all its buffers in memory. */
export interface SourceColumn {
  readonly metadata: Omit<ColumnMetadata, 'buffers'>;
  readonly buffers: ColumnBuffers;
}

/** A column that the source must have. */
export function sourceColumn({ columns }: IndexSource, name: string): SourceColumn {
  const column = columns.get(name);
  assert(column !== undefined, () => `the column ${name} of an index was handed in`);
  return column;
}

/** The codes of a coded column, one a row, as a typed array of their width; null when it is raw. */
export function sourceCodes({ metadata, buffers }: SourceColumn): SourceCodes | null {
  const { encoding } = metadata;
  if (!isCoded(encoding)) return null;
  const bytes = aligned(buffers.codes!);
  const codeCount = encoding.kind === 'dictionary' ? encoding.cardinality : encoding.codeCount;
  const { buffer, byteOffset } = bytes;
  const codes =
    encoding.codeBytes === 1
      ? bytes
      : encoding.codeBytes === 2
        ? new Uint16Array(buffer, byteOffset, bytes.length / 2)
        : new Uint32Array(buffer, byteOffset, bytes.length / 4);
  return { codes, codeCount };
}

/** Codes, which are below `codeCount`. */
export interface SourceCodes {
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  readonly codeCount: number;
}

/** The values of a raw column; null when it is coded. */
export function sourceValues({ metadata, buffers }: SourceColumn): SourceValues | null {
  return metadata.encoding.kind === 'raw' ? typedValues(metadata.type, buffers.values!) : null;
}

/** The values of a column's codes; null when it has no dictionary, or one of texts. */
export function sourceDictionary({ metadata, buffers }: SourceColumn): SourceValues | null {
  const { dictionaryValues } = buffers;
  return dictionaryValues === undefined ? null : typedValues(metadata.type, dictionaryValues);
}

function typedValues(type: DataType, bytes: Uint8Array): SourceValues {
  const { buffer, byteOffset, length } = aligned(bytes);
  switch (physicalType(type)) {
    case 'i32':
      return new Int32Array(buffer, byteOffset, length / 4);
    case 'f32':
      return new Float32Array(buffer, byteOffset, length / 4);
    case 'f64':
      return new Float64Array(buffer, byteOffset, length / 8);
    default:
      return new BigInt64Array(buffer, byteOffset, length / 8);
  }
}

/** Raw values as a segment stores them. */
export type SourceValues = Int32Array | BigInt64Array | Float32Array | Float64Array;

/** True for rows that are NULL. */
export function isNullRow({ buffers: { nulls } }: SourceColumn, row: number): boolean {
  return nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0;
}

/** Bytes at a place where 64-bit values can be read. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
