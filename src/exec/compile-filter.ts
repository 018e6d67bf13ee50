import { fitsInt64 } from '../base/decimal.ts';

import type { Comparison } from '../kernels/exports.ts';
import { ELEMENT } from '../sql/element.ts';
import type { Call, Expression, Literal } from '../sql/expression.ts';
import { chooseIndexes } from './choose-indexes.ts';
import { codeBounds } from './code-bounds.ts';
import {
  type CodeFunction,
  compileCodeFunction,
  isMonotonic,
  onlyColumn,
  SMALL_DOMAIN_CODES,
} from './code-function.ts';
import { compileLike, type MatchedCodes } from './compile-like.ts';
import type { ExecutionContext } from './context.ts';
import { elementsSegment } from './element-rows.ts';
import { combineFilters, type Filter } from './filter.ts';
import { compileMatch } from './match-index.ts';
import { type CodedColumnView, codedView, type SegmentView } from './segment-view.ts';

/**
 * Prepares a predicate for a segment, with indexes where they cost less than a scan; code sets are
 * allocated in the query's state memory.
 *
 * @param forceIndexes true to use indexes even where a scan costs less.
 */
export function compileFilter(
  expression: Expression | null,
  segment: SegmentView,
  context: ExecutionContext,
  forceIndexes: boolean,
): Filter {
  const filter = compilePredicate(expression, segment, context);
  return chooseIndexes(filter, { segment, context, isForced: forceIndexes });
}

function compilePredicate(
  expression: Expression | null,
  segment: SegmentView,
  context: ExecutionContext,
): Filter {
  if (expression === null) return { kind: 'all' };
  if (expression.kind === 'literal') return { kind: expression.value === true ? 'all' : 'none' };
  if (expression.kind === 'call') {
    if (expression.function === 'and' || expression.function === 'or') {
      const filters = expression.args.map((arg) => compilePredicate(arg, segment, context));
      return combineFilters(expression.function, filters);
    }
    const any = compileAnyElement(expression, segment, context);
    if (any !== null) return any;
    const simple =
      compileMatch(expression, segment, context) ??
      compileNullTest(expression, segment) ??
      compileComparison(expression, segment, context) ??
      compileMembership(expression, segment, context);
    if (simple !== null) return simple;
    const matched = compileLike(expression, segment, context);
    if (matched !== null) return compileSet(matched, context);
    const ranges = equalityAsRanges(expression, segment);
    if (ranges !== null) return compilePredicate(ranges, segment, context);
  }
  const codes = compileCodeFunction(expression, segment, context);
  if (codes !== null) return compileCodes(codes, context);
  return compileRaw(expression, segment) ?? { kind: 'expression', expression };
}
/** A coded column compared with a literal: the codes that satisfy it are found without looking at all. */
function compileComparison(
  call: Call,
  segment: SegmentView,
  { kernels }: ExecutionContext,
): Filter | null {
  const comparison = COMPARISONS[call.function];
  const [left, right] = call.args;
  if (comparison === undefined || left?.kind !== 'column' || right?.kind !== 'literal') return null;
  const column = codedView(segment.columns.get(left.name)!);
  if (column === null || left.type !== right.type) return null;
  if (right.value === null) return { kind: 'none' };
  if (Number.isNaN(right.value)) return null;
  const { below, above } = codeBounds(kernels, column, right.value);
  const last = column.codeCount;
  const range = (start: number, end: number): Filter => codesBetween(column, start, end);
  switch (comparison) {
    case 'Equal':
      return range(below, above);
    case 'NotEqual':
      return combineFilters(
        'or',
        below === above ? [range(0, last)] : [range(0, below), range(above, last)],
      );
    case 'Less':
      return range(0, below);
    case 'LessOrEqual':
      return range(0, above);
    case 'Greater':
      return range(above, last);
    case 'GreaterOrEqual':
      return range(below, last);
  }
}

/** Codes for a set of which a bitmap is worth its 128 KiB; an affine column can have billions. */
const BITMAP_CODES_MAX = 2 ** 20;

