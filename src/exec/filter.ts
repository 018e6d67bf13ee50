import { BATCH_ROWS } from '../base/limits.ts';
import type { Comparison } from '../kernels/exports.ts';
import type { Call, Expression, Literal } from '../sql/expression.ts';
import { BatchInput } from './batch-input.ts';
import { codeBounds } from './code-bounds.ts';
import { type CodeFunction, compileCodeFunction, isMonotonic } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { maskedRows } from './row-set.ts';
import {
  bufferAddress,
  type CodedColumnView,
  type ColumnView,
  codedView,
  type SegmentView,
} from './segment-view.ts';

/**
 * A predicate prepared for one segment. `codeRange` is inclusive at both ends; `nullsPass` says
 * whether rows in which the column is NULL satisfy the predicate.
 */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | CodeRange
  | CodeSet
  | RawComparison
  | { readonly kind: 'isNull' | 'isNotNull'; readonly column: ColumnView }
  | { readonly kind: 'expression'; readonly expression: Expression };

interface CodeRange {
  readonly kind: 'codeRange';
  readonly column: CodedColumnView;
  readonly low: number;
  readonly high: number;
  readonly nullsPass: boolean;
}

interface CodeSet {
  readonly kind: 'codeSet';
  readonly column: CodedColumnView;
  /** Address of a bitmap over codes. */
  readonly set: number;
  readonly nullsPass: boolean;
}

interface RawComparison {
  readonly kind: 'comparison';
  readonly column: ColumnView;
  readonly comparison: Comparison;
  readonly operand: number | bigint;
}

/** Rows that predicates looked at: one per row and predicate. */
export interface FilterStatistics {
  entriesScanned: number;
}

/** Prepares a predicate for a segment; code sets are allocated in the query's state memory. */
export function compileFilter(
  expression: Expression | null,
  segment: SegmentView,
  context: ExecutionContext,
): Filter {
  if (expression === null) return { kind: 'all' };
  if (expression.kind === 'literal') return { kind: expression.value === true ? 'all' : 'none' };
  if (expression.kind === 'call') {
    if (expression.function === 'and' || expression.function === 'or') {
      const filters = expression.args.map((arg) => compileFilter(arg, segment, context));
      return combine(expression.function, filters);
    }
    const simple =
      compileNullTest(expression, segment) ?? compileComparison(expression, segment, context);
    if (simple !== null) return simple;
    const ranges = equalityAsRanges(expression, segment);
    if (ranges !== null) return compileFilter(ranges, segment, context);
  }
  const codes = compileCodeFunction(expression, segment, context);
  if (codes !== null) return compileCodes(codes, context);
  return compileRaw(expression, segment) ?? { kind: 'expression', expression };
}

/**
 * Clears the bits of a mask whose rows do not satisfy the filter.
 *
 * @param mask address of the bitmap for `count` rows from `start`, a multiple of the batch size.
 */
export function applyFilter(
  filter: Filter,
  mask: number,
  segment: SegmentView,
  start: number,
  count: number,
  context: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const { run, u8 } = context.kernels;
  const wordCount = Math.ceil(count / 64);
  const applyInner = (inner: Filter, target: number): void =>
    applyFilter(inner, target, segment, start, count, context, statistics);
  switch (filter.kind) {
    case 'all':
      return;
    case 'none':
      u8.fill(0, mask, mask + wordCount * 8);
      return;
    case 'and':
      for (const inner of filter.filters) applyInner(inner, mask);
      return;
    case 'or': {
      const union = context.batch.allocate(wordCount * 8);
      const attempt = context.batch.allocate(wordCount * 8);
      u8.fill(0, union, union + wordCount * 8);
      for (const inner of filter.filters) {
        u8.copyWithin(attempt, mask, mask + wordCount * 8);
        applyInner(inner, attempt);
        run.bitmapOr(union, attempt, wordCount);
      }
      u8.copyWithin(mask, union, union + wordCount * 8);
      return;
    }
    case 'isNull':
      run.bitmapAnd(mask, bufferAddress(filter.column, 'nulls') + start / 8, wordCount);
      return;
    case 'isNotNull':
      run.bitmapAndNot(mask, bufferAddress(filter.column, 'nulls') + start / 8, wordCount);
      return;
    case 'expression':
      statistics.entriesScanned += count;
      applyExpression(filter.expression, mask, segment, start, count, context);
      return;
    default:
      applyColumn(filter, mask, start, count, context, statistics);
  }
}

