import type { TextPosition } from '../base/errors.ts';
import type {
  AstExpression,
  BetweenNode,
  BinaryNode,
  CaseNode,
  FunctionNode,
  InNode,
  LikeNode,
  LogicalNode,
  NumberNode,
  TypedNode,
} from './ast.ts';
import { bindAnyElement, isArrayOperand } from './bind-array.ts';
import { bindArithmetic, bindFunction } from './bind-function.ts';
import { GROUPING } from './bind-groups.ts';
import { bindIntervalSum } from './bind-interval.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { castTo, castToCommon, castToCompare, type Operand, requireBoolean } from './coerce.ts';
import { isAggregate } from './derived-aggregates.ts';
import type { Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';
import { canCast } from './functions.ts';
import { castLiteral } from './literal-cast.ts';
import { findType } from './type-names.ts';
import { findWindowFunction } from './window-functions.ts';

/**
 * Resolves the names of an expression and gives every node its type; implicit conversions become
 * `cast` calls.
 *
 * @throws EngineError with the position of the node that is wrong: UNKNOWN_COLUMN,
 *   UNKNOWN_FUNCTION, TYPE_MISMATCH, BAD_CAST, INVALID_QUERY or NOT_SUPPORTED.
 */
export function bindExpression(node: AstExpression, scope: Scope): Expression {
  scope.countNode(node.offset);
  switch (node.kind) {
    case 'name':
      return scope.resolveName(node);
    case 'number':
      return bindNumber(node, scope);
    case 'string':
      return literal('STRING', node.value);
    case 'boolean':
      return literal('BOOLEAN', node.value);
    case 'null':
      return literal('STRING', null);
    case 'typed':
      return bindTyped(node, scope);
    case 'interval':
      throw bindError(
        'NOT_SUPPORTED',
        'an INTERVAL is supported only behind + or − on a DATE or TIMESTAMP',
        scope.positionOf(node.offset),
      );
    case 'unary':
      return bindUnary(node, scope);
    case 'binary':
      return bindBinary(node, scope);
    case 'logical':
      return bindLogical(node, scope);
    case 'is':
      return bindIs(node, scope);
    case 'distinct_from': {
      const name = node.negated ? 'is_not_distinct_from' : 'is_distinct_from';
      const operands = [node.left, node.right].map((one) => operandOf(one, scope));
      refuseArrays(operands, 'IS DISTINCT FROM');
      return compare(name, operands, 'IS DISTINCT FROM', scope.positionOf(node.offset));
    }
    case 'between':
      return bindBetween(node, scope);
    case 'in':
      return bindIn(node, scope);
    case 'like':
      return bindLike(node, scope);
    case 'case':
      return bindCase(node, scope);
    case 'cast': {
      const type = findType(node.typeName, scope.positionOf(node.typeOffset));
      return bindCast(operandOf(node.operand, scope), type, scope.positionOf(node.offset));
    }
    case 'extract': {
      const unit = { kind: 'string', value: node.unit, offset: node.unitOffset } as const;
      return bindFunction('extract', node.offset, [unit, node.operand], scope, bindExpression);
    }
    case 'function':
      return bindFunctionNode(node, scope);
  }
}

/** Binds an expression that must be a condition; `what` says where it stands. */
export function bindCondition(node: AstExpression, scope: Scope, what: string): Expression {
  return requireBoolean(operandOf(node, scope), what);
}

function operandOf(node: AstExpression, scope: Scope): Operand {
  return {
    expression: bindExpression(node, scope),
    position: scope.positionOf(node.offset),
    isCast: node.kind === 'cast',
  };
}

function bindNumber({ value, offset }: NumberNode, scope: Scope): Expression {
  if (typeof value === 'number') return literal('DOUBLE', value);
  if (BigInt.asIntN(32, value) === value) return literal('INT', Number(value));
  if (BigInt.asIntN(64, value) === value) return literal('BIGINT', value);
  throw bindError(
    'NUMERIC_OVERFLOW',
    `the integer ${value} does not fit BIGINT; write it with a decimal point for a DOUBLE`,
    scope.positionOf(offset),
  );
}

function bindTyped({ type, text, offset }: TypedNode, scope: Scope): Expression {
  return castTo({ expression: literal('STRING', text), position: scope.positionOf(offset) }, type);
}

function bindUnary(node: AstExpression & { kind: 'unary' }, scope: Scope): Expression {
  const operand = operandOf(node.operand, scope);
  if (node.operator === 'NOT') {
    return call('not', [requireBoolean(operand, 'operand of NOT')], 'BOOLEAN');
  }
  return bindArithmetic('negate', '-', [operand], scope.positionOf(node.offset));
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '=': 'equal',
  '<>': 'not_equal',
  '<': 'less',
  '<=': 'less_or_equal',
  '>': 'greater',
  '>=': 'greater_or_equal',
};

const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  DIV: 'int_divide',
};

