import { type FlatType, isText, physicalType } from '../base/types.ts';
import { nullsLengthBytes } from './encoded-column.ts';
import { type BufferRole, type ColumnMetadata, textEntryType } from './metadata.ts';
import { zoneCount } from './zones.ts';

/** A buffer that a column must have. */
export interface ExpectedBuffer {
  readonly role: BufferRole;
  /** Null when only the buffer itself tells: `dictionaryBytes`. */
  readonly lengthBytes: number | null;
}

/** Bytes of one raw value: i32, i64, f32 or f64; a BOOLEAN has one byte and is never stored raw. */
export function rawWidthBytes(type: FlatType): 1 | 4 | 8 {
  switch (physicalType(type)) {
    case 'flag':
      return 1;
    case 'i32':
    case 'f32':
      return 4;
    case 'i64':
    case 'f64':
      return 8;
  }
}

/** The buffers of a column in the order in which they lie in the file. */
export function expectedBuffers(
  column: Pick<ColumnMetadata, 'type' | 'encoding' | 'nullCount' | 'min' | 'max'>,
  rowCount: number,
): ExpectedBuffer[] {
  const { type, encoding, nullCount } = column;
  const zonesBytes = (widthBytes: number) => 2 * widthBytes * zoneCount(rowCount);
  const nulls: ExpectedBuffer[] =
    nullCount > 0 ? [{ role: 'nulls', lengthBytes: nullsLengthBytes(rowCount) }] : [];
  if (encoding.kind === 'raw') {
    const widthBytes = isText(type) ? 0 : rawWidthBytes(type);
    return [
      { role: 'values', lengthBytes: rowCount * widthBytes },
      ...nulls,
      { role: 'zones', lengthBytes: zonesBytes(widthBytes) },
    ];
  }
  return [
    { role: 'codes', lengthBytes: rowCount * encoding.codeBytes },
    ...nulls,
    ...(encoding.kind === 'dictionary' ? dictionaryBuffers(column, encoding.cardinality) : []),
    { role: 'zones', lengthBytes: zonesBytes(4) },
  ];
}

function dictionaryBuffers(
  column: Pick<ColumnMetadata, 'type' | 'min' | 'max'>,
  cardinality: number,
): ExpectedBuffer[] {
  const { type } = column;
  if (!isText(type) && textEntryType(column) === null) {
    return [{ role: 'dictionaryValues', lengthBytes: cardinality * rawWidthBytes(type) }];
  }
  return [
    { role: 'dictionaryOffsets', lengthBytes: 4 * (cardinality + 1) },
    { role: 'dictionaryBytes', lengthBytes: null },
  ];
}
