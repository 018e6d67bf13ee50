import { assert } from '../../base/assert.ts';
import { crc32c } from '../../base/checksum.ts';
import type { HardState } from '../core/raft/types.ts';
import {
  RECORD_FIELD as FIELD,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  recordBytes,
  SECTOR_BYTES,
} from './record-layout.ts';
import { writeSafe64 } from './safe-numbers.ts';

/** Where in the log a write begins. */
export interface WriteStart {
  readonly sequence: number;
  readonly offsetBytes: number;
  /** Checksum of the record before. */
  readonly chain: number;
}

const INITIAL_BYTES = 64 * 1_024;
const NO_BYTES = new Uint8Array();

/** Puts the records of one write together, in a buffer that is used again for the next. */
export class RecordWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #lengthBytes = 0;
  #start: WriteStart = { sequence: 0, offsetBytes: 0, chain: 0 };
  #chain = 0;

  /** Begins a write. What `finish` gave before is no longer valid. */
  begin(start: WriteStart): void {
    this.#start = start;
    this.#chain = start.chain;
    this.#lengthBytes = 0;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** Checksum of the last record. */
  get chain(): number {
    return this.#chain;
  }

  /** @param config the encoded configuration, or null. */
  entry(index: number, term: number, config: Uint8Array | null, payload: Uint8Array): void {
    if (config === null) {
      this.#record(RECORD_TYPE.entry, index, term, payload);
      return;
    }
    const bytes = new Uint8Array(4 + config.length + payload.length);
    new DataView(bytes.buffer).setUint32(0, config.length);
    bytes.set(config, 4);
    bytes.set(payload, 4 + config.length);
    this.#record(RECORD_TYPE.configEntry, index, term, bytes);
  }

  hardState({ term, votedFor, voteFloorIndex }: HardState): void {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, votedFor);
    this.#record(RECORD_TYPE.hardState, voteFloorIndex, term, payload);
  }

  position(index: number, term: number): void {
    this.#record(RECORD_TYPE.position, index, term, NO_BYTES);
  }

  sound(): void {
    this.#record(RECORD_TYPE.sound, 0, 0, NO_BYTES);
  }

  /** The write, valid until `begin`. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#lengthBytes);
  }

  #record(type: number, index: number, term: number, payload: Uint8Array): void {
    const at = this.#lengthBytes;
    const end = at + recordBytes(payload.length);
    this.#reserve(end);
    const view = this.#view;
    const offset = this.#start.offsetBytes + at;
    const payloadStart = at + RECORD_HEADER_BYTES;
    const stored = this.#bytes.subarray(payloadStart, payloadStart + payload.length);
    stored.set(payload);
    this.#bytes.fill(0, payloadStart + payload.length, end);
    const mask = maskFor(stored, offset + RECORD_HEADER_BYTES);
    if (mask !== 0) applyMask(stored, mask);
    view.setUint8(at + FIELD.type, type);
    view.setUint8(at + FIELD.mask, mask);
    view.setUint16(at + FIELD.zero, 0);
    view.setUint32(at + FIELD.payloadBytes, payload.length);
    writeSafe64(view, at + FIELD.index, index);
    writeSafe64(view, at + FIELD.term, term);
    view.setUint32(at + FIELD.offset, offset);
    view.setUint32(at + FIELD.writeStart, this.#start.offsetBytes);
    view.setUint32(at + FIELD.sequence, this.#start.sequence);
    view.setUint32(at + FIELD.payloadChecksum, crc32c(stored));
    view.setUint32(at + FIELD.chain, this.#chain);
    this.#chain = crc32c(this.#bytes.subarray(at, at + FIELD.headerChecksum));
    view.setUint32(at + FIELD.headerChecksum, this.#chain);
    this.#lengthBytes = end;
  }

  #reserve(endBytes: number): void {
    if (endBytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(endBytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#lengthBytes));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reverses, or applies, the mask of a payload in place. */
export function applyMask(payload: Uint8Array, mask: number): void {
  for (let at = 0; at < payload.length; at++) payload[at]! ^= mask;
}

/**
 * A mask after which no sector's part of the payload is all zeros, 0 when there is none anyway. A
 * payload of 128 KiB can be made so that no mask does: then only a rotten last write passes for a
 * torn one.
 *
 * @param offset of the payload in its file.
 */
function maskFor(payload: Uint8Array, offset: number): number {
  const first = Math.ceil(offset / SECTOR_BYTES) * SECTOR_BYTES - offset;
  let hasZeros = false;
  for (let at = first; at < payload.length && !hasZeros; at += SECTOR_BYTES) {
    hasZeros = payload[at] === 0 && isConstant(payload.subarray(at, at + SECTOR_BYTES));
  }
  if (!hasZeros) return 0;
  const taken = new Set<number>();
  for (let at = first; at < payload.length; at += SECTOR_BYTES) {
    const sector = payload.subarray(at, at + SECTOR_BYTES);
    if (isConstant(sector)) taken.add(sector[0]!);
  }
  for (let mask = 1; mask < 256; mask++) if (!taken.has(mask)) return mask;
  assert(taken.size === 256, 'every mask is taken');
  return 0;
}

function isConstant(sector: Uint8Array): boolean {
  const first = sector[0]!;
  return sector.every((byte) => byte === first);
}
