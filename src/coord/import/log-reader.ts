import { adler32 } from '../../base/adler32.ts';
import { ByteReader } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { readTransaction, type Transaction } from './transactions.ts';

const MAGIC = 0x5a4b_4c47; // "ZKLG"
const VERSION = 2;
const HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 12;
const END_OF_RECORD = 0x42; // "B"

/*
 * ZooKeeper's FileTxnLog, big-endian: | "ZKLG" i32 | version i32 | dbId i64 |, then records
 * | adler32 i64 | length i32 | transaction | "B" |, then zeros up to the length that was allocated in
 * advance. A crash may leave a last record that was never acknowledged: cut off by the file's end, or
 * by the zeros.
 */

/**
 * The transactions of a log file, oldest first.
 *
 * @param what names the file in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA with the offset, when anything but the last record is damaged.
 */
export function* readZooKeeperLog(bytes: Uint8Array, what: string): Generator<Transaction> {
  if (isZero(bytes)) return; // Made and allocated, and then the server stopped.
  if (bytes.length < HEADER_BYTES) throw damage(what, 0, 'a header of 16 bytes');
  const header = new ByteReader(bytes.subarray(0, HEADER_BYTES), what);
  if (header.uint32() !== MAGIC) throw damage(what, 0, 'the magic "ZKLG"');
  if (header.uint32() !== VERSION) throw damage(what, 4, 'version 2');
  let offset = HEADER_BYTES;
  while (bytes.length - offset >= RECORD_HEADER_BYTES) {
    const head = new ByteReader(bytes.subarray(offset, offset + RECORD_HEADER_BYTES), what);
    const checksum = head.int64();
    const length = head.int32();
    const start = offset + RECORD_HEADER_BYTES;
    if (length === 0 && isZero(bytes.subarray(start))) return;
    if (length <= 0) throw damage(what, offset, `a transaction, found the length ${length}`);
    // Cut off by the zeros, or by the end of the file, and so the last one.
    if (isZero(bytes.subarray(start + length))) {
      if (!holdsRecord(bytes, start)) return;
      throw damage(what, offset, `a length that leaves room for what follows, found ${length}`);
    }
    const body = bytes.subarray(start, start + length);
    const isWhole = bytes[start + length] === END_OF_RECORD;
    const computed = adler32(body);
    if (!isWhole || BigInt(computed) !== checksum) {
      throw damage(what, offset, `a transaction with checksum 0x${computed.toString(16)}`);
    }
    yield readTransaction(body, `${what}: transaction at offset ${offset}`);
    offset = start + length + 1;
  }
}

/**
 * True when a whole record begins somewhere after `start`: then the length before it is damaged, and
 * it is no last record that was cut off.
 */
function holdsRecord(bytes: Uint8Array, start: number): boolean {
  for (let end = bytes.indexOf(END_OF_RECORD, start); end >= 0; ) {
    if (isRecord(bytes.subarray(end + 1))) return true;
    end = bytes.indexOf(END_OF_RECORD, end + 1);
  }
  return false;
}

function isRecord(bytes: Uint8Array): boolean {
  if (bytes.length < RECORD_HEADER_BYTES) return false;
  const head = new ByteReader(bytes, 'coord: log');
  const checksum = head.int64();
  const length = head.int32();
  if (checksum >> 32n !== 0n || length <= 0 || length >= head.remainingBytes) return false;
  const body = head.view(length);
  return head.uint8() === END_OF_RECORD && BigInt(adler32(body)) === checksum;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function damage(what: string, offset: number, expected: string): EngineError {
  return new EngineError('CORRUPT_DATA', `${what}: offset ${offset}: expected ${expected}`);
}
