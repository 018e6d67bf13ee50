import { isDecimal } from '../../base/types.ts';
import { decimalReader } from '../decimal-vector.ts';
import type { Vector } from '../vector.ts';
import { compare } from './compare.ts';
import {
  type Argument,
  type Constant,
  flat,
  type Implementation,
  type Invocation,
  nullable,
  unionNulls,
} from './implementation.ts';
import { flatDataOf, halvesOf, nullsOf, readInteger } from './memory.ts';
import { toVector } from './rows.ts';
import { applyToText } from './text-apply.ts';

/** IN: true when the value is in the list, NULL when it is not and the list or the value has a NULL. */
export const MEMBERSHIP: Readonly<Record<string, Implementation>> = {
  in: nullable((args, invocation) => {
    const { rowCount } = invocation;
    const value = toVector(args[0]!, rowCount);
    const items = args.slice(1);
    const constants = items.filter((item) => item.kind === 'constant');
    const variables = items.filter((item) => item.kind !== 'constant');
    const known = constants.filter((constant) => constant.value !== null);
    let found = inConstants(value, known, { ...invocation, nulls: value.nulls });
    let nulls = value.nulls;
    if (known.length < constants.length) nulls = new Uint8Array(rowCount).fill(1);
    for (const variable of variables) {
      const inner = { ...invocation, nulls: unionNulls(value.nulls, variable.nulls) };
      found = either(found, equalFlags([value, variable], inner));
      nulls = unionNulls(nulls, variable.nulls);
    }
    return flat('BOOLEAN', found, nullsWhereNotFound(found, nulls));
  }),
};

/** Flags of the rows whose value, not NULL, is one of the constants. */
function inConstants(
  value: Vector,
  items: readonly Constant[],
  invocation: Invocation,
): Uint8Array {
  const { rowCount, nulls } = invocation;
  if (isDecimal(value.type) && value.kind === 'text') {
    const set = new Set(items.map((item) => item.value));
    const read = decimalReader(value);
    return Uint8Array.from(value.codes, (_, row) =>
      nulls?.[row] !== 1 && set.has(read(row)) ? 1 : 0,
    );
  }
  if (value.kind === 'text') {
    const set = new Set(items.map((item) => item.value));
    return withoutNulls(
      applyToText([value], invocation, (text: string) => set.has(text)),
      rowCount,
    );
  }
  const flags = new Uint8Array(rowCount);
  const isMember = memberTest(value, items);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] !== 1 && isMember(row)) flags[row] = 1;
  }
  return flags;
}

/**
 * JavaScript's Set has SQL's equality for numbers: −0 is 0 and NaN is NaN. Integers beyond 2^53 round
 * when read as numbers, so they have a set of their own.
 */
function memberTest(value: Argument, items: readonly Constant[]): (row: number) => boolean {
  const data = flatDataOf(value, 0);
  const numbers = new Set(items.map((item) => Number(item.value)));
  if (!(data instanceof BigInt64Array)) return (row) => numbers.has(data[row]!);
  const isSafe = (item: Constant) => Number.isSafeInteger(Number(item.value));
  const large = new Set(items.filter((item) => !isSafe(item)).map((item) => item.value));
  const small = new Set(items.filter(isSafe).map((item) => Number(item.value)));
  const halves = halvesOf(data);
  return (row) => {
    const number = readInteger(halves, row);
    return Number.isSafeInteger(number) ? small.has(number) : large.has(data[row]!);
  };
}

function equalFlags(args: readonly Argument[], invocation: Invocation): Uint8Array {
  return withoutNulls(compare('Equal', args, invocation), invocation.rowCount);
}

/** Truth values as flags that are 0 in NULL rows. */
function withoutNulls(vector: Vector, rowCount: number): Uint8Array {
  const data = flatDataOf(vector, rowCount);
  const nulls = nullsOf(vector, rowCount);
  return Uint8Array.from(data as Uint8Array, (flag, row) => (nulls?.[row] === 1 ? 0 : flag));
}

function either(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((flag, row) => flag | right[row]!);
}

function nullsWhereNotFound(found: Uint8Array, nulls: Uint8Array | null): Uint8Array | null {
  return nulls === null ? null : nulls.map((isNull, row) => (found[row] === 1 ? 0 : isNull));
}
