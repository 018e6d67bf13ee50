import { EngineError } from '../base/errors.ts';
import { CONTROLLER_BODY_BYTES_MAX, SEGMENT_UPLOAD_BYTES_MAX } from '../base/limits.ts';
import { bodyParts, boundedText } from '../io/request-body.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type SegmentStore, segmentKey } from '../store/segment-store.ts';

/**
 * The text of a request.
 *
 * @throws EngineError BAD_REQUEST when it is too long.
 */
export async function requestText(request: Request): Promise<string> {
  const text = await boundedText(request, CONTROLLER_BODY_BYTES_MAX);
  if (text !== null) return text;
  const message = `controller: the body is larger than ${CONTROLLER_BODY_BYTES_MAX} bytes`;
  throw new EngineError('BAD_REQUEST', message);
}

/**
 * Puts an uploaded segment file into the deep store and checks it there. It is not part of the table
 * until its load is committed. The file is never held in memory as a whole.
 *
 * @param object what its object is called.
 * @returns its length in bytes.
 * @throws EngineError BAD_REQUEST when it is too long, CORRUPT_DATA when it is no segment of that
 *   name; nothing is kept then.
 */
export async function receiveSegment(
  store: SegmentStore,
  table: string,
  object: string,
  request: Request,
): Promise<number> {
  const key = segmentKey(table, object);
  const lengthBytes = await store.put(key, limitedParts(request));
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

async function* limitedParts(request: Request): AsyncGenerator<Uint8Array> {
  let lengthBytes = 0;
  for await (const part of bodyParts(request)) {
    lengthBytes += part.length;
    if (lengthBytes > SEGMENT_UPLOAD_BYTES_MAX) {
      throw new EngineError(
        'BAD_REQUEST',
        `controller: a segment may have ${SEGMENT_UPLOAD_BYTES_MAX} bytes; use smaller segments`,
      );
    }
    yield part;
  }
}
