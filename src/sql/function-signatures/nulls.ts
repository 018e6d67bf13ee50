import type { DataType } from '../../base/types.ts';
import {
  commonTypeOf,
  type FunctionSignature,
  overload,
  overloaded,
  type Resolution,
  ruled,
} from './signature.ts';

const KEEPS_KIND = [overload(['BIGINT'], 'BIGINT'), overload(['DOUBLE'], 'DOUBLE')];

/** Functions that make, replace or look for NULL. */
export const NULL_FUNCTIONS: readonly FunctionSignature[] = [
  ruled('nvl2', 'The second when the first is not NULL, else the third.', [3, 3], (args) => {
    const common = commonTypeOf(args.slice(1));
    return common === null ? null : { args: [args[0]!, common, common], result: common };
  }),
  overloaded('null_if_zero', 'The number, or NULL when it is 0.', KEEPS_KIND),
  overloaded('zero_if_null', 'The number, or 0 when it is NULL.', KEEPS_KIND),
  ruled(
    'decode',
    'The value after the first of the candidates that equals the first argument, NULL being equal to ' +
      'NULL; else the last argument when it has no candidate before it, else NULL.',
    [3, Infinity],
    decodeTypes,
  ),
];

/** (value, candidate, result, …, [otherwise]): values and results in a common type each. */
function decodeTypes(args: readonly DataType[]): Resolution | null {
  const isResult = (index: number) => isDecodeResult(index, args.length);
  const compared = commonTypeOf(args.filter((_, index) => !isResult(index)));
  const result = commonTypeOf(args.filter((_, index) => isResult(index)));
  if (compared === null || result === null) return null;
  return { args: args.map((_, index) => (isResult(index) ? result : compared)), result };
}

/** True for the arguments of `decode` that may become its result. */
export function isDecodeResult(index: number, argCount: number): boolean {
  return index > 0 && (index % 2 === 0 || index === argCount - 1);
}
