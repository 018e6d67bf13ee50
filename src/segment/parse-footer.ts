import { EngineError } from '../base/errors.ts';
import { INDEX_KINDS, type IndexParameters, indexName } from '../base/index-config.ts';
import { SEGMENT_ROWS_MAX, SEGMENT_VALUES_MAX, STORED_CHUNK_BYTES } from '../base/limits.ts';
import { readTimestampColumn } from '../base/timestamp-column.ts';
import {
  type DataType,
  elementType,
  INTEGER_BITS,
  isArray,
  isDataType,
  isFloat,
  isInteger,
  isText,
  physicalType,
  TYPE_LIST,
} from '../base/types.ts';
import { int64FromJson, SEGMENT_NAME, statisticFromJson } from './footer.ts';
import { alignUp, HEADER_BYTES } from './format.ts';
import { type ExpectedBuffer, expectedBuffers, expectedIndexBuffers } from './layout.ts';
import {
  type AffineEncoding,
  type BufferLocation,
  type BufferRole,
  type BufferStorage,
  type ColumnEncoding,
  type ColumnMetadata,
  elementsName,
  type SegmentIndex,
  type SegmentMetadata,
  storedLengthBytes,
  textEntryType,
} from './metadata.ts';

type Json = Readonly<Record<string, unknown>>;

const BUFFER_CODECS = ['packed', 'decimal', 'frontCoded', 'lz4'] as const;

/** Widths of the elements that each codec takes. */
const CODEC_WIDTHS = {
  packed: [1, 2, 4, 8],
  decimal: [4, 8],
  frontCoded: [1],
  lz4: [1, 2, 4, 8],
} as const;

/**
 * Checks parsed footer JSON field by field, and that the buffers it lists fill the file from the
 * header to the footer with exactly the lengths that rows and encodings ask for.
 *
 * @param footerOffsetBytes where the footer starts: the end of the column data.
 * @throws EngineError CORRUPT_DATA naming the field, what was expected and what was found.
 */
export function metadataFromJson(json: unknown, footerOffsetBytes: number): SegmentMetadata {
  const root = objectAt(json, 'the footer');
  const name = stringAt(root, 'name', 'the footer');
  if (!SEGMENT_NAME.test(name)) throw mismatch('name', 'letters, digits, _ and -', name);
  const rowCount = integerAt(root, 'rowCount', 'the footer', 0, SEGMENT_ROWS_MAX);
  const createdAtMs = root.createdAtMs;
  if (typeof createdAtMs !== 'number') throw mismatch('createdAtMs', 'a number', createdAtMs);
  let end = HEADER_BYTES;
  const columns = arrayAt(root, 'columns', 'the footer').map((item, index) => {
    const column = columnFromJson(item, `column ${index}`, rowCount);
    end = checkColumn(column, rowCount, end);
    return column;
  });
  // Indexes may be over what timestamp indexes before them are.
  const known = [...columns];
  const indexes = (root.indexes === undefined ? [] : arrayAt(root, 'indexes', 'the footer')).map(
    (item, at) => {
      const index = indexFromJson(item, `index ${at}`, known);
      const place = `the buffers of index ${indexName(index)}`;
      const own = index.kind === 'timestamp' ? columnOfIndex(index, rowCount) : null;
      const expected = own ? expectedBuffers(own, rowCount) : expectedIndexBuffers(index, known);
      end = checkBuffers(index.buffers, expected, place, end);
      if (own !== null) known.push(own);
      return index;
    },
  );
  if (end !== footerOffsetBytes) {
    throw mismatch('the column data', `${footerOffsetBytes} bytes up to the footer`, end);
  }
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  if (names.size !== columns.length) {
    throw mismatch('columns', 'names that differ', columns.map((column) => column.name).join(', '));
  }
  if (new Set(indexes.map(indexName)).size !== indexes.length) {
    throw mismatch('indexes', 'each once', indexes.map(indexName).join(', '));
  }
  const table = stringAt(root, 'table', 'the footer');
  return { name, table, rowCount, columns, indexes, createdAtMs };
}

/**
 * The column that a timestamp index is.
 *
 * @throws EngineError CORRUPT_DATA when its parameters do not say what a footer says of a column.
 */
export function columnOfIndex(index: SegmentIndex, rowCount = SEGMENT_ROWS_MAX): ColumnMetadata {
  const [name] = index.columns;
  const place = `index ${indexName(index)}`;
  const facts = objectAt(index.parameters.column, `${place}.parameters.column`);
  const json = { ...facts, name, type: 'TIMESTAMP', buffers: index.buffers };
  return columnFromJson(json, place, rowCount);
}

