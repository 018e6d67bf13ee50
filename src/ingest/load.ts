import { EngineError } from '../base/errors.ts';
import type { BuildConfig } from '../base/index-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { Clock } from '../io/clock.ts';
import type { FileOpener } from '../io/disk.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { matchColumns } from './match-columns.ts';
import { openRecords } from './open-records.ts';
import type { RecordReader, Rejection } from './record-reader.ts';
import { type LoadedSegment, SegmentSplitter } from './segment-splitter.ts';

/** What to load, and how. */
export interface LoadOptions {
  /** Name of the table, for the schema and the segments' names. */
  readonly table: string;
  /** Paths, read in this order. */
  readonly files: readonly string[];
  /** The table's columns; null takes those of the first file, with inferred types for text. */
  readonly schema: TableSchema | null;
  /** How to build segments of these columns; default: no index, encodings by the data. */
  readonly configure?: (schema: TableSchema) => BuildConfig;
  /** Rows that may be rejected; one more ends the load. */
  readonly maxErrors: number;
  /** Rows of a segment at most. */
  readonly segmentRows: number;
  /** What the segments' names begin with; by default the table and the time. */
  readonly segmentPrefix?: string | undefined;
  readonly disk: FileOpener;
  readonly clock: Clock;
  /** Called after every piece of a file. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** Takes a finished segment; the load waits for it. To publish is for after the load. */
  readonly onSegment: (segment: LoadedSegment) => Promise<void>;
}

/** How far a load is. */
export interface LoadProgress {
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** Length of all files. */
  readonly bytesTotal: number;
  readonly elapsedMs: number;
}

/** What a load did. `rowsRead` is always `rowsAccepted + rowsRejected`. */
export interface LoadReport {
  readonly schema: TableSchema;
  readonly rowsRead: number;
  readonly rowsAccepted: number;
  readonly rowsRejected: number;
  readonly rejections: readonly Rejection[];
  readonly segments: readonly SegmentMetadata[];
  /** What a user should know about how the files were read. */
  readonly notes: readonly string[];
}

/**
 * Reads files into segments. All files have one schema: that of the options, or of the first file.
 * When all files say how many rows they have, the segments are equally long.
 *
 * @throws EngineError SCHEMA_MISMATCH when a file does not fit the schema, or when more than
 *   `maxErrors` rows were rejected: the text names the first one's file, line, column and value.
 *   BAD_REQUEST when there are no files; NOT_FOUND when one is missing; and what readers throw.
 */
export async function loadFiles(options: LoadOptions): Promise<LoadReport> {
  const { disk, clock } = options;
  const startMs = clock.monotonicMs();
  const { schema, rowsTotal, bytesTotal, notes } = await survey(options);
  const splitter = new SegmentSplitter(schema, rowsTotal, {
    ...options,
    config: options.configure?.(schema),
  });
  const rejections: Rejection[] = [];
  let rowsAccepted = 0;
  let bytesBefore = 0;
  for (const path of options.files) {
    const reader = await openRecords(disk, path, schema.columns);
    try {
      const match = matchColumns(schema, reader);
      for await (const chunk of reader.chunks()) {
        for (const rejection of chunk.rejections) {
          rejections.push(rejection);
          if (rejections.length > options.maxErrors) throw tooManyErrors(rejections, options);
        }
        await splitter.append(match(chunk), chunk.rowCount);
        rowsAccepted += chunk.rowCount;
        options.onProgress({
          rowsRead: rowsAccepted + rejections.length,
          bytesRead: bytesBefore + chunk.bytesRead,
          bytesTotal,
          elapsedMs: clock.monotonicMs() - startMs,
        });
      }
      bytesBefore += reader.lengthBytes;
    } finally {
      await reader.close();
    }
  }
  const segments = await splitter.finish();
  return {
    schema,
    rowsRead: rowsAccepted + rejections.length,
    rowsAccepted,
    rowsRejected: rejections.length,
    rejections,
    segments,
    notes,
  };
}

/** What the files say before their rows are read. */
interface Survey {
  readonly schema: TableSchema;
  /** Null when some file does not say. */
  readonly rowsTotal: number | null;
  readonly bytesTotal: number;
  readonly notes: readonly string[];
}

async function survey(options: LoadOptions): Promise<Survey> {
  const { disk, files, table } = options;
  let schema = options.schema;
  let rowsTotal: number | null = 0;
  let bytesTotal = 0;
  const notes: string[] = [];
  for (const path of files) {
    const reader: RecordReader = await openRecords(disk, path, schema?.columns ?? null);
    try {
      schema ??= { name: table, columns: reader.columns };
      // Checked for every file before the first row is read.
      matchColumns(schema, reader);
      bytesTotal += reader.lengthBytes;
      rowsTotal =
        reader.rowCount === null || rowsTotal === null ? null : rowsTotal + reader.rowCount;
      notes.push(...reader.notes.map((note) => `${path}: ${note}`));
    } finally {
      await reader.close();
    }
  }
  if (schema === null) {
    throw new EngineError(
      'BAD_REQUEST',
      `ingest: table ${table}: expected files to load, found none`,
    );
  }
  return { schema: { ...schema, name: table }, rowsTotal, bytesTotal, notes };
}

function tooManyErrors(rejections: readonly Rejection[], options: LoadOptions): EngineError {
  const { file, line, column, value, reason } = rejections[0]!;
  const place = column === null ? `line ${line}` : `line ${line}, column ${column}`;
  const found = value === null ? '' : `, found ${JSON.stringify(value)}`;
  return new EngineError(
    'SCHEMA_MISMATCH',
    `ingest: ${file}: ${place}: ${reason}${found}; ${rejections.length} rows were rejected and ` +
      `${options.maxErrors} may be, so nothing was loaded; mend the file, declare the types or allow ` +
      'more errors',
  );
}
