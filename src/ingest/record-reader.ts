import type { ColumnSchema } from '../base/types.ts';
import type { ColumnChunk } from '../segment/column-chunk.ts';

/**
 * Rows of one file, in pieces.
 *
 * Caller must: call `chunks` at most once, and `close` at the end.
 * Keeps: `columns` does not change; every row of the file is either in one chunk's columns or in one
 * chunk's rejections.
 */
export interface RecordReader {
  readonly path: string;
  /** Length of the file, compressed as it lies on the disk. */
  readonly lengthBytes: number;
  /** Rows of the file when it says so itself (Parquet), else null. */
  readonly rowCount: number | null;
  /** The columns that chunks have, in the file's order. */
  readonly columns: readonly ColumnSchema[];
  /** What a user should know about how the file is read: one sentence each. */
  readonly notes: readonly string[];
  /** @throws EngineError CORRUPT_DATA, SCHEMA_MISMATCH or IO when the file cannot be read on. */
  chunks(): AsyncIterable<RecordChunk>;
  close(): Promise<void>;
}

/** Some consecutive rows of a file. */
export interface RecordChunk {
  /** One chunk for every column of the reader, all `rowCount` rows long. */
  readonly columns: readonly ColumnChunk[];
  /** Accepted rows. */
  readonly rowCount: number;
  /** Rows that were read and left out. */
  readonly rejections: readonly Rejection[];
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/** Why a row was left out. */
export interface Rejection {
  readonly file: string;
  /** From 1, in the decompressed text; the line on which the row starts. */
  readonly line: number;
  /** The column's name, or null when the row as a whole is wrong. */
  readonly column: string | null;
  /** The offending text, shortened; null when there is none to show. */
  readonly value: string | null;
  /** What was expected, as a sentence part. */
  readonly reason: string;
}
