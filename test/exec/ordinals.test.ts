import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { sortTexts } from '../../src/base/text-order.ts';
import { buildOrdinalsSteps, OrdinalDictionary } from '../../src/exec/ordinals.ts';
import { SegmentDictionary } from '../../src/exec/segment-dictionary.ts';
import { runSteps } from '../../src/exec/steps.ts';
import type { KernelInstance } from '../../src/kernels/instance.ts';
import type { ColumnMetadata } from '../../src/segment/metadata.ts';
import { loadKernels } from '../kernels/load.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`ordinals: SEED=${seed}\n`);

const kernels = loadKernels('unshared', 64);

/** Lays a dictionary into memory; returns it and the next free address. */
function place(texts: readonly string[], address: number): [SegmentDictionary, number] {
  const pieces = texts.map((text) => Buffer.from(text));
  const offsets = [0];
  for (const { length } of pieces) offsets.push(offsets.at(-1)! + length);
  kernels.u32.set(offsets, address / 4);
  const bytes = address + 4 * offsets.length;
  kernels.u8.set(Buffer.concat(pieces), bytes);
  const addresses = { dictionaryOffsets: address, dictionaryBytes: bytes };
  const dictionary = SegmentDictionary.of(
    kernels,
    { name: 'x', type: 'STRING' } as ColumnMetadata,
    addresses,
    texts.length,
  );
  return [dictionary, Math.ceil((bytes + offsets.at(-1)!) / 8) * 8];
}

function numbered(
  dictionaries: readonly (readonly string[])[],
  texts: readonly string[],
  own: KernelInstance,
  stepEntries: number,
) {
  let next = 4096;
  const placed = dictionaries.map((texts) => {
    const [dictionary, end] = place(texts, next);
    next = end;
    return dictionary;
  });
  const start = Math.ceil(next / 64) * 64;
  const layout = runSteps(buildOrdinalsSteps('o', placed, texts, start, own, stepEntries));
  return { layout, merged: new OrdinalDictionary(layout, placed, own) };
}

describe('global ordinals', () => {
  const prng = new Prng(seed);
  const words = (count: number): string[] =>
    sortTexts([
      ...new Set(
        Array.from({ length: count }, () => {
          const common = prng.integer(0, 3) === 0 ? 'https://example.org/a/long/prefix/' : '';
          const letters = Array.from({ length: prng.integer(0, 6) }, () =>
            prng.pick(['a', 'b', '\u00fc', '\uffee', '\u{1f600}']),
          );
          return common + letters.join('');
        }),
      ),
    ]);

  it('number the texts of several dictionaries, and some besides, in order, each once', () => {
    for (let round = 0; round < 60; round++) {
      const dictionaries = Array.from({ length: prng.integer(1, 6) }, () =>
        words(prng.integer(0, 400)),
      );
      const texts = words(prng.integer(0, 3));
      const { layout, merged } = numbered(dictionaries, texts, kernels, prng.pick([1, 7, 65_536]));
      const expected = sortTexts([...new Set([...dictionaries, texts].flat())]);
      expect(Array.from({ length: merged.length }, (_, ordinal) => merged.at(ordinal))).toEqual(
        expected,
      );
      dictionaries.forEach((own, index) => {
        const first = layout.tables[index]! / 4;
        const ordinals = kernels.u32.subarray(first, first + own.length);
        expect(Array.from(ordinals, (ordinal) => expected[ordinal])).toEqual(own);
      });
      expect(texts.map((text) => merged.ordinalOf(text))).toEqual(
        texts.map((text) => expected.indexOf(text)),
      );
      expect(merged.ordinalOf('none has it')).toBe(null);
    }
  });
});
