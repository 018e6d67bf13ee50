import { EngineError } from '../base/errors.ts';
import { SEGMENT_UPLOAD_BYTES_MAX } from '../base/limits.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type SegmentStore, segmentKey } from '../store/segment-store.ts';

/**
 * Puts an uploaded segment file into the deep store and checks it there. It is not part of the table
 * until its load is committed.
 *
 * @param body the file's bytes as they arrive; never held in memory as a whole.
 * @throws EngineError BAD_REQUEST when it is too long, CORRUPT_DATA when it is no segment of that
 *   name; nothing is kept then.
 */
export async function receiveSegment(
  store: SegmentStore,
  table: string,
  segment: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<number> {
  const key = segmentKey(table, segment);
  if (body === null) throw new EngineError('BAD_REQUEST', 'controller: the segment has no bytes');
  const lengthBytes = await store.put(key, limited(body));
  const stored = await store.open(key);
  try {
    await readSegmentMetadata(key, stored);
  } catch (error) {
    await store.delete(key);
    throw error;
  } finally {
    await stored.close();
  }
  return lengthBytes;
}

async function* limited(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let lengthBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    lengthBytes += value.length;
    if (lengthBytes > SEGMENT_UPLOAD_BYTES_MAX) {
      await reader.cancel();
      throw new EngineError(
        'BAD_REQUEST',
        `controller: a segment may have ${SEGMENT_UPLOAD_BYTES_MAX} bytes; use smaller segments`,
      );
    }
    yield value;
  }
}
