import type { CodeWidth, Comparison, RawType } from '../../../src/kernels/exports.ts';
import type { Case, Harness } from '../harness.ts';
import {
  ALL_TYPES,
  anyOperand,
  anySelection,
  anyVector,
  CODES,
  COMPARISONS,
  elements,
  indexesBelow,
  maskOf,
  OPERATORS,
  order,
  type Value,
  VECTORS,
} from '../values.ts';

type Name = `filter${Comparison | 'Between'}${CodeWidth | RawType}` | `filterSet${CodeWidth}`;

/** Puts a mask that shall keep only the rows that pass. */
function narrowedMask(
  harness: Harness,
  values: readonly Value[],
  passes: (value: Value) => boolean,
) {
  const rows = anySelection(harness.random, values.length);
  const kept = rows.map((isSet, row) => isSet && passes(values[row]!));
  return harness.become(maskOf(rows), maskOf(kept));
}

/** Twins of the predicates. */
export function filterCases(): Record<Name, Case> {
  const cases = {} as Record<Name, Case>;
  for (const type of ALL_TYPES) {
    for (const operator of OPERATORS) {
      const name = `filter${operator}${type}` as const;
      cases[name] = (harness, count) => {
        const values = anyVector(harness.random, type, count);
        const operand = anyOperand(harness.random, type);
        const passes = (value: Value) => COMPARISONS[operator](order(value, operand));
        const mask = narrowedMask(harness, elements(values), passes);
        harness.call(name, [mask, harness.put(values), operand, count]);
      };
    }
    const name = `filterBetween${type}` as const;
    cases[name] = (harness, count) => {
      const values = anyVector(harness.random, type, count);
      const low = anyOperand(harness.random, type);
      const high = anyOperand(harness.random, type);
      const passes = (value: Value) => order(value, low) >= 0 && order(value, high) <= 0;
      const mask = narrowedMask(harness, elements(values), passes);
      harness.call(name, [mask, harness.put(values), low, high, count]);
    };
  }
  for (const type of CODES) cases[`filterSet${type}`] = setCase(type);
  return cases;
}

/** Sets of any length, at addresses that are and are not aligned for the vector path. */
function setCase(type: CodeWidth): Case {
  return (harness, count) => {
    const { random } = harness;
    const cardinality = type === 'U8' ? random.integer(1, 257) : random.integer(1, 3000);
    const codes = VECTORS[type].from(indexesBelow(random, cardinality, count));
    const members = anySelection(random, cardinality);
    const mask = narrowedMask(harness, elements(codes), (code) => members[Number(code)]!);
    const set = maskOf(members);
    // Four tries lie at each multiple of 8 within 32 bytes, so one of them is aligned.
    let address = harness.put(set);
    const wantsAligned = random.integer(0, 2) === 0;
    for (let tries = 0; wantsAligned && address % 32 !== 0 && tries < 4; tries++) {
      harness.put(new BigUint64Array(1));
      address = harness.put(set);
    }
    harness.call(`filterSet${type}`, [mask, harness.put(codes), address, count]);
  };
}
