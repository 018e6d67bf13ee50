import { EDIT_DISTANCE_CHARACTERS_MAX } from '../../base/limits.ts';
import type { Call } from '../../sql/expression.ts';
import { callError, type Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';

/** How far apart two texts are, in characters. */
export const DISTANCES: Readonly<Record<string, Implementation>> = {
  hamming_distance: textFunction(() => (first: string, second: string) => {
    const [points, others] = [Array.from(first), Array.from(second)];
    if (points.length !== others.length) return -1;
    return points.filter((character, index) => character !== others[index]).length;
  }),
  levenshtein: pairwise(levenshtein),
  damerau_levenshtein: pairwise(damerauLevenshtein),
  jaro_similarity: pairwise(jaro),
  jaro_distance: pairwise((first, second) => 1 - jaro(first, second)),
  jaro_winkler_similarity: textFunction(winkler),
  jaro_winkler_distance: textFunction((call) => {
    const similarity = winkler(call);
    return (first: string, second: string, weight?: number, threshold?: number) =>
      1 - similarity(first, second, weight, threshold);
  }),
};

type Characters = readonly string[];

function pairwise(measure: (first: Characters, second: Characters) => number): Implementation {
  return textFunction((call) => (first: string, second: string) => {
    return measure(charactersOf(first, call), charactersOf(second, call));
  });
}

function charactersOf(text: string, call: Call): Characters {
  const characters = Array.from(text);
  if (characters.length <= EDIT_DISTANCE_CHARACTERS_MAX) return characters;
  throw callError(
    call,
    'MEMORY_LIMIT',
    `${call.function} takes texts of ${EDIT_DISTANCE_CHARACTERS_MAX} characters at most, found ${characters.length}`,
  );
}

/** Two rows of the table of Wagner and Fischer, "The String-to-String Correction Problem" (1974). */
function levenshtein(first: Characters, second: Characters): number {
  let previous = Int32Array.from({ length: second.length + 1 }, (_, column) => column);
  let current = new Int32Array(second.length + 1);
  for (const [row, character] of first.entries()) {
    current[0] = row + 1;
    for (let column = 0; column < second.length; column++) {
      const substituted = previous[column]! + Number(character !== second[column]);
      const shifted = Math.min(previous[column + 1]!, current[column]!) + 1;
      current[column + 1] = Math.min(substituted, shifted);
    }
    [previous, current] = [current, previous];
  }
  return previous[second.length]!;
}

/**
 * Lowrance and Wagner, "An Extension of the String-to-String Correction Problem" (1975): the
 * unrestricted distance, in which characters may be inserted between two that were swapped.
 */
function damerauLevenshtein(first: Characters, second: Characters): number {
  const width = second.length + 2;
  const table = new Int32Array((first.length + 2) * width).fill(first.length + second.length);
  for (let row = 0; row <= first.length; row++) table[(row + 1) * width + 1] = row;
  for (let column = 0; column <= second.length; column++) table[width + column + 1] = column;
  const lastRowOf = new Map<string, number>();
  for (let row = 1; row <= first.length; row++) {
    let lastColumn = 0;
    for (let column = 1; column <= second.length; column++) {
      const swapRow = lastRowOf.get(second[column - 1]!) ?? 0;
      const swapped =
        table[swapRow * width + lastColumn]! + (row - swapRow - 1) + 1 + (column - lastColumn - 1);
      const isSame = first[row - 1] === second[column - 1];
      if (isSame) lastColumn = column;
      const substituted = table[row * width + column]! + Number(!isSame);
      const deleted = table[row * width + column + 1]! + 1;
      const inserted = table[(row + 1) * width + column]! + 1;
      table[(row + 1) * width + column + 1] = Math.min(substituted, deleted, inserted, swapped);
    }
    lastRowOf.set(first[row - 1]!, row);
  }
  return table.at(-1)!;
}

/**
 * Jaro, "Advances in Record-Linkage Methodology" (1989): the share of characters that have a partner
 * nearby, and of those the share in the same order.
 */
function jaro(first: Characters, second: Characters): number {
  if (first.length === 0 && second.length === 0) return 1;
  const reach = Math.max(0, Math.floor(Math.max(first.length, second.length) / 2) - 1);
  const isTaken = new Uint8Array(second.length);
  const matched: string[] = [];
  for (const [index, character] of first.entries()) {
    const end = Math.min(second.length, index + reach + 1);
    for (let other = Math.max(0, index - reach); other < end; other++) {
      if (isTaken[other] === 1 || second[other] !== character) continue;
      isTaken[other] = 1;
      matched.push(character);
      break;
    }
  }
  const count = matched.length;
  if (count === 0) return 0;
  const partners = second.filter((_, index) => isTaken[index] === 1);
  const displaced = matched.filter((character, index) => character !== partners[index]).length;
  const transpositions = Math.floor(displaced / 2);
  return (count / first.length + count / second.length + (count - transpositions) / count) / 3;
}

/** Characters at the start that count for Winkler. */
const WINKLER_PREFIX_MAX = 4;

/** The greatest weight of each of those characters: with it, four of them make any similarity 1. */
const WINKLER_WEIGHT_MAX = 1 / WINKLER_PREFIX_MAX;

/**
 * Winkler, "String Comparator Metrics" (1990): above a threshold, each character that the texts start
 * with in common takes away a share of what is missing to 1.
 */
function winkler(call: Call) {
  return (first: string, second: string, weight = 0.1, threshold = 0.7): number => {
    if (!(weight >= 0 && weight <= WINKLER_WEIGHT_MAX)) {
      throw callError(
        call,
        'INVALID_QUERY',
        `expected a weight from 0 to ${WINKLER_WEIGHT_MAX}, found ${weight}`,
      );
    }
    const [characters, others] = [charactersOf(first, call), charactersOf(second, call)];
    const similarity = jaro(characters, others);
    if (similarity <= threshold) return similarity;
    const start = characters.slice(0, WINKLER_PREFIX_MAX);
    const difference = start.findIndex((character, index) => character !== others[index]);
    const common = difference < 0 ? start.length : difference;
    return similarity + common * weight * (1 - similarity);
  };
}
