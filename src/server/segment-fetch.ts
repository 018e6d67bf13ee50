import { EngineError } from '../base/errors.ts';
import { inParallel } from '../base/parallel.ts';
import { SEGMENT_READ_BYTES, SEGMENT_READS_MAX } from '../base/store-limits.ts';
import type { DiskFile } from '../io/disk.ts';
import type { SegmentStore, StoredSegment } from '../store/segment-store.ts';
import { ranges } from '../store/stored-bytes.ts';

/** Somebody who may have the files of segments: a peer, the deep store. */
export interface SegmentSupplier extends Pick<SegmentStore, 'open'> {
  /** For messages. */
  readonly name: string;
}

/**
 * Takes a segment from the first supplier from whom the action succeeds.
 *
 * @param onFault told of each supplier who failed.
 * @throws EngineError with the code of the last failure, and the reasons of all.
 */
export async function takeFromFirst<R>(
  key: string,
  suppliers: readonly SegmentSupplier[],
  action: (stored: StoredSegment, supplier: SegmentSupplier) => Promise<R>,
  onFault: (error: EngineError, supplier: SegmentSupplier) => void,
): Promise<R> {
  const reasons: string[] = [];
  let last: EngineError | null = null;
  for (const supplier of suppliers) {
    try {
      return await takeFrom(key, supplier, action);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      last = error;
      reasons.push(`${supplier.name}: ${error.message}`);
      onFault(error, supplier);
    }
  }
  throw new EngineError(
    last?.code ?? 'NOT_FOUND',
    `server: ${key} cannot be fetched from anywhere; ${reasons.join('; ')}`,
    { cause: last },
  );
}

/** Copies a segment's bytes to the start of a file, several ranges side by side. */
export async function copySegment(stored: StoredSegment, file: DiskFile): Promise<void> {
  await inParallel(
    ranges(0, stored.lengthBytes, SEGMENT_READ_BYTES),
    SEGMENT_READS_MAX,
    async ({ start, end }) => {
      const bytes = new Uint8Array(end - start);
      await stored.read(bytes, start);
      await file.write(bytes, start);
    },
  );
}

async function takeFrom<R>(
  key: string,
  supplier: SegmentSupplier,
  action: (stored: StoredSegment, supplier: SegmentSupplier) => Promise<R>,
): Promise<R> {
  const stored = await supplier.open(key);
  try {
    return await action(stored, supplier);
  } finally {
    await stored.close();
  }
}
