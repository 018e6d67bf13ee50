/*
 * LZ4's block format, as lz4_Block_format.md of the LZ4 project (version 1.6.3) has it: sequences of a
 * token, literals, and a match of at least four bytes at most 64 KiB back. The last five bytes are
 * literals, and the last match starts at least twelve bytes before the end.
 */

const MATCH_BYTES_MIN = 4;
const LAST_LITERALS = 5;
const LAST_MATCH_START = 12;
const OFFSET_MAX = 65_535;
const HASH_BITS = 15;
/** Misses after which the search takes longer steps, as a power of two. */
const SKIP_BITS = 6;

/** Compresses blocks. Holds the table of places, so one serves many blocks. */
export class Lz4Compressor {
  /** Place + 1 of the last four bytes with each hash. */
  readonly #places = new Int32Array(1 << HASH_BITS);

  /**
   * Compresses a block.
   *
   * @param out where it goes; what does not fit into it is not worth it.
   * @returns the offset after it, or −1 when `out` has no room.
   */
  compress(input: Uint8Array, out: Uint8Array, start: number): number {
    const places = this.#places.fill(0);
    const matchStartMax = input.length - LAST_MATCH_START;
    const matchEndMax = input.length - LAST_LITERALS;
    let end = start;
    let anchor = 0;
    let at = 0;
    let misses = 1 << SKIP_BITS;
    while (at <= matchStartMax) {
      const four = fourBytes(input, at);
      const slot = Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
      let from = places[slot]! - 1;
      places[slot] = at + 1;
      if (from < 0 || at - from > OFFSET_MAX || fourBytes(input, from) !== four) {
        at += misses++ >> SKIP_BITS;
        continue;
      }
      let matchStart = at;
      while (matchStart > anchor && from > 0 && input[matchStart - 1] === input[from - 1]) {
        matchStart--;
        from--;
      }
      let matchEnd = at + MATCH_BYTES_MIN;
      const distance = matchStart - from;
      while (matchEnd < matchEndMax && input[matchEnd] === input[matchEnd - distance]) matchEnd++;
      end = writeSequence(input, anchor, matchStart, distance, matchEnd - matchStart, out, end);
      if (end < 0) return -1;
      at = matchEnd;
      anchor = at;
      misses = 1 << SKIP_BITS;
      if (at <= matchStartMax) {
        const inside = Math.imul(fourBytes(input, at - 2), 0x9e3779b1) >>> (32 - HASH_BITS);
        places[inside] = at - 1;
      }
    }
    return writeSequence(input, anchor, input.length, 0, MATCH_BYTES_MIN, out, end);
  }
}

function fourBytes(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

/** Writes literals and a match, which is left out when its distance is 0; −1 when there is no room. */
function writeSequence(
  input: Uint8Array,
  literalStart: number,
  literalEnd: number,
  distance: number,
  matchBytes: number,
  out: Uint8Array,
  start: number,
): number {
  const literals = literalEnd - literalStart;
  const matchRest = matchBytes - MATCH_BYTES_MIN;
  const most = 1 + literals + literals / 255 + 1 + 2 + matchRest / 255 + 1;
  if (start + most > out.length) return -1;
  let at = start + 1;
  out[start] = (Math.min(literals, 15) << 4) | Math.min(matchRest, 15);
  if (literals >= 15) at = writeLength(out, at, literals - 15);
  for (let index = literalStart; index < literalEnd; index++) out[at++] = input[index]!;
  if (distance === 0) return at;
  out[at++] = distance & 255;
  out[at++] = distance >> 8;
  return matchRest >= 15 ? writeLength(out, at, matchRest - 15) : at;
}

function writeLength(out: Uint8Array, start: number, length: number): number {
  let at = start;
  let rest = length;
  for (; rest >= 255; rest -= 255) out[at++] = 255;
  out[at++] = rest;
  return at;
}
