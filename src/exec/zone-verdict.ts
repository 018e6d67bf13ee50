import { BATCH_ROWS } from '../base/limits.ts';
import type { Comparison, RawType } from '../kernels/exports.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { CodeRange, CodeSet, RawComparison } from './filter.ts';
import { bufferAddress, type ColumnView } from './segment-view.ts';

/** Which rows of a zone satisfy a predicate, of those that are not NULL, as far as its ends say. */
export type ZoneVerdict = 'none' | 'some' | 'all';

/** Codes between a zone's ends at most for each of which a set is asked: less than a batch takes. */
const SET_CODES_MAX = 4096;

/** What the least and greatest code of the zone that starts at row `start` say about a predicate. */
export function codeVerdict(
  { u8, u32 }: KernelInstance,
  filter: CodeRange | CodeSet,
  start: number,
): ZoneVerdict {
  const { zones } = filter.column.addresses;
  // The records of a star-tree have none.
  if (zones === undefined) return 'some';
  const zone = (zones >>> 2) + Math.floor(start / BATCH_ROWS) * 2;
  const [least, greatest] = [u32[zone]!, u32[zone + 1]!];
  if (filter.kind === 'codeRange') {
    if (greatest < filter.low || least > filter.high) return 'none';
    return least >= filter.low && greatest <= filter.high ? 'all' : 'some';
  }
  if (greatest - least >= SET_CODES_MAX) return 'some';
  let count = 0;
  for (let code = least; code <= greatest; code++) {
    count += (u8[filter.set + (code >>> 3)]! >>> (code & 7)) & 1;
  }
  if (count === 0) return 'none';
  return count > greatest - least ? 'all' : 'some';
}

/** What the least and greatest value of the zone that starts at row `start` say about a comparison. */
export function rawVerdict(
  kernels: KernelInstance,
  { column, comparison, operand }: RawComparison,
  type: RawType,
  start: number,
): ZoneVerdict {
  const [least, greatest] = rawZone(kernels, column, type, Math.floor(start / BATCH_ROWS));
  // An infinite end may stand for NaN, which is greater than infinity and does not equal it.
  if (greatest === Infinity && operand === Infinity) return 'some';
  return VERDICTS[comparison](least, greatest, operand);
}

type Ends = number | bigint;

const verdict = (isNone: boolean, isAll: boolean): ZoneVerdict =>
  isNone ? 'none' : isAll ? 'all' : 'some';

const VERDICTS: Record<Comparison, (least: Ends, greatest: Ends, operand: Ends) => ZoneVerdict> = {
  Less: (least, greatest, operand) => verdict(least >= operand, greatest < operand),
  LessOrEqual: (least, greatest, operand) => verdict(least > operand, greatest <= operand),
  Greater: (least, greatest, operand) => verdict(greatest <= operand, least > operand),
  GreaterOrEqual: (least, greatest, operand) => verdict(greatest < operand, least >= operand),
  Equal: (least, greatest, operand) =>
    verdict(least > operand || greatest < operand, least === operand && greatest === operand),
  NotEqual: (least, greatest, operand) =>
    verdict(least === operand && greatest === operand, least > operand || greatest < operand),
};

function rawZone(
  kernels: KernelInstance,
  column: ColumnView,
  type: RawType,
  zone: number,
): readonly [Ends, Ends] {
  const address = bufferAddress(column, 'zones');
  const values = {
    I32: kernels.i32,
    I64: kernels.i64,
    F32: kernels.f32,
    F64: kernels.f64,
  }[type];
  const first = address / values.BYTES_PER_ELEMENT + 2 * zone;
  return [values[first]!, values[first + 1]!];
}