function bindBinary(node: BinaryNode, scope: Scope): Expression {
  const { operator, left, right, offset } = node;
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) {
    return bindComparison(comparison, [left, right], operator, offset, scope);
  }
  if (operator === '||')
    return bindFunction('concat', offset, [left, right], scope, bindExpression);
  if (left.kind === 'interval' || right.kind === 'interval') {
    return bindIntervalSum(node, scope, bindExpression);
  }
  const operands = [operandOf(left, scope), operandOf(right, scope)];
  return bindArithmetic(ARITHMETIC[operator]!, operator, operands, scope.positionOf(offset));
}

function bindComparison(
  name: string,
  nodes: readonly AstExpression[],
  what: string,
  offset: number,
  scope: Scope,
): Expression {
  const operands = nodes.map((node) => operandOf(node, scope));
  return compareAny(name, operands, what, scope.positionOf(offset));
}

/** A comparison that an array satisfies when any of its elements does; by `<>` none is meant. */
function compareAny(
  name: string,
  operands: readonly Operand[],
  what: string,
  position: TextPosition,
): Expression {
  const isExclusive = name === 'not_equal';
  const any = bindAnyElement(operands, what, (elements) =>
    compare(isExclusive ? 'equal' : name, elements, what, position),
  );
  return any === null ? compare(name, operands, what, position) : negateIf(isExclusive, any);
}

function compare(
  name: string,
  operands: readonly Operand[],
  what: string,
  position: TextPosition,
): Expression {
  return call(name, castToCompare(operands, what, position), 'BOOLEAN');
}

function refuseArrays(operands: readonly Operand[], what: string): void {
  const array = operands.find(isArrayOperand);
  if (array === undefined) return;
  throw bindError('NOT_SUPPORTED', `${what} of an array is not supported`, array.position);
}

function bindIs(node: AstExpression & { kind: 'is' }, scope: Scope): Expression {
  const operand = operandOf(node.operand, scope);
  const name = `is_${node.negated ? 'not_' : ''}${node.test.toLowerCase()}`;
  const isNullTest = node.test === 'NULL';
  const arg = isNullTest
    ? operand.expression
    : requireBoolean(operand, `operand of IS ${node.test}`);
  return call(name, [arg], 'BOOLEAN');
}

function bindLogical({ operator, operands }: LogicalNode, scope: Scope): Expression {
  const what = `operand of ${operator}`;
  const args = operands.map((one) => requireBoolean(operandOf(one, scope), what));
  return call(operator.toLowerCase(), args, 'BOOLEAN');
}

function bindBetween(node: BetweenNode, scope: Scope): Expression {
  const { operand, low, high, negated, offset } = node;
  const position = scope.positionOf(offset);
  const within = ([value, least, most]: readonly Operand[]): Expression => {
    const args = [
      compare('greater_or_equal', [value!, least!], 'BETWEEN', position),
      compare('less_or_equal', [value!, most!], 'BETWEEN', position),
    ];
    return call('and', args, 'BOOLEAN');
  };
  const operands = [operand, low, high].map((one) => operandOf(one, scope));
  countRepeated(operand, 1, scope);
  return negateIf(negated, bindAnyElement(operands, 'BETWEEN', within) ?? within(operands));
}

/** Counts the nodes of an expression that comes several times into what it becomes: chains of them double. */
function countRepeated(node: AstExpression, times: number, scope: Scope): void {
  for (let time = 0; time < times; time++) bindExpression(node, scope);
}

function bindIn(node: InNode, scope: Scope): Expression {
  const { operand, list, negated, offset } = node;
  const operands = [operand, ...list].map((one) => operandOf(one, scope));
  const position = scope.positionOf(offset);
  const isAmong = (given: readonly Operand[]): Expression => {
    const [value, ...items] = given;
    if (items.every(({ expression }) => expression.kind === 'literal')) {
      return compare('in', given, 'IN', position);
    }
    // The plan's IN takes literals only; x IN (a, b) is x = a OR x = b by definition.
    countRepeated(operand, items.length - 1, scope);
    const tests = items.map((item) => compare('equal', [value!, item], 'IN', position));
    return tests.length === 1 ? tests[0]! : call('or', tests, 'BOOLEAN');
  };
  return negateIf(negated, bindAnyElement(operands, 'IN', isAmong) ?? isAmong(operands));
}