function indexFromJson(
  json: unknown,
  place: string,
  columns: readonly ColumnMetadata[],
): SegmentIndex {
  const item = objectAt(json, place);
  const kind = INDEX_KINDS.find((candidate) => candidate === item.kind);
  if (kind === undefined) throw mismatch(`${place}.kind`, INDEX_KINDS.join(', '), item.kind);
  const names = arrayAt(item, 'columns', place).map((name) => {
    const stored = kind === 'timestamp' ? readTimestampColumn(String(name))?.column : name;
    const column = columns.find((candidate) => candidate.name === stored);
    if (kind === 'timestamp' && column?.type === 'TIMESTAMP') return String(name);
    if (column === undefined || kind === 'timestamp')
      throw mismatch(`${place}.columns`, 'columns of the segment', name);
    return column.name;
  });
  const buffers = arrayAt(item, 'buffers', place).map((buffer, index) =>
    bufferFromJson(buffer, `${place}.buffers[${index}]`),
  );
  // What each parameter may be is for the kind's own reader to check.
  const parameters = objectAt(item.parameters, `${place}.parameters`) as IndexParameters;
  return { kind, columns: names, parameters, buffers };
}

function columnFromJson(json: unknown, place: string, rowCount: number): ColumnMetadata {
  const item = objectAt(json, place);
  const name = stringAt(item, 'name', place);
  const type = item.type;
  if (!isDataType(type)) throw mismatch(`${place}.type`, TYPE_LIST, item.type);
  const encoding = encodingFromJson(item.encoding, type, `${place}.encoding`);
  const nullCount = integerAt(item, 'nullCount', place, 0, rowCount);
  const min = statisticFromJson(type, item.min);
  const max = statisticFromJson(type, item.max);
  if (min === undefined) throw mismatch(`${place}.min`, `a ${type} or null`, item.min);
  if (max === undefined || (min === null) !== (max === null)) {
    throw mismatch(`${place}.max`, min === null ? 'null, as min' : `a ${type}`, item.max);
  }
  if (textEntryType({ type, min, max }) !== null && encoding.kind !== 'dictionary') {
    throw mismatch(`${place}.encoding.kind`, 'a dictionary of wide values', encoding.kind);
  }
  const buffers = arrayAt(item, 'buffers', place).map((buffer, index) =>
    bufferFromJson<BufferRole>(buffer, `${place}.buffers[${index}]`),
  );
  const column = { name, type, encoding, nullCount, min, max, buffers };
  if (encoding.kind !== 'array') return column;
  if (min !== null) throw mismatch(`${place}.min`, 'null for an array', item.min);
  const { valueCount } = encoding;
  return { ...column, elements: elementsFromJson(item.elements, column, place, valueCount) };
}

/** The elements of a column of arrays, which are values of its type and not NULL. */
function elementsFromJson(
  json: unknown,
  { name, type }: Pick<ColumnMetadata, 'name' | 'type'>,
  place: string,
  valueCount: number,
): ColumnMetadata {
  const elements = columnFromJson(json, `${place}.elements`, valueCount);
  const expected = isArray(type) ? elementType(type) : type;
  if (elements.type !== expected) {
    throw mismatch(`${place}.elements.type`, expected, elements.type);
  }
  if (elements.name !== elementsName(name)) {
    throw mismatch(`${place}.elements.name`, elementsName(name), elements.name);
  }
  if (elements.nullCount > 0)
    throw mismatch(`${place}.elements.nullCount`, '0', elements.nullCount);
  return elements;
}

/** Checks the buffers of a column and of its elements; returns where the next column must start. */
function checkColumn(column: ColumnMetadata, rowCount: number, start: number): number {
  const { name, encoding, elements } = column;
  const place = `the buffers of column ${name}`;
  const end = checkBuffers(column.buffers, expectedBuffers(column, rowCount), place, start);
  if (elements === undefined || encoding.kind !== 'array') return end;
  return checkColumn(elements, encoding.valueCount, end);
}

function encodingFromJson(json: unknown, type: DataType, place: string): ColumnEncoding {
  const item = objectAt(json, place);
  const kind = item.kind;
  if (isArray(type)) {
    if (kind !== 'array') throw mismatch(`${place}.kind`, 'array', kind);
    return { kind, valueCount: integerAt(item, 'valueCount', place, 0, SEGMENT_VALUES_MAX) };
  }
  if (kind === 'raw' && !isText(type) && type !== 'BOOLEAN') return { kind };
  if (kind === 'dictionary' && type !== 'BOOLEAN') {
    const codeBytes = codeBytesAt(item, place);
    const cardinality = integerAt(item, 'cardinality', place, 1, 2 ** (8 * codeBytes));
    return { kind, codeBytes, cardinality };
  }
  if (kind === 'affine' && !isText(type) && !isFloat(type))
    return affineFromJson(item, type, place);
  throw mismatch(`${place}.kind`, `an encoding that ${type} has`, kind);
}

