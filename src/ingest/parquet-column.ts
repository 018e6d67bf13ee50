import type { CompressionCodec, DecodedArray, Encoding, PageHeader, ParquetType } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { EngineError, errorMessage } from '../base/errors.ts';
import type { ColumnChunk } from '../segment/column-chunk.ts';
import { ListAssembler, openListPage } from './parquet-list.ts';
import { type DataPage, decompressPageBytes, openPage } from './parquet-page.ts';
import { decodeRleHybrid } from './parquet-rle.ts';
import type { ParquetColumn, ParquetList } from './parquet-schema.ts';
import { convertValues, type DenseValues, emptyValues } from './parquet-values.ts';

/**
 * Decodes one column chunk of one row group. A pure function of plain data, so that it may run in a
 * worker thread. hyparquet parses headers and decompresses; dictionary indexes stay what they are, so
 * that text is never materialized row by row.
 *
 * @param column how to decode it.
 * @param codec the chunk's compression.
 * @param bytes the whole chunk, as the row group's metadata places it.
 * @param rowCount rows of the row group.
 * @param valueCount values of the chunk, those that are missing counted; for lists only.
 * @throws EngineError CORRUPT_DATA when the bytes are not such a chunk; NOT_SUPPORTED for an unknown
 *   codec or encoding; SCHEMA_MISMATCH for a value without a counterpart.
 */
