import { bitmapBuffers, groupRows } from './bitmaps.ts';
import type { IndexBuilder } from './index-builder.ts';
import { isNullRow, sourceCodes, sourceColumn } from './index-source.ts';

/** Affine codes need not all occur: a column with far more codes than rows gets no index. */
const CODES_PER_ROW_MAX = 4;

/*
 * Inverted index of a coded column: for each code the rows that have it. NULL rows are in none.
 *
 *   offsets │ u32 × (codes + 1) into `bitmaps`
 *   bitmaps │ one Roaring bitmap a code, see roaring.ts
 */

/** Builds an inverted index; none for raw values, which a range index is for. */
export const buildInverted: IndexBuilder = ({ columns: [name] }, source) => {
  const column = sourceColumn(source, name!);
  const found = sourceCodes(column);
  if (found === null || found.codeCount > CODES_PER_ROW_MAX * source.rowCount) return null;
  const { codes, codeCount } = found;
  let groupOf: ArrayLike<number> = codes;
  if (column.metadata.nullCount > 0) {
    groupOf = Uint32Array.from(codes, (code, row) => (isNullRow(column, row) ? codeCount : code));
  }
  return { parameters: {}, buffers: bitmapBuffers(groupRows(groupOf, codeCount)) };
};
