import { compareFloats } from '../base/float-order.ts';
import { physicalType } from '../base/types.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { RawComparison } from './filter.ts';
import type { ColumnView, IndexView } from './segment-view.ts';

/** Buckets of a range index: those of which all rows pass, and those of which some may. */
export interface RangeBuckets {
  readonly full: readonly number[];
  readonly partial: readonly number[];
}

/** Judges the buckets of a range index by their bounds. All comparisons are of its column. */
export function rangeBuckets(
  { metadata, addresses }: IndexView,
  column: ColumnView,
  comparisons: readonly RawComparison[],
  kernels: KernelInstance,
): RangeBuckets {
  const { lengthBytes } = metadata.buffers.find(({ role }) => role === 'bounds')!;
  const bounds = boundsAt(kernels, column, addresses.bounds!, lengthBytes);
  const full: number[] = [];
  const partial: number[] = [];
  for (let bucket = 0; 2 * bucket < bounds.length; bucket++) {
    const [least, greatest] = [bounds[2 * bucket]!, bounds[2 * bucket + 1]!];
    const verdicts = comparisons.map((comparison) => judge(comparison, least, greatest));
    if (verdicts.includes('none')) continue;
    if (verdicts.includes('some')) partial.push(bucket);
    else full.push(bucket);
  }
  return { full, partial };
}

/** The order of two raw values, as SQL has it. */
export function compareRaw(left: number | bigint, right: number | bigint): number {
  if (typeof left === 'number') return compareFloats(left, Number(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Which of the values from `least` to `greatest` pass a comparison. */
function judge(
  { comparison, operand }: RawComparison,
  least: number | bigint,
  greatest: number | bigint,
): 'all' | 'some' | 'none' {
  const low = compareRaw(least, operand);
  const high = compareRaw(greatest, operand);
  const verdict = (all: boolean, none: boolean) => (all ? 'all' : none ? 'none' : 'some');
  switch (comparison) {
    case 'Equal':
      return verdict(low === 0 && high === 0, low > 0 || high < 0);
    case 'NotEqual':
      return verdict(low > 0 || high < 0, low === 0 && high === 0);
    case 'Less':
      return verdict(high < 0, low >= 0);
    case 'LessOrEqual':
      return verdict(high <= 0, low > 0);
    case 'Greater':
      return verdict(low > 0, high <= 0);
    case 'GreaterOrEqual':
      return verdict(low >= 0, high < 0);
  }
}

function boundsAt(
  kernels: KernelInstance,
  { metadata: { type } }: ColumnView,
  address: number,
  lengthBytes: number,
): Int32Array | BigInt64Array | Float32Array | Float64Array {
  const { buffer } = kernels.memory;
  switch (physicalType(type)) {
    case 'i32':
      return new Int32Array(buffer, address, lengthBytes / 4);
    case 'f32':
      return new Float32Array(buffer, address, lengthBytes / 4);
    case 'f64':
      return new Float64Array(buffer, address, lengthBytes / 8);
    default:
      return new BigInt64Array(buffer, address, lengthBytes / 8);
  }
}
