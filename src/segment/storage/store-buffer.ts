import { STORED_CHUNK_BYTES } from '../../base/limits.ts';
import { bytesOf } from '../encoded-column.ts';
import type { BufferElement } from '../layout.ts';
import type { BufferStorage } from '../metadata.ts';
import { DecimalPacker } from './decimals.ts';
import { type IntegerArray, IntegerPacker, packedBytesMax } from './integers.ts';
import { Lz4Compressor } from './lz4.ts';
import { TextPacker } from './texts.ts';

/*
 * A stored buffer, little-endian. Its bytes in memory are cut into chunks of 512 KiB, the last one
 * shorter, each stored by itself:
 *
 *   | stored length of each chunk: u32… | chunk 0 | chunk 1 | …
 *
 * A chunk whose stored length is its length in memory lies as it is; no stored chunk is longer. So a
 * buffer can be decoded in place from its end of the memory that it will fill, chunk by chunk.
 */

/** A buffer in its stored form. */
export interface StoredBuffer {
  readonly storage: BufferStorage;
  readonly bytes: Uint8Array;
}

/** Below it a buffer's alignment takes more than any codec saves. */
const LENGTH_BYTES_MIN = 128;

/** Share of its length that a stored buffer takes at most; else reading it costs more than it saves. */
const STORED_SHARE_MAX = 0.9;

/** LZ4 is tried on as many bytes in the middle, and taken when it is better by this factor there. */
const SAMPLE_BYTES = 65_536;
const LZ4_SHARE_MAX = 0.8;

/** Chooses codecs and writes buffers. Holds working memory, so one serves many buffers. */
export class BufferPacker {
  readonly #integers = new IntegerPacker();
  readonly #decimals = new DecimalPacker(this.#integers);
  readonly #lz4 = new Lz4Compressor();
  readonly #texts = new TextPacker(this.#integers, this.#lz4);
  /** A chunk of bytes has the most blocks, and so has the most room beside its values. */
  readonly #chunk = new Uint8Array(packedBytesMax(STORED_CHUNK_BYTES, 1));

  /**
   * The stored form that takes the least space, or null when that is the buffer as it is.
   *
   * @param bytes aligned to the elements' width.
   * @param textOffsets for `dictionaryBytes`: where each text starts, and the end of the last.
   */
  store(
    bytes: Uint8Array,
    element: BufferElement,
    textOffsets: Uint32Array | null,
  ): StoredBuffer | null {
    if (bytes.length < LENGTH_BYTES_MIN) return null;
    let best = this.#storeAs(codecOf(element, textOffsets), bytes, element, textOffsets);
    const middle = Math.max(0, (bytes.length - SAMPLE_BYTES) >> 1);
    const sample = bytes.subarray(middle, middle + SAMPLE_BYTES);
    const sampleBytes = this.#lz4.compress(sample, this.#chunk, 0);
    const lz4Share = (LZ4_SHARE_MAX * best.bytes.length) / bytes.length;
    if (best.storage.codec !== 'frontCoded' && sampleBytes < sample.length * lz4Share) {
      const other = this.#storeAs('lz4', bytes, element, null);
      if (other.bytes.length < best.bytes.length) best = other;
    }
    return best.bytes.length <= STORED_SHARE_MAX * bytes.length ? best : null;
  }

  #storeAs(
    codec: BufferStorage['codec'],
    bytes: Uint8Array,
    { widthBytes }: BufferElement,
    textOffsets: Uint32Array | null,
  ): StoredBuffer {
    const lengths = new Uint32Array(Math.ceil(bytes.length / STORED_CHUNK_BYTES));
    const parts: Uint8Array[] = [bytesOf(lengths)];
    let lengthBytes = lengths.byteLength;
    for (let index = 0; index < lengths.length; index++) {
      const start = index * STORED_CHUNK_BYTES;
      const chunk = bytes.subarray(start, start + STORED_CHUNK_BYTES);
      const end =
        codec === 'frontCoded'
          ? this.#packTexts(bytes, start, start + chunk.length, textOffsets!)
          : this.#packChunk(codec, chunk, widthBytes);
      const part = end >= 0 && end < chunk.length ? this.#chunk.slice(0, end) : chunk;
      parts.push(part);
      lengths[index] = part.length;
      lengthBytes += part.length;
    }
    return { storage: { codec, widthBytes, lengthBytes }, bytes: joined(parts, lengthBytes) };
  }

  #packTexts(bytes: Uint8Array, start: number, end: number, offsets: Uint32Array): number {
    return this.#texts.packChunk(bytes, offsets, start, end, this.#chunk, 0);
  }

  #packChunk(
    codec: Exclude<BufferStorage['codec'], 'frontCoded'>,
    chunk: Uint8Array,
    widthBytes: BufferElement['widthBytes'],
  ): number {
    if (codec === 'lz4') return this.#lz4.compress(chunk, this.#chunk, 0);
    const { buffer, byteOffset } = chunk;
    const count = chunk.length / widthBytes;
    if (codec === 'packed') {
      return this.#integers.packChunk(integersOf(chunk, widthBytes), this.#chunk, 0);
    }
    const values =
      widthBytes === 4
        ? new Float32Array(buffer, byteOffset, count)
        : new Float64Array(buffer, byteOffset, count);
    return this.#decimals.packChunk(values, this.#chunk, 0);
  }
}

function codecOf({ kind }: BufferElement, textOffsets: Uint32Array | null): BufferStorage['codec'] {
  if (kind === 'integer') return 'packed';
  if (kind === 'float') return 'decimal';
  return textOffsets === null ? 'lz4' : 'frontCoded';
}

function integersOf(
  { buffer, byteOffset, length }: Uint8Array,
  widthBytes: BufferElement['widthBytes'],
): IntegerArray {
  switch (widthBytes) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length / 2);
    case 4:
      return new Int32Array(buffer, byteOffset, length / 4);
    case 8:
      return new BigInt64Array(buffer, byteOffset, length / 8);
  }
}

function joined(parts: readonly Uint8Array[], lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}