/** Numeric order of evaluation inside an AND: cheap predicates thin out the rows for dear ones. */
const COST: Record<Filter['kind'], number> = {
  none: 0,
  all: 0,
  isNull: 1,
  isNotNull: 1,
  codeRange: 2,
  codeSet: 3,
  comparison: 4,
  and: 5,
  or: 6,
  expression: 7,
};

function combine(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const neutral = kind === 'and' ? 'all' : 'none';
  const dominant = kind === 'and' ? 'none' : 'all';
  if (filters.some((filter) => filter.kind === dominant)) return { kind: dominant };
  const useful = filters.filter((filter) => filter.kind !== neutral);
  const rest = kind === 'and' ? intersectRanges(useful) : useful;
  if (rest.some((filter) => filter.kind === dominant)) return { kind: dominant };
  if (rest.length === 0) return { kind: neutral };
  if (rest.length === 1) return rest[0]!;
  return { kind, filters: rest.toSorted((left, right) => COST[left.kind] - COST[right.kind]) };
}

/** Ranges over one column become one: BETWEEN costs as much as a single comparison. */
function intersectRanges(filters: readonly Filter[]): Filter[] {
  const result: Filter[] = [];
  for (const filter of filters) {
    const index = result.findIndex((other) => isRangeOfSameColumn(other, filter));
    const other = result[index];
    if (other?.kind !== 'codeRange' || filter.kind !== 'codeRange') {
      result.push(filter);
      continue;
    }
    const low = Math.max(filter.low, other.low);
    const high = Math.min(filter.high, other.high);
    result[index] = low > high ? { kind: 'none' } : { ...filter, low, high };
  }
  return result;
}

