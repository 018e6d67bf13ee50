import type { Comparison } from '../../../src/kernels/exports.ts';
import type { Case, Harness, KernelName } from '../harness.ts';
import {
  anyValue,
  anyVector,
  anyWide,
  COMPARISONS,
  elements,
  OPERATORS,
  order,
  vectorOf,
  wideVector,
} from '../values.ts';

type CompareName = `compare${Comparison}${'I32' | 'I64' | 'F64'}`;

const FLOAT_OPERATIONS = {
  addF64: (left: number, right: number) => left + right,
  subtractF64: (left: number, right: number) => left - right,
  multiplyF64: (left: number, right: number) => left * right,
  divideF64: (left: number, right: number) => left / right,
} as const;

const INTEGER_OPERATIONS = {
  addI64: (left: bigint, right: bigint) => left + right,
  subtractI64: (left: bigint, right: bigint) => left - right,
  multiplyI64: (left: bigint, right: bigint) => left * right,
} as const;

/** Twins of arithmetic and comparison on two vectors. */
export function arithmeticCases() {
  return {
    ...floatCases(),
    ...integerCases(),
    ...compareCases(),
    affineI128: (harness, count) => {
      const sums = bigints(harness, count);
      const counts = bigints(harness, count);
      const base = BigInt(anyValue(harness.random, 'I64'));
      const scale = BigInt(anyValue(harness.random, 'I64'));
      const after = wideVector(sums.map((sum, row) => counts[row]! * base + sum * scale));
      const out = harness.output(after);
      const inputs = [harness.put(vectorOf('I64', sums)), harness.put(vectorOf('I64', counts))];
      harness.call('affineI128', [out, ...inputs, base, scale, count]);
    },
    narrowI128: (harness, count) => {
      const mayOverflow = harness.random.integer(0, 2) === 0;
      const values = bigints(harness, count).map((value) =>
        mayOverflow && harness.random.integer(0, 40) === 0 ? anyWide(harness.random) : value,
      );
      const out = harness.output(BigInt64Array.from(values));
      const overflows = values.some((value) => BigInt.asIntN(64, value) !== value);
      const source = harness.put(wideVector(values));
      harness.call('narrowI128', [out, source, count], Number(overflows));
    },
    convertI64ToI128: (harness, count) => {
      const values = bigints(harness, count);
      const out = harness.output(wideVector(values));
      harness.call('convertI64ToI128', [out, harness.put(vectorOf('I64', values)), count]);
    },
    convertI128ToF64: (harness, count) => {
      const values = Array.from({ length: count }, () => anyWide(harness.random));
      const out = harness.output(vectorOf('F64', values));
      harness.call('convertI128ToF64', [out, harness.put(wideVector(values)), count]);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

function bigints(harness: Harness, count: number): bigint[] {
  return elements(anyVector(harness.random, 'I64', count)).map(BigInt);
}

/** Puts both inputs and the output, which is one of the inputs two times of three. */
function putOperands(
  harness: Harness,
  left: BigInt64Array | Float64Array,
  right: typeof left,
  after: typeof left,
) {
  const addresses = { left: harness.put(left), right: harness.put(right) };
  const out = harness.random.pick([
    harness.put(after.slice().reverse()),
    addresses.left,
    addresses.right,
  ]);
  harness.expect(out, after);
  return [out, addresses.left, addresses.right];
}

function floatCases(): Record<keyof typeof FLOAT_OPERATIONS, Case> {
  const cases = {} as Record<keyof typeof FLOAT_OPERATIONS, Case>;
  for (const name of Object.keys(FLOAT_OPERATIONS) as (keyof typeof FLOAT_OPERATIONS)[]) {
    cases[name] = (harness, count) => {
      const left = anyVector(harness.random, 'F64', count) as Float64Array;
      const right = anyVector(harness.random, 'F64', count) as Float64Array;
      const after = left.map((value, row) => FLOAT_OPERATIONS[name](value, right[row]!));
      harness.call(name, [...putOperands(harness, left, right, after), count]);
    };
  }
  return cases;
}

/** One time of two the operands are small, so that nothing overflows. */
function integerCases(): Record<keyof typeof INTEGER_OPERATIONS, Case> {
  const cases = {} as Record<keyof typeof INTEGER_OPERATIONS, Case>;
  for (const name of Object.keys(INTEGER_OPERATIONS) as (keyof typeof INTEGER_OPERATIONS)[]) {
    cases[name] = (harness, count) => {
      const shift = harness.random.pick([0n, 0n, 2n, 31n, 32n, 33n]);
      const left = bigints(harness, count).map((value) => value >> shift);
      const right = bigints(harness, count).map((value) => value >> shift);
      const exact = left.map((value, row) => INTEGER_OPERATIONS[name](value, right[row]!));
      const overflows = exact.some((value) => BigInt.asIntN(64, value) !== value);
      const after = BigInt64Array.from(exact);
      const vectors = [BigInt64Array.from(left), BigInt64Array.from(right)] as const;
      harness.call(name, [...putOperands(harness, ...vectors, after), count], Number(overflows));
    };
  }
  return cases;
}

function compareCases(): Record<CompareName, Case> {
  const cases = {} as Record<CompareName, Case>;
  for (const type of ['I32', 'I64', 'F64'] as const) {
    for (const operator of OPERATORS) {
      const name = `compare${operator}${type}` as const;
      cases[name] = (harness, count) => {
        const left = elements(anyVector(harness.random, type, count));
        const right = elements(anyVector(harness.random, type, count)).map((value, row) =>
          harness.random.integer(0, 3) === 0 ? left[row]! : value,
        );
        const flags = left.map((value, row) =>
          Number(COMPARISONS[operator](order(value, right[row]!))),
        );
        const out = harness.output(Uint8Array.from(flags));
        const inputs = [harness.put(vectorOf(type, left)), harness.put(vectorOf(type, right))];
        harness.call(name, [out, ...inputs, count]);
      };
    }
  }
  return cases;
}
