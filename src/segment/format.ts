import { crc32c } from '../base/checksum.ts';
import { BUFFER_ALIGNMENT_BYTES } from '../base/limits.ts';

/*
 * A segment file, little-endian throughout. Every buffer starts at a multiple of 64, the alignment that
 * arenas have too. Some lie as kernels scan them, the others in a stored form that takes less space:
 * `BufferStorage` says which, and `storage/` draws the forms.
 *
 *   offset   0        8          12                64
 *            ┌────────┬──────────┬─────────────────┐
 *   header   │NYALASEG│version u32│ zeros to 64    │
 *            ├────────┴──────────┴─────────────────┤
 *   column 0 │ buffer 0 · zeros to a multiple of 64 │   in the order of the column's `buffers`:
 *            │ buffer 1 · zeros to a multiple of 64 │   codes | values, dictionary…, nulls, zones
 *   column 1 │ …                                    │   of an array: offsets, nulls, then its elements
 *   indexes  │ …, as the footer lists them          │   likewise; their layouts: segment/indexes/
 *            ├──────────────────────────────────────┤ ← footer offset, a multiple of 64
 *   footer   │ JSON, UTF-8: SegmentMetadata         │   bigints as decimal strings
 *            ├──────────────┬─────────┬─────────────┴─┬───────────┬────────┐
 *   trailer  │ footer offset│ length  │ footer CRC32C │version u32│NYALASEG│
 *            │ u64          │ u32     │ u32           │           │        │
 *            └──────────────┴─────────┴───────────────┴───────────┴────────┘
 *   trailer  0              8         12              16          20       28 = end of file
 */

/** First and last eight bytes of every segment file. */
export const SEGMENT_MAGIC = 'NYALASEG';

/** The layout that this code writes. Version 2 brought stored forms of buffers, version 3 arrays. */
export const SEGMENT_VERSION = 3;

/** The oldest layout that it reads: later versions only add to it. */
export const SEGMENT_VERSION_MIN = 1;

/** Length of the header: magic, version, zeros up to one alignment unit. */
export const HEADER_BYTES = BUFFER_ALIGNMENT_BYTES;

/** Length of the trailer that ends every segment file. */
export const TRAILER_BYTES = 28;

/** Where the footer lies, as the trailer says. */
export interface FooterLocation {
  /** Of the file's format. */
  readonly version: number;
  /** From the start of the file; a multiple of 64. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly crc32c: number;
}

/** The 64 bytes that start a segment file. */
export function encodeHeader(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeMagic(bytes, 0);
  viewOf(bytes).setUint32(8, SEGMENT_VERSION, true);
  return bytes;
}

/** The 28 bytes that end a segment file whose footer starts at `offsetBytes`. */
export function encodeTrailer(footer: Uint8Array, offsetBytes: number): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(offsetBytes), true);
  view.setUint32(8, footer.length, true);
  view.setUint32(12, crc32c(footer), true);
  view.setUint32(16, SEGMENT_VERSION, true);
  writeMagic(bytes, 20);
  return bytes;
}

/** The smallest multiple of 64 that is not below `lengthBytes`. */
export function alignUp(lengthBytes: number): number {
  return Math.ceil(lengthBytes / BUFFER_ALIGNMENT_BYTES) * BUFFER_ALIGNMENT_BYTES;
}

/** The eight bytes at `offset` as text, to compare with the magic. */
export function readMagic(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + SEGMENT_MAGIC.length));
}

/** A DataView of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeMagic(bytes: Uint8Array, offset: number): void {
  for (let index = 0; index < SEGMENT_MAGIC.length; index++) {
    bytes[offset + index] = SEGMENT_MAGIC.charCodeAt(index);
  }
}
