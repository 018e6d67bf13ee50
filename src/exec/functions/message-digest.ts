/*
 * Message digests as lower-case hexadecimal text. MD5's constants are computed as RFC 1321 defines
 * them, from sines; those of the SHA-2 family as FIPS 180-4 does, from roots of the first primes.
 */

/** MD5 (RFC 1321): 32 digits. */
export function md5(bytes: Uint8Array): string {
  const blocks = padded(bytes, 64, true);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let start = 0; start < blocks.byteLength; start += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const word = blocks.getInt32(start + 4 * md5WordOf(round, step), true);
      const sum = a + md5Mix(round, b, c, d) + MD5_SINES[step]! + word;
      a = d;
      d = c;
      c = b;
      b = (b + rotateLeft(sum, MD5_SHIFTS[4 * round + (step & 3)]!)) | 0;
    }
    addTo(state, [a, b, c, d]);
  }
  return hexOf(state, true);
}

/** SHA-1 (FIPS 180-4, section 6.1): 40 digits. */
export function sha1(bytes: Uint8Array): string {
  const blocks = padded(bytes, 64, false);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const words = new Int32Array(80);
  for (let start = 0; start < blocks.byteLength; start += 64) {
    for (let step = 0; step < 16; step++) words[step] = blocks.getInt32(start + 4 * step);
    for (let step = 16; step < 80; step++) {
      const mixed = words[step - 3]! ^ words[step - 8]! ^ words[step - 14]! ^ words[step - 16]!;
      words[step] = rotateLeft(mixed, 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let step = 0; step < 80; step++) {
      const round = Math.floor(step / 20);
      const mixed = sha1Mix(round, b, c, d) + SHA1_CONSTANTS[round]!;
      const next = (rotateLeft(a, 5) + mixed + e + words[step]!) | 0;
      [a, b, c, d, e] = [next, a, rotateLeft(b, 30), c, d];
    }
    addTo(state, [a, b, c, d, e]);
  }
  return hexOf(state, false);
}

/** The lengths of digests that `sha2` knows, in bits. */
export type Sha2Bits = 224 | 256 | 384 | 512;

/** SHA-224, SHA-256, SHA-384 or SHA-512 (FIPS 180-4, sections 6.2 to 6.5): `bits` / 4 digits. */
export function sha2(bytes: Uint8Array, bits: Sha2Bits): string {
  const digits = bits < 384 ? sha2Narrow(bytes, bits === 224) : sha2Wide(bytes, bits === 384);
  return digits.slice(0, bits / 4);
}

const WORD_MASK = 0xffff_ffffn;
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const MD5_SINES = Int32Array.from({ length: 64 }, (_, step) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(step + 1))),
);
const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const PRIMES = firstPrimes(80);
const WIDE_CONSTANTS = BigUint64Array.from(PRIMES, (prime) => fractionOfRoot(prime, 3n));
const NARROW_CONSTANTS = Int32Array.from(WIDE_CONSTANTS.subarray(0, 64), (constant) =>
  Number(constant >> 32n),
);
const SHA512_START = BigUint64Array.from(PRIMES.slice(0, 8), (prime) => fractionOfRoot(prime, 2n));
const SHA384_START = BigUint64Array.from(PRIMES.slice(8, 16), (prime) => fractionOfRoot(prime, 2n));
const SHA256_START = Int32Array.from(SHA512_START, (word) => Number(word >> 32n));
const SHA224_START = Int32Array.from(SHA384_START, (word) => Number(word & WORD_MASK));

/** The message, a 1 bit, zeros, and the message's length in bits at the end of the last block. */
function padded(bytes: Uint8Array, blockBytes: number, isLittleEndian: boolean): DataView {
  const blockCount = Math.ceil((bytes.length + 1 + blockBytes / 8) / blockBytes);
  const blocks = new Uint8Array(blockCount * blockBytes);
  blocks.set(bytes);
  blocks[bytes.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setBigUint64(blocks.length - 8, 8n * BigInt(bytes.length), isLittleEndian);
  return view;
}

function md5WordOf(round: number, step: number): number {
  if (round === 0) return step;
  if (round === 1) return (5 * step + 1) & 15;
  return (round === 2 ? 3 * step + 5 : 7 * step) & 15;
}

function md5Mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

function sha1Mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  return round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}

