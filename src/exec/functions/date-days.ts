import { assert } from '../../base/assert.ts';
import { DAY_TRUNCATIONS, UNIT_MICROS } from '../../base/date-truncation.ts';
import type { DateUnit } from '../../base/date-units.ts';
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  isDateInRange,
  isoWeekday,
  MICROS_PER_DAY,
} from '../../base/datetime.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';

import { daysLeftInMonth, isLastOfMonth, moveDays } from './date-moves.ts';
import { DAY_NAMES, findName, MONTH_NAMES } from './date-names.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { MATH } from './math.ts';
import { bigintsOf, halvesOf, integersOf, writeInteger } from './memory.ts';
import { dayWriter, outOfRange, withSplit } from './moments.ts';
import { numberReader } from './text-apply.ts';
import { rememberedReader } from './zone-moments.ts';

/** Days of the calendar: their names, the ends of months, what lies between, and making them. */
export const DATE_DAYS: Readonly<Record<string, Implementation>> = {
  last_day: strict(([moment], invocation) =>
    atMidnight(moment!, (days) => days + daysLeftInMonth(days), invocation),
  ),
  next_day: strict(nextDay),
  day_name: names(DAY_NAMES, (days) => isoWeekday(days) - 1),
  month_name: names(MONTH_NAMES, (days) => civilFromDays(days).month - 1),
  months_between: strict((args, invocation) => {
    const data = new Float64Array(invocation.rowCount);
    eachPair(args, invocation, (row, later, earlier) => {
      data[row] = monthsApart(later, earlier);
    });
    return flat('DOUBLE', data, invocation.nulls);
  }),
  int_months_between: strict((args, invocation) => {
    const data = new BigInt64Array(invocation.rowCount);
    const halves = halvesOf(data);
    eachPair(args, invocation, (row, later, earlier) => {
      writeInteger(halves, row, Math.trunc(monthsApart(later, earlier)));
    });
    return flat('BIGINT', data, invocation.nulls);
  }),
  date_cmp: strict((args, { rowCount, nulls }) => {
    const [left, right] = [integersOf(args[0]!, rowCount), integersOf(args[1]!, rowCount)];
    const order = Int32Array.from(left, (days, row) => Math.sign(days - right[row]!));
    return flat('INT', order, nulls);
  }),
  timestamp_cmp: strict(([left, right], { rowCount, nulls }) => {
    const one = halvesOf(bigintsOf(left!, rowCount));
    const other = halvesOf(bigintsOf(right!, rowCount));
    const order = new Int32Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const high = one[2 * row + 1]! - other[2 * row + 1]!;
      order[row] = Math.sign(high || (one[2 * row]! >>> 0) - (other[2 * row]! >>> 0));
    }
    return flat('INT', order, nulls);
  }),
  trunc: strict((args, invocation) =>
    invocation.call.type === 'DATE' || invocation.call.type === 'TIMESTAMP'
      ? truncateMoment(args, invocation)
      : truncateNumber(args, invocation),
  ),
  make_date: strict((args, invocation) => {
    const data = new Int32Array(invocation.rowCount);
    makeDays(args, invocation, (row, days) => {
      data[row] = days;
    });
    return flat('DATE', data, invocation.nulls);
  }),
  make_timestamp: strict(makeTimestamp),
};

