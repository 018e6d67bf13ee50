import { assert } from '../../base/assert.ts';
import { fnv64 } from '../../base/hash-scalars.ts';
import { vectorFromValues } from '../vector-build.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, linearAddress } from './memory.ts';

/** What looks like chance and is decided by its arguments: seeds, a text and a number. */
export const CHANCES: Readonly<Record<string, Implementation>> = {
  rand_at: strict(([seed, place, row], invocation) => {
    const { kernels } = invocation.context;
    const words = wordsOf(seed!, place!, row!, invocation);
    kernels.run.fractionF64(words, words, invocation.rowCount);
    const fractions = new Float64Array(kernels.memory.buffer, words, invocation.rowCount);
    return flat('DOUBLE', fractions, invocation.nulls);
  }),
  uuid_at: strict(([first, second, place, row], invocation) => {
    const { rowCount, nulls, context } = invocation;
    const halves = [first!, second!].map((seed) => {
      const words = wordsOf(seed, place!, row!, invocation);
      return new BigUint64Array(context.kernels.memory.buffer, words, rowCount);
    });
    const texts = Array.from({ length: rowCount }, (_, at) =>
      nulls?.[at] === 1 ? null : uuidText(halves[0]![at]!, halves[1]![at]!),
    );
    return vectorFromValues('STRING', texts);
  }),
};

/** Address of 64 bits for each row. */
function wordsOf(seed: Argument, place: Argument, row: Argument, invocation: Invocation): number {
  const { rowCount, context } = invocation;
  const { kernels, scratch } = context;
  const words = scratch.allocate(rowCount * 8);
  const numbers = linearAddress(row, rowCount, context);
  if (seed.kind === 'constant' && place.kind === 'constant') {
    kernels.run.splat64(words, BigInt(seed.value ?? 0n) ^ placeHashes(place)(0), rowCount);
    kernels.run.mixRows(words, words, numbers, rowCount);
    return words;
  }
  const starts = new BigInt64Array(kernels.memory.buffer, words, rowCount);
  const seeds = bigintsOf(seed, rowCount);
  const places = placeHashes(place);
  for (let at = 0; at < rowCount; at++) starts[at] = seeds[at]! ^ places(at);
  kernels.run.mixRows(words, words, numbers, rowCount);
  return words;
}

/** The hash of each row's text, computed once for each different one. */
function placeHashes(place: Argument): (row: number) => bigint {
  const encoder = new TextEncoder();
  const hashOf = (text: string): bigint => BigInt(fnv64(encoder.encode(text), true));
  if (place.kind === 'constant') {
    const hash = place.value === null ? 0n : hashOf(String(place.value));
    return () => hash;
  }
  assert(place.kind === 'text', 'a place is a text');
  const { codes, dictionary } = place;
  const known = new Map<number, bigint>();
  return (row) => {
    const code = codes[row]!;
    const hash = known.get(code) ?? hashOf(dictionary.at(code)!);
    known.set(code, hash);
    return hash;
  };
}

/** Version 4: six bits say so, the others are those of the halves. */
function uuidText(high: bigint, low: bigint): string {
  const bits = (high & ~0xf000n) | 0x4000n;
  const rest = (low & ~(3n << 62n)) | (2n << 62n);
  const hex = ((bits << 64n) | rest).toString(16).padStart(32, '0');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
