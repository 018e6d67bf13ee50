import { EngineError } from '../base/errors.ts';
import type { BuildConfig, IndexConfig } from '../base/index-config.ts';
import { SEGMENT_ROWS_DEFAULT } from '../base/limits.ts';
import { indexColumns } from '../base/star-tree-config.ts';
import type { TableSchema } from '../base/types.ts';
import { loadFiles } from '../ingest/load.ts';
import type { Clock } from '../io/clock.ts';
import type { DiskFile, FileOpener } from '../io/disk.ts';
import type { Random } from '../io/random.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { reindexStored } from '../store/reindex.ts';
import {
  newObjectName,
  parseSegmentKey,
  type SegmentStore,
  segmentKey,
} from '../store/segment-store.ts';
import { withSegment } from './describe-segment.ts';

/** What is to be built. Plain data, since it may go to a thread. */
export type BuildJob = IngestJob | ReindexJob;

/** Segments of the rows of one file. */
export interface IngestJob {
  readonly kind: 'ingest';
  readonly table: string;
  readonly schema: TableSchema;
  readonly config: BuildConfig;
  /** The file's name, which says of what format it is. */
  readonly name: string;
  /** Where the file is on the disk, or what is in it, which goes to whoever builds. */
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** A segment of the deep store with other indexes, as another object. */
export interface ReindexJob {
  readonly kind: 'reindex';
  readonly table: string;
  /** The key of its present object. */
  readonly from: string;
  /** Those over columns that it has not are left out. */
  readonly indexes: readonly IndexConfig[];
}

/**
 * Builds segments and puts them into the deep store. It takes seconds for each, in which a controller has
 * other things to do: so this may happen on another thread.
 */
export interface SegmentBuilds {
  /**
   * @param signal stops it.
   * @returns names of the objects; of a job that fails there are none.
   * @throws EngineError of whatever is wrong with the job, SERVER_UNAVAILABLE when what builds has ended,
   *   and the signal's reason.
   */
  run(job: BuildJob, signal?: AbortSignal): Promise<string[]>;
  /** Ends what is under way with an error. */
  close(): Promise<void>;
}

/** What building takes. */
export interface BuildTools {
  readonly store: SegmentStore;
  readonly disk: FileOpener;
  /** For columns of segments that get other indexes. */
  readonly decode: DecodeBuffer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Builds on the thread that asks: for tests and simulations. */
export function inlineBuilds(tools: BuildTools): SegmentBuilds {
  const over = new AbortController();
  return {
    run: (job, signal) =>
      wholly(tools.store, job.table, (onObject) =>
        runBuild(job, tools, (object) => {
          signal?.throwIfAborted();
          over.signal.throwIfAborted();
          onObject(object);
        }),
      ),
    close: async () => over.abort(notBuilt('the controller is closing')),
  };
}

/**
 * Runs a job.
 *
 * @param onObject told of each object before it is stored; may throw to stop.
 */
export async function runBuild(
  job: BuildJob,
  tools: BuildTools,
  onObject: (object: string) => void,
): Promise<void> {
  const newKey = (segment: string): string => {
    const object = newObjectName(segment, tools.clock.nowMs(), tools.random);
    onObject(object);
    return segmentKey(job.table, object);
  };
  await (job.kind === 'ingest' ? ingest(job, tools, newKey) : reindex(job, tools, newKey));
}

/**
 * Runs what stores objects of a table; when it fails, they go again as far as they can. Those that stay
 * have no record, and are swept later.
 *
 * @returns their names.
 */
export async function wholly(
  store: SegmentStore,
  table: string,
  run: (onObject: (object: string) => void) => Promise<void>,
): Promise<string[]> {
  const objects: string[] = [];
  try {
    await run((object) => objects.push(object));
    return objects;
  } catch (error) {
    for (const object of objects) {
      await store.delete(segmentKey(table, object)).catch(() => undefined);
    }
    throw error;
  }
}

/** The error of a job that has done nothing wrong itself. */
export function notBuilt(reason: string, cause?: unknown): EngineError {
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  const message = `controller: a segment was not built, because ${reason}${detail}; try again`;
  return new EngineError('SERVER_UNAVAILABLE', message, { cause });
}

async function ingest(
  { table, schema, config, name, content }: IngestJob,
  { store, disk, clock }: BuildTools,
  newKey: (segment: string) => string,
): Promise<void> {
  await loadFiles({
    table,
    files: [name],
    disk: {
      open: (_, mode) =>
        typeof content === 'string'
          ? disk.open(content, mode)
          : Promise.resolve(fileInMemory(content)),
    },
    schema,
    configure: () => config,
    maxErrors: 0,
    segmentRows: SEGMENT_ROWS_DEFAULT,
    clock,
    onProgress: () => undefined,
    onSegment: async (segment) => {
      await store.put(newKey(segment.name), segment.parts);
    },
  });
}

async function reindex(
  { from, indexes }: ReindexJob,
  { store, decode }: BuildTools,
  newKey: (segment: string) => string,
): Promise<void> {
  await withSegment(store, from, ({ metadata }, stored) => {
    const names = new Set(metadata.columns.map(({ name }) => name));
    // One over a column that was added since is for segments that have the column.
    const wanted = indexes.filter((index) => indexColumns(index).every((one) => names.has(one)));
    const key = newKey(parseSegmentKey(from).segment);
    return reindexStored(store, metadata, stored, wanted, decode, key);
  });
}

function fileInMemory(bytes: Uint8Array): DiskFile {
  const refused = (): never => {
    throw new Error('a file in memory is only read');
  };
  return {
    read: async (into, positionBytes) => {
      const part = bytes.subarray(positionBytes, positionBytes + into.length);
      into.set(part);
      return part.length;
    },
    sizeBytes: async () => bytes.length,
    close: async () => undefined,
    write: refused,
    sync: refused,
    truncate: refused,
  };
}
