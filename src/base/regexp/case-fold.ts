/*
 * Letters that differ in case only, by Unicode's simple folding: one character for one. The tables
 * come out of the JavaScript engine's own, when the first pattern asks for them.
 */

/** The last letter with two cases, in the Adlam script; beyond it there is nothing to look at. */
const CASED_MAX = 0x1e943;

/** Turkish dotless i: its capital is the plain I, yet folding keeps the two apart. */
const DOTLESS_I = 0x131;

/** Ranges up to this length are closed letter by letter, longer ones family by family. */
const SHORT_RANGE = 256;

let families: ReadonlyMap<number, readonly number[]> | null = null;

/**
 * All characters that are equal to one of the given ranges' but for case, those included.
 *
 * @param ranges first and last code points in turn.
 */
export function withBothCases(ranges: readonly number[]): number[] {
  families ??= findFamilies();
  const closed = [...ranges];
  const add = (family: readonly number[]) => {
    for (const member of family) closed.push(member, member);
  };
  for (let index = 0; index < ranges.length; index += 2) {
    const [low, high] = [ranges[index]!, ranges[index + 1]!];
    if (high - low < SHORT_RANGE) {
      for (let point = low; point <= high; point++) add(families.get(foldCase(point)) ?? []);
      continue;
    }
    for (const family of families.values()) {
      if (family.some((member) => member >= low && member <= high)) add(family);
    }
  }
  return closed;
}

/** The character that stands for all that differ from it in case only. */
export function foldCase(codePoint: number): number {
  if (codePoint === DOTLESS_I) return codePoint;
  const upper = single(String.fromCodePoint(codePoint).toUpperCase()) ?? codePoint;
  return single(String.fromCodePoint(upper).toLowerCase()) ?? upper;
}

/** The families of two members and more, by the member that stands for them. */
function findFamilies(): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (let point = 0; point <= CASED_MAX; point++) {
    const folded = foldCase(point);
    if (folded === point) continue;
    const family = found.get(folded) ?? [folded];
    family.push(point);
    found.set(folded, family);
  }
  return found;
}

/** The code point of a text of one character, or null for a longer text. */
function single(text: string): number | null {
  const point = text.codePointAt(0)!;
  return text.length === (point > 0xffff ? 2 : 1) ? point : null;
}
