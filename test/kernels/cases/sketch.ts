import type { Prng } from '../../../src/base/prng.ts';
import type { Case } from '../harness.ts';
import { anyVector, elements, indexesBelow } from '../values.ts';

type SketchName = 'scatterByGroup64' | 'registersOrEntries' | 'hashesBelowLimits';

/** Twins of what sketches of groups are fed by. */
export function sketchCases(): Record<SketchName, Case> {
  return { scatterByGroup64, registersOrEntries, hashesBelowLimits };
}

function scatterByGroup64(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const ids = indexesBelow(random, random.pick([1, 3, 200]), count);
  const values = anyVector(random, 'I64', count);
  const starts = new Uint32Array(200);
  for (const id of ids) for (let group = id + 1; group < 200; group++) starts[group]!++;
  const next = starts.slice();
  const expected = new BigInt64Array(count);
  const numbers = elements(values);
  ids.forEach((id, row) => {
    expected[next[id]!++] = BigInt(numbers[row]!);
  });
  const out = harness.output(expected);
  const places = harness.become(starts, next);
  harness.call('scatterByGroup64', [
    ...[out, places, harness.put(ids), harness.put(values)],
    count,
  ]);
}

function registersOrEntries(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const log2m = random.integer(4, 8);
  const entryBits = random.integer(log2m, 26);
  const ids = indexesBelow(random, 3, count);
  const hashes = hashesOfFewBits(random, count);
  // The middle group has registers.
  const before = new Uint8Array(1 << log2m);
  const after = before.slice();
  const pairs: bigint[] = [];
  ids.forEach((id, row) => {
    const bits = hashes[row]!.toString(2).padStart(64, '0');
    const rankBehind = (start: number): number => {
      const place = bits.slice(start).indexOf('1');
      return place < 0 ? 64 - start + 1 : place + 1;
    };
    if (id === 1) {
      const register = Number.parseInt(bits.slice(0, log2m), 2);
      after[register] = Math.max(after[register]!, rankBehind(log2m));
      return;
    }
    const entry = BigInt(`0b${bits.slice(0, entryBits)}`) * 64n + BigInt(rankBehind(entryBits));
    pairs.push((BigInt(id) << 32n) | entry);
  });
  const out = harness.output(BigUint64Array.from(pairs));
  const registers = harness.become(before, after);
  const addresses = harness.put(Uint32Array.of(0, registers, 0));
  const inputs = [addresses, harness.put(ids), harness.put(hashes)];
  harness.call('registersOrEntries', [out, ...inputs, log2m, entryBits, count], pairs.length);
}

function hashesBelowLimits(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const ids = indexesBelow(random, 3, count);
  const limits = BigUint64Array.of(2n ** 63n - 1n, 2n ** 62n, 1n);
  const hashes = hashesOfFewBits(random, count);
  const rows = Array.from(hashes.keys()).filter((row) => {
    const half = hashes[row]! >> 1n;
    return half !== 0n && half < limits[ids[row]!]!;
  });
  const keptIds = harness.output(Uint32Array.from(rows, (row) => ids[row]!));
  const kept = harness.output(BigUint64Array.from(rows, (row) => hashes[row]! >> 1n));
  const inputs = [harness.put(limits), harness.put(ids), harness.put(hashes)];
  harness.call('hashesBelowLimits', [keptIds, kept, ...inputs, count], rows.length);
}

/** Few bits, now and then none, so that ranks are high. */
function hashesOfFewBits(random: Prng, count: number): BigUint64Array {
  return BigUint64Array.from({ length: count }, () => {
    const bits = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
    return random.pick([bits, bits & 0xf000_0000_0000_0001n, 0n]);
  });
}