function bindLike(node: LikeNode, scope: Scope): Expression {
  const { escapeCharacter } = node;
  if (escapeCharacter !== null && [...escapeCharacter.value].length !== 1) {
    throw bindError(
      'INVALID_QUERY',
      `ESCAPE takes exactly one character, found '${escapeCharacter.value}'`,
      scope.positionOf(escapeCharacter.offset),
    );
  }
  const args = [node.operand, node.pattern, ...(escapeCharacter === null ? [] : [escapeCharacter])];
  const name = node.insensitive ? 'ilike' : 'like';
  return negateIf(node.negated, bindFunction(name, node.offset, args, scope, bindExpression));
}

function bindCase(node: CaseNode, scope: Scope): Expression {
  const position = scope.positionOf(node.offset);
  const conditions = node.branches.map(({ when }) =>
    node.operand === null
      ? bindCondition(when, scope, 'condition of WHEN')
      : bindComparison('equal', [node.operand, when], 'CASE … WHEN', when.offset, scope),
  );
  const otherwise = node.otherwise ?? ({ kind: 'null', offset: node.offset } as const);
  const results = [...node.branches.map(({ result }) => result), otherwise];
  const operands = results.map((one) => operandOf(one, scope));
  const { type, args } = castToCommon(operands, 'CASE', position);
  const pairs = conditions.flatMap((condition, index) => [condition, args[index]!]);
  return call('case', [...pairs, args.at(-1)!], type);
}

function bindCast(
  operand: Operand,
  type: Expression['type'],
  position: Operand['position'],
): Expression {
  const from = operand.expression;
  const isNullLiteral = from.kind === 'literal' && from.value === null;
  if (!isNullLiteral && !canCast(from.type, type)) {
    throw bindError('TYPE_MISMATCH', `cannot cast ${from.type} to ${type}`, position);
  }
  if (from.type === type) return from;
  const converted = from.kind === 'literal' ? castLiteral(from, type) : null;
  if (converted !== null && typeof converted !== 'string') return converted;
  return call('cast', [from], type, position);
}

/** As many bits as a BIGINT has beside its sign. */
const GROUPING_ARGS_MAX = 62;

function isGrouping(name: string): boolean {
  return /^grouping(_?id)?$/i.test(name);
}

/** What it is can be said only when all keys are known; see `GroupedOutput.overGroups`. */
function bindGrouping(node: FunctionNode, scope: Scope): Expression {
  const position = scope.positionOf(node.offset);
  if (scope.bindAggregate === null) {
    const message = `GROUPING is not allowed in ${scope.clause}`;
    throw bindError('INVALID_QUERY', message, position);
  }
  if (node.args.length === 0 || node.args.length > GROUPING_ARGS_MAX) {
    const message = `GROUPING takes 1 to ${GROUPING_ARGS_MAX} arguments, found ${node.args.length}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  const args = node.args.map((arg) => bindExpression(arg, scope));
  return call(GROUPING, args, 'BIGINT', position);
}

/** A call with OVER, or one that needs it. */
function bindWindowNode(node: FunctionNode, scope: Scope): Expression {
  const name = node.name.toLowerCase();
  const position = scope.positionOf(node.offset);
  if (scope.bindWindow === null) {
    const message = `the window function ${name} is not allowed in ${scope.clause}`;
    throw bindError('INVALID_QUERY', message, position);
  }
  if (node.over !== null) return scope.bindWindow(node);
  const message = `${name} is a window function: write ${name}(…) OVER (…)`;
  throw bindError('INVALID_QUERY', message, position);
}

function bindFunctionNode(node: FunctionNode, scope: Scope): Expression {
  const { name, offset } = node;
  if (node.over !== null || findWindowFunction(name) !== undefined) {
    return bindWindowNode(node, scope);
  }
  if (isAggregate(name)) {
    if (scope.bindAggregate !== null) return scope.bindAggregate(node);
    throw bindError(
      'INVALID_QUERY',
      `the aggregate ${name.toLowerCase()} is not allowed in ${scope.clause}`,
      scope.positionOf(offset),
    );
  }
  if (isGrouping(name)) return bindGrouping(node, scope);
  const extra = aggregateClause(node);
  const bound = bindFunction(name, offset, node.args, scope, bindExpression);
  if (extra === null) return bound;
  throw bindError(
    'INVALID_QUERY',
    `${extra} is for aggregates, and ${name.toLowerCase()} is none`,
    scope.positionOf(offset),
  );
}

/** What stands in a call that only an aggregate can have. */
function aggregateClause({ star, distinct, order, filter }: FunctionNode): string | null {
  if (star) return '*';
  if (distinct) return 'DISTINCT';
  if (order.length > 0) return 'ORDER BY';
  return filter === null ? null : 'FILTER';
}

function negateIf(negated: boolean, condition: Expression): Expression {
  return negated ? call('not', [condition], 'BOOLEAN') : condition;
}
