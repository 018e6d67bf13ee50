import { assert } from '../base/assert.ts';
import { compareFloats } from '../base/float-order.ts';
import { floorDivide } from '../base/floor-divide.ts';
import { compareText } from '../base/text-order.ts';
import { isText, type Value } from '../base/types.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import { type CodedColumnView, decodeCodes, dictionaryText } from './segment-view.ts';
import { valueAt } from './vector-build.ts';

/** Where a value stands among a column's values: codes order as values do. */
export interface CodeBounds {
  /** Codes below this one have a smaller value. */
  readonly below: number;
  /** Codes from this one on have a greater value. */
  readonly above: number;
}

/**
 * Places a value among the codes of a column: by arithmetic or by binary search.
 *
 * @param value of the column's type; neither NULL nor NaN.
 */
export function codeBounds(
  kernels: KernelInstance,
  column: CodedColumnView,
  value: Exclude<Value, null>,
): CodeBounds {
  const { encoding } = column.metadata;
  if (encoding.kind === 'affine') {
    assert(typeof value !== 'string', 'affine columns hold numbers');
    const distance = BigInt(value) - encoding.base;
    const { scale } = encoding;
    const floor = floorDivide(distance, scale);
    const isValue = floor * scale === distance;
    const below = clamp(isValue ? floor : floor + 1n, column.codeCount);
    return { below, above: clamp(floor + 1n, column.codeCount) };
  }
  const valueAtCode = dictionaryReader(kernels, column);
  const below = firstCode(column.codeCount, (code) => compareValues(valueAtCode(code), value) >= 0);
  let above = below;
  while (above < column.codeCount && compareValues(valueAtCode(above), value) === 0) above++;
  return { below, above };
}

function dictionaryReader(
  kernels: KernelInstance,
  column: CodedColumnView,
): (code: number) => Value {
  // The entries of wide decimals are keys, no values.
  if (isText(column.metadata.type)) {
    const dictionary = dictionaryText(kernels, column);
    return (code) => dictionary.at(code);
  }
  return (code) => valueAt(decodeCodes(kernels, column, Uint32Array.of(code)), 0);
}

function clamp(code: bigint, codeCount: number): number {
  if (code < 0n) return 0;
  return code > BigInt(codeCount) ? codeCount : Number(code);
}

/** The first code that passes a test which all later ones pass too; `codeCount` when none does. */
function firstCode(codeCount: number, passes: (code: number) => boolean): number {
  let low = 0;
  let high = codeCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string') return compareText(left, right as string);
  if (typeof left === 'number') return compareFloats(left, right as number);
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}