/** A coded column that is one of some literals: the codes of those that it has. */
function compileMembership(
  call: Call,
  segment: SegmentView,
  context: ExecutionContext,
): Filter | null {
  const [value, ...literals] = call.args;
  if (call.function !== 'in' || value?.kind !== 'column') return null;
  const column = codedView(segment.columns.get(value.name)!);
  if (column === null || column.codeCount === 0 || column.codeCount > BITMAP_CODES_MAX) return null;
  const isPlain = literals.every(
    (literal) =>
      literal.kind === 'literal' && literal.type === value.type && !Number.isNaN(literal.value),
  );
  if (!isPlain) return null;
  const { kernels, state } = context;
  const lengthBytes = bitmapBytes(column);
  const set = state.allocate(lengthBytes);
  kernels.run.fillBytes(set, 0, lengthBytes);
  for (const literal of literals) {
    // Whether a value equals NULL is not known: its row does not pass either way.
    if (literal.kind !== 'literal' || literal.value === null) continue;
    const { below, above } = codeBounds(kernels, column, literal.value);
    for (let code = below; code < above; code++) kernels.u8[set + (code >>> 3)]! |= 1 << (code & 7);
  }
  return compileSet({ column, set }, context);
}

/** A condition on the elements of an array column, or its negation, as a filter of those elements. */
function compileAnyElement(
  call: Call,
  segment: SegmentView,
  context: ExecutionContext,
): Filter | null {
  const negated = call.function === 'not';
  const any = negated ? call.args[0]! : call;
  if (any.kind !== 'call' || any.function !== 'array_any') return null;
  const [array, condition] = any.args;
  if (array?.kind !== 'column' || onlyColumn(condition!) !== ELEMENT) return null;
  // A condition that is NULL for an element keeps the negation from being true.
  if (negated && !isNeverNull(condition!)) return null;
  const column = segment.columns.get(array.name)!;
  if (column.elements === undefined) return null;
  const elements = elementsSegment(segment.metadata, column);
  const filter = compilePredicate(condition!, elements, context);
  if (filter.kind === 'none') {
    if (!negated) return filter;
    return column.metadata.nullCount === 0 ? { kind: 'all' } : { kind: 'isNotNull', column };
  }
  return { kind: 'anyElement', column, elements, filter, negated };
}

/** True for conditions on elements, which are not NULL, that are true or false of every value. */
function isNeverNull(condition: Expression): boolean {
  if (condition.kind === 'literal') return condition.value !== null;
  if (condition.kind === 'column') return condition.name === ELEMENT;
  return NEVER_NULL.has(condition.function) && condition.args.every(isNeverNull);
}

const NEVER_NULL: ReadonlySet<string> = new Set([
  ...['equal', 'not_equal', 'less', 'less_or_equal', 'greater', 'greater_or_equal', 'in'],
  ...['and', 'or', 'not', 'like', 'ilike', 'regexp_like'],
]);

/** Rows whose code is in [start, end) and not NULL. */
function codesBetween(column: CodedColumnView, start: number, end: number): Filter {
  if (start >= end) return { kind: 'none' };
  if (start > 0 || end < column.codeCount) {
    return { kind: 'codeRange', column, low: start, high: end - 1, nullsPass: false };
  }
  return column.metadata.nullCount === 0 ? { kind: 'all' } : { kind: 'isNotNull', column };
}

function compileNullTest(call: Call, segment: SegmentView): Filter | null {
  const argument = call.args[0];
  if (argument?.kind !== 'column') return null;
  if (call.function !== 'is_null' && call.function !== 'is_not_null') return null;
  const column = segment.columns.get(argument.name)!;
  const wantsNull = call.function === 'is_null';
  if (column.metadata.nullCount === 0) return { kind: wantsNull ? 'none' : 'all' };
  return { kind: wantsNull ? 'isNull' : 'isNotNull', column };
}

/** `x = v` on a monotonic x is `x >= v AND x <= v`, and IN is a union of those: bisection finds them. */
function equalityAsRanges(call: Call, segment: SegmentView): Call | null {
  const [value, ...literals] = call.args;
  if (value === undefined || !isMonotonic(value) || !hasLargeDomain(value, segment)) return null;
  const compare = (name: string, literal: Expression): Call => ({
    kind: 'call',
    function: name,
    args: [value, literal],
    type: 'BOOLEAN',
  });
  const equal = (literal: Expression): Call => ({
    ...compare('and', literal),
    args: [compare('greater_or_equal', literal), compare('less_or_equal', literal)],
  });
  if (!literals.every((literal) => literal.kind === 'literal' && literal.value !== null))
    return null;
  if (call.function === 'equal') return equal(literals[0]!);
  if (call.function !== 'in' || literals.length > IN_LITERALS_MAX) return null;
  return { ...call, function: 'or', args: literals.map(equal) };
}

