import { RECORD_ALIGNMENT_BYTES, RECORD_HEADER_BYTES, SECTOR_BYTES } from './record-layout.ts';
import {
  type BadRecord,
  mayBegin,
  type PlacedRecord,
  readRecord,
  type SegmentBytes,
} from './record-reader.ts';
import {
  decodeSegmentHeader,
  type HeaderProblem,
  headerChain,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-header.ts';

/** How the records of a segment end. */
export type SegmentEnd =
  /** With zeros up to the capacity. */
  | { readonly kind: 'clean' }
  /** With a write that did not arrive whole and so was never acknowledged. */
  | { readonly kind: 'torn'; readonly reason: string; readonly garbageEndBytes: number }
  /** With something that was there once and has changed since. */
  | { readonly kind: 'damaged'; readonly reason: string };

/** What a segment holds. */
export interface SegmentContent {
  readonly header: SegmentHeader;
  /** The records from the start on that hold, each in its place of the chain. */
  readonly records: readonly PlacedRecord[];
  /** Where these end. */
  readonly endBytes: number;
  /** Checksum of the last of them, or of the header. */
  readonly chain: number;
  /** Judged as if no other segment came after it. */
  readonly end: SegmentEnd;
  /** Records after the end that hold by themselves; a torn or a damaged segment may have some. */
  readonly strays: readonly PlacedRecord[];
}

/** Reads a whole segment. */
export function readSegment(bytes: Uint8Array): SegmentContent | HeaderProblem {
  const header = decodeSegmentHeader(bytes);
  if ('kind' in header) return header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segment = { bytes, view, sequence: header.sequence };
  const records: PlacedRecord[] = [];
  let at = SEGMENT_HEADER_BYTES;
  let chain = headerChain(bytes);
  let found = readRecord(segment, at);
  while ('record' in found && found.chain === chain) {
    records.push(found);
    at += found.lengthBytes;
    chain = found.checksum;
    found = readRecord(segment, at);
  }
  const content = { header, records, endBytes: at, chain };
  if (bytes.length !== header.capacityBytes) {
    const reason = `the file has ${bytes.length} bytes, its header says ${header.capacityBytes}`;
    return { ...content, end: { kind: 'damaged', reason }, strays: straysAfter(segment, at) };
  }
  const garbageEndBytes = endOfContent(bytes, at);
  if (garbageEndBytes === at) return { ...content, end: { kind: 'clean' }, strays: [] };
  const strays = straysAfter(segment, at);
  return { ...content, end: judge(segment, at, found, strays, garbageEndBytes), strays };
}

/**
 * Tells a write that never arrived whole from damage; record-layout.ts says why this can be told.
 *
 * @param at where the first record begins that does not hold.
 * @param found what is there.
 * @param strays records after it that hold.
 */
function judge(
  { bytes }: SegmentBytes,
  at: number,
  found: PlacedRecord | BadRecord,
  strays: readonly PlacedRecord[],
  garbageEndBytes: number,
): SegmentEnd {
  if ('record' in found) {
    return { kind: 'damaged', reason: 'the record before it is not the one it was written after' };
  }
  const later = strays.find(({ writeStartBytes }) => writeStartBytes > at);
  if (later !== undefined) {
    const reason = `${found.reason}, and a later write is intact at offset ${later.offsetBytes}`;
    return { kind: 'damaged', reason };
  }
  if (!hasSectorOfZeros(bytes, at, found.endBytes)) {
    return { kind: 'damaged', reason: `${found.reason}, and each of its sectors was written` };
  }
  return { kind: 'torn', reason: found.reason, garbageEndBytes };
}

/** True when a sector that the range reaches into is zeros from the start of the range on. */
function hasSectorOfZeros(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const sectorEnd = Math.min(bytes.length, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
    if (endOfContent(bytes.subarray(at, sectorEnd), 0) === 0) return true;
    at = sectorEnd;
  }
  return false;
}

/** Every record after an offset that holds by itself. */
function straysAfter(segment: SegmentBytes, start: number): PlacedRecord[] {
  const strays: PlacedRecord[] = [];
  const last = segment.bytes.length - RECORD_HEADER_BYTES;
  let at = start;
  while (at <= last) {
    const found = mayBegin(segment, at) ? readRecord(segment, at) : null;
    const isRecord = found !== null && 'record' in found;
    if (isRecord) strays.push(found);
    at += isRecord ? found.lengthBytes : RECORD_ALIGNMENT_BYTES;
  }
  return strays;
}

/** The end of the last byte that is not zero, or the start when there is none. */
function endOfContent(bytes: Uint8Array, start: number): number {
  let end = bytes.length;
  while (end > start && bytes[end - 1] === 0) end--;
  return end;
}
