const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Orders text by Unicode code point, which is also the order of its UTF-8 bytes and the order that
 * SQL comparisons of STRING have here. JavaScript's own `<` compares UTF-16 units and puts U+1F600
 * before U+FFFD.
 *
 * @returns negative, zero or positive, as `Array.sort` wants it.
 */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}

/** Sorts in place by `compareText`; texts without surrogates take JavaScript's faster own sort. */
export function sortTexts(texts: string[]): string[] {
  return texts.some((text) => SURROGATE.test(text)) ? texts.sort(compareText) : texts.sort();
}

/** The text with U+FFFD for each half of a broken surrogate pair, which UTF-8 cannot hold. */
export function wellFormedText(text: string): string {
  return SURROGATE.test(text) ? text.replace(LONE_SURROGATES, '\ufffd') : text;
}

/** Moves surrogates above the rest of the 16-bit range, where their code points lie. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}
