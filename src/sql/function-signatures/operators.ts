import { type DataType, decimalType } from '../../base/types.ts';
import {
  commonTypeOf,
  type FunctionSignature,
  overload,
  overloaded,
  type Resolution,
  ruled,
  simple,
  withDecimalPairs,
  withDecimals,
} from './signature.ts';

const INTEGERS = overload(['BIGINT', 'BIGINT'], 'BIGINT');
const DOUBLES = overload(['DOUBLE', 'DOUBLE'], 'DOUBLE');

/** Operators and the conditional forms of the grammar, all as functions. */
export const OPERATORS: readonly FunctionSignature[] = [
  withDecimalPairs(
    overloaded(
      'add',
      'The sum; a DATE and a number of days give a DATE.',
      [
        ...[INTEGERS, DOUBLES, overload(['DATE', 'BIGINT'], 'DATE')],
        overload(['BIGINT', 'DATE'], 'DATE'),
      ],
      { aliases: ['plus'] },
    ),
  ),
  withDecimalPairs(
    overloaded(
      'subtract',
      'The difference; of two DATEs in days, of a DATE and days a DATE.',
      [
        ...[INTEGERS, DOUBLES, overload(['DATE', 'DATE'], 'BIGINT')],
        overload(['DATE', 'BIGINT'], 'DATE'),
      ],
      { aliases: ['sub'] },
    ),
  ),
  withDecimalPairs(
    overloaded('multiply', 'The product.', [INTEGERS, DOUBLES], { aliases: ['mult', 'times'] }),
  ),
  withDecimalPairs(
    simple(
      'divide',
      'The quotient as IEEE 754 has it, of DECIMAL exact and by zero NULL.',
      ['DOUBLE', 'DOUBLE'],
      'DOUBLE',
    ),
  ),
  withDecimalPairs(
    overloaded(
      'modulo',
      'The remainder with the sign of the dividend; by zero NULL for exact numbers, NaN for DOUBLE.',
      [INTEGERS, DOUBLES],
      { aliases: ['mod'] },
    ),
  ),
  simple(
    'int_divide',
    'The quotient of integers, cut towards zero; NULL when the divisor is zero.',
    ['BIGINT', 'BIGINT'],
    'BIGINT',
    { aliases: ['div'] },
  ),
  withDecimals(
    overloaded(
      'negate',
      'The number with the other sign.',
      [overload(['BIGINT'], 'BIGINT'), overload(['DOUBLE'], 'DOUBLE')],
      { aliases: ['negative'] },
    ),
    ({ precision, scale }) => decimalType(precision, scale),
  ),
  comparison('equal', 'True when both are the same value.'),
  comparison('not_equal', 'True when they are different values.'),
  comparison('less', 'True when the first comes before the second.'),
  comparison('less_or_equal', 'True when the first does not come after the second.'),
  comparison('greater', 'True when the first comes after the second.'),
  comparison('greater_or_equal', 'True when the first does not come before the second.'),
  comparison('is_distinct_from', 'Like <>, with NULL as a value equal to itself; never NULL.'),
  comparison('is_not_distinct_from', 'Like =, with NULL as a value equal to itself; never NULL.', [
    'equal_null',
  ]),
  ruled(
    'and',
    'True when all are true, false when one is false, else NULL.',
    [2, Infinity],
    booleans,
    { types: '(BOOLEAN, BOOLEAN, …) → BOOLEAN' },
  ),
  ruled(
    'or',
    'True when one is true, false when all are false, else NULL.',
    [2, Infinity],
    booleans,
    { types: '(BOOLEAN, BOOLEAN, …) → BOOLEAN' },
  ),
  simple('not', 'The opposite truth value.', ['BOOLEAN'], 'BOOLEAN'),
  ruled('is_null', 'True for NULL, else false.', [1, 1], anyToBoolean, {
    aliases: ['null_value'],
    types: '(ANY) → BOOLEAN',
  }),
  ruled('is_not_null', 'False for NULL, else true.', [1, 1], anyToBoolean, {
    aliases: ['non_null_value'],
    types: '(ANY) → BOOLEAN',
  }),
  simple('is_true', 'True for true, else false.', ['BOOLEAN'], 'BOOLEAN'),
  simple('is_not_true', 'False for true, else true.', ['BOOLEAN'], 'BOOLEAN'),
  simple('is_false', 'True for false, else false.', ['BOOLEAN'], 'BOOLEAN'),
  simple('is_not_false', 'False for false, else true.', ['BOOLEAN'], 'BOOLEAN'),
  simple(
    'like',
    'True when the text fits the pattern: % is any text, _ one character; the third argument is ' +
      'the character that takes their meaning away.',
    ['STRING', 'STRING', 'STRING'],
    'BOOLEAN',
    { optionalCount: 1, aliases: ['like_var'] },
  ),
  simple('ilike', 'Like LIKE, without regard to case.', ['STRING', 'STRING', 'STRING'], 'BOOLEAN', {
    optionalCount: 1,
  }),
  ruled(
    'in',
    'True when the first equals one of the others.',
    [2, Infinity],
    (args) => allCommon(args, 'BOOLEAN'),
    { types: '(ANY, ANY, …) → BOOLEAN' },
  ),
  ruled(
    'case',
    'The value after the first condition that is true, else the last.',
    [3, Infinity],
    caseTypes,
    { types: '(BOOLEAN, ANY, …, ANY) → ANY' },
  ),
  ruled('if', 'The second when the first is true, else the third.', [3, 3], caseTypes, {
    aliases: ['iff'],
    types: '(BOOLEAN, ANY, ANY) → ANY',
  }),
  ruled('coalesce', 'The first that is not NULL.', [1, Infinity], (args) => allCommon(args), {
    aliases: ['ifnull', 'nvl'],
    monotonicIn: 0,
    hasCommonType: true,
  }),
  ruled(
    'nullif',
    'The first, or NULL when it equals the second.',
    [2, 2],
    (args) => allCommon(args),
    { hasCommonType: true },
  ),
  ruled(
    'cast',
    "The value in the type of the call node, which the binder sets; the signature's result is the " +
      "argument's own type.",
    [1, 1],
    (args) => ({ args, result: args[0]! }),
  ),
];

function comparison(
  name: string,
  summary: string,
  aliases: readonly string[] = [],
): FunctionSignature {
  return ruled(name, summary, [2, 2], (args) => allCommon(args, 'BOOLEAN'), {
    aliases,
    types: '(ANY, ANY) → BOOLEAN',
  });
}

function booleans(args: readonly DataType[]): Resolution | null {
  return args.every((type) => type === 'BOOLEAN') ? { args, result: 'BOOLEAN' } : null;
}

function anyToBoolean(args: readonly DataType[]): Resolution {
  return { args, result: 'BOOLEAN' };
}

/** All arguments in their common type, which is also the result unless another is given. */
function allCommon(args: readonly DataType[], result?: DataType): Resolution | null {
  const common = commonTypeOf(args);
  if (common === null) return null;
  return { args: args.map(() => common), result: result ?? common };
}

/** (condition, value, …, else): values in their common type. */
function caseTypes(args: readonly DataType[]): Resolution | null {
  if (args.length % 2 === 0) return null;
  const isCondition = (index: number) => index % 2 === 0 && index < args.length - 1;
  if (args.some((type, index) => isCondition(index) && type !== 'BOOLEAN')) return null;
  const common = commonTypeOf(args.filter((_, index) => !isCondition(index)));
  if (common === null) return null;
  return {
    args: args.map((_, index) => (isCondition(index) ? 'BOOLEAN' : common)),
    result: common,
  };
}
