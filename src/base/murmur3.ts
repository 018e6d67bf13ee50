/** MurmurHash3 of 32 bits (Austin Appleby's MurmurHash3.cpp, `MurmurHash3_x86_32`). */
export function murmur3Bit32(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length & ~3;
  let hash = seed;
  for (let offset = 0; offset < end; offset += 4) {
    hash = rotate32(hash ^ murmur3Word(view.getInt32(offset, true)), 13);
    hash = Math.imul(hash, 5) + 0xe6546b64;
  }
  hash ^= murmur3Word(tailOf(bytes, end)) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The up to three bytes from `start` on, low byte first. */
export function tailOf(bytes: Uint8Array, start: number): number {
  let tail = 0;
  for (let index = bytes.length - 1; index >= start; index--) tail = (tail << 8) | bytes[index]!;
  return tail;
}

function murmur3Word(word: number): number {
  return Math.imul(rotate32(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate32(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}