const IN_LITERALS_MAX = 16;

function hasLargeDomain(expression: Expression, segment: SegmentView): boolean {
  if (expression.kind === 'literal') return false;
  if (expression.kind === 'call') {
    return expression.args.some((arg) => hasLargeDomain(arg, segment));
  }
  const column = codedView(segment.columns.get(expression.name)!);
  return column !== null && column.codeCount > SMALL_DOMAIN_CODES;
}
function compileCodes(codes: CodeFunction, context: ExecutionContext): Filter {
  const { column, table, nullOutput } = codes;
  const outputs = codes.values();
  const isTrue = (output: number): boolean =>
    outputs.kind === 'flat' && outputs.data[output] === 1 && outputs.nulls?.[output] !== 1;
  const passes = Uint8Array.from({ length: codes.outputCount }, (_, i) => (isTrue(i) ? 1 : 0));
  const nullsPass = nullOutput !== null && passes[nullOutput] === 1;
  const truthOf = (code: number): number => passes[table === null ? code : table[code]!]!;
  let low = 0;
  while (low < column.codeCount && truthOf(low) !== 1) low++;
  let high = column.codeCount - 1;
  while (high >= low && truthOf(high) !== 1) high--;
  let trueCount = 0;
  for (let code = low; code <= high; code++) trueCount += truthOf(code);
  if (trueCount === 0 && !nullsPass) return { kind: 'none' };
  if (trueCount === column.codeCount && (nullOutput === null || nullsPass)) return { kind: 'all' };
  if (trueCount > 0 && trueCount === high - low + 1) {
    return { kind: 'codeRange', column, low, high, nullsPass };
  }
  const lengthBytes = bitmapBytes(column);
  const set = context.state.allocate(lengthBytes);
  const { u8, run } = context.kernels;
  run.fillBytes(set, 0, lengthBytes);
  for (let code = low; code <= high; code++) {
    if (truthOf(code) === 1) u8[set + (code >>> 3)]! |= 1 << (code & 7);
  }
  return { kind: 'codeSet', column, set, nullsPass };
}

/** Bytes of a bitmap over codes. */
function bitmapBytes({ codeCount }: CodedColumnView): number {
  return Math.ceil(codeCount / 64) * 8;
}

/** A set of codes as the simplest filter that says the same. NULL rows do not pass. */
function compileSet({ column, set }: MatchedCodes, { kernels }: ExecutionContext): Filter {
  const words = Math.ceil(column.codeCount / 64);
  const count = kernels.run.bitmapCount(set, words);
  if (count === 0) return { kind: 'none' };
  const bits = new BigUint64Array(kernels.memory.buffer, set, words);
  const low = 64 * bits.findIndex((word) => word !== 0n);
  const high = 64 * bits.findLastIndex((word) => word !== 0n) + 63;
  const has = (code: number): boolean => (kernels.u8[set + (code >>> 3)]! >> (code & 7)) % 2 === 1;
  let first = low;
  while (!has(first)) first++;
  let last = high;
  while (!has(last)) last--;
  return count === last - first + 1
    ? codesBetween(column, first, last + 1)
    : { kind: 'codeSet', column, set, nullsPass: false };
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  equal: 'Equal',
  not_equal: 'NotEqual',
  less: 'Less',
  less_or_equal: 'LessOrEqual',
  greater: 'Greater',
  greater_or_equal: 'GreaterOrEqual',
};

function compileRaw(expression: Expression, segment: SegmentView): Filter | null {
  if (expression.kind !== 'call') return null;
  const comparison = COMPARISONS[expression.function];
  const [left, right] = expression.args;
  if (comparison === undefined || left?.kind !== 'column' || right?.kind !== 'literal') return null;
  const column = segment.columns.get(left.name)!;
  if (codedView(column) !== null || left.type !== right.type) return null;
  if (right.value === null) return { kind: 'none' };
  const operand = rawOperand(right);
  return operand === null ? null : { kind: 'comparison', column, comparison, operand };
}

/** A literal as a kernel operand; null when the kernel cannot take it (NaN, beyond 64 bits, or inexact as f32). */
function rawOperand({ type, value }: Literal): number | bigint | null {
  if (typeof value === 'bigint') return fitsInt64(value) ? value : null;
  if (typeof value !== 'number' || Number.isNaN(value)) return null;
  return type === 'FLOAT' && Math.fround(value) !== value ? null : value;
}
