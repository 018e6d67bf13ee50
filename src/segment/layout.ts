import type { IndexKind } from '../base/index-config.ts';
import type { DataType } from '../base/types.ts';
import { nullsLengthBytes } from './encoded-column.ts';
import type { BufferRole, ColumnMetadata, SegmentIndex } from './metadata.ts';
import { zoneCount } from './zones.ts';

/** A buffer that a column or an index must have. */
export interface ExpectedBuffer<Role extends string = BufferRole> {
  readonly role: Role;
  /** Null when only the buffer itself tells: `dictionaryBytes`, and what indexes have. */
  readonly lengthBytes: number | null;
}

/** Bytes of one raw value: i32, i64, f32 or f64; a BOOLEAN has one byte and is never stored raw. */
export function rawWidthBytes(type: Exclude<DataType, 'STRING'>): 1 | 4 | 8 {
  switch (type) {
    case 'BOOLEAN':
      return 1;
    case 'INT':
    case 'DATE':
    case 'FLOAT':
      return 4;
    case 'BIGINT':
    case 'TIMESTAMP':
    case 'DOUBLE':
      return 8;
  }
}

/** The buffers of a column in the order in which they lie in the file. */
export function expectedBuffers(
  column: Pick<ColumnMetadata, 'type' | 'encoding' | 'nullCount'>,
  rowCount: number,
): ExpectedBuffer[] {
  const { type, encoding, nullCount } = column;
  const zonesBytes = (widthBytes: number) => 2 * widthBytes * zoneCount(rowCount);
  const nulls: ExpectedBuffer[] =
    nullCount > 0 ? [{ role: 'nulls', lengthBytes: nullsLengthBytes(rowCount) }] : [];
  if (encoding.kind === 'raw') {
    const widthBytes = type === 'STRING' ? 0 : rawWidthBytes(type);
    return [
      { role: 'values', lengthBytes: rowCount * widthBytes },
      ...nulls,
      { role: 'zones', lengthBytes: zonesBytes(widthBytes) },
    ];
  }
  return [
    { role: 'codes', lengthBytes: rowCount * encoding.codeBytes },
    ...nulls,
    ...(encoding.kind === 'dictionary' ? dictionaryBuffers(type, encoding.cardinality) : []),
    { role: 'zones', lengthBytes: zonesBytes(4) },
  ];
}

/** The buffers of an index in the order in which they lie in the file. */
export function expectedIndexBuffers({
  kind,
}: Pick<SegmentIndex, 'kind'>): ExpectedBuffer<string>[] {
  return INDEX_ROLES[kind].map((role) => ({ role, lengthBytes: null }));
}

/** Roles of each kind's buffers; what they hold is drawn where they are built. */
const INDEX_ROLES: Readonly<Record<IndexKind, readonly string[]>> = {
  sorted: [],
  inverted: ['offsets', 'bitmaps'],
  range: ['bounds', 'offsets', 'bitmaps'],
  bloom: ['blocks'],
  text: ['termOffsets', 'terms', 'offsets', 'bitmaps'],
  json: ['termOffsets', 'terms', 'offsets', 'bitmaps'],
  startree: ['nodes', 'records'],
};

function dictionaryBuffers(type: DataType, cardinality: number): ExpectedBuffer[] {
  if (type !== 'STRING') {
    return [{ role: 'dictionaryValues', lengthBytes: cardinality * rawWidthBytes(type) }];
  }
  return [
    { role: 'dictionaryOffsets', lengthBytes: 4 * (cardinality + 1) },
    { role: 'dictionaryBytes', lengthBytes: null },
  ];
}
