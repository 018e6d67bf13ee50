import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { LIST_CHARACTERS_MAX } from '../base/limits.ts';
import { sequence } from '../base/sequence.ts';
import { isArray } from '../base/types.ts';
import type { AggregateCall, Expression, OrderKey } from '../sql/expression.ts';
import { call, column } from '../sql/expression-tools.ts';
import type { State } from './accumulator.ts';
import { ArrayDictionary } from './array-dictionary.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate, evaluationOf } from './evaluate.ts';
import { sortedSteps } from './sort.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector, valueAt, vectorFromValues, vectorLength } from './vector-build.ts';

/** The columns of a list: the value, then the keys of its order. */
export function listColumns({ args }: Pick<AggregateCall, 'args'>): readonly Expression[] {
  return args.filter((_, index) => index % 2 === 0);
}

/** The values of each group in their order: as an array where the aggregate gives one, else as one text. */
export function listedSteps(
  aggregate: AggregateCall,
  state: State,
  groupCount: number,
  context: ExecutionContext,
): Steps<Vector> {
  return isArray(aggregate.type)
    ? collectedArrays(aggregate, state, groupCount)
    : joinedTexts(aggregate, state, groupCount, context);
}

/** Values that are put into lists in a step: some milliseconds. */
const STEP_VALUES = 32_768;

/**
 * The values of each group in their order as one text; NULL for none.
 *
 * @param state lists, or the distinct values of groups.
 * @throws EngineError MEMORY_LIMIT when a text becomes too long.
 */
function* joinedTexts(
  { args }: AggregateCall,
  state: State,
  groupCount: number,
  context: ExecutionContext,
): Steps<Vector> {
  const { groups, values, rows } = yield* orderedValues(args, state);
  const texts = asTexts(values, context);
  const joined = new Array<string | null>(groupCount).fill(null);
  const between = textOf(args[1]);
  for (let place = 0; place < rows.length; place++) {
    if (place % STEP_VALUES === 0) yield;
    const row = rows[place]!;
    const group = groups[row]!;
    const before = joined[group] ?? null;
    const text = String(valueAt(texts, row));
    const after = before === null ? text : before + between + text;
    if (after.length > LIST_CHARACTERS_MAX) throw tooLong();
    joined[group] = after;
  }
  return vectorFromValues('STRING', joined);
}

/** The values of each group in their order as an array; NULL for none. */
function* collectedArrays(
  { args, type }: AggregateCall,
  state: State,
  groupCount: number,
): Steps<Vector> {
  assert(isArray(type), 'values are collected to an array');
  const { groups, values, rows } = yield* orderedValues(args, state);
  const offsets = new Uint32Array(groupCount + 1);
  yield* inBlocks(rows.length, (start, end) => {
    for (let place = start; place < end; place++) offsets[groups[rows[place]!]! + 1]!++;
  });
  const nulls = new Uint8Array(groupCount);
  for (let group = 0; group < groupCount; group++) {
    nulls[group] = offsets[group + 1] === 0 ? 1 : 0;
    offsets[group + 1]! += offsets[group]!;
  }
  const dictionary = new ArrayDictionary(offsets, gatherVector(values, rows));
  const codes = sequence(groupCount);
  return { kind: 'text', type, codes, dictionary, nulls: nulls.includes(1) ? nulls : null };
}

/** The values of all groups, and their places group by group in the order of the list. */
function* orderedValues(
  [, , ...keys]: readonly Expression[],
  state: State,
): Steps<{ readonly groups: Uint32Array; readonly values: Vector; readonly rows: Uint32Array }> {
  assert(state.kind === 'lists' || state.kind === 'distinct', 'lists are made of values');
  const { groups } = state;
  const columns = state.kind === 'lists' ? state.columns : [state.values];
  const directions = keys.filter((_, index) => index % 2 === 1).map(textOf);
  const order =
    state.kind === 'lists'
      ? listOrder(directions)
      : [{ column: 1, descending: textOf(keys[0]) === 'desc', nullsFirst: false }];
  const owners: Vector = { kind: 'flat', type: 'INT', data: Int32Array.from(groups), nulls: null };
  const byGroup = { column: 0, descending: false, nullsFirst: false };
  const rows = yield* sortedSteps([owners, ...columns], [byGroup, ...order], groups.length);
  return { groups, values: columns[0]!, rows };
}

function textOf(argument: Expression | undefined): string {
  assert(argument?.kind === 'literal', 'separator and directions are literals');
  return String(argument.value);
}

/** Keys, then where the row came from. Column 0 is the group, column 1 the value. */
function listOrder(directions: readonly string[]): OrderKey[] {
  const keys = directions.map((direction, index) => ({
    column: 2 + index,
    descending: direction.startsWith('desc'),
    nullsFirst: direction.endsWith('first'),
  }));
  const places = [0, 1].map((index) => ({
    column: 2 + directions.length + index,
    descending: false,
    nullsFirst: false,
  }));
  return [...keys, ...places];
}

function asTexts(values: Vector, context: ExecutionContext): Vector {
  if (values.type === 'STRING') return values;
  const cast = call('cast', [column('$value', values.type)], 'STRING');
  const input = { rowCount: vectorLength(values), column: () => values };
  return evaluate(cast, input, evaluationOf(context));
}

function tooLong(): EngineError {
  return new EngineError(
    'MEMORY_LIMIT',
    `execution: list_agg makes a text of more than ${LIST_CHARACTERS_MAX} characters; ` +
      'group by more columns, or leave out rows with FILTER (WHERE …)',
  );
}
