import { assert } from '../../base/assert.ts';

const HIGH = 2 ** 32;

/** Writes an integer from 0 to 2^53 - 1 as eight bytes, big-endian, without a bigint. */
export function writeSafe64(view: DataView, offsetBytes: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'indexes and terms are safe integers');
  view.setUint32(offsetBytes, Math.floor(value / HIGH));
  view.setUint32(offsetBytes + 4, value >>> 0);
}

/** Reads eight bytes, big-endian; the result is not safe when it is 2^53 or more. */
export function readSafe64(view: DataView, offsetBytes: number): number {
  return view.getUint32(offsetBytes) * HIGH + view.getUint32(offsetBytes + 4);
}
