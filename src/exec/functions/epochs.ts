import { UNIT_MICROS } from '../../base/date-truncation.ts';
import { findDateUnit } from '../../base/date-units.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { checkFits, integerArithmetic } from './arithmetic.ts';

import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, halvesOf, readInteger, writeInteger } from './memory.ts';
import { momentOf, rememberedReader } from './zone-moments.ts';

/** Counts of units since 1970 in steps, between units, and moments in steps from an origin. */
export const EPOCHS: Readonly<Record<string, Implementation>> = {
  ...epochsInSteps('seconds', 1_000_000),
  ...epochsInSteps('minutes', 60_000_000),
  ...epochsInSteps('hours', 3_600_000_000),
  ...epochsInSteps('days', 86_400_000_000),
  time_convert: strict(timeConvert),
  date_bin: strict(dateBin),
};

function epochsInSteps(
  plural: string,
  unitMicros: number,
): Readonly<Record<string, Implementation>> {
  return {
    [`to_epoch_${plural}_rounded`]: strict((args, invocation) =>
      toEpoch(args, invocation, unitMicros, (steps, size) => steps * size),
    ),
    [`to_epoch_${plural}_bucket`]: strict((args, invocation) =>
      toEpoch(args, invocation, unitMicros, (steps) => steps),
    ),
    [`from_epoch_${plural}_bucket`]: strict(([steps, size], invocation) => {
      const unit: Argument = { kind: 'constant', type: 'BIGINT', value: BigInt(unitMicros) };
      const micros = integerArithmetic('multiply', [size!, unit], invocation);
      return integerArithmetic('multiply', [steps!, micros], invocation);
    }),
  };
}

/** (moment, size of a step in units). */
function toEpoch(
  [moment, size]: readonly Argument[],
  invocation: Invocation,
  unitMicros: number,
  resultOf: (steps: number, size: number) => number,
): Vector {
  const { call, rowCount, nulls } = invocation;
  const micros = halvesOf(bigintsOf(momentOf(moment!, invocation), rowCount));
  const sizes = bigintsOf(size!, rowCount);
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const step = positive(Number(sizes[row]), call);
    // A unit is a million microseconds at least: the quotient is right even beyond 2^53.
    const units = Math.floor(readInteger(micros, row) / unitMicros);
    writeInteger(halves, row, resultOf(Math.floor(units / step), step));
  }
  return flat('BIGINT', data, nulls);
}

function positive(size: number, call: Call): number {
  if (size > 0) return size;
  const message = `${call.function} expects a step greater than 0, found ${size}`;
  throw callError(call, 'INVALID_QUERY', message);
}

const NANOS_PER_MICRO = 1000;

/** (count, unit, unit), cut towards zero as Java's `TimeUnit.convert` does. */
function timeConvert(args: readonly Argument[], invocation: Invocation): Vector {
  const { call, rowCount, nulls } = invocation;
  const [fromAt, toAt] = args
    .slice(1)
    .map((unit) => rememberedReader(unit, (name) => unitNanos(name, call)));
  const counts = bigintsOf(args[0]!, rowCount);
  const countHalves = halvesOf(counts);
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const [from, to] = [fromAt!(row), toAt!(row)];
    // Of two such units one is a whole multiple of the other.
    const count = readInteger(countHalves, row);
    const result = from >= to ? count * (from / to) : Math.trunc(count / (to / from));
    if (Number.isSafeInteger(count) && Number.isSafeInteger(result)) {
      writeInteger(halves, row, result);
      continue;
    }
    const exact = counts[row]!;
    data[row] = checkFits(
      from >= to ? exact * BigInt(from / to) : exact / BigInt(to / from),
      call,
      () => `${exact} in other units`,
    );
  }
  return flat('BIGINT', data, nulls);
}

/** Nanoseconds of a unit of fixed length. @throws EngineError INVALID_QUERY for another text. */
export function unitNanos(name: string, call: Call): number {
  if (/^nanoseconds?$/i.test(name)) return 1;
  const unit = findDateUnit(name);
  const micros = unit && UNIT_MICROS[unit];
  if (micros !== undefined) return micros * NANOS_PER_MICRO;
  const known = ['NANOSECONDS', ...Object.keys(UNIT_MICROS).map((one) => `${one.toUpperCase()}S`)];
  const message = `expected a unit of ${call.function} (${known.join(', ')}), found '${name}'`;
  throw callError(call, 'INVALID_QUERY', message);
}

/** (width, moment, origin): the begin of the bin, counted from the origin, that holds the moment. */
function dateBin(args: readonly Argument[], invocation: Invocation): Vector {
  const { call, rowCount, nulls } = invocation;
  const widthAt = rememberedReader(args[0]!, (text) => widthMicros(text, call));
  const [moments, origins] = [bigintsOf(args[1]!, rowCount), bigintsOf(args[2]!, rowCount)];
  const [momentHalves, originHalves] = [halvesOf(moments), halvesOf(origins)];
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const width = widthAt(row);
    const origin = readInteger(originHalves, row);
    const distance = readInteger(momentHalves, row) - origin;
    const begin = origin + Math.floor(distance / width) * width;
    if (Math.abs(origin) + Math.abs(distance) + width < Number.MAX_SAFE_INTEGER) {
      writeInteger(halves, row, begin);
      continue;
    }
    const exact = moments[row]! - origins[row]!;
    const rest = ((exact % BigInt(width)) + BigInt(width)) % BigInt(width);
    data[row] = checkFits(moments[row]! - rest, call, () => 'the begin of a bin');
  }
  return flat('TIMESTAMP', data, nulls);
}

const ISO_DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i;
const ISO_UNITS = ['week', 'day', 'hour', 'minute', 'second'] as const;

const WIDTH_CHARACTERS_MAX = 64;

/** The length of `15 minutes`, `1 hour 30 min` or, as ISO 8601 writes it, `PT15M`. */
function widthMicros(text: string, call: Call): number {
  const total = text.length <= WIDTH_CHARACTERS_MAX ? durationMicros(text) : Number.NaN;
  if (total > 0 && Number.isSafeInteger(total)) return total;
  const message = `expected a width such as '15 minutes' or 'PT15M', of weeks and smaller units, found '${text}'`;
  throw callError(call, 'INVALID_QUERY', message);
}

/** NaN for another text. */
function durationMicros(text: string): number {
  const iso = ISO_DURATION.exec(text.trim());
  const terms = iso
    ? ISO_UNITS.map((unit, index) => [iso[index + 1] ?? '0', unit] as const)
    : Array.from(
        text.matchAll(/(\d+)\s*([a-z]+)/gi),
        ([, count, unit]) => [count!, unit!] as const,
      );
  const isWhole = iso !== null || /^\s*(?:\d+\s*[a-z]+\s*)+$/i.test(text);
  let total = 0;
  for (const [count, name] of terms) {
    const unit = findDateUnit(name);
    total += Number(count) * ((unit && UNIT_MICROS[unit]) ?? Number.NaN);
  }
  return isWhole ? total : Number.NaN;
}
