import type { AsyncBuffer, FileMetaData, RowGroup } from 'hyparquet';
import { parquetMetadataAsync } from 'hyparquet/src/metadata.js';
import { EngineError, errorMessage } from '../base/errors.ts';
import { PARQUET_GROUP_ROWS_MAX } from '../base/limits.ts';
import type { DiskFile, FileOpener } from '../io/disk.ts';
import type { ColumnChunk } from '../segment/column-chunk.ts';
import { decodeParquetColumn } from './parquet-column.ts';
import { type ParquetColumn, parquetColumns, rowType } from './parquet-schema.ts';
import type { RecordChunk, RecordReader } from './record-reader.ts';

/** Bytes before the column data of every Parquet file: the magic `PAR1`. */
const MAGIC_BYTES = 4;

/**
 * Opens a Parquet file. Row groups are read one after the other, column chunk by column chunk; a row
 * group is one chunk of records.
 *
 * @throws EngineError NOT_FOUND or IO from the disk; CORRUPT_DATA when it is not a Parquet file;
 *   NOT_SUPPORTED naming the column that has no counterpart.
 */
export async function openParquet(disk: FileOpener, path: string): Promise<RecordReader> {
  const file = await disk.open(path, 'read');
  try {
    const lengthBytes = await file.sizeBytes();
    const metadata = await readMetadata(path, file, lengthBytes);
    const columns = parquetColumns(metadata, path);
    return {
      path,
      lengthBytes,
      rowCount: Number(metadata.num_rows),
      columns: columns.map((column) => ({ name: column.name, type: rowType(column) })),
      notes: [],
      chunks: () => readRowGroups(path, file, lengthBytes, metadata, columns),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readMetadata(
  path: string,
  file: DiskFile,
  lengthBytes: number,
): Promise<FileMetaData> {
  const buffer: AsyncBuffer = {
    byteLength: lengthBytes,
    slice: async (start, end = lengthBytes) => (await readRange(path, file, start, end)).buffer,
  };
  try {
    return await parquetMetadataAsync(buffer, { geoparquet: false });
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'CORRUPT_DATA',
      `parquet: ${path}: expected a Parquet file, found another: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

async function* readRowGroups(
  path: string,
  file: DiskFile,
  lengthBytes: number,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
): AsyncGenerator<RecordChunk> {
  for (const group of metadata.row_groups) {
    const rowCount = Number(group.num_rows);
    if (!(rowCount >= 0 && rowCount <= PARQUET_GROUP_ROWS_MAX)) {
      throw broken(path, `a row group of ${rowCount} rows`);
    }
    const chunks: ColumnChunk[] = [];
    let bytesRead = 0;
    for (const [index, column] of columns.entries()) {
      const { start, end, codec, valueCount } = chunkLocation(path, group, index, lengthBytes);
      const bytes = await readRange(path, file, start, end);
      chunks.push(decodeParquetColumn(column, codec, bytes, rowCount, valueCount));
      bytesRead = end;
    }
    yield { columns: chunks, rowCount, rejections: [], bytesRead };
  }
}

function chunkLocation(path: string, group: RowGroup, index: number, lengthBytes: number) {
  const chunk = group.columns[index]?.meta_data;
  if (chunk === undefined) throw broken(path, `no column ${index} in a row group`);
  // Some writers give no place for the dictionary page and let the data start with it.
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  const end = start + Number(chunk.total_compressed_size);
  if (!(start >= MAGIC_BYTES && end >= start && end <= lengthBytes)) {
    throw broken(path, `a column chunk from byte ${start} to ${end} of ${lengthBytes}`);
  }
  return { start, end, codec: chunk.codec, valueCount: Number(chunk.num_values) };
}

async function readRange(
  path: string,
  file: DiskFile,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  const read = await file.read(bytes, start);
  if (read !== bytes.length) throw broken(path, `only ${read} bytes at byte ${start}`);
  return bytes;
}

function broken(path: string, found: string): EngineError {
  return new EngineError('CORRUPT_DATA', `parquet: ${path}: expected a whole file, found ${found}`);
}
