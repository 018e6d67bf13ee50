import type { CodeWidth, RawType } from '../../../src/kernels/exports.ts';
import type { Case, Harness, KernelName } from '../harness.ts';
import {
  ALL_TYPES,
  anyVector,
  anyWide,
  CODES,
  elements,
  indexesBelow,
  maskOf,
  summable,
  type TypeName,
  VECTORS,
  vectorOf,
  wideVector,
} from '../values.ts';
import { better, LIMITS } from './sum.ts';

type GroupName =
  | `groupIds${'' | 'Append'}${CodeWidth}`
  | `sumByGroup${CodeWidth | RawType | 'I128'}`
  | `${'min' | 'max'}ByGroup${CodeWidth | RawType}`
  | 'countByCodeU8'
  | 'countByCodeU16'
  | 'countByGroup'
  | `${'min' | 'max'}RowsByGroup${'I64' | 'F64'}`
  | 'setBitsByGroup'
  | 'flipNegatives';

/** Few groups, so that neighbouring rows often share one, or many. */
const GROUP_COUNTS = [1, 2, 5, 200];

/** Twins of the dense group-by. */
export function groupCases(): Record<GroupName, Case> {
  const cases = {} as Record<GroupName, Case>;
  for (const type of CODES) {
    cases[`groupIds${type}`] = groupIds(type, false);
    cases[`groupIdsAppend${type}`] = groupIds(type, true);
  }
  for (const type of ALL_TYPES) {
    cases[`sumByGroup${type}`] = type === 'I64' ? wideSums('I64') : sums(type);
    for (const side of ['min', 'max'] as const) {
      cases[`${side}ByGroup${type}`] = extremes(side, type);
    }
  }
  for (const type of ['I64', 'F64'] as const) {
    for (const side of ['min', 'max'] as const) {
      cases[`${side}RowsByGroup${type}`] = extremeRows(side, type);
    }
  }
  cases.sumByGroupI128 = wideSums('I128');
  cases.countByCodeU8 = countsInLanes;
  cases.countByCodeU16 = counts('countByCodeU16', 'U16');
  cases.countByGroup = counts('countByGroup', 'U32');
  cases.setBitsByGroup = setBits;
  cases.flipNegatives = flips;
  return cases;
}

function groupIds(type: CodeWidth, append: boolean): Case {
  return (harness, count) => {
    const { random } = harness;
    const cardinality = 250;
    const codes = VECTORS[type].from(indexesBelow(random, cardinality, count));
    const table = random.pick([undefined, indexesBelow(random, 2 ** 32, cardinality)]);
    const before = indexesBelow(random, append ? 1000 : 2 ** 32, count);
    const after = before.map((id, row) => {
      const added = table ? table[codes[row]!]! : codes[row]!;
      return append ? id * 77 + added : added;
    });
    const ids = harness.become(before, after);
    const inputs = [ids, harness.put(codes), table ? harness.put(table) : 0];
    if (append) harness.call(`groupIdsAppend${type}`, [...inputs, 77, count]);
    else harness.call(`groupIds${type}`, [...inputs, count]);
  };
}

const flips: Case = (harness, count) => {
  const values = anyVector(harness.random, 'I64', count) as BigInt64Array;
  const after = values.map((bits) => (bits < 0n ? bits ^ (2n ** 63n - 1n) : bits));
  harness.call('flipNegatives', [harness.become(values, after), count]);
};

function counts(name: KernelName, type: CodeWidth): Case {
  return (harness, count) => {
    const groups = harness.random.pick(GROUP_COUNTS);
    const codes = VECTORS[type].from(indexesBelow(harness.random, groups, count));
    const before = BigInt64Array.from({ length: groups }, () => BigInt(harness.random.uint32()));
    const after = before.slice();
    for (const code of codes) after[code]!++;
    harness.call(name, [harness.become(before, after), harness.put(codes), count]);
  };
}

function countsInLanes(harness: Harness, count: number): void {
  const groups = harness.random.pick(GROUP_COUNTS);
  const codes = VECTORS.U8.from(indexesBelow(harness.random, groups, count));
  const before = BigInt64Array.from({ length: groups }, () => BigInt(harness.random.uint32()));
  const after = before.slice();
  for (const code of codes) after[code]!++;
  const lanes = harness.output(new Uint8Array(8_192));
  const args = [harness.become(before, after), harness.put(codes), lanes, groups, count];
  harness.call('countByCodeU8', args);
}

