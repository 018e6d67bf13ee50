import type { Ranges } from './character-set.ts';

/** One range of values for each byte of a character in UTF-8, first and last in turn. */
export type ByteSequence = readonly number[];

/** The greatest code points of one, two, three and four bytes. */
const LENGTH_ENDS = [0x7f, 0x7ff, 0xffff, 0x10_ffff];
/** What the first byte says, by the number of bytes after it. */
const LEADS = [0, 0xc0, 0xe0, 0xf0];
const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xdfff;

/**
 * The characters of ranges as sequences of bytes, each of them in exactly one; halves of surrogate pairs,
 * which UTF-8 has not, in none (Cox, RE2, after Thompson's grep).
 */
export function utf8Sequences(ranges: Ranges): ByteSequence[] {
  const sequences: ByteSequence[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const [low, high] = [ranges[index]!, ranges[index + 1]!];
    splitLengths(low, Math.min(high, SURROGATES_START - 1), sequences);
    splitLengths(Math.max(low, SURROGATES_END + 1), high, sequences);
  }
  return sequences;
}

function splitLengths(low: number, high: number, sequences: ByteSequence[]): void {
  let start = low;
  LENGTH_ENDS.forEach((end, index) => {
    if (start > Math.min(high, end)) return;
    splitBytes(start, Math.min(high, end), index, sequences);
    start = end + 1;
  });
}

/** Splits until all values of the last bytes occur after each value of a byte before. */
function splitBytes(
  low: number,
  high: number,
  continuations: number,
  sequences: ByteSequence[],
): void {
  for (let count = 1; count <= continuations; count++) {
    const rest = (1 << (6 * count)) - 1;
    if ((low | rest) === (high | rest)) continue;
    const end = (low & rest) !== 0 ? low | rest : (high & ~rest) - 1;
    if ((low & rest) === 0 && (high & rest) === rest) continue;
    splitBytes(low, end, continuations, sequences);
    splitBytes(end + 1, high, continuations, sequences);
    return;
  }
  const lows = bytesOf(low, continuations);
  const highs = bytesOf(high, continuations);
  sequences.push(lows.flatMap((byte, index) => [byte, highs[index]!]));
}

function bytesOf(codePoint: number, continuations: number): number[] {
  if (continuations === 0) return [codePoint];
  const bytes = [LEADS[continuations]! | (codePoint >> (6 * continuations))];
  for (let count = continuations - 1; count >= 0; count--) {
    bytes.push(0x80 | ((codePoint >> (6 * count)) & 0x3f));
  }
  return bytes;
}