function isRangeOfSameColumn(left: Filter, right: Filter): boolean {
  return (
    left.kind === 'codeRange' &&
    right.kind === 'codeRange' &&
    left.column.metadata === right.column.metadata &&
    !left.nullsPass &&
    !right.nullsPass
  );
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
      return combine(
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
const LARGE_DOMAIN_CODES = 4096;

function hasLargeDomain(expression: Expression, segment: SegmentView): boolean {
  if (expression.kind === 'literal') return false;
  if (expression.kind === 'call') {
    return expression.args.some((arg) => hasLargeDomain(arg, segment));
  }
  const column = codedView(segment.columns.get(expression.name)!);
  return column !== null && column.codeCount > LARGE_DOMAIN_CODES;
}

function compileCodes(codes: CodeFunction, context: ExecutionContext): Filter {
  const { column, table, nullOutput } = codes;
  const outputs = codes.decode(Uint32Array.from({ length: codes.outputCount }, (_, i) => i));
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
  const words = Math.ceil(column.codeCount / 64);
  const set = context.state.allocate(words * 8);
  const { u8 } = context.kernels;
  u8.fill(0, set, set + words * 8);
  for (let code = low; code <= high; code++) {
    if (truthOf(code) === 1) u8[set + (code >>> 3)]! |= 1 << (code & 7);
  }
  return { kind: 'codeSet', column, set, nullsPass };
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

/** A literal as a kernel operand; null when the kernel cannot take it (NaN, or inexact as f32). */
function rawOperand({ type, value }: Literal): number | bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || Number.isNaN(value)) return null;
  return type === 'FLOAT' && Math.fround(value) !== value ? null : value;
}

const RAW_TYPES = {
  INT: 'I32',
  DATE: 'I32',
  BIGINT: 'I64',
  TIMESTAMP: 'I64',
  FLOAT: 'F32',
  DOUBLE: 'F64',
} as const;

function applyColumn(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  context: ExecutionContext,
  statistics: FilterStatistics,
): void {
  const { kernels, batch } = context;
  const { run, u8 } = kernels;
  const wordCount = Math.ceil(count / 64);
  const nulls =
    filter.column.metadata.nullCount === 0 ? 0 : bufferAddress(filter.column, 'nulls') + start / 8;
  if (nulls !== 0 && filter.kind !== 'comparison' && filter.nullsPass) {
    const passing = batch.allocate(wordCount * 8);
    u8.copyWithin(passing, mask, mask + wordCount * 8);
    run.bitmapAnd(passing, nulls, wordCount);
    run.bitmapAndNot(mask, nulls, wordCount);
    applyColumnValues(filter, mask, start, count, context, statistics);
    run.bitmapOr(mask, passing, wordCount);
    return;
  }
  if (nulls !== 0) run.bitmapAndNot(mask, nulls, wordCount);
  applyColumnValues(filter, mask, start, count, context, statistics);
}

function applyColumnValues(
  filter: CodeRange | CodeSet | RawComparison,
  mask: number,
  start: number,
  count: number,
  { kernels: { run, u8, u32 } }: ExecutionContext,
  statistics: FilterStatistics,
): void {
  if (filter.kind === 'codeRange') {
    const { column, low, high } = filter;
    const zone = (bufferAddress(column, 'zones') >>> 2) + (start / BATCH_ROWS) * 2;
    const [zoneLow, zoneHigh] = [u32[zone]!, u32[zone + 1]!];
    if (zoneLow >= low && zoneHigh <= high) return;
    if (zoneHigh < low || zoneLow > high) {
      u8.fill(0, mask, mask + Math.ceil(count / 64) * 8);
      return;
    }
    statistics.entriesScanned += count;
    const codes = column.codes + start * column.codeBytes;
    run[`filterBetween${column.width}`](mask, codes, low, high, count);
    return;
  }
  statistics.entriesScanned += count;
  if (filter.kind === 'codeSet') {
    const { column, set } = filter;
    run[`filterSet${column.width}`](mask, column.codes + start * column.codeBytes, set, count);
    return;
  }
  const type = RAW_TYPES[filter.column.metadata.type as keyof typeof RAW_TYPES];
  const bytes = type === 'I64' || type === 'F64' ? 8 : 4;
  const values = bufferAddress(filter.column, 'values') + start * bytes;
  if (type === 'I64') {
    run[`filter${filter.comparison}I64`](mask, values, filter.operand as bigint, count);
  } else {
    run[`filter${filter.comparison}${type}`](mask, values, filter.operand as number, count);
  }
}

/** Evaluates on the rows that are still selected only, so that earlier predicates guard later ones. */
function applyExpression(
  expression: Expression,
  mask: number,
  segment: SegmentView,
  start: number,
  count: number,
  context: ExecutionContext,
): void {
  const { kernels, batch } = context;
  const wordCount = Math.ceil(count / 64);
  const rows = maskedRows(mask, start, count, context);
  if (rows.count === 0) return;
  const input = new BatchInput(segment, rows, kernels, batch);
  const result = evaluate(expression, input, { kernels, scratch: batch });
  if (result.kind !== 'flat') throw new Error('a predicate is BOOLEAN');
  const { data, nulls } = result;
  kernels.u8.fill(0, mask, mask + wordCount * 8);
  const indexes = rows.indexes >>> 2;
  for (let row = 0; row < rows.count; row++) {
    if (data[row] !== 1 || nulls?.[row] === 1) continue;
    const position = rows.indexes === 0 ? row : kernels.u32[indexes + row]!;
    kernels.u8[mask + (position >>> 3)]! |= 1 << (position & 7);
  }
}
