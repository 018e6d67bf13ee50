import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { crc32c } from '../base/checksum.ts';
import { EngineError } from '../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../base/limits.ts';
import type { LogEntry } from './core/model.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';

/*
 * One file of the log, big-endian:
 *
 *   | magic u32 "NYCL" | version u32 |
 *   | payload length u32 | zxid i64 | payload crc u32 | header crc u32 | payload … | end u8 |  repeated
 *
 * The header's own checksum covers the sixteen bytes before it, so that a length can be trusted
 * before the payload is looked at. The end mark is not zero, so that a finished append never ends in
 * zeros. Checksums are CRC-32C. Zxids follow each other without gaps.
 */

const MAGIC = 0x4e59_434c;
const VERSION = 1;
const RECORD_HEADER_BYTES = 20;
const RECORD_END = 0xa5;
const SECTOR_BYTES = 512;

/** Bytes before the first record of a file. */
export const LOG_HEADER_BYTES = 8;

// A request and the stamps of its entry; the longest name of an operation in our encoding is no
// longer than the client's.
const PAYLOAD_BYTES_MAX = COORDINATOR_PACKET_BYTES_MAX + 1_024;

/** What a log file holds. */
export interface LogFileContent {
  readonly entries: readonly LogEntry[];
  /** Where the intact records end: the file's length, or where a torn append begins. */
  readonly endBytes: number;
}

/** The bytes of a log file without records. */
export function encodeLogHeader(): Uint8Array {
  const writer = new ByteWriter();
  writer.uint32(MAGIC);
  writer.uint32(VERSION);
  return writer.finish();
}

/** Records of entries, ready to be appended. */
export function encodeRecords(entries: readonly LogEntry[]): Uint8Array {
  const writer = new ByteWriter();
  for (const entry of entries) {
    const payload = encodeEntry(entry);
    const start = writer.lengthBytes;
    writer.uint32(payload.length);
    writer.int64(entry.zxid);
    writer.uint32(crc32c(payload));
    writer.uint32(crc32c(writer.finish().subarray(start)));
    writer.bytes(payload);
    writer.uint8(RECORD_END);
  }
  return writer.finish();
}

/**
 * Reads a log file.
 *
 * An append that the machine did not live to finish leaves a file that ends inside a record, or
 * whose length grew and whose last bytes are still zero. Only such a tail, which was never
 * acknowledged, is left out, and only from the newest file. Anything else is damage.
 *
 * @param path for errors.
 * @param firstZxid what the first record must be.
 * @param isNewest whether a torn tail is possible: a file is finished before the next one begins.
 * @throws EngineError CORRUPT_DATA with file and offset for damage, or for a gap.
 */
export function decodeLogFile(
  bytes: Uint8Array,
  path: string,
  firstZxid: bigint,
  isNewest: boolean,
): LogFileContent {
  const entries: LogEntry[] = [];
  let offset = checkHeader(bytes, path, isNewest);
  while (offset < bytes.length) {
    const record = readRecord(bytes, offset, path);
    if (typeof record === 'string') {
      if (isNewest && isTorn(bytes, offset)) break;
      throw corrupt(path, offset, record);
    }
    const expected = firstZxid + BigInt(entries.length);
    if (record.entry.zxid !== expected) {
      throw corrupt(path, offset, `expected zxid ${expected}, found ${record.entry.zxid}`);
    }
    entries.push(record.entry);
    offset = record.endBytes;
  }
  return { entries, endBytes: Math.min(offset, bytes.length) };
}

function checkHeader(bytes: Uint8Array, path: string, isNewest: boolean): number {
  const expected = encodeLogHeader();
  // The machine went down while the file was made: it holds nothing yet.
  if (isNewest && bytes.length < LOG_HEADER_BYTES) return bytes.length;
  const found = bytes.subarray(0, LOG_HEADER_BYTES);
  if (found.length === LOG_HEADER_BYTES && expected.every((byte, at) => byte === found[at])) {
    return LOG_HEADER_BYTES;
  }
  throw corrupt(path, 0, `expected the header of a coordinator log of version ${VERSION}`);
}

function readRecord(
  bytes: Uint8Array,
  offset: number,
  path: string,
): { entry: LogEntry; endBytes: number } | string {
  if (bytes.length - offset < RECORD_HEADER_BYTES) return 'the record header is cut short';
  const header = readRecordHeader(bytes, offset, path);
  if (!header.isIntact) return 'the checksum of the record header does not hold';
  if (header.lengthBytes > PAYLOAD_BYTES_MAX) return `a record of ${header.lengthBytes} bytes`;
  const start = offset + RECORD_HEADER_BYTES;
  const endBytes = start + header.lengthBytes + 1;
  if (endBytes > bytes.length) return 'the record is cut short';
  if (bytes[endBytes - 1] !== RECORD_END) return 'the end mark of the record is missing';
  const payload = bytes.subarray(start, endBytes - 1);
  if (crc32c(payload) !== header.crc) return 'the checksum of the record does not hold';
  const what = `coord: log ${path} at offset ${offset}`;
  return { entry: decodeEntry(header.zxid, payload, what), endBytes };
}

function readRecordHeader(
  bytes: Uint8Array,
  offset: number,
  path: string,
): { lengthBytes: number; zxid: bigint; crc: number; isIntact: boolean } {
  const header = bytes.subarray(offset, offset + RECORD_HEADER_BYTES);
  const reader = new ByteReader(header, `coord: log ${path} at offset ${offset}`);
  const lengthBytes = reader.uint32();
  const zxid = reader.int64();
  const crc = reader.uint32();
  const isIntact = reader.uint32() === crc32c(header.subarray(0, RECORD_HEADER_BYTES - 4));
  return { lengthBytes, zxid, crc, isIntact };
}

function isTorn(bytes: Uint8Array, offset: number): boolean {
  if (bytes.length - offset < RECORD_HEADER_BYTES) return true;
  const header = readRecordHeader(bytes, offset, '');
  const endBytes = offset + RECORD_HEADER_BYTES + header.lengthBytes + 1;
  if (header.isIntact && endBytes > bytes.length) return true;
  // Sectors reach the disk whole: the zeros of an unfinished append begin at a sector boundary, or
  // where the append began.
  const damageEnd = header.isIntact ? endBytes : offset + RECORD_HEADER_BYTES;
  const firstZero = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const boundary = Math.ceil(firstZero / SECTOR_BYTES) * SECTOR_BYTES;
  const zerosFrom = firstZero <= offset ? offset : boundary;
  return zerosFrom < damageEnd;
}

function corrupt(path: string, offset: number, message: string): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `coord: log ${path} at offset ${offset}: ${message}; ` +
      'restore the data directory from a copy, or from another node of the quorum',
  );
}
