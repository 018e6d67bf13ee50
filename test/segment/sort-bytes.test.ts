import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { arrangeBytes, type ByteStrings, sortBytes } from '../../src/segment/sort-bytes.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`sort bytes: SEED=${seed}\n`);

function byteStrings(strings: readonly Buffer[]): ByteStrings {
  const offsets = new Uint32Array(strings.length + 1);
  strings.forEach((string, index) => {
    offsets[index + 1] = offsets[index]! + string.length;
  });
  return { bytes: Buffer.concat(strings), offsets };
}

function expectSorted(strings: readonly Buffer[]): void {
  const different = [
    ...new Map(strings.map((string) => [string.toString('latin1'), string])).values(),
  ];
  const unsorted = byteStrings(different);
  const arranged = arrangeBytes(unsorted, sortBytes(unsorted));
  const expected = byteStrings([...different].sort(Buffer.compare));
  expect(Buffer.compare(arranged.bytes, expected.bytes)).toBe(0);
  expect(arranged.offsets).toEqual(expected.offsets);
}

describe('byte strings are sorted as Buffer.compare has it', () => {
  it('none, one, and each other’s prefixes', () => {
    expectSorted([]);
    expectSorted([Buffer.from('')]);
    expectSorted(Array.from({ length: 200 }, (_, length) => Buffer.alloc(199 - length)));
    expectSorted(Array.from({ length: 200 }, (_, length) => Buffer.alloc(length, 'ab')));
  });

  it('random ones of few and many different bytes, with what they have in common', () => {
    const random = new Prng(seed);
    for (const [byteCount, shared, count] of [
      [1, 0, 100],
      [2, 0, 3000],
      [2, 7, 3000],
      [256, 0, 3000],
      [256, 40, 500],
      [3, 4, 20_000],
    ] as const) {
      const prefix = Buffer.alloc(shared, 0xff);
      const strings = Array.from({ length: count }, () => {
        const own = Array.from({ length: random.integer(0, 20) }, () =>
          byteCount === 256 ? random.uint32() & 255 : random.integer(0, byteCount),
        );
        return Buffer.concat([prefix.subarray(0, random.integer(0, shared + 1)), Buffer.from(own)]);
      });
      expectSorted(strings);
    }
  });
});
