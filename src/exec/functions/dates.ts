import { DAY_TRUNCATIONS, UNIT_MICROS } from '../../base/date-truncation.ts';
import { DATE_FIELDS, type DateUnit, findDateField } from '../../base/date-units.ts';
import { MICROS_PER_DAY } from '../../base/datetime.ts';
import type { FlatVector, Vector } from '../vector.ts';
import { integerArithmetic } from './arithmetic.ts';
import { DAY_FIELDS, TIME_FIELDS } from './date-fields.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, halvesOf, writeInteger } from './memory.ts';
import {
  dayWriter,
  outOfRange,
  rememberDays,
  unitOf,
  unitText,
  unknownUnit,
  withSplit,
} from './moments.ts';
import { localMoments, momentOf } from './zone-moments.ts';
import { truncateInZone } from './zones.ts';

/** Fields and units of moments. Rows are split into day and time of day, so that no row needs a BigInt. */
export const DATES: Readonly<Record<string, Implementation>> = {
  date_trunc: strict(dateTrunc),
  extract: strict((args, invocation) => {
    const field = findDateField(unitText(args[0]!, invocation.call));
    if (field === undefined) throw unknownUnit(args[0]!, invocation.call, DATE_FIELDS);
    if (field === 'epoch') return wholeUnits(args[1]!, 1_000_000, invocation);
    const ofDay = DAY_FIELDS[field];
    return ofDay
      ? dayField(args[1]!, ofDay, invocation)
      : timeField(args[1]!, TIME_FIELDS[field]!, invocation);
  }),
  year: fieldOfDay('year'),
  quarter: fieldOfDay('quarter'),
  month: fieldOfDay('month'),
  week: fieldOfDay('week'),
  year_of_week: fieldOfDay('isoyear'),
  day: fieldOfDay('day'),
  day_of_week: fieldOfDay('isodow'),
  day_of_year: fieldOfDay('doy'),
  hour: fieldOfTime(TIME_FIELDS.hour!),
  minute: fieldOfTime(TIME_FIELDS.minute!),
  second: fieldOfTime(TIME_FIELDS.second!),
  millisecond: fieldOfTime((micros) => Math.floor(micros / 1000) % 1000),
  decade: fieldOfDay('decade'),
  century: fieldOfDay('century'),
  millennium: fieldOfDay('millennium'),
  era: fieldOfDay('era'),
  ...epochFunctions('seconds', 'second'),
  ...epochFunctions('minutes', 'minute'),
  ...epochFunctions('hours', 'hour'),
  ...epochFunctions('days', 'day'),
  ...epochFunctions('millis', 'millisecond'),
  ...epochFunctions('micros', 'microsecond'),
};

function fieldOfDay(name: keyof typeof DAY_FIELDS): Implementation {
  return strict(([moment, zone], invocation) => {
    const local = localMoments(momentOf(moment!, invocation), zone, invocation);
    return dayField(local, DAY_FIELDS[name]!, invocation);
  });
}

function fieldOfTime(compute: (microsOfDay: number) => number): Implementation {
  return strict(([moment, zone], invocation) => {
    const local = localMoments(momentOf(moment!, invocation), zone, invocation);
    return timeField(local, compute, invocation);
  });
}

/** `to_epoch_…` and `from_epoch_…` of one unit. */
function epochFunctions(plural: string, unit: DateUnit): Readonly<Record<string, Implementation>> {
  const micros = UNIT_MICROS[unit]!;
  const factor: Argument = { kind: 'constant', type: 'BIGINT', value: BigInt(micros) };
  return {
    [`to_epoch_${plural}`]: strict((args, invocation) =>
      wholeUnits(momentOf(args[0]!, invocation), micros, invocation),
    ),
    [`from_epoch_${plural}`]: strict((args, invocation) =>
      integerArithmetic('multiply', [args[0]!, factor], invocation),
    ),
  };
}

