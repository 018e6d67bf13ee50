import { didYouMean } from '../base/nearest-name.ts';
import type { DataType } from '../base/types.ts';
import type { AstExpression, FunctionNode } from './ast.ts';
import { bindError } from './bind-scope.ts';
import type { Binding } from './bind-select.ts';
import { foldFunctionName } from './function-name.ts';
import type { Gapfill } from './plan.ts';

/**
 * Binds Pinot's `GAPFILL(time, format, start, end, step, FILL(column, 'FILL_PREVIOUS_VALUE'), …,
 * TIMESERIESON(column, …))`, which stands in a select list; columns are those of the list.
 *
 * @returns null when the list has none.
 * @throws EngineError INVALID_QUERY, TYPE_MISMATCH, UNKNOWN_COLUMN or NOT_SUPPORTED.
 */
export function bindGapfill(binding: Binding, isDistinct: boolean): Gapfill | null {
  const { positionOf, outputs } = binding;
  const [first, second] = binding.gapfills;
  if (first === undefined) return null;
  const { node, output: time } = first;
  const position = positionOf(node.offset);
  const fail = (message: string, at: AstExpression = node): Error =>
    bindError('INVALID_QUERY', message, positionOf(at.offset));
  if (second !== undefined) throw fail('a select list takes one GAPFILL', second.node);
  if (isDistinct) {
    throw bindError('NOT_SUPPORTED', 'GAPFILL with SELECT DISTINCT is not supported', position);
  }
  const [, ...args] = node.args;
  const texts = args.slice(0, 4).map((arg, index) => {
    const text = constantText(arg);
    if (text === null) throw fail(`${ARGUMENTS[index]} of GAPFILL is a constant`, arg);
    return text;
  });
  if (texts.length < 4 || node.star || node.distinct || node.order.length > 0) throw fail(FORM);
  const [format, start, end, step] = texts as [string, string, string, string];
  checkTime(outputs[time]!.type, format, binding, node);
  const rest = args.slice(4).filter((arg, index) => !isSameStep(arg, index, step, binding));
  const { keys, previous } = bindParts(rest, binding, fail);
  if (keys === null) throw fail(`${FORM}: TIMESERIESON is missing`);
  const others = (columns: readonly number[]) => columns.filter((column) => column !== time);
  return {
    ...{ time, format, start, end, step, position },
    ...{ keys: others(keys), previous: others(previous) },
  };
}

const ARGUMENTS = ['the format', 'the start', 'the end', 'the step'];

const FORM =
  'GAPFILL takes a time, its format, a start, an end, a step, FILL(column, how) any number of times, ' +
  'and TIMESERIESON(column, …)';

const FILLS = ['FILL_PREVIOUS_VALUE', 'FILL_DEFAULT_VALUE'];

function constantText(node: AstExpression): string | null {
  if (node.kind === 'string') return node.value;
  return node.kind === 'number' && typeof node.value === 'bigint' ? String(node.value) : null;
}

function checkTime(
  type: DataType,
  format: string,
  { positionOf }: Binding,
  node: FunctionNode,
): void {
  let expected: DataType = 'BIGINT';
  if (/SIMPLE_DATE_FORMAT/i.test(format)) expected = 'STRING';
  else if (/TIMESTAMP/i.test(format)) expected = 'TIMESTAMP';
  if (type === expected) return;
  const message = `GAPFILL of the format '${format}' takes ${expected} as time, found ${type}`;
  throw bindError('TYPE_MISMATCH', message, positionOf(node.offset));
}

/** Behind the step may stand that of an aggregation over the rows; another one would need the two to act together. */
function isSameStep(
  node: AstExpression,
  index: number,
  step: string,
  { positionOf }: Binding,
): boolean {
  if (index > 0 || node.kind !== 'string') return false;
  if (node.value.toUpperCase() === step.toUpperCase()) return true;
  throw bindError(
    'NOT_SUPPORTED',
    'GAPFILL with a second step is not supported; GROUP BY DATETIMECONVERT(…) around it does the same',
    positionOf(node.offset),
  );
}

function bindParts(
  parts: readonly AstExpression[],
  binding: Binding,
  fail: (message: string, at: AstExpression) => Error,
): { readonly keys: readonly number[] | null; readonly previous: readonly number[] } {
  let keys: number[] | null = null;
  const previous: number[] = [];
  for (const part of parts) {
    const name = part.kind === 'function' ? foldFunctionName(part.name) : '';
    if (part.kind !== 'function' || (name !== 'fill' && name !== 'timeserieson')) {
      throw fail(FORM, part);
    }
    if (name === 'timeserieson') {
      if (keys !== null) throw fail('GAPFILL takes TIMESERIESON once', part);
      keys = part.args.map((arg) => outputOf(arg, binding, fail));
      continue;
    }
    const [column, how, ...others] = part.args;
    const found = how?.kind === 'string' ? how.value.toUpperCase() : '';
    if (column === undefined || others.length > 0 || !FILLS.includes(found)) {
      throw fail(`FILL takes a column and ${FILLS.join(' or ')} as text`, how ?? part);
    }
    const output = outputOf(column, binding, fail);
    if (found === FILLS[0]) previous.push(output);
  }
  return { keys, previous };
}

/** The index of the column of the select list that a name means. */
function outputOf(
  node: AstExpression,
  { outputs, positionOf }: Binding,
  fail: (message: string, at: AstExpression) => Error,
): number {
  if (node.kind !== 'name' || node.qualifier !== null) {
    throw fail('FILL and TIMESERIESON take names of columns of the select list', node);
  }
  const names = outputs.map(({ name }) => name);
  const exact = names.indexOf(node.name);
  if (exact >= 0) return exact;
  const found = names.findIndex((name) => name.toLowerCase() === node.name.toLowerCase());
  if (found >= 0) return found;
  const message = `the column ${node.name} is not in the select list of GAPFILL`;
  const hint = didYouMean(node.name, names);
  throw bindError('UNKNOWN_COLUMN', `${message}${hint}`, positionOf(node.offset));
}
