import { PARTITION_COUNT } from '../../../assembly/layout.ts';
import type { Case, KernelName } from '../harness.ts';
import { anyVector, indexesBelow } from '../values.ts';

/** Twins of the key kernels; the table itself is tested through `GroupTable`. */
export function hashCases() {
  return {
    pairKeys: (harness, count) => {
      const left = anyVector(harness.random, 'U32', count) as Uint32Array;
      const right = anyVector(harness.random, 'U32', count) as Uint32Array;
      const out = harness.output(paired(left, right));
      harness.call('pairKeys', [out, harness.put(left), harness.put(right), count]);
    },
    mixRows: (harness, count) => {
      const seeds = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const rows = anyVector(harness.random, 'U32', count) as Uint32Array;
      const out = harness.output(seeds.map((seed, row) => splitMix(seed, BigInt(rows[row]!))));
      harness.call('mixRows', [out, harness.put(seeds), harness.put(rows), count]);
    },
    fractionF64: (harness, count) => {
      const words = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const fractions = Float64Array.from(
        words,
        (word) => Number(BigInt.asUintN(64, word) >> 11n) / 2 ** 53,
      );
      harness.call('fractionF64', [harness.output(fractions), harness.put(words), count]);
    },
    spreadIds: (harness, count) => {
      const ids = indexesBelow(harness.random, 2 ** 30, count);
      const after = ids.map((id, row) => id * 4 + (row % 4));
      harness.call('spreadIds', [harness.become(ids, after), count]);
    },
    appendKeys: (harness, count) => {
      const bits = harness.random.integer(1, 33);
      const keys = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const ids = Uint32Array.from(
        anyVector(harness.random, 'U32', count) as Uint32Array,
        (id) => id % 2 ** bits,
      );
      const after = keys.map((key, row) => (key << BigInt(bits)) | BigInt(ids[row]!));
      harness.call('appendKeys', [harness.become(keys, after), harness.put(ids), bits, count]);
    },
    extractKeys: (harness, count) => {
      const bits = harness.random.integer(1, 33);
      const shift = harness.random.integer(0, 65 - bits);
      const keys = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const ids = Uint32Array.from(keys, (key) =>
        Number(BigInt.asUintN(bits, BigInt.asUintN(64, key) >> BigInt(shift))),
      );
      harness.call('extractKeys', [harness.output(ids), harness.put(keys), shift, bits, count]);
    },
    hashPartition: (harness, count) => {
      const keys = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const rows = Array.from(keys.keys()).sort(
        (left, right) => partitionOf(keys[left]!) - partitionOf(keys[right]!) || left - right,
      );
      const ends = Array.from(
        { length: PARTITION_COUNT },
        (_, partition) => rows.filter((row) => partitionOf(keys[row]!) <= partition).length,
      );
      const sorted = BigInt64Array.from(rows, (row) => keys[row]!);
      const outs = [
        harness.output(sorted),
        harness.output(Uint32Array.from(rows)),
        harness.output(Uint32Array.from(ends)),
      ];
      harness.call('hashPartition', [...outs, harness.put(keys), count]);
    },
    scatter32: (harness, count) => {
      const values = anyVector(harness.random, 'U32', count) as Uint32Array;
      const indexes = indexesBelow(harness.random, 50, count);
      const after = new Uint32Array(50);
      indexes.forEach((index, row) => {
        after[index] = values[row]!;
      });
      const out = harness.become(new Uint32Array(50), after);
      harness.call('scatter32', [out, harness.put(values), harness.put(indexes), count]);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

function paired(left: Uint32Array, right: Uint32Array): BigUint64Array {
  return BigUint64Array.from(left, (value, row) => (BigInt(value) << 32n) | BigInt(right[row]!));
}

/** The top eight bits of the hash that `assembly/hash.ts` documents. */
function partitionOf(key: bigint): number {
  const bits = BigInt.asUintN(64, key);
  return Number(BigInt.asUintN(64, (bits ^ (bits >> 32n)) * 0x9e3779b97f4a7c15n) >> 56n);
}

/** The word of SplitMix64 with a number from 0. */
function splitMix(seed: bigint, row: bigint): bigint {
  const cut = (word: bigint) => BigInt.asUintN(64, word);
  let word = cut(seed + (row + 1n) * 0x9e3779b97f4a7c15n);
  word = cut((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
  word = cut((word ^ (word >> 27n)) * 0x94d049bb133111ebn);
  return BigInt.asIntN(64, word ^ (word >> 31n));
}
