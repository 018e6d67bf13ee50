import type { Case } from '../harness.ts';
import { anyVector, elements, indexesBelow } from '../values.ts';

type HyperLogLogName = 'hashI64' | 'hashF64' | 'registersByGroup';

const MASK = 2n ** 64n - 1n;

/** Twins of the hashes and registers, on BigInt. */
export function hyperLogLogCases(): Record<HyperLogLogName, Case> {
  return { hashI64: hashes('I64'), hashF64: hashes('F64'), registersByGroup };
}

function hashes(type: 'I64' | 'F64'): Case {
  return (harness, count) => {
    const values = anyVector(harness.random, type, count);
    const keys = elements(values).map((value) =>
      typeof value === 'bigint' ? BigInt.asUintN(64, value) : bitsOf(Number(value)),
    );
    const expected = BigUint64Array.from(keys, mix);
    const [out, input] = [harness.output(expected), harness.put(values)];
    harness.call(`hash${type}`, [out, input, count]);
  };
}

function bitsOf(value: number): bigint {
  const canonical = Number.isNaN(value) ? Number.NaN : value + 0;
  return new BigUint64Array(Float64Array.of(canonical).buffer)[0]!;
}

function mix(key: bigint): bigint {
  let hash = key;
  for (const factor of [0xff51afd7ed558ccdn, 0xc4ceb9fe1a85ec53n]) {
    hash = ((hash ^ (hash >> 33n)) * factor) & MASK;
  }
  return hash ^ (hash >> 33n);
}

function registersByGroup(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const log2m = random.integer(4, 8);
  const groups = random.pick([1, 3]);
  const ids = indexesBelow(random, groups, count);
  // Few bits, now and then none, so that ranks are high.
  const hashes = BigUint64Array.from({ length: count }, () => {
    const bits = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
    return random.pick([bits, bits & 0xf000_0000_0000_0001n, 0n]);
  });
  const before = new Uint8Array(groups << log2m);
  const after = before.slice();
  ids.forEach((id, row) => {
    const bits = hashes[row]!.toString(2).padStart(64, '0');
    const register = (id << log2m) + Number.parseInt(bits.slice(0, log2m), 2);
    const place = bits.slice(log2m).indexOf('1');
    const rank = place < 0 ? 64 - log2m + 1 : place + 1;
    after[register] = Math.max(after[register]!, rank);
  });
  const registers = harness.become(before, after);
  const inputs = [harness.put(ids), harness.put(hashes)];
  harness.call('registersByGroup', [registers, ...inputs, log2m, count]);
}
