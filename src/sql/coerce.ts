import { isTimestampInRange } from '../base/datetime.ts';
import { EngineError, type TextPosition } from '../base/errors.ts';
import { type DataType, isDecimal, isInteger, isNumeric } from '../base/types.ts';
import type { Expression } from './expression.ts';
import { expressionText } from './expression-text.ts';
import { call, literal } from './expression-tools.ts';
import { commonType } from './functions.ts';
import { castLiteral, decimalLiteral, floatLiteral } from './literal-cast.ts';

/** A bound argument and where it stands. */
export interface Operand {
  readonly expression: Expression;
  readonly position: TextPosition;
  /** True for a CAST, whose type counts although its value may be known already. */
  readonly isCast?: boolean;
}

/**
 * The expression in another type: literals are converted here and now where that loses nothing,
 * anything else becomes a `cast` call.
 *
 * @throws EngineError BAD_CAST when a text literal does not spell a value of the type.
 */
export function castTo({ expression, position }: Operand, type: DataType): Expression {
  if (expression.type === type) return expression;
  if (expression.kind === 'literal') {
    const converted = castLiteral(expression, type);
    if (typeof converted !== 'string') return converted;
    if (converted === 'not a value of that type') {
      throw new EngineError(
        'BAD_CAST',
        `binder: expected a value of type ${type}, found ${expressionText(expression)}`,
        { position },
      );
    }
  }
  return call('cast', [expression], type, position);
}

/**
 * The type in which operands are compared or combined; null when there is none. NULL and text
 * literals go along with what the others are, and number literals with a FLOAT column.
 */
export function commonTypeOf(operands: readonly Operand[]): DataType | null {
  let common: DataType | null = null;
  for (const { expression } of operands) {
    if (isFlexible(expression)) continue;
    common = common === null ? expression.type : commonType(common, expression.type);
    if (common === null) return null;
  }
  return common ?? 'STRING';
}

/**
 * The operands in their common type.
 *
 * @param what names the operation in the error.
 * @throws EngineError TYPE_MISMATCH when they have none.
 */
export function castToCommon(
  operands: readonly Operand[],
  what: string,
  position: TextPosition,
): { readonly type: DataType; readonly args: readonly Expression[] } {
  const adapted = adaptToDecimal(adaptToFloat(operands));
  const type = commonTypeOf(adapted);
  if (type !== null) return { type, args: adapted.map((operand) => castTo(operand, type)) };
  const types = [...new Set(operands.map(({ expression }) => expression.type))].join(' and ');
  throw new EngineError(
    'TYPE_MISMATCH',
    `binder: ${what} needs operands of one type, found ${types}; use CAST`,
    { position },
  );
}

/**
 * What is compared with each other, in a common type. Beside a TIMESTAMP an integer is milliseconds
 * since 1970, as in Pinot, whose clients write `ts > ago('P1D')`.
 *
 * @throws EngineError TYPE_MISMATCH when there is no such type.
 */
export function castToCompare(
  operands: readonly Operand[],
  what: string,
  position: TextPosition,
): readonly Expression[] {
  const hasTimestamp = operands.some(({ expression }) => expression.type === 'TIMESTAMP');
  const readable = hasTimestamp ? operands.map(integerAsMoment) : operands;
  return castToCommon(readable, what, position).args;
}

function integerAsMoment(operand: Operand): Operand {
  const { expression, position } = operand;
  const { type } = expression;
  if (!isInteger(type)) return operand;
  if (expression.kind === 'literal') {
    if (expression.value === null) return { expression: literal('TIMESTAMP', null), position };
    const micros = BigInt(expression.value as number | bigint) * 1000n;
    if (isTimestampInRange(micros)) return { expression: literal('TIMESTAMP', micros), position };
  }
  const milliseconds = castTo(operand, 'BIGINT');
  return { expression: call('from_epoch_millis', [milliseconds], 'TIMESTAMP', position), position };
}

/** An operand that must be a condition. `what` says where it stands. */
export function requireBoolean(operand: Operand, what: string): Expression {
  const { expression, position } = operand;
  if (expression.type === 'BOOLEAN') return expression;
  if (isNull(expression)) return literal('BOOLEAN', null);
  throw new EngineError(
    'TYPE_MISMATCH',
    `binder: expected a BOOLEAN ${what}, found ${expressionText(expression)} of type ${expression.type}`,
    { position },
  );
}

/** True for the literal NULL that has no type of its own. */
export function isNull(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value === null && expression.type === 'STRING';
}

/** True for a literal that takes the type of its neighbours: text and NULL. */
function isFlexible(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.type === 'STRING';
}

/**
 * Reads number literals as DECIMAL when something else is one: `price * 1.10` is exact, whereas 1.10
 * by itself is a DOUBLE, as it always was here and is in Pinot.
 */
export function adaptToDecimal(operands: readonly Operand[]): readonly Operand[] {
  if (!operands.some(({ expression }) => isDecimal(expression.type))) return operands;
  return operands.map((operand) => {
    const { expression } = operand;
    if (!isWrittenNumber(operand) || expression.kind !== 'literal') return operand;
    const asDecimal = decimalLiteral(expression);
    return asDecimal === null ? operand : { ...operand, expression: asDecimal };
  });
}

/** True for a number literal that no CAST has given a type. */
function isWrittenNumber({ expression, isCast }: Operand): boolean {
  return expression.kind === 'literal' && isNumeric(expression.type) && !isCast;
}

/**
 * Reads number literals as FLOAT when everything else is FLOAT, as Pinot and DuckDB do: no FLOAT
 * equals the DOUBLE 0.1, and nobody who writes `f = 0.1` means that.
 */
function adaptToFloat(operands: readonly Operand[]): readonly Operand[] {
  const others = operands.filter(({ expression }) => expression.kind !== 'literal');
  const isFloat = others.every(({ expression }) => expression.type === 'FLOAT');
  if (others.length === 0 || !isFloat) return operands;
  const adapted = operands.map((operand) => {
    const { expression } = operand;
    if (!isWrittenNumber(operand) || expression.kind !== 'literal') return operand;
    const asFloat = floatLiteral(expression);
    return asFloat === null ? operand : { ...operand, expression: asFloat };
  });
  return adapted;
}