/** A moment moved to the begin of another day. */
function atMidnight(
  moment: Argument,
  move: (days: number, row: number) => number,
  invocation: Invocation,
): Vector {
  if (moment.type === 'DATE') return moveDays(moment, move, invocation);
  const { call, rowCount, nulls } = invocation;
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  withSplit(moment, invocation, (days) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      if (!write(row, move(days[row]!, row), 0)) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}

/** (moment, name of a day): the first such day after the moment's, at the same time of the day. */
function nextDay([moment, name]: readonly Argument[], invocation: Invocation): Vector {
  const weekdayAt = rememberedReader(name!, (text) => weekdayOf(text, invocation.call));
  return moveDays(
    moment!,
    (days, row) => days + ((weekdayAt(row) - isoWeekday(days) + 6) % 7) + 1,
    invocation,
  );
}

/** Monday 1 to Sunday 7. */
function weekdayOf(name: string, call: Call): number {
  const index = findName(DAY_NAMES, name, 2);
  if (index >= 0) return index + 1;
  const message = `expected a day of the week, such as Friday or FR, found '${name}'`;
  throw callError(call, 'INVALID_QUERY', message + didYouMean(name, DAY_NAMES));
}

function names(all: readonly string[], indexOf: (days: number) => number): Implementation {
  return strict(([moment], invocation) => {
    const { nulls } = invocation;
    const codes = withSplit(moment!, invocation, (days) => Uint32Array.from(days, indexOf));
    return { kind: 'text', type: 'STRING', codes, dictionary: all, nulls };
  });
}

function eachPair(
  [left, right]: readonly Argument[],
  invocation: Invocation,
  use: (row: number, left: number, right: number) => void,
): void {
  withSplit(left!, invocation, (leftDays) =>
    withSplit(right!, invocation, (rightDays) => {
      for (let row = 0; row < leftDays.length; row++) use(row, leftDays[row]!, rightDays[row]!);
    }),
  );
}

/** Months of 31 days; none of the days count when both are the last of their months. */
function monthsApart(later: number, earlier: number): number {
  const [to, from] = [civilFromDays(later), civilFromDays(earlier)];
  const months = (to.year - from.year) * 12 + to.month - from.month;
  const areEnds = isLastOfMonth(later) && isLastOfMonth(earlier);
  return areEnds ? months : months + (to.day - from.day) / 31;
}

function truncateNumber(args: readonly Argument[], invocation: Invocation): Vector {
  const { truncate } = MATH;
  assert(truncate?.kind === 'strict', 'truncate is strict');
  return truncate.run(args, invocation);
}

type TruncUnit = DateUnit | 'weekOfYear' | 'weekOfMonth';

/** Impala's names of units for TRUNC. */
const TRUNC_UNITS: ReadonlyMap<string, TruncUnit> = new Map([
  ...unitNames('year', 'SYYYY', 'YYYY', 'YEAR', 'SYEAR', 'YYY', 'YY', 'Y'),
  ...unitNames('quarter', 'Q'),
  ...unitNames('month', 'MONTH', 'MON', 'MM', 'RM'),
  ...unitNames('weekOfYear', 'WW'),
  ...unitNames('weekOfMonth', 'W'),
  ...unitNames('day', 'DDD', 'DD', 'J'),
  ...unitNames('week', 'DAY', 'DY', 'D'),
  ...unitNames('hour', 'HH', 'HH12', 'HH24'),
  ...unitNames('minute', 'MI'),
]);

function unitNames(
  unit: TruncUnit,
  ...spellings: string[]
): readonly (readonly [string, TruncUnit])[] {
  return spellings.map((name) => [name, unit] as const);
}

/** (DATE or TIMESTAMP, unit). */
function truncateMoment(args: readonly Argument[], invocation: Invocation): Vector {
  const { call, rowCount, nulls } = invocation;
  const moment = args[0]!;
  const unitAt = rememberedReader(args[1]!, (name) => truncUnit(name, call));
  const dayAt = (days: number, row: number) => truncateDay(unitAt(row), days);
  if (moment.type === 'DATE') return moveDays(moment, dayAt, invocation);
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  withSplit(moment, invocation, (days, micros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const unit = unitAt(row);
      const step = unit === 'hour' || unit === 'minute' ? UNIT_MICROS[unit]! : MICROS_PER_DAY;
      const begin = Math.floor(micros[row]! / step) * step;
      if (!write(row, dayAt(days[row]!, row), begin)) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}

function truncUnit(name: string, call: Call): TruncUnit {
  const unit = TRUNC_UNITS.get(name.toUpperCase());
  if (unit !== undefined) return unit;
  const known = [...TRUNC_UNITS.keys()].join(', ');
  throw callError(call, 'INVALID_QUERY', `expected a unit of trunc (${known}), found '${name}'`);
}

/** Weeks of the year and of the month begin on the weekday of its first day. */
function truncateDay(unit: TruncUnit, days: number): number {
  if (unit !== 'weekOfYear' && unit !== 'weekOfMonth') {
    return (DAY_TRUNCATIONS[unit] ?? ((day) => day))(days);
  }
  const first = DAY_TRUNCATIONS[unit === 'weekOfYear' ? 'year' : 'month']!(days);
  return days - ((days - first) % 7);
}

/** (year, month, day, …) of every row as a day number. */
function makeDays(
  args: readonly Argument[],
  { call, rowCount, nulls }: Invocation,
  use: (row: number, days: number) => void,
): void {
  const [yearOf, monthOf, dayOf] = args.slice(0, 3).map((arg) => numberReader(arg));
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const [year, month, day] = [yearOf!(row), monthOf!(row), dayOf!(row)];
    const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
    const days = isDay ? daysFromCivil(year, month, day) : Number.NaN;
    if (!isDateInRange(days)) {
      const message = `expected a year, month and day, found ${year}, ${month}, ${day}`;
      throw callError(call, 'BAD_CAST', message);
    }
    use(row, days);
  }
}

/** (year, month, day, hour, minute, second with its fraction), or (microseconds since 1970). */
function makeTimestamp(args: readonly Argument[], invocation: Invocation): Vector {
  const { call, rowCount, nulls } = invocation;
  if (args.length === 1) return flat('TIMESTAMP', bigintsOf(args[0]!, rowCount), nulls);
  const [hourOf, minuteOf, secondOf] = args.slice(3).map((arg) => numberReader(arg));
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  makeDays(args, invocation, (row, days) => {
    const [hour, minute, second] = [hourOf!(row), minuteOf!(row), secondOf!(row)];
    const isTime =
      hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
    if (!isTime) {
      const message = `expected hour, minute and second, found ${hour}, ${minute}, ${second}`;
      throw callError(call, 'BAD_CAST', message);
    }
    const micros = (hour * 60 + minute) * 60_000_000 + Math.round(second * 1_000_000);
    if (!write(row, days, micros)) throw outOfRange(call);
  });
  return flat('TIMESTAMP', data, nulls);
}
