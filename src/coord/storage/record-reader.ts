import { ByteReader } from '../../base/bytes.ts';
import { crc32c } from '../../base/checksum.ts';
import { errorMessage } from '../../base/errors.ts';
import { decodeConfig } from '../config-codec.ts';
import type { Entry, HardState } from '../core/raft/types.ts';
import {
  RECORD_FIELD as FIELD,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  recordBytes,
} from './record-layout.ts';
import { applyMask } from './record-writer.ts';
import { readSafe64 } from './safe-numbers.ts';

/** What a record of the log says. */
export type LogRecord =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'hardState'; readonly hardState: HardState }
  /** The log is empty and goes on after this index and term. */
  | { readonly kind: 'position'; readonly index: number; readonly term: number }
  /** The node may vote on the strength of this disk. */
  | { readonly kind: 'sound' };

/** A record that holds, and where it lies in its segment. */
export interface PlacedRecord {
  readonly record: LogRecord;
  readonly offsetBytes: number;
  /** Up to the next record. */
  readonly lengthBytes: number;
  /** Where the write began that brought it. */
  readonly writeStartBytes: number;
  /** Checksum of the record before it. */
  readonly chain: number;
  /** Its own checksum. */
  readonly checksum: number;
}

/** Why there is no record. */
export interface BadRecord {
  readonly reason: string;
  /** How far it goes as far as its header can be trusted, else the end of the header. */
  readonly endBytes: number;
}

/** The bytes of a segment, for reading its records. */
export interface SegmentBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly sequence: number;
}

/**
 * Reads the record at an offset; everything but its place in the chain is checked. Payloads are
 * views of the segment's bytes.
 */
export function readRecord(segment: SegmentBytes, at: number): PlacedRecord | BadRecord {
  const { bytes, view } = segment;
  const payloadStart = at + RECORD_HEADER_BYTES;
  if (payloadStart > bytes.length) return bad('the file ends in its header', bytes.length);
  if (!mayBegin(segment, at)) return bad('its header is of no record of this place', payloadStart);
  const checksum = view.getUint32(at + FIELD.headerChecksum);
  if (crc32c(bytes.subarray(at, at + FIELD.headerChecksum)) !== checksum) {
    return bad('the checksum of its header does not hold', payloadStart);
  }
  const payloadBytes = view.getUint32(at + FIELD.payloadBytes);
  const lengthBytes = recordBytes(payloadBytes);
  if (at + lengthBytes > bytes.length) return bad('it goes beyond the file', bytes.length);
  const payload = bytes.subarray(payloadStart, payloadStart + payloadBytes);
  if (crc32c(payload) !== view.getUint32(at + FIELD.payloadChecksum)) {
    return bad('the checksum of its payload does not hold', at + lengthBytes);
  }
  const record = decode(segment, at, payload);
  if (typeof record === 'string') return bad(record, at + lengthBytes);
  return {
    record,
    offsetBytes: at,
    lengthBytes,
    writeStartBytes: view.getUint32(at + FIELD.writeStart),
    chain: view.getUint32(at + FIELD.chain),
    checksum,
  };
}

/** A cheap look at whether a record may begin here, for scanning. */
export function mayBegin({ view, sequence }: SegmentBytes, at: number): boolean {
  return (
    view.getUint32(at + FIELD.offset) === at && view.getUint32(at + FIELD.sequence) === sequence
  );
}

function bad(reason: string, endBytes: number): BadRecord {
  return { reason, endBytes };
}

/** The record, or what is wrong with one whose checksums hold. */
function decode(segment: SegmentBytes, at: number, stored: Uint8Array): LogRecord | string {
  const { view } = segment;
  const index = readSafe64(view, at + FIELD.index);
  const term = readSafe64(view, at + FIELD.term);
  const type = view.getUint8(at + FIELD.type);
  const payload = unmasked(stored, view.getUint8(at + FIELD.mask));
  const reader = new ByteReader(payload, 'coord: record');
  try {
    switch (type) {
      case RECORD_TYPE.entry:
        return { kind: 'entry', entry: { index, term, config: null, payload } };
      case RECORD_TYPE.configEntry: {
        const config = decodeConfig(reader.view(reader.uint32()), reader.what);
        const rest = reader.view(reader.remainingBytes);
        return { kind: 'entry', entry: { index, term, config, payload: rest } };
      }
      case RECORD_TYPE.hardState:
        return {
          kind: 'hardState',
          hardState: { term, votedFor: reader.uint32(), voteFloorIndex: index },
        };
      case RECORD_TYPE.position:
        return { kind: 'position', index, term };
      case RECORD_TYPE.sound:
        return { kind: 'sound' };
      default:
        return `its type ${type} is not known to this version`;
    }
  } catch (error) {
    return `its payload cannot be read: ${errorMessage(error)}`;
  }
}

function unmasked(stored: Uint8Array, mask: number): Uint8Array {
  if (mask === 0) return stored;
  const payload = stored.slice();
  applyMask(payload, mask);
  return payload;
}
