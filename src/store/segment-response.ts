import { FILE_BLOCK_BYTES } from '../base/store-limits.ts';
import type { StoredSegment } from './segment-store.ts';
import { ranges } from './stored-bytes.ts';

/** Says under which key the deep store has the file that is sent. */
export const SEGMENT_KEY_HEADER = 'x-nyala-key';

/**
 * Sends a stored segment, or the one range of it that is asked for (RFC 9110, section 14; several
 * ranges at once are sent as the whole). It is read as fast as the other side takes it.
 *
 * @param stored closed once it is sent, or nobody wants it any more.
 */
export function segmentResponse(key: string, stored: StoredSegment, request: Request): Response {
  const { lengthBytes } = stored;
  const wanted = parseRange(request.headers.get('range'), lengthBytes);
  const common = { 'accept-ranges': 'bytes', [SEGMENT_KEY_HEADER]: key };
  if (wanted === 'unsatisfiable') {
    void stored.close();
    const headers = { ...common, 'content-range': `bytes */${lengthBytes}` };
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = wanted ?? { start: 0, end: lengthBytes };
  const fileName = key.slice(key.lastIndexOf('/') + 1);
  const headers = {
    ...common,
    'content-type': 'application/octet-stream',
    'content-length': `${end - start}`,
    'content-disposition': `attachment; filename="${fileName}"`,
    ...(wanted && { 'content-range': `bytes ${start}-${end - 1}/${lengthBytes}` }),
  };
  const status = wanted === null ? 200 : 206;
  if (request.method === 'HEAD') {
    void stored.close();
    return new Response(null, { status, headers });
  }
  return new Response(blockStream(stored, start, end), { status, headers });
}

function parseRange(
  header: string | null,
  lengthBytes: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, lengthBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? lengthBytes : Math.min(lengthBytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return null;
  return start < end ? { start, end } : 'unsatisfiable';
}

function blockStream(
  stored: StoredSegment,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const blocks = ranges(start, end - start, FILE_BLOCK_BYTES);
  return new ReadableStream({
    pull: async (controller) => {
      const next = blocks.next();
      if (next.done) {
        await stored.close();
        controller.close();
        return;
      }
      const block = new Uint8Array(next.value.end - next.value.start);
      try {
        await stored.read(block, next.value.start);
      } catch (error) {
        await stored.close();
        throw error;
      }
      controller.enqueue(block);
    },
    cancel: () => stored.close(),
  });
}
