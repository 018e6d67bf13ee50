import { EngineError } from './errors.ts';

const INITIAL_CAPACITY_BYTES = 256;
const WORD = 0x1_0000_0000;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of UTF-8 bytes; a byte order mark is kept as a character.
 *
 * @param what names the bytes in the error, starting with the component.
 * @throws EngineError CORRUPT_DATA when the bytes are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new EngineError('CORRUPT_DATA', `${what}: expected text in UTF-8, found other bytes`, {
      cause,
    });
  }
}

/** True when both hold the same bytes. Takes as long for unequal bytes as for equal ones. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index]! ^ right[index]!;
  return difference === 0;
}

/** Puts bytes together, big-endian (network order), in a buffer that grows. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #lengthBytes = 0;

  /** Bytes written so far. */
  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  uint8(value: number): void {
    const start = this.#reserve(1);
    this.#view.setUint8(start, value);
  }

  int32(value: number): void {
    const start = this.#reserve(4);
    this.#view.setInt32(start, value);
  }

  uint32(value: number): void {
    const start = this.#reserve(4);
    this.#view.setUint32(start, value);
  }

  int64(value: bigint): void {
    const start = this.#reserve(8);
    this.#view.setBigInt64(start, value);
  }

  /** A whole number from 0 to 2^53 - 1, in eight bytes as `int64` would write it. */
  uint53(value: number): void {
    const start = this.#reserve(8);
    this.#view.setUint32(start, Math.floor(value / WORD));
    this.#view.setUint32(start + 4, value >>> 0);
  }

  bytes(value: Uint8Array): void {
    const start = this.#reserve(value.length);
    this.#bytes.set(value, start);
  }

  /** Overwrites four bytes that were written before, for lengths and checksums known only later. */
  patchUint32(offsetBytes: number, value: number): void {
    if (offsetBytes + 4 > this.#lengthBytes) throw new RangeError('patch beyond what was written');
    this.#view.setUint32(offsetBytes, value);
  }

  /** What was written, as a view that is valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#lengthBytes);
  }

  /** A copy of what was written, with no byte to spare; the writer is empty then. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#lengthBytes);
    this.#lengthBytes = 0;
    return taken;
  }

  #reserve(countBytes: number): number {
    const start = this.#lengthBytes;
    const end = start + countBytes;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#lengthBytes = end;
    return start;
  }
}

/**
 * Takes bytes apart, big-endian. Nothing is allocated for a length before that many bytes are known
 * to be there.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #offsetBytes = 0;

  /** @param what names the bytes in errors, starting with the component: `coord: connect request`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** What the bytes are, for errors of callers. */
  get what(): string {
    return this.#what;
  }

  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  get remainingBytes(): number {
    return this.#bytes.length - this.#offsetBytes;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  /** @throws EngineError CORRUPT_DATA when the number is not one from 0 to 2^53 - 1. */
  uint53(): number {
    const high = this.uint32();
    const value = high * WORD + this.uint32();
    if (Number.isSafeInteger(value)) return value;
    throw new EngineError(
      'CORRUPT_DATA',
      `${this.#what}: expected a number below 2^53 at offset ${this.#offsetBytes - 8}`,
    );
  }

  /** A view of the next bytes, not a copy. */
  view(countBytes: number): Uint8Array {
    const start = this.#take(countBytes);
    return this.#bytes.subarray(start, start + countBytes);
  }

  /** @throws EngineError CORRUPT_DATA when bytes are left over. */
  expectEnd(): void {
    if (this.remainingBytes !== 0) {
      throw new EngineError(
        'CORRUPT_DATA',
        `${this.#what}: expected the end at offset ${this.#offsetBytes}, ` +
          `found ${this.remainingBytes} more bytes`,
      );
    }
  }

  #take(countBytes: number): number {
    const start = this.#offsetBytes;
    if (countBytes < 0 || countBytes > this.#bytes.length - start) {
      throw new EngineError(
        'CORRUPT_DATA',
        `${this.#what}: expected ${countBytes} bytes at offset ${start}, ` +
          `found ${this.#bytes.length - start}`,
      );
    }
    this.#offsetBytes = start + countBytes;
    return start;
  }
}
