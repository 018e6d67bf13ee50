import { crc32c } from '../../base/checksum.ts';
import type { HardState } from '../core/raft/types.ts';
import { readSafe64, writeSafe64 } from './safe-numbers.ts';

/*
 * A segment, big-endian:
 *
 *    0                   64
 *   | header 64          | record | record | … | zeros up to the capacity |
 *
 *   header:
 *    0 | magic u32 "NYCL"           4 | version u32 2
 *    8 | sequence u32              12 | capacity u32: the file's length in bytes
 *   16 | last index u64: where the log stood when the segment was begun, 0 for an empty log
 *   24 | last term u64: the term of that entry
 *   32 | term u64: the hard state at that time
 *   40 | voted for u32
 *   44 | flags u32: 1 begins: nothing before this segment belongs to it
 *      |            2 sound: the node may vote on the strength of this disk
 *   48 | chain u32: header checksum of the last record of the segment before, 0 when it begins
 *   52 | vote floor index u64
 *   60 | checksum u32 of bytes 0 to 59
 *
 * The whole file is written with zeros, then with the header, and synced, before it is given its
 * name. So a file with this name and without an intact header, or with another length, is damaged:
 * a power failure cannot do that. Records are described in record-layout.ts.
 */

/** Bytes before the first record. */
export const SEGMENT_HEADER_BYTES = 64;

/** What the first bytes of a segment say. */
export interface SegmentHeader {
  readonly sequence: number;
  readonly capacityBytes: number;
  /** Where the log stood when the segment was begun; 0 and 0 for an empty log. */
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly hardState: HardState;
  /** Nothing before this segment belongs to it. */
  readonly begins: boolean;
  /** The node may vote on the strength of this disk. */
  readonly isSound: boolean;
  /** Checksum of the last record before, 0 when the segment begins. */
  readonly chain: number;
}

/** What a file instead of an intact header of ours begins with. */
export type HeaderProblem =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'damaged'; readonly reason: string };

const MAGIC = 0x4e59_434c; // "NYCL"
const VERSION = 2;
const CHECKSUM_OFFSET = 60;
const BEGINS = 1;
const SOUND = 2;

/** The first bytes of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, VERSION);
  view.setUint32(8, header.sequence);
  view.setUint32(12, header.capacityBytes);
  writeSafe64(view, 16, header.lastIndex);
  writeSafe64(view, 24, header.lastTerm);
  writeSafe64(view, 32, header.hardState.term);
  view.setUint32(40, header.hardState.votedFor);
  view.setUint32(44, (header.begins ? BEGINS : 0) | (header.isSound ? SOUND : 0));
  view.setUint32(48, header.chain);
  writeSafe64(view, 52, header.hardState.voteFloorIndex);
  view.setUint32(CHECKSUM_OFFSET, crc32c(bytes.subarray(0, CHECKSUM_OFFSET)));
  return bytes;
}

/** The checksum of an encoded header: where the chain of its records begins. */
export function headerChain(header: Uint8Array): number {
  return viewOf(header).getUint32(CHECKSUM_OFFSET);
}

/** Reads the header of a segment, or says what is there instead. */
export function decodeSegmentHeader(file: Uint8Array): SegmentHeader | HeaderProblem {
  if (isVersionOne(file)) return { kind: 'version', version: 1 };
  if (file.length < SEGMENT_HEADER_BYTES) return damaged(`${file.length} bytes only`);
  const view = viewOf(file);
  if (view.getUint32(0) !== MAGIC) return damaged('the magic "NYCL" is missing');
  if (view.getUint32(CHECKSUM_OFFSET) !== crc32c(file.subarray(0, CHECKSUM_OFFSET))) {
    return damaged('the checksum of the header does not hold');
  }
  const version = view.getUint32(4);
  if (version !== VERSION) return { kind: 'version', version };
  const flags = view.getUint32(44);
  return {
    sequence: view.getUint32(8),
    capacityBytes: view.getUint32(12),
    lastIndex: readSafe64(view, 16),
    lastTerm: readSafe64(view, 24),
    hardState: {
      term: readSafe64(view, 32),
      votedFor: view.getUint32(40),
      voteFloorIndex: readSafe64(view, 52),
    },
    begins: (flags & BEGINS) !== 0,
    isSound: (flags & SOUND) !== 0,
    chain: view.getUint32(48),
  };
}

/** True for a log of version 1 of the format, which had no checksum over its header. */
export function isVersionOne(file: Uint8Array): boolean {
  if (file.length < 8) return false;
  const view = viewOf(file);
  return view.getUint32(0) === MAGIC && view.getUint32(4) === 1;
}

function damaged(reason: string): HeaderProblem {
  return { kind: 'damaged', reason };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