function affineFromJson(item: Json, type: DataType, place: string): AffineEncoding {
  const codeBytes = codeBytesAt(item, place);
  const codeCount = integerAt(item, 'codeCount', place, 1, 2 ** (8 * codeBytes));
  const base = int64FromJson(item.base);
  const scale = int64FromJson(item.scale);
  if (base === undefined) throw mismatch(`${place}.base`, 'a 64-bit integer', item.base);
  if (scale === undefined || scale < 1n) {
    throw mismatch(`${place}.scale`, 'a 64-bit integer of at least 1', item.scale);
  }
  const greatest = base + BigInt(codeCount - 1) * scale;
  const bits = isInteger(type) ? INTEGER_BITS[type] : physicalType(type) === 'i64' ? 64 : 32;
  if (BigInt.asIntN(bits, greatest) !== greatest || BigInt.asIntN(bits, base) !== base) {
    throw mismatch(place, `values of ${type}`, `${base} to ${greatest}`);
  }
  if (type === 'BOOLEAN' && (base !== 0n || greatest > 1n)) {
    throw mismatch(place, 'base 0 and codes 0 and 1', `${base} to ${greatest}`);
  }
  return { kind: 'affine', codeBytes, base, scale, codeCount };
}

function bufferFromJson<Role extends string>(json: unknown, place: string): BufferLocation<Role> {
  const item = objectAt(json, place);
  const location = {
    // Compared below with the one role that can stand here.
    role: stringAt(item, 'role', place) as Role,
    offsetBytes: integerAt(item, 'offsetBytes', place, 0, Number.MAX_SAFE_INTEGER),
    lengthBytes: integerAt(item, 'lengthBytes', place, 0, Number.MAX_SAFE_INTEGER),
    crc32c: integerAt(item, 'crc32c', place, 0, 2 ** 32 - 1),
  };
  if (item.storage === undefined) return location;
  const storage = storageFromJson(item.storage, location.lengthBytes, `${place}.storage`);
  return { ...location, storage };
}

/** A stored form: shorter than the buffer in memory, and with room for the lengths of its chunks. */
function storageFromJson(json: unknown, lengthBytes: number, place: string): BufferStorage {
  const item = objectAt(json, place);
  const codec = BUFFER_CODECS.find((candidate) => candidate === item.codec);
  if (codec === undefined) throw mismatch(`${place}.codec`, BUFFER_CODECS.join(', '), item.codec);
  const widthBytes = CODEC_WIDTHS[codec].find((candidate) => candidate === item.widthBytes);
  if (widthBytes === undefined || lengthBytes % widthBytes !== 0) {
    const widths = CODEC_WIDTHS[codec].join(', ');
    throw mismatch(`${place}.widthBytes`, `${widths} in ${lengthBytes} bytes`, item.widthBytes);
  }
  const least = 4 * Math.ceil(lengthBytes / STORED_CHUNK_BYTES);
  const stored = integerAt(item, 'lengthBytes', place, least, lengthBytes - 1);
  return { codec, widthBytes, lengthBytes: stored };
}

/** Checks roles, lengths and places of adjacent buffers; returns where the next one must start. */
function checkBuffers(
  buffers: readonly BufferLocation<string>[],
  expected: readonly ExpectedBuffer<string>[],
  place: string,
  start: number,
): number {
  const roles = buffers.map(({ role }) => role).join(', ');
  const expectedRoles = expected.map(({ role }) => role).join(', ');
  if (roles !== expectedRoles) throw mismatch(place, expectedRoles, roles);
  let offset = start;
  buffers.forEach((buffer, index) => {
    const { role, offsetBytes, lengthBytes } = buffer;
    const expectedLength = expected[index]!.lengthBytes;
    if (offsetBytes !== offset)
      throw mismatch(`${place}: ${role}`, `offset ${offset}`, offsetBytes);
    if (expectedLength !== null && lengthBytes !== expectedLength) {
      throw mismatch(`${place}: ${role}`, `${expectedLength} bytes`, lengthBytes);
    }
    offset += alignUp(storedLengthBytes(buffer));
  });
  return offset;
}

function codeBytesAt(item: Json, place: string): 1 | 2 | 4 {
  const found = item.codeBytes;
  if (found === 1 || found === 2 || found === 4) return found;
  throw mismatch(`${place}.codeBytes`, '1, 2 or 4', found);
}

function objectAt(json: unknown, place: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw mismatch(place, 'an object', json);
}

function arrayAt(item: Json, key: string, place: string): readonly unknown[] {
  const found = item[key];
  if (Array.isArray(found)) return found;
  throw mismatch(`${place}.${key}`, 'a list', found);
}

function stringAt(item: Json, key: string, place: string): string {
  const found = item[key];
  if (typeof found === 'string') return found;
  throw mismatch(`${place}.${key}`, 'a string', found);
}

function integerAt(item: Json, key: string, place: string, min: number, max: number): number {
  const found = item[key];
  if (Number.isSafeInteger(found) && (found as number) >= min && (found as number) <= max) {
    return found as number;
  }
  throw mismatch(`${place}.${key}`, `an integer from ${min} to ${max}`, found);
}

function mismatch(place: string, expected: string, found: unknown): EngineError {
  const text = (typeof found === 'string' ? found : (JSON.stringify(found) ?? 'nothing')).slice(
    0,
    80,
  );
  return new EngineError(
    'CORRUPT_DATA',
    `segment: ${place}: expected ${expected}, found ${text}; fetch the segment again or reload it`,
  );
}
