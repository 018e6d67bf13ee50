import type { IndexKind } from '../base/index-config.ts';
import { type DataType, type FlatType, isFloat, isText, physicalType } from '../base/types.ts';
import { nullsLengthBytes } from './encoded-column.ts';
import {
  codesRole,
  metricRole,
  NODE_BYTES,
  type StarTreeShape,
  sketchesRole,
  starTreeShape,
} from './indexes/star-tree-shape.ts';
import {
  type BufferRole,
  type ColumnMetadata,
  isCoded,
  type SegmentIndex,
  textEntryType,
} from './metadata.ts';
import { zoneCount } from './zones.ts';

/** A buffer that a column or an index must have. */
export interface ExpectedBuffer<Role extends string = BufferRole> {
  readonly role: Role;
  /** Null when only the buffer itself tells: `dictionaryBytes`, and what indexes have. */
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

/** What a buffer is made of, for choosing how it is stored. */
export interface BufferElement {
  /** `bytes` is anything else, taken byte by byte. */
  readonly kind: 'integer' | 'float' | 'bytes';
  readonly widthBytes: 1 | 2 | 4 | 8;
}

/** The elements of a column's buffer. */
export function bufferElement(
  { type, encoding }: Pick<ColumnMetadata, 'type' | 'encoding'>,
  role: BufferRole,
): BufferElement {
  switch (role) {
    case 'codes':
      return { kind: 'integer', widthBytes: isCoded(encoding) ? encoding.codeBytes : 1 };
    case 'values':
    case 'dictionaryValues':
      return valueElement(type);
    case 'nulls':
      return { kind: 'integer', widthBytes: 1 };
    case 'offsets':
    case 'dictionaryOffsets':
      return { kind: 'integer', widthBytes: 4 };
    case 'dictionaryBytes':
      return { kind: 'bytes', widthBytes: 1 };
    case 'zones':
      return isCoded(encoding) ? { kind: 'integer', widthBytes: 4 } : valueElement(type);
  }
}

/** The elements of an index's buffer; the index is over some of these columns. */
export function indexBufferElement(
  index: Pick<SegmentIndex, 'kind' | 'columns' | 'parameters'>,
  columns: readonly ColumnMetadata[],
  role: string,
): BufferElement {
  if (index.kind === 'startree') return starTreeElement(starTreeShape(index, columns), role);
  const own = columns.find(({ name }) => name === index.columns[0]);
  if (index.kind === 'timestamp') return bufferElement(own!, role as BufferRole);
  switch (role) {
    case 'offsets':
    case 'termOffsets':
      return { kind: 'integer', widthBytes: 4 };
    case 'bounds':
      return valueElement(own!.type);
    default:
      return { kind: 'bytes', widthBytes: 1 };
  }
}

function starTreeElement({ dimensions, metrics }: StarTreeShape, role: string): BufferElement {
  const dimension = dimensions.findIndex((_, at) => role === codesRole(at));
  if (dimension >= 0) return bufferElement(dimensions[dimension]!, 'codes');
  const metric = metrics.findIndex((_, at) => role === metricRole(at));
  const isBytes = metrics.some((_, at) => role === sketchesRole(at));
  if (isBytes) return { kind: 'bytes', widthBytes: 1 };
  // Nodes and counts are u32.
  if (metric < 0) return { kind: 'integer', widthBytes: 4 };
  const { column } = metrics[metric]!;
  return bufferElement(column, isCoded(column.encoding) ? 'codes' : 'values');
}

/** The role of the buffer that says where the texts of another start; null when that has no texts. */
export function offsetsRole(role: string): string | null {
  if (role === 'dictionaryBytes') return 'dictionaryOffsets';
  return role === 'terms' ? 'termOffsets' : null;
}

function valueElement(type: DataType): BufferElement {
  if (isText(type)) return { kind: 'bytes', widthBytes: 1 };
  return { kind: isFloat(type) ? 'float' : 'integer', widthBytes: rawWidthBytes(type) };
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
  if (encoding.kind === 'array') {
    return [{ role: 'offsets', lengthBytes: 4 * (rowCount + 1) }, ...nulls];
  }
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

/**
 * The buffers of an index in the order in which they lie in the file; those of a timestamp index are
 * those of its column.
 *
 * @throws EngineError CORRUPT_DATA for parameters that an index of the kind does not have.
 */
export function expectedIndexBuffers(
  index: Pick<SegmentIndex, 'kind' | 'columns' | 'parameters'>,
  columns: readonly ColumnMetadata[],
): ExpectedBuffer<string>[] {
  if (index.kind !== 'startree') {
    return INDEX_ROLES[index.kind].map((role) => ({ role, lengthBytes: null }));
  }
  const shape = starTreeShape(index, columns);
  const { nodeCount, recordCount, dimensions, metrics } = shape;
  const records = (role: string): ExpectedBuffer<string> => {
    return { role, lengthBytes: recordCount * starTreeElement(shape, role).widthBytes };
  };
  return [
    { role: 'nodes', lengthBytes: nodeCount * NODE_BYTES },
    records('counts'),
    ...dimensions.map((_, at) => records(codesRole(at))),
    ...metrics.map((_, at) => records(metricRole(at))),
    ...metrics.flatMap(({ isSketch }, at) =>
      isSketch ? [{ role: sketchesRole(at), lengthBytes: null }] : [],
    ),
  ];
}

/** Roles of each kind's buffers; what they hold is drawn where they are built. */
const INDEX_ROLES: Readonly<Record<Exclude<IndexKind, 'startree'>, readonly string[]>> = {
  timestamp: [],
  sorted: [],
  inverted: ['offsets', 'bitmaps'],
  range: ['bounds', 'offsets', 'bitmaps'],
  bloom: ['blocks'],
  text: ['termOffsets', 'terms', 'offsets', 'bitmaps'],
  json: ['termOffsets', 'terms', 'offsets', 'bitmaps'],
  partition: [],
};

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
