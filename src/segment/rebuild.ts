import type { IndexConfig } from '../base/index-config.ts';
import { indexColumns } from '../base/star-tree-config.ts';
import { FileParts } from './file-parts.ts';
import { alignUp, encodeHeader, HEADER_BYTES } from './format.ts';
import { buildIndexes, placeIndexes, withSorted } from './indexes/build-indexes.ts';
import { withDefaultStarTree } from './indexes/default-star-tree.ts';
import type { SourceColumn } from './indexes/index-source.ts';
import {
  type BufferLocation,
  type BufferRole,
  type BufferStorage,
  buffersOf,
  type ColumnMetadata,
  type SegmentMetadata,
  storedLengthBytes,
} from './metadata.ts';
import { verifyBuffer } from './read.ts';

/** Fills all of `into` from an offset of a segment's file, or fails. */
export type ReadSegment = (into: Uint8Array, offsetBytes: number) => Promise<void>;

/** The bytes in memory of a buffer from its stored form, which was verified. */
export type DecodeBuffer = (
  location: BufferLocation & { readonly storage: BufferStorage },
  stored: Uint8Array,
) => Uint8Array;

/** A segment with other indexes: the file is the concatenation of `parts`. */
export interface RebuiltSegment {
  readonly metadata: SegmentMetadata;
  readonly parts: AsyncIterable<Uint8Array>;
}

/** Columns are copied in pieces of this length. */
const COPY_BYTES = 4 * 1_048_576;

/**
 * Gives a segment exactly these indexes, beside what is known of sorted columns. Its columns are copied as they are: only those that an index
 * is over are read into memory.
 *
 * @param read reads the segment's present file, also while `parts` are taken.
 * @param decode for the columns that are read; the others stay as they are stored.
 * @throws EngineError CORRUPT_DATA when a column's checksum does not hold, and what building throws.
 */
export async function rebuildIndexes(
  metadata: SegmentMetadata,
  wantedIndexes: readonly IndexConfig[],
  read: ReadSegment,
  decode: DecodeBuffer,
): Promise<RebuiltSegment> {
  const { rowCount } = metadata;
  const configs = withDefaultStarTree(wantedIndexes, metadata.columns);
  const wanted = new Set(configs.flatMap(indexColumns));
  // Columns that are known to be sorted stay so; the others are looked at when they are read anyway.
  const known = metadata.indexes.filter(
    ({ kind, columns: [name] }) =>
      kind === 'sorted' && !wanted.has(name!) && metadata.columns.some((one) => one.name === name),
  );
  const columns = new Map<string, SourceColumn>();
  for (const column of metadata.columns) {
    if (wanted.has(column.name)) columns.set(column.name, await readColumn(column, read, decode));
  }
  const indexes = buildIndexes(withSorted(configs, wanted), { rowCount, columns });
  const endBytes = columnsEnd(metadata);
  const file = new FileParts(new Uint8Array(), endBytes);
  const built = file.finish({
    ...metadata,
    indexes: [...placeIndexes(indexes, metadata.columns, file), ...known],
  });
  return { metadata: built.metadata, parts: joined(copy(read, endBytes), built.parts) };
}

/** A column with its buffers, checked. */
async function readColumn(
  column: ColumnMetadata,
  read: ReadSegment,
  decode: DecodeBuffer,
): Promise<SourceColumn> {
  const buffers: Partial<Record<BufferRole, Uint8Array>> = {};
  for (const location of column.buffers) {
    const bytes = new Uint8Array(storedLengthBytes(location));
    await read(bytes, location.offsetBytes);
    verifyBuffer(location, bytes);
    const { role, storage } = location;
    buffers[role] = storage === undefined ? bytes : decode({ ...location, storage }, bytes);
  }
  return { metadata: column, buffers };
}

function columnsEnd({ columns }: SegmentMetadata): number {
  const last = columns.flatMap(buffersOf).at(-1);
  return last === undefined ? HEADER_BYTES : last.offsetBytes + alignUp(storedLengthBytes(last));
}

/** A header of the present version, because indexes may be stored as only that has it, and the columns. */
async function* copy(read: ReadSegment, endBytes: number): AsyncGenerator<Uint8Array> {
  yield encodeHeader();
  for (let offset = HEADER_BYTES; offset < endBytes; offset += COPY_BYTES) {
    const piece = new Uint8Array(Math.min(COPY_BYTES, endBytes - offset));
    await read(piece, offset);
    yield piece;
  }
}

async function* joined(
  first: AsyncIterable<Uint8Array>,
  rest: Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
