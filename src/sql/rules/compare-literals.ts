import { compareText } from '../../base/text-order.ts';
import type { Value } from '../../base/types.ts';

/** The order of two values of one type that are not NULL, as SQL has it: NaN is the greatest number. */
export function compareValues(left: Exclude<Value, null>, right: Exclude<Value, null>): number {
  if (typeof left === 'string') return compareText(left, String(right));
  const [isLeftNan, isRightNan] = [Number.isNaN(left), Number.isNaN(right)];
  if (isLeftNan || isRightNan) return Number(isLeftNan) - Number(isRightNan);
  return left < right ? -1 : Number(left > right);
}
