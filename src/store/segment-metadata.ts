import { EngineError } from '../base/errors.ts';
import { HEADER_BYTES, TRAILER_BYTES } from '../segment/format.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { parseFooter, parseTrailer, verifyHeader } from '../segment/read.ts';
import { parseSegmentKey, type StoredSegment } from './segment-store.ts';

/** What the end of a segment's file says. */
export interface SegmentFooter {
  readonly metadata: SegmentMetadata;
  /** CRC-32C of the footer: as it has the checksums of all the rest, it stands for the whole file. */
  readonly crc: number;
}

/** What `readSegmentFooter` reads, without its checksum. */
export async function readSegmentMetadata(
  key: string,
  stored: StoredSegment,
): Promise<SegmentMetadata> {
  return (await readSegmentFooter(key, stored)).metadata;
}

/**
 * Reads a segment's header, trailer and footer, and checks them; column data is not touched.
 *
 * @param key what the object is stored under; the footer must name the same table and segment.
 * @throws EngineError CORRUPT_DATA when the file is cut, changed or under a wrong name.
 */
export async function readSegmentFooter(
  key: string,
  stored: StoredSegment,
): Promise<SegmentFooter> {
  try {
    return await readChecked(key, stored);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'CORRUPT_DATA') throw error;
    throw new EngineError('CORRUPT_DATA', `store: ${key} is damaged: ${error.message}`, {
      cause: error,
    });
  }
}

async function readChecked(key: string, stored: StoredSegment): Promise<SegmentFooter> {
  const { table, segment } = parseSegmentKey(key);
  if (stored.lengthBytes < HEADER_BYTES + TRAILER_BYTES) {
    throw new EngineError(
      'CORRUPT_DATA',
      `expected at least ${HEADER_BYTES + TRAILER_BYTES} bytes, found ${stored.lengthBytes}`,
    );
  }
  const header = new Uint8Array(HEADER_BYTES);
  await stored.read(header, 0);
  const trailer = new Uint8Array(TRAILER_BYTES);
  await stored.read(trailer, stored.lengthBytes - TRAILER_BYTES);
  const location = parseTrailer(trailer, stored.lengthBytes);
  verifyHeader(header, location);
  const footer = new Uint8Array(location.lengthBytes);
  await stored.read(footer, location.offsetBytes);
  const metadata = parseFooter(footer, location);
  if (metadata.table !== table || metadata.name !== segment) {
    throw new EngineError(
      'CORRUPT_DATA',
      `expected segment ${segment} of ${table}, found ${metadata.name} of ${metadata.table}`,
    );
  }
  return { metadata, crc: location.crc32c };
}
