import { STORED_CHUNK_BYTES } from '../../src/base/limits.ts';
import type { BufferLocation, BufferStorage, ColumnMetadata } from '../../src/segment/metadata.ts';
import { type ColumnBuffers, storedBytes } from '../../src/segment/read.ts';

/** A column's buffers in a whole segment file, decoded one value at a time. */
export function columnBuffers(file: Uint8Array, column: ColumnMetadata): ColumnBuffers {
  return Object.fromEntries(
    column.buffers.map((buffer) => [buffer.role, decodeStored(buffer, storedBytes(file, buffer))]),
  );
}

/** A buffer's bytes in memory from those in the file: the twin of the kernels, in plain steps. */
export function decodeStored(
  { lengthBytes, storage }: Pick<BufferLocation, 'lengthBytes' | 'storage'>,
  stored: Uint8Array,
): Uint8Array {
  if (storage === undefined) return stored;
  const reader = new Reader(stored);
  const lengths = Array.from({ length: Math.ceil(lengthBytes / STORED_CHUNK_BYTES) }, () =>
    Number(reader.integer(4)),
  );
  const chunks = lengths.map((length, index) => {
    const rest = lengthBytes - index * STORED_CHUNK_BYTES;
    const chunkBytes = Math.min(STORED_CHUNK_BYTES, rest);
    const chunk = reader.bytes(length);
    return length === chunkBytes ? chunk : decodeChunk(chunk, storage, chunkBytes);
  });
  reader.expectEnd();
  return concatenate(chunks);
}

/** One chunk that is not as it is in memory. */
export function decodeChunk(
  stored: Uint8Array,
  { codec, widthBytes }: Pick<BufferStorage, 'codec' | 'widthBytes'>,
  chunkBytes: number,
): Uint8Array {
  const count = chunkBytes / widthBytes;
  switch (codec) {
    case 'packed':
      return bytesOfIntegers(unpackIntegers(stored, widthBytes, count), widthBytes);
    case 'lz4':
      return decompressLz4(stored, chunkBytes);
    case 'frontCoded':
      return decodeTexts(stored);
    case 'decimal':
      return decodeDecimals(stored, widthBytes, count);
  }
}

function unpackIntegers(stored: Uint8Array, widthBytes: number, count: number): bigint[] {
  const reader = new Reader(stored);
  const values: bigint[] = [];
  while (values.length < count) {
    values.push(...integerBlock(reader, widthBytes, Math.min(1024, count - values.length)));
  }
  reader.expectEnd();
  return values;
}

function integerBlock(reader: Reader, widthBytes: number, count: number): bigint[] {
  const width = 8 * widthBytes;
  const mode = Number(reader.integer(1));
  const bits = Number(reader.integer(1));
  const base = reader.integer(widthBytes);
  switch (mode) {
    case 0:
      return reader.packed(count, bits).map((value) => BigInt.asUintN(width, base + value));
    case 1: {
      let value = reader.integer(widthBytes);
      return reader.packed(count, bits).map((delta) => {
        value = BigInt.asUintN(width, value + base + delta);
        return value;
      });
    }
    case 2: {
      const runCount = Number(reader.integer(2));
      const lengths = reader.packed(runCount, 10);
      return reader.packed(runCount, bits).flatMap((value, run) => {
        const length = Number(lengths[run]!) + 1;
        return new Array<bigint>(length).fill(BigInt.asUintN(width, base + value));
      });
    }
    default:
      throw new Error(`mode ${mode}`);
  }
}

function decodeDecimals(stored: Uint8Array, widthBytes: number, count: number): Uint8Array {
  const reader = new Reader(stored);
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < count; start += 1024) {
    blocks.push(decimalBlock(reader, widthBytes, Math.min(1024, count - start)));
  }
  reader.expectEnd();
  return concatenate(blocks);
}

