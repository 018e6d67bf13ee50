import { wideValue } from '../../src/base/decimal.ts';
import type { Value } from '../../src/base/types.ts';
import type { RecordReader, Rejection } from '../../src/ingest/record-reader.ts';
import { type ColumnChunk, chunkRowCount } from '../../src/segment/column-chunk.ts';

/** The values of a chunk, as they would come out of a segment. */
export function chunkValues(chunk: ColumnChunk, type: string): Value[] {
  return Array.from({ length: chunkRowCount(chunk) }, (_, row) => {
    if (chunk.nulls?.[row]) return null;
    if (chunk.kind === 'encodedTexts') {
      const entry = chunk.dictionary[chunk.codes[row]!]!;
      return type.startsWith('DECIMAL') ? wideValue(entry) : entry;
    }
    if (chunk.kind === 'booleans') return chunk.values[row] === 1;
    const value = chunk.values[row]!;
    return type === 'BIGINT' || type === 'TIMESTAMP' ? BigInt(value) : value;
  });
}

/** Everything a reader has, by column; closes it. */
export async function readAll(reader: RecordReader): Promise<{
  columns: Record<string, Value[]>;
  types: Record<string, string>;
  rejections: Rejection[];
  rowCount: number;
  bytesRead: number;
}> {
  const columns: Record<string, Value[]> = {};
  const rejections: Rejection[] = [];
  let rowCount = 0;
  let bytesRead = 0;
  for (const { name } of reader.columns) columns[name] = [];
  try {
    for await (const chunk of reader.chunks()) {
      chunk.columns.forEach((column, index) => {
        const { name, type } = reader.columns[index]!;
        for (const value of chunkValues(column, type)) columns[name]!.push(value);
      });
      rejections.push(...chunk.rejections);
      rowCount += chunk.rowCount;
      bytesRead = chunk.bytesRead;
    }
  } finally {
    await reader.close();
  }
  const types = Object.fromEntries(reader.columns.map(({ name, type }) => [name, type]));
  return { columns, types, rejections, rowCount, bytesRead };
}