function addTo(state: Int32Array, values: readonly number[]): void {
  for (let index = 0; index < state.length; index++) state[index]! += values[index]!;
}

function hexOf(words: Int32Array, isLittleEndian: boolean): string {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, index) => {
    view.setInt32(4 * index, word, isLittleEndian);
  });
  let digits = '';
  for (let offset = 0; offset < view.byteLength; offset += 4) {
    digits += view.getUint32(offset).toString(16).padStart(8, '0');
  }
  return digits;
}

function sha2Narrow(bytes: Uint8Array, is224: boolean): string {
  const blocks = padded(bytes, 64, false);
  const state = Int32Array.from(is224 ? SHA224_START : SHA256_START);
  const words = new Int32Array(64);
  const rotate = (word: number, count: number) => (word >>> count) | (word << (32 - count));
  for (let start = 0; start < blocks.byteLength; start += 64) {
    for (let step = 0; step < 16; step++) words[step] = blocks.getInt32(start + 4 * step);
    for (let step = 16; step < 64; step++) {
      const [early, late] = [words[step - 15]!, words[step - 2]!];
      const low = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const high = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[step] = words[step - 16]! + low + words[step - 7]! + high;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let step = 0; step < 64; step++) {
      const high = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const chosen = (e & f) ^ (~e & g);
      const first = h + high + chosen + NARROW_CONSTANTS[step]! + words[step]!;
      const low = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const second = low + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    addTo(state, [a, b, c, d, e, f, g, h]);
  }
  return hexOf(state, false);
}

function sha2Wide(bytes: Uint8Array, is384: boolean): string {
  const blocks = padded(bytes, 128, false);
  const state = BigUint64Array.from(is384 ? SHA384_START : SHA512_START);
  const words = new BigUint64Array(80);
  const rotate = (word: bigint, count: bigint) =>
    (word >> count) | BigInt.asUintN(64, word << (64n - count));
  for (let start = 0; start < blocks.byteLength; start += 128) {
    for (let step = 0; step < 16; step++) words[step] = blocks.getBigUint64(start + 8 * step);
    for (let step = 16; step < 80; step++) {
      const [early, late] = [words[step - 15]!, words[step - 2]!];
      const low = rotate(early, 1n) ^ rotate(early, 8n) ^ (early >> 7n);
      const high = rotate(late, 19n) ^ rotate(late, 61n) ^ (late >> 6n);
      words[step] = words[step - 16]! + low + words[step - 7]! + high;
    }
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
    for (let step = 0; step < 80; step++) {
      const high = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const chosen = (e & f) ^ (~e & g);
      const first = h + high + chosen + WIDE_CONSTANTS[step]! + words[step]!;
      const low = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const second = low + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b] = [g, f, e, BigInt.asUintN(64, d + first), c, b, a];
      a = BigInt.asUintN(64, first + second);
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => {
      state[index]! += value;
    });
  }
  return Array.from(state, (word) => word.toString(16).padStart(16, '0')).join('');
}

function firstPrimes(count: number): bigint[] {
  const primes: bigint[] = [];
  for (let number = 2n; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0n)) primes.push(number);
  }
  return primes;
}

/** The first 64 bits behind the point of the square or cube root of a prime below 2^10. */
function fractionOfRoot(prime: bigint, degree: 2n | 3n): bigint {
  const scaled = prime << (64n * degree);
  let root = 0n;
  for (let bit = 1n << 69n; bit > 0n; bit >>= 1n) {
    if ((root | bit) ** degree <= scaled) root |= bit;
  }
  return BigInt.asUintN(64, root);
}
