import { crc32c } from '../base/checksum.ts';
import { EngineError } from '../base/errors.ts';
import { SEGMENT_FOOTER_BYTES_MAX } from '../base/limits.ts';
import {
  alignUp,
  type FooterLocation,
  HEADER_BYTES,
  readMagic,
  SEGMENT_MAGIC,
  SEGMENT_VERSION,
  SEGMENT_VERSION_MIN,
  TRAILER_BYTES,
  viewOf,
} from './format.ts';
import {
  type BufferLocation,
  type BufferRole,
  buffersOf,
  type SegmentMetadata,
  storedLengthBytes,
} from './metadata.ts';
import { metadataFromJson } from './parse-footer.ts';

/**
 * Where the footer lies.
 *
 * @param trailer the file's last `TRAILER_BYTES` bytes.
 * @param fileLengthBytes the length of the whole file.
 * @throws EngineError CORRUPT_DATA when it is not a trailer, or does not fit the file.
 */
export function parseTrailer(trailer: Uint8Array, fileLengthBytes: number): FooterLocation {
  if (trailer.length !== TRAILER_BYTES || fileLengthBytes < HEADER_BYTES + TRAILER_BYTES) {
    throw corrupt('the file', `at least ${HEADER_BYTES + TRAILER_BYTES} bytes`, fileLengthBytes);
  }
  const view = viewOf(trailer);
  const version = view.getUint32(16, true);
  checkMagic(trailer, 20, version, 'the trailer');
  const offset = view.getBigUint64(0, true);
  const lengthBytes = view.getUint32(8, true);
  const expectedOffset = fileLengthBytes - TRAILER_BYTES - lengthBytes;
  if (lengthBytes > SEGMENT_FOOTER_BYTES_MAX) {
    throw corrupt('the footer', `at most ${SEGMENT_FOOTER_BYTES_MAX} bytes`, lengthBytes);
  }
  if (offset !== BigInt(expectedOffset) || alignUp(expectedOffset) !== expectedOffset) {
    throw corrupt('the footer', `a start at the aligned byte ${expectedOffset}`, offset);
  }
  if (expectedOffset < HEADER_BYTES)
    throw corrupt('the footer', 'a start after the header', offset);
  return { version, offsetBytes: expectedOffset, lengthBytes, crc32c: view.getUint32(12, true) };
}

/**
 * The segment's metadata, checked: every buffer lies in the file, aligned, and is as long as the rows
 * and the encoding ask for.
 *
 * @param footer the `location.lengthBytes` bytes at `location.offsetBytes`.
 * @throws EngineError CORRUPT_DATA when the checksum or any field is wrong.
 */
export function parseFooter(footer: Uint8Array, location: FooterLocation): SegmentMetadata {
  checkBytes('the footer', footer, location);
  let json: unknown;
  try {
    // A copy, because text cannot be decoded from shared memory everywhere.
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(footer.slice()));
  } catch (cause) {
    throw new EngineError(
      'CORRUPT_DATA',
      'segment: expected JSON in the footer, found other bytes',
      {
        cause,
      },
    );
  }
  return metadataFromJson(json, location.offsetBytes);
}

/**
 * Checks the file's first `HEADER_BYTES` bytes.
 *
 * @param location what the trailer says.
 * @throws EngineError CORRUPT_DATA when they are not a segment's.
 */
export function verifyHeader(header: Uint8Array, { version }: FooterLocation): void {
  if (header.length !== HEADER_BYTES)
    throw corrupt('the header', `${HEADER_BYTES} bytes`, header.length);
  const found = viewOf(header).getUint32(8, true);
  checkMagic(header, 0, found, 'the header');
  if (found !== version) throw corrupt('the header', `version ${version} as in the trailer`, found);
  if (header.subarray(12).some((byte) => byte !== 0)) {
    throw corrupt('the header', 'zeros after the version', 'other bytes');
  }
}

/**
 * Checks the length and checksum of a buffer as it lies in the file; bytes may be a view of shared
 * memory.
 *
 * @param checksum CRC-32C of bytes.
 * @throws EngineError CORRUPT_DATA when they differ from what the metadata says.
 */
export function verifyBuffer(
  location: BufferLocation<string>,
  bytes: Uint8Array,
  checksum: (bytes: Uint8Array) => number = crc32c,
): void {
  const place = `the ${location.role} buffer at byte ${location.offsetBytes}`;
  checkBytes(place, bytes, { ...location, lengthBytes: storedLengthBytes(location) }, checksum);
}

/** The bytes of a column's buffers as they lie in memory, by role. */
export type ColumnBuffers = Readonly<Partial<Record<BufferRole, Uint8Array>>>;

/**
 * Reads a whole segment file that is in memory, checking header, trailer, footer and every buffer.
 *
 * @throws EngineError CORRUPT_DATA when anything is wrong.
 */
export function readSegment(file: Uint8Array): SegmentMetadata {
  const location = parseTrailer(file.subarray(-TRAILER_BYTES), file.length);
  verifyHeader(file.subarray(0, HEADER_BYTES), location);
  const { offsetBytes, lengthBytes } = location;
  const metadata = parseFooter(file.subarray(offsetBytes, offsetBytes + lengthBytes), location);
  const groups = [...metadata.columns.map(buffersOf), ...metadata.indexes.map((i) => i.buffers)];
  for (const buffers of groups) {
    for (const buffer of buffers) verifyBuffer(buffer, storedBytes(file, buffer));
  }
  return metadata;
}

/** A buffer as it lies in a whole segment file, as a view of it. */
export function storedBytes(file: Uint8Array, buffer: BufferLocation<string>): Uint8Array {
  return file.subarray(buffer.offsetBytes, buffer.offsetBytes + storedLengthBytes(buffer));
}

function checkMagic(bytes: Uint8Array, offset: number, version: number, place: string): void {
  const magic = readMagic(bytes, offset);
  if (magic !== SEGMENT_MAGIC) throw corrupt(place, SEGMENT_MAGIC, JSON.stringify(magic));
  if (version < SEGMENT_VERSION_MIN || version > SEGMENT_VERSION) {
    throw corrupt(place, `a version from ${SEGMENT_VERSION_MIN} to ${SEGMENT_VERSION}`, version);
  }
}

function checkBytes(
  place: string,
  bytes: Uint8Array,
  expected: { readonly lengthBytes: number; readonly crc32c: number },
  checksum: (bytes: Uint8Array) => number = crc32c,
): void {
  if (bytes.length !== expected.lengthBytes) {
    throw corrupt(place, `${expected.lengthBytes} bytes`, bytes.length);
  }
  const found = checksum(bytes);
  if (found !== expected.crc32c) {
    throw corrupt(place, `checksum ${expected.crc32c.toString(16)}`, found.toString(16));
  }
}

function corrupt(place: string, expected: string, found: unknown): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `segment: ${place}: expected ${expected}, found ${found}; fetch the segment again or reload it`,
  );
}
