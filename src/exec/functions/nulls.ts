import type { Call, Expression } from '../../sql/expression.ts';
import { call as callOf, literal } from '../../sql/expression-tools.ts';
import { type Implementation, lazy } from './implementation.ts';
import { toVector } from './rows.ts';

/** Functions that make, replace or look for NULL, all by functions that exist already. */
export const NULLS: Readonly<Record<string, Implementation>> = {
  nvl2: rewritten(({ args, type }) => {
    const [value, present, absent] = args;
    return callOf('case', [callOf('is_not_null', [value!], 'BOOLEAN'), present!, absent!], type);
  }),
  null_if_zero: rewritten(({ args, type }) => callOf('nullif', [args[0]!, zero(type)], type)),
  zero_if_null: rewritten(({ args, type }) => callOf('coalesce', [args[0]!, zero(type)], type)),
  decode: rewritten(decodeAsCase),
};

/** What a call becomes, kept as long as its plan so that what is remembered of its parts is kept too. */
const rewrites = new WeakMap<Call, Expression>();

function rewritten(rewrite: (call: Call) => Expression): Implementation {
  return lazy((call, scope) => {
    let expression = rewrites.get(call);
    if (expression === undefined) {
      expression = rewrite(call);
      rewrites.set(call, expression);
    }
    return toVector(scope.evaluate(expression), scope.rowCount);
  });
}

function zero(type: Call['type']): Expression {
  return literal(type, type === 'BIGINT' ? 0n : 0);
}

function decodeAsCase({ args, type }: Call): Expression {
  const [value, ...rest] = args;
  const branches: Expression[] = [];
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const isEqual = callOf('is_not_distinct_from', [value!, rest[index]!], 'BOOLEAN');
    branches.push(isEqual, rest[index + 1]!);
  }
  const otherwise = rest.length % 2 === 1 ? rest.at(-1)! : literal(type, null);
  return callOf('case', [...branches, otherwise], type);
}
