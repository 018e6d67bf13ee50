import { describe, expect, it } from 'vitest';
import { FILE_BLOCK_BYTES } from '../../src/base/store-limits.ts';
import { segmentResponse } from '../../src/store/segment-response.ts';
import type { StoredSegment } from '../../src/store/segment-store.ts';

const CONTENT = new Uint8Array(2 * FILE_BLOCK_BYTES + 10).map((_, index) => index % 251);

/** A segment in memory that counts what is read of it. */
function stored(): StoredSegment & { readBytes: number; closed: number } {
  const segment = {
    ...{ lengthBytes: CONTENT.length, readBytes: 0, closed: 0 },
    read: async (into: Uint8Array, offsetBytes: number) => {
      segment.readBytes += into.length;
      into.set(CONTENT.subarray(offsetBytes, offsetBytes + into.length));
    },
    close: async () => {
      segment.closed++;
    },
  };
  return segment;
}

function ask(range: string | null, method = 'GET'): Request {
  return new Request('http://x/', { method, headers: range === null ? {} : { range } });
}

async function send(range: string | null, method?: string) {
  const segment = stored();
  const response = segmentResponse('t/s.segment', segment, ask(range, method));
  const body = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  return { status, body, range: headers.get('content-range'), closed: segment.closed };
}

describe('a segment over HTTP', () => {
  it('is sent whole, and closed', async () => {
    const { status, body, range, closed } = await send(null);
    expect([status, range, closed]).toEqual([200, null, 1]);
    expect(Buffer.compare(body, CONTENT)).toBe(0);
  });

  const last = CONTENT.length - 1;
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=5-1048580', 5, 1048580],
    [`bytes=${last}-`, last, last],
    [`bytes=10-${last + 100}`, 10, last],
    ['bytes=-7', last - 6, last],
    [`bytes=-${CONTENT.length + 5}`, 0, last],
  ])('is sent in part: %s', async (header, first, end) => {
    const { status, body, range, closed } = await send(header);
    expect([status, closed]).toEqual([206, 1]);
    expect(range).toBe(`bytes ${first}-${end}/${CONTENT.length}`);
    expect(Buffer.compare(body, CONTENT.subarray(first, end + 1))).toBe(0);
  });

  it.each([`bytes=${CONTENT.length}-`, 'bytes=-0'])('has no such part: %s', async (header) => {
    const { status, range, closed } = await send(header);
    expect([status, range, closed]).toEqual([416, `bytes */${CONTENT.length}`, 1]);
  });

  it.each(['bytes=0-1,5-6', 'bytes=7-3', 'rows=1-2', 'bytes=-', 'bytes=a-b'])(
    'is sent whole where a range is none of ours: %s',
    async (header) => {
      expect((await send(header)).status).toBe(200);
    },
  );

  it('is not read when only its length is asked for', async () => {
    const { status, body, range, closed } = await send('bytes=0-9', 'HEAD');
    expect([status, body.length, closed]).toEqual([206, 0, 1]);
    expect(range).toBe(`bytes 0-9/${CONTENT.length}`);
  });

  it('is read no faster than it is taken, and closed when nobody wants the rest', async () => {
    const segment = stored();
    const reader = segmentResponse('t/s.segment', segment, ask(null)).body!.getReader();
    await reader.read();
    expect(segment.readBytes).toBeLessThan(CONTENT.length);
    await reader.cancel();
    expect(segment.closed).toBe(1);
  });

  it('breaks off when it cannot be read', async () => {
    const segment = { ...stored(), read: () => Promise.reject(new Error('gone')) };
    await expect(
      segmentResponse('t/s.segment', segment, ask(null)).arrayBuffer(),
    ).rejects.toThrow();
  });
});