function decimalBlock(reader: Reader, widthBytes: number, count: number): Uint8Array {
  const exponent = Number(reader.integer(1));
  if (exponent === 255) {
    return bytesOfIntegers(integerBlock(reader, widthBytes, count), widthBytes);
  }
  const exceptionCount = Number(reader.integer(2));
  const rows = Array.from({ length: exceptionCount }, () => Number(reader.integer(2)));
  const exceptions = rows.map(() => reader.bytes(widthBytes));
  const integers = integerBlock(reader, 8, count);
  const values = integers.map((value) => Number(BigInt.asIntN(64, value)) / 10 ** exponent);
  const floats = widthBytes === 4 ? Float32Array.from(values) : Float64Array.from(values);
  const bytes = new Uint8Array(floats.buffer);
  rows.forEach((row, index) => {
    bytes.set(exceptions[index]!, row * widthBytes);
  });
  return bytes;
}

/** The bytes of one block of LZ4's format. */
export function decompressLz4(stored: Uint8Array, lengthBytes: number): Uint8Array {
  const reader = new Reader(stored);
  const out: number[] = [];
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const more = Number(reader.integer(1));
      length += more;
      if (more < 255) return length;
    }
  };
  while (reader.rest > 0) {
    const token = Number(reader.integer(1));
    for (const byte of reader.bytes(lengthOf(token >> 4))) out.push(byte);
    if (reader.rest === 0) break;
    const offset = Number(reader.integer(2));
    if (offset === 0 || offset > out.length) throw new Error(`offset ${offset}`);
    for (let rest = lengthOf(token & 15) + 4; rest > 0; rest--) out.push(out.at(-offset)!);
    if (out.length > lengthBytes) throw new Error('too long');
  }
  if (out.length !== lengthBytes) throw new Error(`${out.length} bytes`);
  return Uint8Array.from(out);
}

function decodeTexts(stored: Uint8Array): Uint8Array {
  const reader = new Reader(stored);
  const [count, prefixesBytes, lengthsBytes, ownBytes] = Array.from({ length: 4 }, () =>
    Number(reader.integer(4)),
  ) as [number, number, number, number];
  const prefixes = unpackIntegers(reader.bytes(prefixesBytes), 4, count).map(Number);
  const lengths = unpackIntegers(reader.bytes(lengthsBytes), 4, count).map(Number);
  const own = new Reader(decompressLz4(reader.bytes(reader.rest), ownBytes));
  let piece = new Uint8Array();
  const pieces = prefixes.map((prefix, index) => {
    if (prefix > piece.length) throw new Error(`prefix ${prefix}`);
    piece = concatenate([piece.subarray(0, prefix), own.bytes(lengths[index]!)]);
    return piece;
  });
  own.expectEnd();
  return concatenate(pieces);
}

function bytesOfIntegers(values: readonly bigint[], widthBytes: number): Uint8Array {
  const bytes = new Uint8Array(values.length * widthBytes);
  values.forEach((value, index) => {
    for (let byte = 0; byte < widthBytes; byte++) {
      bytes[index * widthBytes + byte] = Number((value >> BigInt(8 * byte)) & 255n);
    }
  });
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  bytes(length: number): Uint8Array {
    if (length > this.rest) throw new Error(`${length} of ${this.rest} bytes`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  integer(lengthBytes: number): bigint {
    return this.bytes(lengthBytes).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  packed(count: number, bits: number): bigint[] {
    if (bits > 64) throw new Error(`${bits} bits`);
    const bytes = this.bytes(Math.ceil((count * bits) / 8));
    const mask = (1n << BigInt(bits)) - 1n;
    return Array.from({ length: count }, (_, index) => {
      const first = (index * bits) >> 3;
      const last = Math.ceil(((index + 1) * bits) / 8);
      const word = new Reader(bytes.subarray(first, last)).integer(last - first);
      return (word >> BigInt((index * bits) & 7)) & mask;
    });
  }

  expectEnd(): void {
    if (this.rest !== 0) throw new Error(`${this.rest} bytes are left`);
  }
}
