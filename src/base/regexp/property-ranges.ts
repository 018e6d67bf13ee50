const CODE_POINT_MAX = 0x10_ffff;
const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xdfff;
const PIECE_LENGTH = 4096;

/** Found once for each test: there are some hundreds of properties at most. */
const known = new WeakMap<RegExp, readonly number[]>();

let everything: string | null = null;

/**
 * First and last code point, in turn, of all ranges of characters that a test of one character such as
 * `/^\p{Script=Greek}$/u` passes; halves of surrogate pairs are left out.
 */
export function propertyRanges(test: RegExp): readonly number[] {
  const found = known.get(test);
  if (found !== undefined) return found;
  everything ??= allCharacters();
  const runs = new RegExp(`(?:${test.source.slice(1, -1)})+`, 'gu');
  const ranges: number[] = [];
  for (const { 0: run, index } of everything.matchAll(runs)) {
    const end = index + run.length;
    const isPair = everything.codePointAt(end - 2)! > 0xffff;
    ranges.push(run.codePointAt(0)!, everything.codePointAt(isPair ? end - 2 : end - 1)!);
  }
  known.set(test, ranges);
  return ranges;
}

function allCharacters(): string {
  const pieces: string[] = [];
  for (let start = 0; start <= CODE_POINT_MAX; start += PIECE_LENGTH) {
    const points: number[] = [];
    for (let point = start; point < start + PIECE_LENGTH; point++) {
      if (point < SURROGATES_START || point > SURROGATES_END) points.push(point);
    }
    pieces.push(String.fromCodePoint(...points));
  }
  return pieces.join('');
}
