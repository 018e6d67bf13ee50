import { encodeUtf8 } from './bytes.ts';
import { tailOf } from './murmur3.ts';

const FACTOR = 0x5bd1e995;

/** Kafka's default partitioner has it, and so has Pinot. */
export const KAFKA_SEED = 0x9747b28c;

/** MurmurHash2 of 32 bits (Austin Appleby's MurmurHash2.cpp, `MurmurHash2`). */
export function murmur2Bit32(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length & ~3;
  let hash = seed ^ bytes.length;
  for (let offset = 0; offset < end; offset += 4) {
    const word = Math.imul(view.getInt32(offset, true), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> 24), FACTOR);
  }
  if (end < bytes.length) hash = Math.imul(hash ^ tailOf(bytes, end), FACTOR);
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}

/** The partition of a text, or of a number as text, by Pinot's function Murmur: from 0, below `count`. */
export function murmurPartition(text: string, count: number): number {
  return (murmur2Bit32(encodeUtf8(text), KAFKA_SEED) & 0x7fff_ffff) % count;
}
