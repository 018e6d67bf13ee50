import { DATE_FIELDS, findDateField, findDateUnit } from '../base/date-units.ts';
import type { TextPosition } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { DataType } from '../base/types.ts';
import type { AstExpression } from './ast.ts';
import { anyElementIs, bindAnyElement, bindArray, isArrayOperand } from './bind-array.ts';
import { bindChance, findChanceFunction } from './bind-chance.ts';
import { castDecode } from './bind-decode.ts';
import { bindMoment, findMomentFunction } from './bind-moment.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { adaptToDecimal, castTo, castToCommon, isNull, type Operand } from './coerce.ts';
import type { Expression } from './expression.ts';
import { call, isCall } from './expression-tools.ts';
import { isForeignFunction } from './foreign-functions.ts';
import { listFunctions } from './function-list.ts';
import { FUNCTIONS, type FunctionSignature, findFunction } from './functions.ts';
import { findType } from './type-names.ts';

/** The expression binder, handed in by itself: functions contain expressions, and files no cycles. */
export type BindExpression = (node: AstExpression, scope: Scope) => Expression;

/**
 * Binds a call of a scalar function.
 *
 * @throws EngineError UNKNOWN_FUNCTION with the nearest name, NOT_SUPPORTED for functions of other
 *   systems, TYPE_MISMATCH when the number or types of the arguments do not fit.
 */
export function bindFunction(
  name: string,
  offset: number,
  nodes: readonly AstExpression[],
  scope: Scope,
  bindExpression: BindExpression,
): Expression {
  const position = scope.positionOf(offset);
  const moment = findMomentFunction(name);
  const chance = findChanceFunction(name);
  const signature =
    moment ?? chance ?? findFunction(isImpalaIsNull(name, nodes.length) ? 'coalesce' : name);
  if (signature === undefined) throw unknownFunction(name, position);
  checkCount(signature, name, nodes.length, position);
  const operands = readUnit(signature, nodes).map((node) => ({
    expression: bindExpression(node, scope),
    position: scope.positionOf(node.offset),
    isCast: node.kind === 'cast',
  }));
  if (moment !== undefined) return bindMoment(moment, operands, scope);
  if (chance !== undefined) return bindChance(chance, operands, scope, position);
  checkUnit(signature, operands);
  if (signature.name === 'array') return bindArray(operands, position);
  if (ON_ELEMENTS.has(signature.name)) {
    const bind = (elements: readonly Operand[]): Expression =>
      resolve(signature, name.toLowerCase(), elements, position);
    return bindAnyElement(operands, name.toUpperCase(), bind) ?? bind(operands);
  }
  refuseArrays(signature, name, operands);
  if (signature.name === 'array_contains') {
    const contains = resolve(signature, name.toLowerCase(), operands, position);
    return isCall(contains, signature.name) ? anyElementIs(contains) : contains;
  }
  if (signature.hasCommonType) {
    const { type, args } = castToCommon(operands, name.toUpperCase(), position);
    return call(signature.name, args, type, position);
  }
  if (signature.name === 'decode') {
    const { type, args } = castDecode(operands, position);
    return call(signature.name, args, type, position);
  }
  const { typeNameIndex, defaultIndex } = signature;
  const plain = resolve(signature, name.toLowerCase(), operands.slice(0, defaultIndex), position);
  const bound = typeNameIndex === null ? plain : ofNamedType(plain, operands[typeNameIndex]!);
  const otherwise = operands[defaultIndex];
  if (otherwise === undefined) return bound;
  return call('coalesce', [bound, castTo(otherwise, bound.type)], bound.type, position);
}

/** Conditions on the elements of an array: it satisfies them when any element does. */
const ON_ELEMENTS: ReadonlySet<string> = new Set(['like', 'ilike', 'regexp_like']);

/** Functions of values of any type that take arrays as they are. */
const OF_ARRAYS: ReadonlySet<string> = new Set([
  ...['coalesce', 'case', 'if', 'is_null', 'is_not_null', 'value_in', 'map_value'],
]);

/** @throws EngineError TYPE_MISMATCH: what takes values of any type would take the array for a text. */
function refuseArrays(
  { name }: FunctionSignature,
  shown: string,
  operands: readonly Operand[],
): void {
  const array = operands.find(isArrayOperand);
  if (array === undefined || OF_ARRAYS.has(name) || name.startsWith('array')) return;
  const message = `${shown.toLowerCase()} does not take ${array.expression.type}`;
  throw bindError('TYPE_MISMATCH', message, array.position);
}

/** Binds an arithmetic operator; `symbol` stands for it in errors. */
export function bindArithmetic(
  name: string,
  symbol: string,
  operands: readonly Operand[],
  position: TextPosition,
): Expression {
  const [left, right] = operands;
  if (name === 'subtract' && isMoment(left) && isMoment(right)) {
    const both = [left, right].map((operand) => operand?.expression.type);
    if (both.includes('TIMESTAMP')) {
      throw bindError(
        'NOT_SUPPORTED',
        "TIMESTAMP − TIMESTAMP is not supported; use timestamp_diff('SECOND', from, to)",
        position,
      );
    }
  }
  return resolve(FUNCTIONS.get(name)!, symbol, operands, position);
}