function dayField(
  argument: Argument,
  compute: (days: number) => number,
  invocation: Invocation,
): Vector {
  const data = new BigInt64Array(invocation.rowCount);
  const halves = halvesOf(data);
  withSplit(argument, invocation, (days) => {
    const fieldOf = rememberDays(compute, days);
    for (let row = 0; row < days.length; row++) writeInteger(halves, row, fieldOf(days[row]!));
  });
  return flat('BIGINT', data, invocation.nulls);
}

function timeField(
  argument: Argument,
  compute: (microsOfDay: number) => number,
  invocation: Invocation,
): Vector {
  const data = new BigInt64Array(invocation.rowCount);
  const halves = halvesOf(data);
  withSplit(argument, invocation, (_, micros) => {
    for (let row = 0; row < micros.length; row++) writeInteger(halves, row, compute(micros[row]!));
  });
  return flat('BIGINT', data, invocation.nulls);
}

/** Whole units of so many microseconds since 1970, rounded down. */
export function wholeUnits(argument: Argument, unitMicros: number, invocation: Invocation): Vector {
  if (unitMicros === 1) {
    return flat('BIGINT', bigintsOf(argument, invocation.rowCount), invocation.nulls);
  }
  const data = new BigInt64Array(invocation.rowCount);
  const write = dayWriter(data, MICROS_PER_DAY / unitMicros);
  withSplit(argument, invocation, (days, micros) => {
    for (let row = 0; row < days.length; row++) {
      write(row, days[row]!, Math.floor(micros[row]! / unitMicros));
    }
  });
  return flat('BIGINT', data, invocation.nulls);
}

/**
 * (unit, moment[, zone]), or as Pinot has it (unit, count[, unit of the count[, zone[, unit of the
 * result]]]), milliseconds if not given. A TIMESTAMP has its unit, so that one in the third of four
 * places says nothing.
 */
function dateTrunc(args: readonly Argument[], invocation: Invocation): Vector {
  const [unitText, moment, third, zone, outputText] = args;
  const unit = unitOf(unitText!, invocation.call);
  if (moment!.type === 'TIMESTAMP') {
    return truncate(unit, moment!, args.length === 3 ? third : zone, invocation);
  }
  const inputMicros = third ? countMicros(third, invocation) : 1000;
  const factor: Argument = { kind: 'constant', type: 'BIGINT', value: BigInt(inputMicros) };
  const micros = integerArithmetic('multiply', [moment!, factor], invocation);
  const begin = truncate(unit, micros as FlatVector, zone, invocation);
  const outputMicros = outputText ? countMicros(outputText, invocation) : inputMicros;
  return wholeUnits(begin as FlatVector, outputMicros, invocation);
}

/** Microseconds of the unit of a count. */
function countMicros(unitText: Argument, { call }: Invocation): number {
  const micros = UNIT_MICROS[unitOf(unitText, call)];
  if (micros === undefined) throw unknownUnit(unitText, call, Object.keys(UNIT_MICROS));
  return micros;
}

function truncate(
  unit: DateUnit,
  moment: Argument,
  zone: Argument | undefined,
  invocation: Invocation,
): Vector {
  if (zone !== undefined) return truncateInZone(unit, moment, zone, invocation);
  const { call, nulls } = invocation;
  const data = new BigInt64Array(invocation.rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  const truncateDay = DAY_TRUNCATIONS[unit];
  const step = UNIT_MICROS[unit] ?? MICROS_PER_DAY;
  withSplit(moment, invocation, (days, micros) => {
    const firstDayOf = truncateDay && rememberDays(truncateDay, days);
    for (let row = 0; row < days.length; row++) {
      const fits = firstDayOf
        ? write(row, firstDayOf(days[row]!), 0)
        : write(row, days[row]!, Math.floor(micros[row]! / step) * step);
      if (!fits && nulls?.[row] !== 1) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}
