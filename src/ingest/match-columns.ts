import { EngineError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { ColumnSchema, TableSchema } from '../base/types.ts';
import { type ColumnChunk, nullChunk } from '../segment/column-chunk.ts';
import type { RecordChunk, RecordReader } from './record-reader.ts';
import { isWidening, widenChunk } from './widen.ts';

/** Gives a file's chunk the table's columns. */
export type ColumnMatcher = (chunk: RecordChunk) => ColumnChunk[];

/**
 * Matches a file's columns with a table's by name, without regard to case. A column that the file
 * lacks is NULL; a narrower type widens when nothing is lost.
 *
 * @throws EngineError SCHEMA_MISMATCH when the file has a column that the table lacks, has a column
 *   of another type, or has no column at all.
 */
export function matchColumns(schema: TableSchema, reader: RecordReader): ColumnMatcher {
  const tableNames = schema.columns.map(({ name }) => name);
  const fileIndexes = new Map<string, number>();
  for (const [index, { name }] of reader.columns.entries()) {
    if (!tableNames.some((tableName) => isSame(tableName, name))) {
      throw mismatch(
        reader,
        `expected columns of table ${schema.name}, found ${name}${didYouMean(name, tableNames)}`,
      );
    }
    if (fileIndexes.has(name.toLowerCase())) throw mismatch(reader, `found column ${name} twice`);
    fileIndexes.set(name.toLowerCase(), index);
  }
  if (fileIndexes.size === 0) throw mismatch(reader, 'expected at least one column, found none');
  const sources = schema.columns.map((column) => sourceOf(reader, column, fileIndexes));
  return (chunk) => sources.map((source) => source(chunk));
}

function sourceOf(
  reader: RecordReader,
  { name, type }: ColumnSchema,
  fileIndexes: ReadonlyMap<string, number>,
): (chunk: RecordChunk) => ColumnChunk {
  const index = fileIndexes.get(name.toLowerCase());
  if (index === undefined) return ({ rowCount }) => nullChunk(type, rowCount);
  const found = reader.columns[index]!.type;
  if (!isWidening(found, type)) {
    throw mismatch(reader, `column ${name}: expected ${type}, found ${found}`);
  }
  return ({ columns }) => widenChunk(columns[index]!, found, type);
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function mismatch(reader: RecordReader, text: string): EngineError {
  return new EngineError('SCHEMA_MISMATCH', `ingest: ${reader.path}: ${text}`);
}