export function decodeParquetColumn(
  column: ParquetColumn,
  codec: CompressionCodec,
  bytes: Uint8Array,
  rowCount: number,
  valueCount: number,
): ColumnChunk {
  try {
    const { list } = column;
    return list === null
      ? decodePages(column, codec, bytes, rowCount)
      : decodeLists({ ...column, list }, codec, bytes, rowCount, valueCount);
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'CORRUPT_DATA',
      `parquet: ${column.path}: column ${column.name}: expected ${rowCount} ${column.type} values, found a broken ` +
        `page: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

function decodePages(
  column: ParquetColumn,
  codec: CompressionCodec,
  bytes: Uint8Array,
  rowCount: number,
): ColumnChunk {
  const reader = readerOf(bytes);
  const texts: string[] = [];
  const output = emptyValues(column, rowCount);
  let nulls: Uint8Array | null = null;
  let dictionary: DenseValues | null = null;
  let row = 0;
  while (row < rowCount) {
    const { header, body } = nextPage(reader, bytes);
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = decodeDictionaryPage(column, codec, header, body, texts);
    } else if (header.type !== 'INDEX_PAGE') {
      const page = openPage(column.isOptional, codec, header, body, rowCount - row);
      const values = decodePage(column, page, dictionary, texts);
      if (page.nulls !== null) {
        nulls ??= new Uint8Array(rowCount);
        nulls.set(page.nulls, row);
      }
      place(output, values, row, page.nulls);
      row += page.rowCount;
    }
  }
  return chunkOf(column, output, nulls, texts);
}

/** Lists of values: which of them belong to a row is in the levels. */
function decodeLists(
  column: ParquetColumn & { readonly list: ParquetList },
  codec: CompressionCodec,
  bytes: Uint8Array,
  rowCount: number,
  valueCount: number,
): ColumnChunk {
  const reader = readerOf(bytes);
  const texts: string[] = [];
  const lists = new ListAssembler(column, texts, rowCount);
  let dictionary: DenseValues | null = null;
  let done = 0;
  while (done < valueCount) {
    const { header, body } = nextPage(reader, bytes);
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = decodeDictionaryPage(column, codec, header, body, texts);
    } else if (header.type !== 'INDEX_PAGE') {
      const page = openListPage(column.list, codec, header, body, valueCount - done);
      lists.append(page, decodePage(column, page, dictionary, texts));
      done += page.definitions.length;
    }
  }
  return lists.finish();
}

/** The header and the bytes of the next page; goes on behind it. */
function nextPage(
  reader: { view: DataView; offset: number },
  bytes: Uint8Array,
): { readonly header: PageHeader; readonly body: Uint8Array } {
  const header = parquetHeader(reader);
  const start = reader.offset;
  const end = start + header.compressed_page_size;
  if (!(header.compressed_page_size >= 0 && end <= bytes.length)) {
    throw new RangeError(`a page of ${header.compressed_page_size} bytes at byte ${start}`);
  }
  reader.offset = end;
  return { header, body: bytes.subarray(start, end) };
}

function decodeDictionaryPage(
  column: ParquetColumn,
  codec: CompressionCodec,
  header: PageHeader,
  body: Uint8Array,
  texts: string[],
): DenseValues {
  const count = header.dictionary_page_header?.num_values ?? 0;
  const bytes = decompressPageBytes(codec, body, header.uncompressed_page_size);
  const { physicalType, fixedLengthBytes } = column;
  if (count > bytes.length) throw new RangeError(`${count} dictionary entries`);
  return convertValues(
    column,
    readPlain(readerOf(bytes), physicalType, count, fixedLengthBytes || undefined),
    texts,
  );
}

function decodePage(
  column: ParquetColumn,
  page: Pick<DataPage, 'encoding' | 'valueCount' | 'values'>,
  dictionary: DenseValues | null,
  texts: string[],
): DenseValues {
  const { encoding, valueCount: count, values } = page;
  if (count === 0) return emptyValues(column);
  if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    if (dictionary === null) throw new RangeError('dictionary indexes without a dictionary');
    const codes = decodeRleHybrid(values, 1, values.length, values[0]!, count);
    return gather(emptyValues(column, count), dictionary, codes);
  }
  const { physicalType, fixedLengthBytes } = column;
  return convertValues(
    column,
    decodeStored(encoding, values, physicalType, fixedLengthBytes, count),
    texts,
  );
}

function decodeStored(
  encoding: Encoding,
  bytes: Uint8Array,
  type: ParquetType,
  fixedLengthBytes: number,
  count: number,
): DecodedArray {
  const reader = readerOf(bytes);
  switch (encoding) {
    case 'PLAIN':
      return readPlain(reader, type, count, fixedLengthBytes || undefined);
    case 'RLE': // of booleans, after a length that the page's end makes redundant
      return Array.from(decodeRleHybrid(bytes, 4, bytes.length, 1, count), Boolean);
    case 'DELTA_BINARY_PACKED': {
      const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
      deltaBinaryUnpack(reader, count, values);
      return values;
    }
    case 'DELTA_LENGTH_BYTE_ARRAY': {
      const values = new Array<Uint8Array>(count);
      deltaLengthByteArray(reader, count, values);
      return values;
    }
    case 'DELTA_BYTE_ARRAY': {
      const values = new Array<Uint8Array>(count);
      deltaByteArray(reader, count, values);
      return values;
    }
    case 'BYTE_STREAM_SPLIT':
      return byteStreamSplit(reader, count, type, fixedLengthBytes || undefined);
    default:
      throw new EngineError(
        'NOT_SUPPORTED',
        `parquet: expected an encoding that Parquet defines, found ${encoding}`,
      );
  }
}

/** `into[i] = dictionary[codes[i]]`; 64-bit integers as word pairs, which is faster than as BigInt. */
function gather(into: DenseValues, dictionary: DenseValues, codes: Uint32Array): DenseValues {
  const length = dictionary.length;
  if (into instanceof BigInt64Array) {
    const words = new Int32Array(into.buffer);
    const entries = new Int32Array(dictionary.buffer, dictionary.byteOffset, 2 * length);
    for (let index = 0; index < codes.length; index++) {
      const code = codes[index]!;
      if (code >= length) throw new RangeError(`dictionary index ${code} of ${length}`);
      words[2 * index] = entries[2 * code]!;
      words[2 * index + 1] = entries[2 * code + 1]!;
    }
    return into;
  }
  const entries = dictionary as Exclude<DenseValues, BigInt64Array>;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!;
    if (code >= length) throw new RangeError(`dictionary index ${code} of ${length}`);
    into[index] = entries[code]!;
  }
  return into;
}

/** Writes a page's values into the column at `row`, leaving out the NULL rows. */
function place(
  output: DenseValues,
  values: DenseValues,
  row: number,
  nulls: Uint8Array | null,
): void {
  if (nulls === null) {
    (output as Int32Array).set(values as Int32Array, row);
    return;
  }
  let next = 0;
  for (let index = 0; index < nulls.length; index++) {
    if (nulls[index] === 0) output[row + index] = values[next++]!;
  }
}

function chunkOf(
  _column: ParquetColumn,
  output: DenseValues,
  nulls: Uint8Array | null,
  texts: string[],
): ColumnChunk {
  if (output instanceof Uint32Array) {
    return { kind: 'encodedTexts', codes: output, dictionary: texts, nulls };
  }
  if (output instanceof Uint8Array) return { kind: 'booleans', values: output, nulls };
  if (output instanceof Float32Array || output instanceof Float64Array) {
    return { kind: 'floats', values: output, nulls };
  }
  return { kind: 'integers', values: output, nulls };
}

function readerOf(bytes: Uint8Array): { view: DataView; offset: number } {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
