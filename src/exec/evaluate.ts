import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { ELEMENT } from '../sql/element.ts';
import type { Call, Expression } from '../sql/expression.ts';
import type { ExecutionContext } from './context.ts';
import {
  type Argument,
  type EvaluationContext,
  type EvaluationInput,
  type Implementation,
  type Invocation,
  type Scope,
  unionNulls,
} from './functions/implementation.ts';
import { IMPLEMENTATIONS } from './functions/registry.ts';
import { toVector } from './functions/rows.ts';
import type { Vector } from './vector.ts';
import { gatherVector, valueAt, vectorFromValues, vectorLength } from './vector-build.ts';

export type { EvaluationContext, EvaluationInput } from './functions/implementation.ts';

/**
 * Evaluates an expression over all rows of its input, one dispatch a call.
 *
 * @returns a vector of the expression's type. It may share buffers with the input, lie in scratch
 *   (valid until the caller releases it) or on the JavaScript heap.
 * @throws EngineError NUMERIC_OVERFLOW, BAD_CAST, INVALID_QUERY, NOT_SUPPORTED or MEMORY_LIMIT, with
 *   the position of the call that failed. An error that only rows of a CASE branch not taken, or rows
 *   already decided by an AND or OR, would raise is not raised.
 */
export function evaluate(
  expression: Expression,
  input: EvaluationInput,
  context: EvaluationContext,
): Vector {
  if (input.rowCount === 0) return vectorFromValues(expression.type, []);
  return toVector(scopeOver(input, context).evaluate(expression), input.rowCount);
}

/** What expressions are evaluated with by an operator. */
export function evaluationOf({ kernels, batch, control }: ExecutionContext): EvaluationContext {
  return { kernels, scratch: batch, control };
}

function scopeOver(input: EvaluationInput, context: EvaluationContext): Scope {
  const scope: Scope = {
    rowCount: input.rowCount,
    context,
    evaluate: (expression) => evaluateIn(scope, input, expression),
    subset: (rows) => scopeOver(subsetOf(input, rows), context),
    elements: (elements, rows) => scopeOver(elementInput(input, elements, rows), context),
  };
  return scope;
}

function evaluateIn(scope: Scope, input: EvaluationInput, expression: Expression): Argument {
  switch (expression.kind) {
    case 'column': {
      const vector = input.column(expression.name);
      assert(
        vector.type === expression.type,
        () => `column ${expression.name} is ${vector.type}, the plan says ${expression.type}`,
      );
      return vector;
    }
    case 'literal':
      return { kind: 'constant', type: expression.type, value: expression.value };
    case 'call':
      return evaluateCall(scope, expression);
  }
}

function evaluateCall(scope: Scope, call: Call): Argument {
  const implementation = IMPLEMENTATIONS.get(call.function);
  if (implementation === undefined) {
    const details = call.position === undefined ? {} : { position: call.position };
    throw new EngineError(
      'NOT_SUPPORTED',
      `execution: the function ${call.function} is not known to this server; are broker and server of one version?`,
      details,
    );
  }
  if (implementation.kind === 'lazy') return implementation.run(call, scope);
  const args = call.args.map((arg) => scope.evaluate(arg));
  const { context } = scope;
  context.control?.checkpoint();
  if (!args.every((arg) => arg.kind === 'constant')) {
    return apply(implementation, call, args, scope.rowCount, context);
  }
  const result = apply(implementation, call, args, 1, context);
  if (result.kind === 'constant') return result;
  return { kind: 'constant', type: call.type, value: valueAt(result, 0) };
}

function apply(
  implementation: Exclude<Implementation, { kind: 'lazy' }>,
  call: Call,
  args: readonly Argument[],
  rowCount: number,
  context: EvaluationContext,
): Argument {
  if (implementation.kind === 'nullable') {
    return check(
      implementation.run(args, { call, rowCount, nulls: null, context }),
      call,
      rowCount,
    );
  }
  if (args.some((arg) => arg.kind === 'constant' && arg.value === null)) {
    return { kind: 'constant', type: call.type, value: null };
  }
  let nulls: Uint8Array | null = null;
  for (const arg of args) if (arg.kind !== 'constant') nulls = unionNulls(nulls, arg.nulls);
  const invocation: Invocation = { call, rowCount, nulls, context };
  return check(implementation.run(args, invocation), call, rowCount);
}

function check(result: Vector, call: Call, rowCount: number): Vector {
  assert(
    result.type === call.type && vectorLength(result) === rowCount,
    () =>
      `${call.function} gave ${vectorLength(result)} ${result.type} for ${rowCount} ${call.type}`,
  );
  return result;
}

/** Elements, and of each the row that it is from. */
export function elementInput(
  input: EvaluationInput,
  elements: Vector,
  rows: Uint32Array,
): EvaluationInput {
  const others = subsetOf(input, rows);
  return {
    rowCount: rows.length,
    column: (name) => (name === ELEMENT ? elements : others.column(name)),
  };
}

/** Some rows of an input; a column is gathered when it is first asked for. */
export function subsetOf(input: EvaluationInput, rows: Uint32Array): EvaluationInput {
  const gathered = new Map<string, Vector>();
  return {
    rowCount: rows.length,
    column: (name) => {
      let vector = gathered.get(name);
      if (vector === undefined) {
        vector = gatherVector(input.column(name), rows);
        gathered.set(name, vector);
      }
      return vector;
    },
  };
}
