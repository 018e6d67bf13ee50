import { withBothCases } from './case-fold.ts';
import { propertyRanges } from './property-ranges.ts';

const CODE_POINT_MAX = 0x10_ffff;
const ASCII_COUNT = 128;

/** Code points as first and last of each range in turn. */
export type Ranges = readonly number[];

/** What a set is made of. */
export interface SetParts {
  readonly ranges: Ranges;
  /** Tests for one character, from Unicode's properties. */
  readonly properties: readonly { readonly pattern: RegExp; readonly isNegated: boolean }[];
  readonly isNegated: boolean;
}

/** A set of characters. */
export class CharacterSet {
  readonly #ranges: Int32Array;
  readonly #parts: SetParts;
  /** The answers for ASCII, which nearly all texts consist of. */
  readonly #ascii: Uint8Array;

  constructor(parts: SetParts) {
    this.#parts = parts;
    this.#ranges = Int32Array.from(merge(parts.ranges));
    this.#ascii = Uint8Array.from({ length: ASCII_COUNT }, (_, point) => Number(this.#find(point)));
  }

  /** True when the character is one of the set. */
  has(codePoint: number): boolean {
    return codePoint < ASCII_COUNT ? this.#ascii[codePoint] === 1 : this.#find(codePoint);
  }

  /** All its characters, in ascending ranges that do not touch. */
  ranges(): Ranges {
    const { ranges, properties, isNegated } = this.#parts;
    const all = [...ranges];
    for (const { pattern, isNegated: isInverse } of properties) {
      const members = propertyRanges(pattern);
      all.push(...(isInverse ? complementOf(members) : members));
    }
    return isNegated ? complementOf(all) : merge(all);
  }

  #find(codePoint: number): boolean {
    const { properties, isNegated } = this.#parts;
    if (this.#inRanges(codePoint)) return !isNegated;
    if (properties.length === 0) return isNegated;
    const character = String.fromCodePoint(codePoint);
    const isIn = properties.some((one) => one.pattern.test(character) !== one.isNegated);
    return isIn !== isNegated;
  }

  #inRanges(codePoint: number): boolean {
    const ranges = this.#ranges;
    let low = 0;
    let high = ranges.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[2 * middle + 1]! < codePoint) low = middle + 1;
      else high = middle;
    }
    return 2 * low < ranges.length && ranges[2 * low]! <= codePoint;
  }
}

/** A set of nothing but ranges. */
export function setOf(ranges: Ranges, isNegated = false): CharacterSet {
  return new CharacterSet({ ranges, properties: [], isNegated });
}

/** One character in all its cases: itself alone for most. */
export function caseVariantsOf(codePoint: number): CharacterSet {
  return setOf(withBothCases([codePoint, codePoint]));
}

/** All characters outside the ranges. */
export function complementOf(ranges: Ranges): Ranges {
  const rest: number[] = [];
  let next = 0;
  const merged = merge(ranges);
  for (let index = 0; index < merged.length; index += 2) {
    if (merged[index]! > next) rest.push(next, merged[index]! - 1);
    next = merged[index + 1]! + 1;
  }
  if (next <= CODE_POINT_MAX) rest.push(next, CODE_POINT_MAX);
  return rest;
}

/** The same characters in ascending ranges that do not touch. */
function merge(ranges: Ranges): number[] {
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    pairs.push([ranges[index]!, ranges[index + 1]!]);
  }
  pairs.sort(([first], [second]) => first - second);
  const merged: number[] = [];
  for (const [low, high] of pairs) {
    const end = merged.length - 1;
    if (end > 0 && low <= merged[end]! + 1) merged[end] = Math.max(merged[end]!, high);
    else merged.push(low, high);
  }
  return merged;
}
