import type { Value } from '../../src/base/types.ts';
import type { Call, Expression } from '../../src/sql/expression.ts';

/** A row: values of columns by name. */
export type Row = Readonly<Record<string, Value>>;

/**
 * Evaluates a condition row by row in the most obvious way: three-valued logic straight from its
 * truth tables. The twin against which rewritten conditions are held.
 */
export function evaluateTruth(expression: Expression, row: Row): Value {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'column') return row[expression.name] ?? null;
  return evaluateCall(expression, row);
}

function evaluateCall(node: Call, row: Row): Value {
  const values = node.args.map((arg) => evaluateTruth(arg, row));
  const [left = null, right = null] = values;
  switch (node.function) {
    case 'and':
      return values.includes(false) ? false : values.includes(null) ? null : true;
    case 'or':
      return values.includes(true) ? true : values.includes(null) ? null : false;
    case 'not':
      return left === null ? null : !left;
    case 'is_null':
      return left === null;
    case 'is_not_null':
      return left !== null;
    case 'is_true':
      return left === true;
    case 'is_not_true':
      return left !== true;
    case 'is_false':
      return left === false;
    case 'is_not_false':
      return left !== false;
    case 'is_distinct_from':
      return left !== right;
    case 'is_not_distinct_from':
      return left === right;
    case 'cast':
      return left;
    case 'in': {
      if (left === null) return null;
      if (values.indexOf(left, 1) >= 0) return true;
      return values.includes(null) ? null : false;
    }
    case 'case': {
      for (let index = 0; index + 1 < values.length; index += 2) {
        if (values[index] === true) return values[index + 1]!;
      }
      return values.at(-1)!;
    }
    default:
      return left === null || right === null ? null : compare(node.function, left, right);
  }
}

function compare(name: string, left: NonNullable<Value>, right: NonNullable<Value>): boolean {
  switch (name) {
    case 'equal':
      return left === right;
    case 'not_equal':
      return left !== right;
    case 'less':
      return left < right;
    case 'less_or_equal':
      return left <= right;
    case 'greater':
      return left > right;
    case 'greater_or_equal':
      return left >= right;
    default:
      throw new Error(`no truth table for ${name}`);
  }
}
