import { crc32c } from '../base/checksum.ts';
import { EngineError } from '../base/errors.ts';
import { FILE_BLOCK_BYTES } from '../base/store-limits.ts';
import { type BufferLocation, buffersOf, storedLengthBytes } from '../segment/metadata.ts';
import { readSegmentMetadata } from './segment-metadata.ts';
import type { StoredSegment } from './segment-store.ts';

/** Some bytes of an object: from `start` on, up to `end` without it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Cuts a range into ranges of at most `bytesMax`, in order; of nothing there are none. */
export function* ranges(
  offsetBytes: number,
  lengthBytes: number,
  bytesMax: number,
): Generator<ByteRange> {
  const last = offsetBytes + lengthBytes;
  for (let start = offsetBytes; start < last; start += bytesMax) {
    yield { start, end: Math.min(last, start + bytesMax) };
  }
}

/**
 * Checks a segment with all its column data, block by block.
 *
 * @param key what it is stored under.
 * @throws EngineError CORRUPT_DATA when a length, a name or a checksum does not hold.
 */
export async function verifySegment(key: string, stored: StoredSegment): Promise<void> {
  const { columns, indexes } = await readSegmentMetadata(key, stored);
  const groups = [...columns.map(buffersOf), ...indexes.map(({ buffers }) => buffers)];
  for (const buffers of groups) {
    for (const buffer of buffers) await verifyBuffer(key, stored, buffer);
  }
}

async function verifyBuffer(
  key: string,
  stored: StoredSegment,
  buffer: BufferLocation<string>,
): Promise<void> {
  const block = new Uint8Array(Math.min(FILE_BLOCK_BYTES, storedLengthBytes(buffer)));
  let found = 0;
  for (const { start, end } of ranges(
    buffer.offsetBytes,
    storedLengthBytes(buffer),
    FILE_BLOCK_BYTES,
  )) {
    const bytes = block.subarray(0, end - start);
    await stored.read(bytes, start);
    found = crc32c(bytes, found);
  }
  if (found === buffer.crc32c) return;
  throw new EngineError(
    'CORRUPT_DATA',
    `store: ${key} is damaged: the ${buffer.role} buffer at byte ${buffer.offsetBytes}: ` +
      `expected checksum ${buffer.crc32c.toString(16)}, found ${found.toString(16)}`,
  );
}
