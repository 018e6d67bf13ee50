import { assert } from '../../base/assert.ts';

import { sequence } from '../../base/sequence.ts';

import { isText, isWideDecimal } from '../../base/types.ts';

import type { Call, Expression } from '../../sql/expression.ts';
import type { FlatData, FlatVector, Vector } from '../vector.ts';
import { newFlatData, VectorBuilder } from '../vector-build.ts';
import { canFail } from './can-fail.ts';
import { compare } from './compare.ts';
import { flat, type Implementation, lazy, nullable, type Scope } from './implementation.ts';
import { flagsOf, flatDataOf, halvesOf, nullsOf } from './memory.ts';
import { rowsWhere, toVector } from './rows.ts';

/**
 * CASE and its relatives. Each branch is evaluated on the rows that take it and on no others, so that
 * an error in a branch surfaces only when a row takes it.
 */
export const CONDITIONALS: Readonly<Record<string, Implementation>> = {
  case: lazy(evaluateCase),
  if: lazy(evaluateCase),
  coalesce: lazy(evaluateCoalesce),
  nullif: nullable((args, invocation) => {
    const { rowCount } = invocation;
    const [left, right] = args.map((arg) => toVector(arg, rowCount));
    const equal = compare('Equal', [left!, right!], {
      ...invocation,
      call: { ...invocation.call, type: 'BOOLEAN' },
      nulls: null,
    });
    assert(equal.kind === 'flat', 'comparisons give truth values');
    const nulls = left!.nulls?.slice() ?? new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (equal.data[row] === 1 && right!.nulls?.[row] !== 1) nulls[row] = 1;
    }
    return { ...left!, nulls };
  }),
};

/** Branches of a CASE that are numbered in one byte a row. */
const BRANCHES_MAX = 256;

/** Rows still to be answered, as numbers of the whole input, and the scope that holds just them. */
interface Remaining {
  readonly rows: Uint32Array;
  readonly scope: Scope;
}

function evaluateCase(call: Call, scope: Scope): Vector {
  const { args, type } = call;
  const isNarrow = args.length >> 1 < BRANCHES_MAX;
  if (!isText(type) && !isWideDecimal(type) && isNarrow && !args.some(canFail))
    return selectBranches(type, args, scope);
  const builder = new VectorBuilder(type, scope.rowCount);
  let remaining = wholeScope(scope);
  for (let index = 0; index + 1 < args.length && remaining.rows.length > 0; index += 2) {
    const { rowCount } = remaining.scope;
    const condition = remaining.scope.evaluate(args[index]!);
    const flags = flagsOf(condition, rowCount);
    const nulls = nullsOf(condition, rowCount);
    const isTrue = (row: number) => flags[row] === 1 && nulls?.[row] !== 1;
    fill(builder, narrow(remaining, isTrue), args[index + 1]!);
    remaining = narrow(remaining, (row) => !isTrue(row));
  }
  fill(builder, remaining, args.at(-1)!);
  return builder.finish();
}

/** CASE on whole columns: every branch is evaluated on all rows, and each row takes its own. */
function selectBranches(
  type: FlatVector['type'],
  args: readonly Expression[],
  scope: Scope,
): Vector {
  const { rowCount } = scope;
  const otherwise = args.length >> 1;
  const branchOf = new Uint8Array(rowCount).fill(otherwise);
  for (let branch = otherwise - 1; branch >= 0; branch--) {
    const condition = scope.evaluate(args[2 * branch]!);
    const flags = flagsOf(condition, rowCount);
    const nulls = nullsOf(condition, rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (flags[row] === 1 && nulls?.[row] !== 1) branchOf[row] = branch;
    }
  }
  const data = newFlatData(type, rowCount);
  let nulls: Uint8Array | null = null;
  for (let branch = 0; branch <= otherwise; branch++) {
    const value = scope.evaluate(args[Math.min(2 * branch + 1, args.length - 1)]!);
    copyWhere(data, flatDataOf(value, rowCount), branchOf, branch);
    const valueNulls = nullsOf(value, rowCount);
    if (valueNulls === null) continue;
    nulls ??= new Uint8Array(rowCount);
    copyWhere(nulls, valueNulls, branchOf, branch);
  }
  return flat(type, data, nulls);
}

/** `target[row] = source[row]` in the rows of a branch. */
function copyWhere(target: FlatData, source: FlatData, branchOf: Uint8Array, branch: number): void {
  if (target instanceof BigInt64Array) {
    const [to, from] = [halvesOf(target), halvesOf(source as BigInt64Array)];
    for (let row = 0; row < branchOf.length; row++) {
      if (branchOf[row] !== branch) continue;
      to[2 * row] = from[2 * row]!;
      to[2 * row + 1] = from[2 * row + 1]!;
    }
    return;
  }
  const from = source as Exclude<FlatData, BigInt64Array>;
  for (let row = 0; row < branchOf.length; row++) {
    if (branchOf[row] === branch) target[row] = from[row]!;
  }
}

function evaluateCoalesce(call: Call, scope: Scope): Vector {
  const builder = new VectorBuilder(call.type, scope.rowCount);
  let remaining = wholeScope(scope);
  for (const [index, arg] of call.args.entries()) {
    const nulls = fill(builder, remaining, arg);
    if (nulls === null || index === call.args.length - 1) break;
    remaining = narrow(remaining, (row) => nulls[row] === 1);
  }
  return builder.finish();
}

function wholeScope(scope: Scope): Remaining {
  return { rows: sequence(scope.rowCount), scope };
}

function narrow({ rows, scope }: Remaining, test: (row: number) => boolean): Remaining {
  const kept = rowsWhere(rows.length, test);
  if (kept.length === rows.length) return { rows, scope };
  const keptRows = new Uint32Array(kept.length);
  for (let index = 0; index < kept.length; index++) keptRows[index] = rows[kept[index]!]!;
  return { rows: keptRows, scope: scope.subset(kept) };
}

/** Evaluates an expression on the remaining rows into the builder; returns the nulls it had. */
function fill(
  builder: VectorBuilder,
  { rows, scope }: Remaining,
  expression: Expression,
): Uint8Array | null {
  if (rows.length === 0) return null;
  const vector = toVector(scope.evaluate(expression), rows.length);
  builder.scatter(vector, rows);
  return vector.nulls;
}