/** Types that a NULL without a type is tried as, when text does not fit. */
const NULL_TYPES: readonly DataType[] = [
  'STRING',
  'BIGINT',
  'DOUBLE',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
];

/** `isnull(a, b)` is Impala's word for `coalesce`; with one argument it is IS NULL, as in Pinot. */
function isImpalaIsNull(name: string, argCount: number): boolean {
  return argCount === 2 && name.toLowerCase() === 'isnull';
}

function isMoment(operand: Operand | undefined): boolean {
  return operand?.expression.type === 'TIMESTAMP' || operand?.expression.type === 'DATE';
}

function checkCount(
  { minArgs, maxArgs }: FunctionSignature,
  name: string,
  count: number,
  position: TextPosition,
): void {
  if (count >= minArgs && count <= maxArgs) return;
  let expected = String(minArgs);
  if (maxArgs === Infinity) expected = `at least ${minArgs}`;
  else if (maxArgs !== minArgs) expected = `${minArgs} to ${maxArgs}`;
  const message = `${name.toLowerCase()} takes ${expected} argument${expected === '1' ? '' : 's'}, found ${count}`;
  throw bindError('TYPE_MISMATCH', message, position);
}

function readUnit(
  { unitArgsMin }: FunctionSignature,
  nodes: readonly AstExpression[],
): readonly AstExpression[] {
  const [first, ...rest] = nodes;
  if (nodes.length < unitArgsMin || first?.kind !== 'name' || first.qualifier !== null)
    return nodes;
  if (findDateField(first.name) === undefined) return nodes;
  return [{ kind: 'string', value: first.name, offset: first.offset }, ...rest];
}

function checkUnit({ name, unitArgsMin }: FunctionSignature, operands: readonly Operand[]): void {
  const first = operands[0];
  if (operands.length < unitArgsMin || first?.expression.kind !== 'literal') return;
  const { type, value } = first.expression;
  if (type !== 'STRING' || value === null) return;
  const unit = String(value);
  const found = name === 'extract' ? findDateField(unit) : findDateUnit(unit);
  if (found !== undefined) return;
  const hint = didYouMean(unit, DATE_FIELDS);
  throw bindError('INVALID_QUERY', `${name} has no unit ${unit}${hint}`, first.position);
}

function ofNamedType(expression: Expression, { expression: name, position }: Operand): Expression {
  if (name.kind !== 'literal' || typeof name.value !== 'string') {
    throw bindError('TYPE_MISMATCH', 'expected the name of a type as a literal', position);
  }
  if (name.value.toUpperCase().endsWith('_ARRAY')) {
    throw bindError('NOT_SUPPORTED', `the type ${name.value} is not supported`, position);
  }
  return { ...expression, type: findType(name.value, position) };
}

function resolve(
  signature: FunctionSignature,
  shown: string,
  given: readonly Operand[],
  position: TextPosition,
): Expression {
  const operands = signature.readsLiteralsAsDecimal ? adaptToDecimal(given) : given;
  const texts = operands.map(({ expression }) =>
    expression.kind === 'literal' && typeof expression.value === 'string' ? expression.value : null,
  );
  for (const types of candidateTypes(operands)) {
    const resolution = signature.resolve(types, texts);
    if (resolution === null) continue;
    const args = operands.map((operand, index) => castTo(operand, resolution.args[index]!));
    return call(signature.name, args, resolution.result, position);
  }
  const found = operands.map(({ expression }) => expression.type).join(', ');
  throw bindError('TYPE_MISMATCH', `${shown} does not take (${found}); use CAST`, position);
}

/**
 * The types as which arguments may be read, likeliest first: as they are; a NULL as any type; then
 * text literals as TIMESTAMP from the last argument on, so that `year('2024-05-06')` works; then one
 * of them alone, so that a zone or a pattern behind it stays text.
 */
function* candidateTypes(operands: readonly Operand[]): Generator<readonly DataType[]> {
  const own = operands.map(({ expression }) => expression.type);
  const hasNull = operands.some(({ expression }) => isNull(expression));
  for (const type of hasNull ? NULL_TYPES : NULL_TYPES.slice(0, 1)) {
    yield own.map((one, index) => (isNull(operands[index]!.expression) ? type : one));
  }
  const adapted = [...own];
  for (let index = operands.length - 1; index >= 0; index--) {
    const { expression } = operands[index]!;
    if (expression.kind !== 'literal' || expression.type !== 'STRING') continue;
    adapted[index] = 'TIMESTAMP';
    yield [...adapted];
  }
  for (const [index, { expression }] of operands.entries()) {
    if (expression.kind !== 'literal' || expression.type !== 'STRING') continue;
    yield own.with(index, 'TIMESTAMP');
  }
}

function unknownFunction(name: string, position: TextPosition): Error {
  if (isForeignFunction(name)) {
    return bindError('NOT_SUPPORTED', `the function ${name} is not supported`, position);
  }
  const names = listFunctions().flatMap((one) => [one.name, ...one.aliases]);
  const hint = didYouMean(name, names);
  return bindError('UNKNOWN_FUNCTION', `unknown function ${name}${hint}`, position);
}
