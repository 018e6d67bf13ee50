import type { Prng } from '../../src/base/prng.ts';
import { compareText } from '../../src/base/text-order.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import type { Expression } from '../../src/sql/expression.ts';
import { call, columnOf, literal, type TestColumn } from './evaluation.ts';

/** One row's evaluation failed, as overflow does. */
export class RowError extends Error {}

/** Evaluates an expression for one row in the most obvious way. @throws RowError on overflow. */
export function evaluateRow(expression: Expression, row: ReadonlyMap<string, Value>): Value {
  if (expression.kind === 'column') return row.get(expression.name)!;
  if (expression.kind === 'literal') return expression.value;
  const { args } = expression;
  const value = (index: number) => evaluateRow(args[index]!, row);
  switch (expression.function) {
    case 'and':
    case 'or':
      return junction(args, row, expression.function === 'or');
    case 'case':
      for (let index = 0; index + 1 < args.length; index += 2) {
        if (value(index) === true) return value(index + 1);
      }
      return value(args.length - 1);
    case 'coalesce':
      for (let index = 0; index < args.length; index++) {
        const candidate = value(index);
        if (candidate !== null) return candidate;
      }
      return null;
    case 'is_null':
      return value(0) === null;
    case 'nullif': {
      const [left, right] = [value(0), value(1)];
      return left !== null && right !== null && order(left, right) === 0 ? null : left;
    }
    default: {
      const values = args.map((_, index) => value(index));
      return values.includes(null) ? null : strict(expression.function, values);
    }
  }
}

/** A random expression of a type over columns of types BIGINT, DOUBLE, STRING and BOOLEAN. */
export function randomExpression(
  prng: Prng,
  type: DataType,
  columns: readonly TestColumn[],
  depth: number,
): Expression {
  const inner = (innerType: DataType) => randomExpression(prng, innerType, columns, depth - 1);
  if (depth === 0 || prng.integer(0, 6) === 0) {
    const candidates = columns.filter((column) => column.type === type);
    const column = prng.pick(candidates);
    return prng.integer(0, 3) > 0 ? columnOf(column) : literal(type, prng.pick(column.values));
  }
  const choice = prng.integer(0, 6);
  if (choice === 0) {
    return call(
      'case',
      type,
      inner('BOOLEAN'),
      inner(type),
      inner('BOOLEAN'),
      inner(type),
      inner(type),
    );
  }
  if (choice === 1) return call('coalesce', type, inner(type), inner(type));
  if (choice === 2) return call('nullif', type, inner(type), inner(type));
  switch (type) {
    case 'BIGINT':
      return prng.integer(0, 5) === 0
        ? call('length', type, inner('STRING'))
        : call(
            prng.pick(['add', 'subtract', 'multiply', 'modulo']),
            type,
            inner(type),
            inner(type),
          );
    case 'DOUBLE':
      return prng.integer(0, 4) === 0
        ? call('cast', type, inner('BIGINT'))
        : call(prng.pick(['add', 'multiply', 'divide']), type, inner(type), inner(type));
    case 'STRING':
      return prng.integer(0, 2) === 0
        ? call('concat', type, inner(type), inner(type))
        : call(prng.pick(['upper', 'reverse']), type, inner(type));
    default: {
      if (prng.integer(0, 2) === 0) {
        return call(prng.pick(['and', 'or']), type, inner(type), inner(type));
      }
      if (prng.integer(0, 4) === 0) return call('not', type, inner(type));
      const operand = prng.pick<DataType>(['BIGINT', 'DOUBLE', 'STRING', 'BOOLEAN']);
      if (prng.integer(0, 4) === 0) return call('is_null', type, inner(operand));
      return call(prng.pick(Object.keys(COMPARISONS)), type, inner(operand), inner(operand));
    }
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  equal: (sign) => sign === 0,
  not_equal: (sign) => sign !== 0,
  less: (sign) => sign < 0,
  less_or_equal: (sign) => sign <= 0,
  greater: (sign) => sign > 0,
  greater_or_equal: (sign) => sign >= 0,
};

function junction(
  args: readonly Expression[],
  row: ReadonlyMap<string, Value>,
  deciding: boolean,
): Value {
  let isUnknown = false;
  for (const arg of args) {
    const value = evaluateRow(arg, row);
    if (value === deciding) return deciding;
    if (value === null) isUnknown = true;
  }
  return isUnknown ? null : !deciding;
}

function strict(name: string, [left, right]: readonly Value[]): Value {
  const compare = COMPARISONS[name];
  if (compare) return compare(order(left!, right!));
  if (name === 'not') return !left;
  if (name === 'concat') return `${left}${right}`;
  if (name === 'upper') return String(left).toUpperCase();
  if (name === 'reverse') return [...String(left)].reverse().join('');
  if (name === 'length') return BigInt([...String(left)].length);
  if (name === 'cast') return Number(left);
  if (typeof left === 'bigint' && typeof right === 'bigint') return integers(name, left, right);
  const [a, b] = [Number(left), Number(right)];
  return name === 'add' ? a + b : name === 'multiply' ? a * b : a / b;
}

function integers(name: string, left: bigint, right: bigint): Value {
  if (name === 'modulo') return right === 0n ? null : left % right;
  const result = name === 'add' ? left + right : name === 'subtract' ? left - right : left * right;
  if (BigInt.asIntN(64, result) !== result) throw new RowError('overflow');
  return result;
}

function order(left: Value, right: Value): number {
  if (typeof left === 'string') return compareText(left, String(right));
  if (typeof left === 'bigint' && typeof right === 'bigint') return sign(left, right);
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return sign(a, b);
}

function sign<Operand extends number | bigint>(left: Operand, right: Operand): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
