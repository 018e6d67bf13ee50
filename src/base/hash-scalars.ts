/*
 * Hash functions that are not cryptographic. Results of 32 bits are numbers, of 64 bits BigInts, all
 * in two's complement as SQL's INT and BIGINT are.
 */

/** CRC-32 (ISO 3309, zip's): signed. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 255]!;
  return ~crc;
}

/** FNV-1, or FNV-1a, which multiplies after the XOR, of 32 bits (RFC 9923). */
export function fnv32(bytes: Uint8Array, isVariantA: boolean): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) {
    hash = isVariantA ? Math.imul(hash ^ byte, 0x01000193) : Math.imul(hash, 0x01000193) ^ byte;
  }
  return hash | 0;
}

/** FNV-1 or FNV-1a of 64 bits (RFC 9923). `start` is the offset basis, another one is a seed. */
export function fnv64(bytes: Uint8Array, isVariantA: boolean, start = FNV64_BASIS): bigint {
  let hash = start;
  for (const byte of bytes) {
    if (isVariantA) hash ^= BigInt(byte);
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
    if (!isVariantA) hash ^= BigInt(byte);
  }
  return BigInt.asIntN(64, hash);
}

/** MurmurHash2 of 64 bits (Austin Appleby's MurmurHash2.cpp, `MurmurHash64A`). */
export function murmur2Bit64(bytes: Uint8Array, seed: number): bigint {
  const view = viewOf(bytes);
  const end = bytes.length & ~7;
  let hash = BigInt(seed >>> 0) ^ product(BigInt(bytes.length), MURMUR2_WIDE_FACTOR);
  for (let offset = 0; offset < end; offset += 8) {
    const word = product(view.getBigUint64(offset, true), MURMUR2_WIDE_FACTOR);
    hash ^= product(word ^ (word >> 47n), MURMUR2_WIDE_FACTOR);
    hash = product(hash, MURMUR2_WIDE_FACTOR);
  }
  if (end < bytes.length) hash = product(hash ^ wideTailOf(bytes, end), MURMUR2_WIDE_FACTOR);
  hash = product(hash ^ (hash >> 47n), MURMUR2_WIDE_FACTOR);
  return BigInt.asIntN(64, hash ^ (hash >> 47n));
}

/**
 * MurmurHash3 of 128 bits (Austin Appleby's MurmurHash3.cpp, `MurmurHash3_x64_128`): both halves,
 * unsigned. The seed is signed, as in Guava.
 */
export function murmur3Bit128(bytes: Uint8Array, seed: number): readonly [bigint, bigint] {
  const view = viewOf(bytes);
  const length = BigInt(bytes.length);
  const end = bytes.length & ~15;
  let first = BigInt.asUintN(64, BigInt(seed));
  let second = first;
  for (let offset = 0; offset < end; offset += 16) {
    first ^= murmur3First(view.getBigUint64(offset, true));
    first = BigInt.asUintN(64, (rotate64(first, 27n) + second) * 5n + 0x52dce729n);
    second ^= murmur3Second(view.getBigUint64(offset + 8, true));
    second = BigInt.asUintN(64, (rotate64(second, 31n) + first) * 5n + 0x38495ab5n);
  }
  first ^= murmur3First(wideTailOf(bytes, end)) ^ length;
  second ^= murmur3Second(wideTailOf(bytes, end + 8)) ^ length;
  first = BigInt.asUintN(64, first + second);
  second = BigInt.asUintN(64, second + first);
  [first, second] = [murmur3Finish(first), murmur3Finish(second)];
  first = BigInt.asUintN(64, first + second);
  return [first, BigInt.asUintN(64, second + first)];
}

const FNV64_BASIS = 0xcbf29ce484222325n;
const MURMUR2_WIDE_FACTOR = 0xc6a4a7935bd1e995n;
const MURMUR3_FIRST = 0x87c37b91114253d5n;
const MURMUR3_SECOND = 0x4cf5ad432745937fn;
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The up to eight bytes from `start` on, low byte first; 0 behind the end. */
function wideTailOf(bytes: Uint8Array, start: number): bigint {
  let tail = 0n;
  for (let index = Math.min(bytes.length, start + 8) - 1; index >= start; index--) {
    tail = (tail << 8n) | BigInt(bytes[index]!);
  }
  return tail;
}

function product(left: bigint, right: bigint): bigint {
  return BigInt.asUintN(64, left * right);
}

function rotate64(word: bigint, count: bigint): bigint {
  return BigInt.asUintN(64, word << count) | (word >> (64n - count));
}

function murmur3First(word: bigint): bigint {
  return product(rotate64(product(word, MURMUR3_FIRST), 31n), MURMUR3_SECOND);
}

function murmur3Second(word: bigint): bigint {
  return product(rotate64(product(word, MURMUR3_SECOND), 33n), MURMUR3_FIRST);
}

function murmur3Finish(half: bigint): bigint {
  let mixed = product(half ^ (half >> 33n), 0xff51afd7ed558ccdn);
  mixed = product(mixed ^ (mixed >> 33n), 0xc4ceb9fe1a85ec53n);
  return mixed ^ (mixed >> 33n);
}
