import { EngineError } from '../base/errors.ts';
import {
  CONTROLLER_BODY_BYTES_MAX,
  FORM_BYTES_MAX,
  SEGMENT_UPLOAD_BYTES_MAX,
} from '../base/limits.ts';
import { boundedBytes, boundedText } from '../io/request-body.ts';
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
 * @param parts its bytes.
 * @returns its length in bytes.
 * @throws EngineError BAD_REQUEST when it is too long, CORRUPT_DATA when it is no segment of that
 *   name; nothing is kept then.
 */
export async function receiveSegment(
  store: SegmentStore,
  table: string,
  object: string,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  const key = segmentKey(table, object);
  const lengthBytes = await store.put(key, limitedParts(parts));
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

/** A file that came in a form. */
export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The first file of a form, which is held in memory.
 *
 * @throws EngineError BAD_REQUEST when there is none, or it is too long.
 */
export async function fileOfForm(request: Request): Promise<SentFile> {
  const body = await boundedBytes(request, FORM_BYTES_MAX);
  if (body === null) {
    throw new EngineError(
      'BAD_REQUEST',
      `controller: a file in a form may have ${FORM_BYTES_MAX} bytes with the form; send a segment ` +
        'as application/octet-stream, or load data with nyala load',
    );
  }
  const contentType = request.headers.get('content-type') ?? '';
  const form = await formOf(body as Uint8Array<ArrayBuffer>, contentType);
  for (const [, part] of form) {
    if (typeof part === 'string') continue;
    return { name: part.name, bytes: new Uint8Array(await part.arrayBuffer()) };
  }
  throw new EngineError('BAD_REQUEST', 'controller: expected a form with a file, found none');
}

/**
 * The parts of a form.
 *
 * @throws EngineError BAD_REQUEST when it is none.
 */
export async function formOf(
  body: string | Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    const message = `controller: expected a form as ${contentType.slice(0, 100)} says`;
    throw new EngineError('BAD_REQUEST', message, { cause });
  }
}

async function* limitedParts(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let lengthBytes = 0;
  for await (const part of parts) {
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
