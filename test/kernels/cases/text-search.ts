import type { Prng } from '../../../src/base/prng.ts';
import type { Case, Harness, KernelName } from '../harness.ts';
import { maskOf } from '../values.ts';

const LETTERS = ['a', 'b', 'ü', '水', '😀'];

/** Twins of what looks at the texts of a dictionary. */
export function textSearchCases() {
  return {
    matchTexts: (harness, count) => {
      const { random } = harness;
      const texts = randomTexts(random, count);
      const parts = Array.from({ length: random.integer(2, 5) }, (_, index) =>
        randomText(random, index === 0 ? 0 : 1, 4),
      );
      if (random.integer(0, 2) === 0) parts[parts.length - 1] = '';
      const set = harness.output(maskOf(texts.map((text) => matches(text, parts))));
      const { offsets, bytes } = place(harness, texts);
      const words = parts.flatMap((part) => {
        const utf8 = Buffer.from(part);
        return [harness.put(utf8), utf8.length];
      });
      const table = harness.put(Uint32Array.from(words));
      harness.call('matchTexts', [set, offsets, bytes, count, table, parts.length]);
    },
    textLengths: (harness, count) => {
      const texts = randomTexts(harness.random, count);
      const out = harness.output(Uint32Array.from(texts, (text) => Array.from(text).length));
      const { offsets, bytes } = place(harness, texts);
      harness.call('textLengths', [out, offsets, bytes, count]);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

function matches(text: string, parts: readonly string[]): boolean {
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'su').test(text);
}

function randomText(random: Prng, lengthMin: number, lengthEnd: number): string {
  const length = random.integer(lengthMin, lengthEnd);
  return Array.from({ length }, () => random.pick(LETTERS)).join('');
}

/** Short and long ones, so that a vector's width is passed. */
function randomTexts(random: Prng, count: number): string[] {
  return Array.from({ length: count }, () => randomText(random, 0, random.pick([3, 8, 40])));
}

function place(harness: Harness, texts: readonly string[]): { offsets: number; bytes: number } {
  const pieces = texts.map((text) => Buffer.from(text));
  const ends = [0];
  for (const { length } of pieces) ends.push(ends.at(-1)! + length);
  return {
    bytes: harness.put(Uint8Array.from(Buffer.concat(pieces))),
    offsets: harness.put(Uint32Array.from(ends)),
  };
}
