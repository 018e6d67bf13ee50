import { assert } from '../../base/assert.ts';
import { truncateMicros } from '../../base/date-truncation.ts';
import { readTimestampColumn, unitOfGranularity } from '../../base/timestamp-column.ts';
import { columnCollector } from '../collect.ts';
import { columnFactsToJson } from '../footer.ts';
import type { ColumnMetadata, SegmentIndex, SegmentMetadata } from '../metadata.ts';
import { columnOfIndex } from '../parse-footer.ts';
import type { ColumnBuffers } from '../read.ts';
import type { EncodedIndex, IndexBuilder } from './index-builder.ts';
import {
  isNullRow,
  type SourceColumn,
  sourceCodes,
  sourceColumn,
  sourceDictionary,
  sourceValues,
} from './index-source.ts';

/*
 * Timestamp index: a TIMESTAMP column whose rows are truncated to a unit, encoded and stored as any
 * column is. Its name, such as `$at$DAY`, is what the index is over; what a footer says of a column is
 * among the parameters, and the buffers are those of the column. Whoever runs plans takes it for one.
 */

/** Builds a timestamp index; none where a truncated moment would be no TIMESTAMP any more. */
export const buildTimestamp: IndexBuilder = ({ columns: [name] }, source) => {
  const wanted = readTimestampColumn(name!);
  assert(wanted !== null, 'a timestamp index has the name of a truncated column');
  const unit = unitOfGranularity(wanted.granularity);
  const column = sourceColumn(source, wanted.column);
  let isInRange = true;
  const truncate = (micros: number): bigint => {
    const begin = truncateMicros(unit, micros);
    isInRange &&= begin !== null;
    return BigInt(begin ?? 0);
  };
  const { rowCount } = source;
  const values = truncatedRows(column, rowCount, truncate);
  if (!isInRange) return null;
  const nulls =
    column.metadata.nullCount === 0
      ? null
      : Uint8Array.from({ length: rowCount }, (_, row) => Number(isNullRow(column, row)));
  const collector = columnCollector('TIMESTAMP');
  collector.append({ kind: 'integers', values, nulls });
  const { buffers, ...facts } = collector.encode(null);
  return { parameters: { column: columnFactsToJson(facts) }, buffers };
};

/** The column that a timestamp index is, before its buffers have a place in the file. */
export function timestampSource({ buffers, ...index }: EncodedIndex): {
  readonly metadata: ColumnMetadata;
  readonly buffers: ColumnBuffers;
} {
  return {
    metadata: columnOfIndex({ ...index, buffers: [] }),
    buffers: Object.fromEntries(buffers.map(({ role, bytes }) => [role, bytes])),
  };
}

/** A segment's metadata with the columns that its timestamp indexes are in the place of these. */
export function withTimestampColumns(metadata: SegmentMetadata): SegmentMetadata {
  const isColumn = ({ kind }: SegmentIndex): boolean => kind === 'timestamp';
  if (!metadata.indexes.some(isColumn)) return metadata;
  const columns: ColumnMetadata[] = metadata.indexes
    .filter(isColumn)
    .map((index) => columnOfIndex(index));
  return {
    ...metadata,
    columns: [...metadata.columns, ...columns],
    indexes: metadata.indexes.filter((index) => !isColumn(index)),
  };
}

/** The truncated moment of each row; of NULL rows anything. */
function truncatedRows(
  column: SourceColumn,
  rowCount: number,
  truncate: (micros: number) => bigint,
): BigInt64Array {
  const rows = new BigInt64Array(rowCount);
  const coded = sourceCodes(column);
  const valueAt = valueReader(column);
  if (coded === null || coded.codeCount > rowCount) {
    for (let row = 0; row < rowCount; row++) {
      if (!isNullRow(column, row)) rows[row] = truncate(valueAt(coded?.codes[row] ?? row));
    }
    return rows;
  }
  const { codes, codeCount } = coded;
  const begins = BigInt64Array.from({ length: codeCount }, (_, code) => truncate(valueAt(code)));
  for (let row = 0; row < rowCount; row++) rows[row] = begins[codes[row]!]!;
  return rows;
}

/** Reads the microseconds of a code, or of a row where there are no codes. */
function valueReader(column: SourceColumn): (at: number) => number {
  const { encoding } = column.metadata;
  if (encoding.kind === 'affine') {
    const { base, scale } = encoding;
    return (code) => Number(base + BigInt(code) * scale);
  }
  const values = sourceValues(column) ?? sourceDictionary(column);
  assert(values !== null, 'moments are values or in a dictionary');
  return (at) => Number(values[at]);
}
