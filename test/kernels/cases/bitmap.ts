import type { Case, Harness, KernelName } from '../harness.ts';
import { anySelection, maskOf } from '../values.ts';

const COMBINATIONS = {
  bitmapAnd: (left: boolean, right: boolean) => left && right,
  bitmapOr: (left: boolean, right: boolean) => left || right,
  bitmapAndNot: (left: boolean, right: boolean) => left && !right,
} as const;

/** Twins of the mask operations. */
export function bitmapCases() {
  return {
    ...(Object.fromEntries(
      Object.entries(COMBINATIONS).map(([name, combine]) => [
        name,
        combination(name as KernelName, combine),
      ]),
    ) as Record<keyof typeof COMBINATIONS, Case>),
    bitmapFill: (harness, count) => {
      const mask = harness.output(maskOf(new Array<boolean>(count).fill(true)));
      harness.call('bitmapFill', [mask, count]);
    },
    bitmapNot: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const mask = harness.become(maskOf(rows), maskOf(rows.map((isSet) => !isSet)));
      harness.call('bitmapNot', [mask, count]);
    },
    bitmapCount: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const words = maskOf(rows);
      harness.call('bitmapCount', [harness.put(words), words.length], rows.filter(Boolean).length);
    },
    bitmapToIndexes: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const positions = Uint32Array.from(rows.flatMap((isSet, row) => (isSet ? [row] : [])));
      const out = harness.output(positions);
      const words = maskOf(rows);
      const args = [out, harness.put(words), words.length];
      harness.call('bitmapToIndexes', args, positions.length);
    },
    bitmapSetPositions: (harness, count) => {
      const positions = Uint16Array.from({ length: count }, () => harness.random.uint32());
      const mask = withBits(harness, [...positions]);
      harness.call('bitmapSetPositions', [mask, harness.put(positions), count]);
    },
    bitmapSetRuns: (harness, count) => {
      const runs = Array.from({ length: Math.min(count, 20) }, () => {
        const first = harness.random.integer(0, 65_536);
        return [first, harness.random.pick([0, 1, 7, 8, 9, 500, 65_535])] as const;
      });
      // A run that would leave the 64 Ki bits is cut.
      const positions = runs.flatMap(([first, more]) =>
        Array.from({ length: Math.min(more, 65_535 - first) + 1 }, (_, at) => first + at),
      );
      const mask = withBits(harness, positions);
      harness.call('bitmapSetRuns', [
        mask,
        harness.put(Uint16Array.from(runs.flat())),
        runs.length,
      ]);
    },
    flagsToBitmap: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const mask = harness.output(maskOf(rows));
      harness.call('flagsToBitmap', [mask, harness.put(Uint8Array.from(rows, Number)), count]);
    },
    bitmapToFlags: (harness, count) => {
      const rows = anySelection(harness.random, count);
      const flags = harness.output(Uint8Array.from(rows, Number));
      harness.call('bitmapToFlags', [flags, harness.put(maskOf(rows)), count]);
    },
    bitmapRowCounts: (harness, count) => {
      const wordsPerRow = harness.random.integer(1, 7);
      const matrix = Array.from({ length: count }, () =>
        anySelection(harness.random, wordsPerRow * 64),
      );
      const counts = matrix.map((row) => BigInt(row.filter(Boolean).length));
      const out = harness.output(BigInt64Array.from(counts));
      const bits = harness.put(maskOf(matrix.flat()));
      harness.call('bitmapRowCounts', [out, bits, wordsPerRow, count]);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

/** A mask of 64 Ki rows that gets more bits. */
function withBits(harness: Harness, positions: readonly number[]): number {
  const before = Uint32Array.from({ length: 2048 }, () => harness.random.uint32());
  const after = before.slice();
  for (const position of positions) after[position >> 5]! |= 1 << (position & 31);
  return harness.become(new BigUint64Array(before.buffer), new BigUint64Array(after.buffer));
}

function combination(name: KernelName, combine: (left: boolean, right: boolean) => boolean): Case {
  return (harness, count) => {
    const left = anySelection(harness.random, count);
    const right = anySelection(harness.random, count);
    const combined = maskOf(left.map((isSet, row) => combine(isSet, right[row]!)));
    const mask = harness.become(maskOf(left), combined);
    harness.call(name, [mask, harness.put(maskOf(right)), combined.length]);
  };
}
