import { arrayText, type Element } from '../base/array-text.ts';
import type { TextPosition } from '../base/errors.ts';
import { type ArrayType, arrayOf, elementType, isArray } from '../base/types.ts';
import { bindError } from './bind-scope.ts';
import { castToCommon, type Operand } from './coerce.ts';
import { ELEMENT } from './element.ts';
import type { Call, Expression } from './expression.ts';
import { call, column, isCall, literal, mapArguments } from './expression-tools.ts';

/**
 * `ARRAY[a, b, …]`: a literal when its elements are.
 *
 * @throws EngineError TYPE_MISMATCH for elements of different types, or one that is NULL or an array.
 */
export function bindArray(operands: readonly Operand[], position: TextPosition): Expression {
  const { type, args } = castToCommon(operands, 'ARRAY', position);
  if (isArray(type))
    throw bindError('TYPE_MISMATCH', 'an array of arrays is not supported', position);
  const values = args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined));
  if (values.includes(null)) {
    throw bindError('TYPE_MISMATCH', 'an element of an array is never NULL', position);
  }
  const array = arrayOf(type);
  if (values.includes(undefined)) return call('array', args, array, position);
  return literal(array, arrayText(values as Element[]));
}

/** An operand that is an array. */
export interface ArrayOperand extends Operand {
  readonly expression: Expression & { readonly type: ArrayType };
}

/** True for an operand that is an array. */
export function isArrayOperand(operand: Operand | undefined): operand is ArrayOperand {
  return operand !== undefined && isArray(operand.expression.type);
}

/** What stands for an element of an array operand in a condition. */
export function elementOperand({ expression, position }: ArrayOperand): Operand {
  return { expression: column(ELEMENT, elementType(expression.type)), position };
}

/**
 * A condition on arrays and values as Pinot reads it: it holds for an array when it holds for any of its
 * elements. `x <> v` is the exception that the caller makes: NOT x = v.
 *
 * @param bind binds the condition with an element in the place of the array.
 * @returns null when no operand is an array.
 * @throws EngineError NOT_SUPPORTED when several are.
 */
export function bindAnyElement(
  operands: readonly Operand[],
  what: string,
  bind: (operands: readonly Operand[]) => Expression,
): Expression | null {
  const arrays = operands.filter(isArrayOperand);
  const [array, other] = arrays;
  if (array === undefined) return null;
  if (other !== undefined) {
    const message = `${what} of arrays with arrays is not supported`;
    throw bindError('NOT_SUPPORTED', message, other.position);
  }
  const condition = bind(
    operands.map((operand) => (operand === array ? elementOperand(array) : operand)),
  );
  return call('array_any', [array.expression, condition], 'BOOLEAN');
}

/** Whether an array has an element: the comparison, which filters know how to do without making arrays. */
export function anyElementIs({ args }: Call): Expression {
  const [array, value] = args as readonly [Expression, Expression];
  const condition = call('equal', [column(ELEMENT, value.type), value], 'BOOLEAN');
  return call('array_any', [array, condition], 'BOOLEAN');
}

/** The elements of an array, one row each: only GROUP BY and aggregates take it. */
export function unnested(array: Expression): Expression {
  return isArray(array.type) ? call(UNNEST, [array], elementType(array.type)) : array;
}

/** The array whose elements a key or an argument reads; null when it reads none. */
export function unnestedArray(expression: Expression | undefined): Expression | null {
  if (expression?.kind !== 'call') return null;
  if (expression.function === UNNEST) return expression.args[0]!;
  for (const arg of expression.args) {
    const array = unnestedArray(arg);
    if (array !== null) return array;
  }
  return null;
}

/** An argument that reads the elements of an array, over `ELEMENT`. */
export function overElements(expression: Expression): Expression {
  return isCall(expression, UNNEST)
    ? column(ELEMENT, expression.type)
    : mapArguments(expression, overElements);
}

const UNNEST = 'unnest';
