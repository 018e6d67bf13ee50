import { DECIMAL_DIGITS_MAX, decimalLimit } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import type { KernelInstance } from '../kernels/instance.ts';

/**
 * Adds i128 values to the i128 sums of their groups.
 *
 * @param sums, ids, values addresses; `ids` are u32.
 * @throws EngineError NUMERIC_OVERFLOW when a sum has more than 38 digits.
 */
export function addWide(
  kernels: KernelInstance,
  sums: number,
  ids: number,
  values: number,
  count: number,
): void {
  const { i64, i32, u32 } = kernels;
  // Values below 2^96 do not make the sum of a table leave 128 bits.
  let isSafe = true;
  for (let row = 0; row < count && isSafe; row++) {
    const high = i32[values / 4 + 4 * row + 3]!;
    isSafe = high === 0 || high === -1;
  }
  if (isSafe) {
    kernels.run.sumByGroupI128(sums, ids, values, count);
    return;
  }
  for (let row = 0; row < count; row++) {
    const sum = sums / 8 + 2 * u32[(ids >>> 2) + row]!;
    const value = values / 8 + 2 * row;
    const total = readWide(i64, sum) + readWide(i64, value);
    checkSum(total);
    i64[sum] = BigInt.asIntN(64, total);
    i64[sum + 1] = total >> 64n;
  }
}

/** The i128 at an index of 64-bit words. */
export function readWide(words: BigInt64Array, index: number): bigint {
  return (words[index + 1]! << 64n) | BigInt.asUintN(64, words[index]!);
}

/** @throws EngineError NUMERIC_OVERFLOW when a sum has more than 38 digits. */
export function checkSum(sum: bigint): bigint {
  const limit = decimalLimit(DECIMAL_DIGITS_MAX);
  if (sum > -limit && sum < limit) return sum;
  throw new EngineError(
    'NUMERIC_OVERFLOW',
    'execution: a SUM does not fit into DECIMAL(38); SUM(CAST(… AS DOUBLE)) gives it rounded',
  );
}
