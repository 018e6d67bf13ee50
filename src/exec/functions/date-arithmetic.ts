import { UNIT_MICROS } from '../../base/date-truncation.ts';
import { addMonths, isDateInRange, MICROS_PER_DAY } from '../../base/datetime.ts';
import type { Vector } from '../vector.ts';
import { integerArithmetic } from './arithmetic.ts';
import { monthsBetween, UNIT_MONTHS } from './date-fields.ts';
import { moveByUnit } from './date-moves.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, halvesOf, integersOf, readInteger, writeInteger } from './memory.ts';
import { dayWriter, outOfRange, unitOf, withSplit } from './moments.ts';
import { numberReader } from './text-apply.ts';

/** Moving moments and measuring between them. */
export const DATE_ARITHMETIC: Readonly<Record<string, Implementation>> = {
  timestamp_add: strict(addToMoment),
  date_add: strict((args, invocation) => {
    if (args.length === 2) return moveByUnit('day', 1, args, invocation);
    return invocation.call.type === 'DATE'
      ? addToDate(args, invocation)
      : addToMoment(args, invocation);
  }),
  timestamp_diff: strict(difference),
};

/** (moment, months, microseconds) or (unit, count, moment). */
function addToMoment(args: readonly Argument[], invocation: Invocation): Vector {
  const { call } = invocation;
  if (args[0]!.type !== 'STRING') return moveMoment(args[0]!, args[1]!, 1, args[2]!, invocation);
  const unit = unitOf(args[0]!, call);
  const micros = UNIT_MICROS[unit];
  if (micros === undefined) {
    return moveMoment(args[2]!, args[1]!, UNIT_MONTHS[unit]!, bigint(0), invocation);
  }
  const distance = integerArithmetic('multiply', [args[1]!, bigint(micros)], invocation);
  return integerArithmetic('add', [args[2]!, distance], invocation);
}

function moveMoment(
  moment: Argument,
  months: Argument,
  monthFactor: number,
  micros: Argument,
  invocation: Invocation,
): Vector {
  const { rowCount, nulls } = invocation;
  const moved = isZero(months)
    ? moment
    : flat('TIMESTAMP', addMonthsToRows(moment, months, monthFactor, invocation), nulls);
  if (isZero(micros)) {
    return flat('TIMESTAMP', bigintsOf(moved, rowCount), nulls);
  }
  return integerArithmetic('add', [moved, micros], invocation);
}

function addMonthsToRows(
  moment: Argument,
  months: Argument,
  factor: number,
  invocation: Invocation,
): BigInt64Array {
  const { call, rowCount, nulls } = invocation;
  const monthsOf = numberReader(months);
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  withSplit(moment, invocation, (days, micros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const day = addMonths(days[row]!, monthsOf(row) * factor);
      if (!isDateInRange(day) || !write(row, day, micros[row]!)) throw outOfRange(call);
    }
  });
  return data;
}

/** (date, months, days). */
function addToDate(args: readonly Argument[], { call, rowCount, nulls }: Invocation): Vector {
  const dates = integersOf(args[0]!, rowCount);
  const [monthsOf, daysOf] = [numberReader(args[1]!), numberReader(args[2]!)];
  const data = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const months = monthsOf(row);
    const day = (months === 0 ? dates[row]! : addMonths(dates[row]!, months)) + daysOf(row);
    if (!isDateInRange(day)) throw outOfRange(call);
    data[row] = day;
  }
  return flat('DATE', data, nulls);
}

/** (unit, from, to): whole units, cut towards zero; or (to, from): days. */
function difference(args: readonly Argument[], invocation: Invocation): Vector {
  if (args.length === 2) return dayDifference(args[0]!, args[1]!, invocation);
  const unit = unitOf(args[0]!, invocation.call);
  const micros = UNIT_MICROS[unit];
  if (micros !== undefined) {
    const distance = integerArithmetic('subtract', [args[2]!, args[1]!], invocation);
    const data = bigintsOf(distance, invocation.rowCount).slice();
    if (micros > 1) divideInPlace(data, micros);
    return flat('BIGINT', data, invocation.nulls);
  }
  return monthDifference(args[1]!, args[2]!, UNIT_MONTHS[unit]!, invocation);
}

/** Days as the calendar counts them, without regard to the time of the day. */
function dayDifference(to: Argument, from: Argument, invocation: Invocation): Vector {
  const data = new BigInt64Array(invocation.rowCount);
  const halves = halvesOf(data);
  withSplit(to, invocation, (toDays) =>
    withSplit(from, invocation, (fromDays) => {
      for (let row = 0; row < data.length; row++) {
        writeInteger(halves, row, toDays[row]! - fromDays[row]!);
      }
    }),
  );
  return flat('BIGINT', data, invocation.nulls);
}

function monthDifference(
  from: Argument,
  to: Argument,
  unitMonths: number,
  invocation: Invocation,
): Vector {
  const data = new BigInt64Array(invocation.rowCount);
  const halves = halvesOf(data);
  withSplit(from, invocation, (fromDays, fromMicros) =>
    withSplit(to, invocation, (toDays, toMicros) => {
      for (let row = 0; row < data.length; row++) {
        const months = monthsBetween(
          { days: fromDays[row]!, microsOfDay: fromMicros[row]! },
          { days: toDays[row]!, microsOfDay: toMicros[row]! },
        );
        writeInteger(halves, row, Math.trunc(months / unitMonths));
      }
    }),
  );
  return flat('BIGINT', data, invocation.nulls);
}

function divideInPlace(data: BigInt64Array, divisor: number): void {
  const halves = halvesOf(data);
  for (let row = 0; row < data.length; row++) {
    const value = readInteger(halves, row);
    if (Number.isSafeInteger(value)) writeInteger(halves, row, Math.trunc(value / divisor));
    else data[row] = data[row]! / BigInt(divisor);
  }
}

function bigint(value: number): Argument {
  return { kind: 'constant', type: 'BIGINT', value: BigInt(value) };
}

function isZero(argument: Argument): boolean {
  return argument.kind === 'constant' && argument.value === 0n;
}
