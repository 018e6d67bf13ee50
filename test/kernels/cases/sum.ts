import type { CodeWidth, RawType } from '../../../src/kernels/exports.ts';
import type { Case } from '../harness.ts';
import {
  ALL_TYPES,
  anySelection,
  anyVector,
  anyWide,
  elements,
  maskOf,
  order,
  summable,
  type TypeName,
  type Value,
  wideVector,
} from '../values.ts';

type SumName = `sum${'' | 'Masked'}${CodeWidth | RawType}`;
type ExtremeName = `${'min' | 'max'}${'' | 'Masked'}${CodeWidth | RawType}`;

/** Twins of the sums. */
export function sumCases(): Record<SumName, Case> {
  const cases = {} as Record<SumName, Case>;
  for (const type of ALL_TYPES) {
    for (const masked of ['', 'Masked'] as const) {
      const name = `sum${masked}${type}` as const;
      cases[name] = (harness, count) => {
        const values = summable(harness.random, type, count);
        const rows = masked ? anySelection(harness.random, count) : undefined;
        const chosen = elements(values).filter((_, row) => rows === undefined || rows[row]);
        const inputs = [harness.put(values), ...(rows ? [harness.put(maskOf(rows))] : []), count];
        if (type === 'I64') {
          const before = anyWide(harness.random);
          const after = chosen.reduce((sum: bigint, value) => sum + BigInt(value), before);
          const sum = harness.become(wideVector([before]), wideVector([after]));
          harness.call(name, [sum, ...inputs]);
        } else {
          const sum = chosen.reduce((total: number, value) => total + Number(value), 0);
          harness.call(name, inputs, type === 'F32' || type === 'F64' ? sum : BigInt(sum));
        }
      };
    }
  }
  return cases;
}

/** The least and the greatest value of a type in SQL's order. */
export const LIMITS: Record<TypeName, readonly [least: Value, greatest: Value]> = {
  U8: [0, 255],
  U16: [0, 65_535],
  U32: [0, 2 ** 32 - 1],
  I32: [-(2 ** 31), 2 ** 31 - 1],
  I64: [-(2n ** 63n), 2n ** 63n - 1n],
  F32: [-Infinity, NaN],
  F64: [-Infinity, NaN],
};

/** Twins of the extremes. Results of u32 come back signed, as WebAssembly has it. */
export function extremeCases(): Record<ExtremeName, Case> {
  const cases = {} as Record<ExtremeName, Case>;
  for (const type of ALL_TYPES) {
    for (const masked of ['', 'Masked'] as const) {
      for (const side of ['min', 'max'] as const) {
        const name = `${side}${masked}${type}` as const;
        cases[name] = (harness, count) => {
          const values = anyVector(harness.random, type, count);
          const rows = masked ? anySelection(harness.random, count) : undefined;
          const chosen = elements(values).filter((_, row) => rows === undefined || rows[row]);
          const best = chosen.reduce(better(side), LIMITS[type][side === 'min' ? 1 : 0]);
          const inputs = [harness.put(values), ...(rows ? [harness.put(maskOf(rows))] : []), count];
          harness.call(name, inputs, type === 'U32' ? Number(best) | 0 : best);
        };
      }
    }
  }
  return cases;
}

/** The better of two values. */
export function better(side: 'min' | 'max'): (best: Value, value: Value) => Value {
  const sign = side === 'min' ? -1 : 1;
  return (best, value) => (order(value, best) * sign > 0 ? value : best);
}
