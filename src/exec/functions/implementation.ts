import { EngineError, type ErrorCode } from '../../base/errors.ts';
import type { DataType, Value } from '../../base/types.ts';
import type { KernelInstance } from '../../kernels/instance.ts';
import type { Scratch } from '../../kernels/scratch.ts';
import type { Call, Expression } from '../../sql/expression.ts';
import type { QueryControl } from '../query-control.ts';
import type { FlatData, FlatVector, Vector } from '../vector.ts';

/** Columns of the input by name, all `rowCount` long. */
export interface EvaluationInput {
  readonly rowCount: number;
  column(name: string): Vector;
}

/** What evaluation works with: the kernels, and memory for vectors until the caller releases it. */
export interface EvaluationContext {
  readonly kernels: KernelInstance;
  readonly scratch: Scratch;
  /** Asked between calls, and by those that take long, whether the query may go on. */
  readonly control?: Pick<QueryControl, 'checkpoint'>;
}

/** An argument that has the same value in every row. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: DataType;
  readonly value: Value;
}

/** An evaluated argument. */
export type Argument = Vector | Constant;

/** What a function knows besides its arguments. */
export interface Invocation {
  readonly call: Call;
  readonly rowCount: number;
  /** For strict functions: one byte a row, 1 where an argument is NULL; null when none is. */
  readonly nulls: Uint8Array | null;
  readonly context: EvaluationContext;
}

/** Evaluates further expressions over the same rows, or over some of them. */
export interface Scope {
  readonly rowCount: number;
  readonly context: EvaluationContext;
  evaluate(expression: Expression): Argument;
  /** The same input with only the given rows, in that order. */
  subset(rows: Uint32Array): Scope;
  /** One row for each of these elements, in the column `ELEMENT`, beside the given row of the input. */
  elements(elements: Vector, rows: Uint32Array): Scope;
}

/**
 * How a function computes. Results have the call's type and `rowCount` rows; arguments have the types
 * that the signature resolved to.
 *
 * - `strict`: NULL in, NULL out. The evaluator computes `nulls`, and answers calls with a NULL
 *   constant itself; `run` puts the nulls into its result, adds more if it must, and raises no error
 *   for a row that is NULL.
 * - `nullable`: sees NULLs itself; all arguments are evaluated.
 * - `lazy`: decides which arguments to evaluate on which rows.
 */
export type Implementation =
  | {
      readonly kind: 'strict' | 'nullable';
      readonly run: (args: readonly Argument[], invocation: Invocation) => Vector;
    }
  | { readonly kind: 'lazy'; readonly run: (call: Call, scope: Scope) => Vector };

/** A strict implementation. */
export function strict(
  run: (args: readonly Argument[], invocation: Invocation) => Vector,
): Implementation {
  return { kind: 'strict', run };
}

/** A nullable implementation. */
export function nullable(
  run: (args: readonly Argument[], invocation: Invocation) => Vector,
): Implementation {
  return { kind: 'nullable', run };
}

/** A lazy implementation. */
export function lazy(run: (call: Call, scope: Scope) => Vector): Implementation {
  return { kind: 'lazy', run };
}

/** A flat vector. */
export function flat(
  type: FlatVector['type'],
  data: FlatData,
  nulls: Uint8Array | null,
): FlatVector {
  return { kind: 'flat', type, data, nulls };
}

/** An error at the call's place in the SQL text, for the caller to throw. */
export function callError(call: Call, code: ErrorCode, message: string): EngineError {
  const details = call.position === undefined ? {} : { position: call.position };
  return new EngineError(code, `execution: ${message}`, details);
}

/** The OR of two null arrays; either may be null. */
export function unionNulls(left: Uint8Array | null, right: Uint8Array | null): Uint8Array | null {
  if (left === null || right === null) return left ?? right;
  const union = new Uint8Array(left.length);
  for (let row = 0; row < union.length; row++) union[row] = left[row]! | right[row]!;
  return union;
}
