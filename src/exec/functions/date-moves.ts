import { UNIT_MICROS } from '../../base/date-truncation.ts';
import type { DateUnit } from '../../base/date-units.ts';
import {
  addMonths,
  civilFromDays,
  daysInMonth,
  isDateInRange,
  MICROS_PER_DAY,
} from '../../base/datetime.ts';
import type { Vector } from '../vector.ts';
import { integerArithmetic } from './arithmetic.ts';
import { UNIT_MONTHS } from './date-fields.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { integersOf } from './memory.ts';
import { dayWriter, outOfRange, withSplit } from './moments.ts';
import { numberReader } from './text-apply.ts';

/** Impala's `days_add` and its kin: (moment, count). */
export const DATE_MOVES: Readonly<Record<string, Implementation>> = {
  ...moves('years', 'year'),
  ...moves('months', 'month'),
  ...moves('weeks', 'week'),
  ...moves('days', 'day'),
  ...moves('hours', 'hour'),
  ...moves('minutes', 'minute'),
  ...moves('seconds', 'second'),
  ...moves('milliseconds', 'millisecond'),
  ...moves('microseconds', 'microsecond'),
};

/** A DATE or TIMESTAMP moved by `count` units, forwards for sign 1 and backwards for −1. */
export function moveByUnit(
  unit: DateUnit,
  sign: 1 | -1,
  [moment, count]: readonly Argument[],
  invocation: Invocation,
): Vector {
  const months = UNIT_MONTHS[unit];
  const micros = UNIT_MICROS[unit];
  if (moment!.type === 'DATE' || micros === undefined) {
    const countOf = numberReader(count!);
    if (months === undefined) {
      const days = (sign * micros!) / MICROS_PER_DAY;
      return moveDays(moment!, (day, row) => day + days * countOf(row), invocation);
    }
    const move = unit === 'month' ? addMonthsKeepingEnd : addMonths;
    return moveDays(moment!, (day, row) => move(day, sign * months * countOf(row)), invocation);
  }
  const factor: Argument = { kind: 'constant', type: 'BIGINT', value: BigInt(sign * micros) };
  const distance = integerArithmetic('multiply', [count!, factor], invocation);
  return integerArithmetic('add', [moment!, distance], invocation);
}

function moves(plural: string, unit: DateUnit): Readonly<Record<string, Implementation>> {
  return {
    [`${plural}_add`]: strict((args, invocation) => moveByUnit(unit, 1, args, invocation)),
    [`${plural}_sub`]: strict((args, invocation) => moveByUnit(unit, -1, args, invocation)),
  };
}

/** As Impala's ADD_MONTHS: the last day of a month moves to the last day of a month. */
function addMonthsKeepingEnd(days: number, months: number): number {
  const moved = addMonths(days, months);
  return isLastOfMonth(days) ? moved + daysLeftInMonth(moved) : moved;
}

/** True for the last day of a month. */
export function isLastOfMonth(days: number): boolean {
  return daysLeftInMonth(days) === 0;
}

/** How many days of the month follow a day. */
export function daysLeftInMonth(days: number): number {
  const { year, month, day } = civilFromDays(days);
  return daysInMonth(year, month) - day;
}

/** DATE or TIMESTAMP with its day replaced; the time of the day stays. */
export function moveDays(
  moment: Argument,
  move: (days: number, row: number) => number,
  invocation: Invocation,
): Vector {
  const { call, rowCount, nulls } = invocation;
  if (moment.type === 'DATE') {
    const data = new Int32Array(rowCount);
    integersOf(moment, rowCount).forEach((days, row) => {
      if (nulls?.[row] === 1) return;
      const moved = move(days, row);
      if (!isDateInRange(moved)) throw outOfRange(call);
      data[row] = moved;
    });
    return flat('DATE', data, nulls);
  }
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  withSplit(moment, invocation, (days, micros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const moved = move(days[row]!, row);
      if (!isDateInRange(moved) || !write(row, moved, micros[row]!)) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}
