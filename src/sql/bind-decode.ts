import type { TextPosition } from '../base/errors.ts';
import type { DataType } from '../base/types.ts';
import { castToCommon, type Operand } from './coerce.ts';
import type { Expression } from './expression.ts';
import { isDecodeResult } from './function-signatures/nulls.ts';

/**
 * The arguments of `decode`, the value and its candidates in one common type, the results in another;
 * NULLs and text literals go along with either.
 *
 * @throws EngineError TYPE_MISMATCH when one of the two has no common type.
 */
export function castDecode(
  operands: readonly Operand[],
  position: TextPosition,
): { readonly type: DataType; readonly args: readonly Expression[] } {
  const isResult = (index: number) => isDecodeResult(index, operands.length);
  const [candidates, results] = [
    castToCommon(
      operands.filter((_, index) => !isResult(index)),
      'DECODE',
      position,
    ).args,
    castToCommon(
      operands.filter((_, index) => isResult(index)),
      'DECODE',
      position,
    ),
  ];
  const [fromCandidates, fromResults] = [candidates.values(), results.args.values()];
  const args = operands.map(
    (_, index) => (isResult(index) ? fromResults : fromCandidates).next().value!,
  );
  return { type: results.type, args };
}