function sums(type: Exclude<TypeName, 'I64'>): Case {
  return (harness, count) => {
    const groups = harness.random.pick(GROUP_COUNTS);
    const ids = indexesBelow(harness.random, groups, count);
    const values = summable(harness.random, type, count);
    const isFloat = type === 'F32' || type === 'F64';
    const before = new Float64Array(groups).map(() => harness.random.integer(-1000, 1000));
    const after = before.slice();
    ids.forEach((id, row) => {
      after[id]! += Number(values[row]);
    });
    const accumulators = isFloat
      ? harness.become(before, after)
      : harness.become(vectorOf('I64', [...before]), vectorOf('I64', [...after]));
    const inputs = [accumulators, harness.put(ids), harness.put(values), count];
    harness.call(`sumByGroup${type}`, inputs);
  };
}

function extremeRows(side: 'min' | 'max', type: 'I64' | 'F64'): Case {
  return (harness, count) => {
    const groups = harness.random.pick(GROUP_COUNTS);
    const ids = indexesBelow(harness.random, groups, count);
    const keys = anyVector(harness.random, type, count);
    const before = new Array(groups).fill(LIMITS[type][side === 'min' ? 1 : 0]);
    const after = [...before];
    const found: number[] = [];
    ids.forEach((id, row) => {
      const best = better(side)(after[id], keys[row]!);
      if (Object.is(best, keys[row]) || best === keys[row]) found.push(row);
      after[id] = best;
    });
    const garbage = indexesBelow(harness.random, 2 ** 32, count);
    const rows = garbage.slice();
    rows.set(found);
    const bests = harness.become(vectorOf(type, before), vectorOf(type, after));
    const inputs = [harness.become(garbage, rows), bests, harness.put(ids), harness.put(keys)];
    harness.call(`${side}RowsByGroup${type}`, [...inputs, count], found.length);
  };
}

function wideSums(type: 'I64' | 'I128'): Case {
  return (harness, count) => {
    const { random } = harness;
    const groups = random.pick(GROUP_COUNTS);
    const ids = indexesBelow(random, groups, count);
    const narrow = anyVector(random, 'I64', count);
    const values =
      type === 'I64' ? elements(narrow).map(BigInt) : elements(narrow).map(() => anyWide(random));
    const before = Array.from({ length: groups }, () => anyWide(random));
    const after = [...before];
    ids.forEach((id, row) => {
      after[id]! += values[row]!;
    });
    const accumulators = harness.become(wideVector(before), wideVector(after));
    const input = harness.put(type === 'I64' ? narrow : wideVector(values));
    harness.call(`sumByGroup${type}`, [accumulators, harness.put(ids), input, count]);
  };
}

const ACCUMULATORS = {
  U8: 'U32',
  U16: 'U32',
  U32: 'U32',
  I32: 'I32',
  I64: 'I64',
  F32: 'F64',
  F64: 'F64',
} as const;

function extremes(side: 'min' | 'max', type: TypeName): Case {
  return (harness, count) => {
    const groups = harness.random.pick(GROUP_COUNTS);
    const ids = indexesBelow(harness.random, groups, count);
    const values = anyVector(harness.random, type, count);
    const accumulator = ACCUMULATORS[type];
    const before = new Array(groups).fill(LIMITS[accumulator][side === 'min' ? 1 : 0]);
    const after = [...before];
    ids.forEach((id, row) => {
      after[id] = better(side)(after[id], values[row]!);
    });
    const best = harness.become(vectorOf(accumulator, before), vectorOf(accumulator, after));
    harness.call(`${side}ByGroup${type}`, [best, harness.put(ids), harness.put(values), count]);
  };
}

const setBits: Case = (harness, count) => {
  const wordsPerRow = harness.random.integer(1, 5);
  const groups = harness.random.pick(GROUP_COUNTS);
  const ids = indexesBelow(harness.random, groups, count);
  const codes = indexesBelow(harness.random, wordsPerRow * 64, count);
  const rows = Array.from({ length: groups * wordsPerRow * 64 }, (_, bit) => bit % 97 === 0);
  const before = maskOf(rows);
  ids.forEach((id, row) => {
    rows[id * wordsPerRow * 64 + codes[row]!] = true;
  });
  const bits = harness.become(before, maskOf(rows));
  harness.call('setBitsByGroup', [bits, harness.put(ids), harness.put(codes), wordsPerRow, count]);
};
