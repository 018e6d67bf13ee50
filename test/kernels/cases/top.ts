import type { Case, Harness, KernelName } from '../harness.ts';
import { anyVector, indexesBelow } from '../values.ts';

const LAST = 2n ** 63n - 1n;

/** Twins of what keeps the first rows of groups. */
export function topCases() {
  return {
    orderKeysF64: (harness, count) => {
      const values = anyVector(harness.random, 'F64', count) as Float64Array;
      const isDescending = harness.random.integer(0, 2);
      const keys = BigInt64Array.from(values, (value) => flipped(keyOf(value), isDescending));
      const out = harness.output(keys);
      harness.call('orderKeysF64', [out, harness.put(values), isDescending, count]);
    },
    orderKeysI64: (harness, count) => {
      const values = anyVector(harness.random, 'I64', count) as BigInt64Array;
      const isDescending = harness.random.integer(0, 2);
      const keys = values.map((value) => flipped(value, isDescending));
      if (harness.random.integer(0, 2) === 0) {
        const both = harness.become(values, keys);
        harness.call('orderKeysI64', [both, both, isDescending, count]);
      } else {
        const out = harness.output(keys);
        harness.call('orderKeysI64', [out, harness.put(values), isDescending, count]);
      }
    },
    keepTopByGroup: (harness, count) => {
      const { tops, limit, ids, keys } = groupsOf(harness, count);
      const keepsTies = harness.random.integer(0, 2);
      const kept: number[] = [];
      const after = tops.map((top) => [...top]);
      keys.forEach((key, row) => {
        const own = after[ids[row]!]!;
        const worst = own[limit - 1]!;
        const isTie = key === worst && (keepsTies === 1 || worst === LAST);
        if (key >= worst && !isTie) return;
        kept.push(row);
        own.push(key);
        own.sort((one, other) => (one < other ? -1 : Number(one > other)));
        own.length = limit;
      });
      const out = harness.become(garbage(count), padded(kept, count));
      const before = BigInt64Array.from(tops.flat());
      const addresses = [
        harness.become(before, BigInt64Array.from(after.flat())),
        ...[harness.put(ids), harness.put(keys)],
      ];
      const args = [out, ...addresses, limit, keepsTies, count];
      harness.call('keepTopByGroup', args, kept.length);
    },
    withinTopByGroup: (harness, count) => {
      const { tops, limit, ids, keys } = groupsOf(harness, count);
      const kept = [...keys.keys()].filter((row) => keys[row]! <= tops[ids[row]!]![limit - 1]!);
      const out = harness.become(garbage(count), padded(kept, count));
      const top = harness.put(BigInt64Array.from(tops.flat()));
      const args = [out, top, harness.put(ids), harness.put(keys), limit, count];
      harness.call('withinTopByGroup', args, kept.length);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

interface Groups {
  /** Ascending keys of each group; the last ones may be missing. */
  readonly tops: readonly (readonly bigint[])[];
  readonly limit: number;
  readonly ids: Uint32Array;
  readonly keys: BigInt64Array;
}

/** Few different keys, so that many are equal. */
function groupsOf({ random }: Harness, count: number): Groups {
  const limit = random.pick([1, 2, 3, 9]);
  const groupCount = random.pick([1, 2, 7, 60]);
  const key = (): bigint =>
    random.pick([BigInt(random.integer(-20, 20)), BigInt(random.integer(-3, 3)), LAST, -LAST]);
  const tops = Array.from({ length: groupCount }, () => {
    const known = Array.from({ length: random.integer(0, limit + 1) }, key);
    known.sort((one, other) => (one < other ? -1 : Number(one > other)));
    return Array.from({ length: limit }, (_, at) => known[at] ?? LAST);
  });
  const ids = indexesBelow(random, groupCount, count);
  return { tops, limit, ids, keys: BigInt64Array.from({ length: count }, key) };
}

/** What a list of rows holds before the call. */
function garbage(count: number): Uint32Array {
  return new Uint32Array(count).fill(0x5a5a_5a5a);
}

/** The same afterwards: the rows, then what was there. */
function padded(rows: readonly number[], count: number): Uint32Array {
  const all = garbage(count);
  all.set(rows);
  return all;
}

function flipped(key: bigint, isDescending: number): bigint {
  return isDescending === 1 ? ~key : key;
}

/** The bits of a double, those of negative ones turned over. */
function keyOf(value: number): bigint {
  const bits = new BigInt64Array(1);
  new Float64Array(bits.buffer)[0] = Number.isNaN(value) ? Number.NaN : value + 0;
  return bits[0]! < 0n ? bits[0]! ^ LAST : bits[0]!;
}
