import type { Prng } from '../../../src/base/prng.ts';
import type { Case, KernelName } from '../harness.ts';
import { anySelection, indexesBelow, maskOf } from '../values.ts';

/** Twins of the kernels on rows of several values. */
export function arrayCases() {
  return {
    arrayOffsets: (harness, count) => {
      const { offsets, lengths } = anyArrays(harness.random, 40);
      const rows = indexesBelow(harness.random, lengths.length, count);
      const picked = offsetsOf([...rows].map((row) => lengths[row]!));
      const out = harness.output(picked);
      const args = [out, harness.put(offsets), harness.put(rows), count];
      harness.call('arrayOffsets', args, picked.at(-1));
    },
    arrayPositions: (harness, count) => {
      const { offsets, lengths } = anyArrays(harness.random, 40);
      const rows = indexesBelow(harness.random, lengths.length, count);
      const positions = [...rows].flatMap((row) =>
        Array.from({ length: lengths[row]! }, (_, at) => offsets[row]! + at),
      );
      const out = harness.output(Uint32Array.from(positions));
      harness.call('arrayPositions', [out, harness.put(offsets), harness.put(rows), count]);
    },
    arrayRows: (harness, count) => {
      const { offsets, lengths } = anyArrays(harness.random, count);
      const rows = lengths.flatMap((length, row) => new Array<number>(length).fill(row));
      const out = harness.output(Uint32Array.from(rows));
      harness.call('arrayRows', [out, harness.put(offsets), count]);
    },
    bitmapAnyOfArrays: (harness, count) => {
      const { random } = harness;
      const { offsets } = anyArrays(random, count);
      const total = offsets.at(-1)!;
      const low = random.integer(0, total + 1);
      const high = random.integer(low, total + 1);
      const bits = anySelection(random, high - low);
      const first = random.integer(0, count + 1);
      const end = random.integer(first, count + 1);
      const before = anySelection(random, count);
      const after = before.map((isSet, row) => {
        const [from, to] = [Math.max(offsets[row]!, low), Math.min(offsets[row + 1]!, high)];
        const isAny = bits.slice(Math.max(0, from - low), Math.max(0, to - low)).includes(true);
        return isSet || (row >= first && row < end && from < to && isAny);
      });
      const mask = harness.become(maskOf(before), maskOf(after));
      const args = [mask, harness.put(offsets), harness.put(maskOf(bits)), low, high, first, end];
      harness.call('bitmapAnyOfArrays', args);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

/** Rows of few values, and now and then of many or none. */
function anyArrays(random: Prng, count: number): { lengths: number[]; offsets: Uint32Array } {
  const most = random.pick(
    [1, 3, 20, 200].filter((length) => length * count <= 4000 || length === 1),
  );
  const lengths = Array.from({ length: count }, () => random.integer(0, most + 1));
  return { lengths, offsets: offsetsOf(lengths) };
}

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, row) => {
    offsets[row + 1] = offsets[row]! + length;
  });
  return offsets;
}
