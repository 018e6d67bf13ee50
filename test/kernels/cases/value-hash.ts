import { murmur3Bit128 } from '../../../src/base/hash-scalars.ts';
import type { Case } from '../harness.ts';
import { anyVector, elements } from '../values.ts';

type HashName = 'hashI64' | 'hashF64' | 'hashTexts';

const SEED = 9001;

/** Twins of the hashes of values: the hash of their bytes, by the function that SQL calls. */
export function valueHashCases(): Record<HashName, Case> {
  return { hashI64: hashes('I64'), hashF64: hashes('F64'), hashTexts };
}

function hashes(type: 'I64' | 'F64'): Case {
  return (harness, count) => {
    const values = anyVector(harness.random, type, count);
    const expected = BigUint64Array.from(elements(values), (value) => {
      const bits =
        typeof value === 'bigint' ? BigInt64Array.of(value) : Float64Array.of(canonical(value));
      return murmur3Bit128(new Uint8Array(bits.buffer), SEED)[0];
    });
    const [out, input] = [harness.output(expected), harness.put(values)];
    harness.call(`hash${type}`, [out, input, count]);
  };
}

function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value + 0;
}

function hashTexts(...[harness, count]: Parameters<Case>): void {
  const { random } = harness;
  const texts = Array.from({ length: count }, () =>
    Uint8Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 256)),
  );
  const offsets = new Uint32Array(count + 1);
  texts.forEach(({ length }, index) => {
    offsets[index + 1] = offsets[index]! + length;
  });
  const bytes = Uint8Array.from(texts.flatMap((text) => [...text]));
  const expected = BigUint64Array.from(texts, (text) => murmur3Bit128(text, SEED)[0]);
  const out = harness.output(expected);
  harness.call('hashTexts', [out, harness.put(offsets), harness.put(bytes), count]);
}
