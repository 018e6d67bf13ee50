import { MICROS_PER_DAY } from '../../base/datetime.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import { findTimeZone, type TimeZone, timeZoneNames, UTC } from '../../base/time-zone.ts';
import type { Call } from '../../sql/expression.ts';
import type { FlatVector } from '../vector.ts';
import { integerArithmetic } from './arithmetic.ts';
import { type Argument, callError, flat, type Invocation } from './implementation.ts';
import { dayWriter, outOfRange, withSplit } from './moments.ts';
import { textReader } from './text-apply.ts';

/** The zone of a name. @throws EngineError INVALID_QUERY with the nearest name for another text. */
export function zoneOf(name: string, call: Call): TimeZone {
  const zone = findTimeZone(name);
  if (zone !== undefined) return zone;
  const hint = name.length <= NAME_CHARACTERS_MAX ? didYouMean(name, timeZoneNames()) : '';
  const expected = 'expected a time zone such as Europe/Berlin or +02:00';
  throw callError(call, 'INVALID_QUERY', `${expected}, found '${name}'${hint}`);
}

/** Longer names are compared with none: every zone there is costs as much as the name is long. */
const NAME_CHARACTERS_MAX = 64;

/** Reads zones row by row; UTC without an argument. A row that is NULL must not be read. */
export function zoneReader(argument: Argument | undefined, call: Call): (row: number) => TimeZone {
  if (argument === undefined) return () => UTC;
  return rememberedReader(argument, (name) => zoneOf(name, call));
}

/** Looks up what texts stand for, but not again for the text of the call before. */
export function remembered<Meaning>(look: (text: string) => Meaning): (text: string) => Meaning {
  let last: { readonly text: string; readonly meaning: Meaning } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, meaning: look(text) };
    return last.meaning;
  };
}

/** Reads what texts stand for row by row, `remembered`. */
export function rememberedReader<Meaning>(
  argument: Argument,
  look: (text: string) => Meaning,
): (row: number) => Meaning {
  const [textOf, meaningOf] = [textReader(argument), remembered(look)];
  return (row) => meaningOf(textOf(row));
}

/** A TIMESTAMP as it is; a BIGINT, which is milliseconds since 1970 as in Pinot, as microseconds. */
export function momentOf(argument: Argument, invocation: Invocation): Argument {
  if (argument.type !== 'BIGINT') return argument;
  const factor: Argument = { kind: 'constant', type: 'BIGINT', value: 1000n };
  const micros = integerArithmetic('multiply', [argument, factor], invocation);
  return { ...(micros as FlatVector), type: 'TIMESTAMP' };
}

/** What local clocks of a zone show at moments, as moments; the moments themselves without a zone. */
export function localMoments(
  moment: Argument,
  zone: Argument | undefined,
  invocation: Invocation,
): Argument {
  if (zone === undefined) return moment;
  return shifted(moment, zone, invocation, (seconds, { offsetAt }) => offsetAt(seconds));
}

/** The moments at which local clocks of a zone show what `local` has. */
export function utcMoments(local: Argument, zone: Argument, invocation: Invocation): FlatVector {
  return shifted(local, zone, invocation, (seconds, { toUtc }) => toUtc(seconds) - seconds);
}

function shifted(
  moment: Argument,
  zone: Argument,
  invocation: Invocation,
  distanceOf: (seconds: number, zone: TimeZone) => number,
): FlatVector {
  const { call, rowCount, nulls } = invocation;
  const data = new BigInt64Array(rowCount);
  const write = dayWriter(data, MICROS_PER_DAY);
  const zoneAt = zoneReader(zone, call);
  withSplit(moment, invocation, (days, micros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const seconds = days[row]! * 86_400 + Math.floor(micros[row]! / 1_000_000);
      const distance = distanceOf(seconds, zoneAt(row)) * 1_000_000;
      if (!write(row, days[row]!, micros[row]! + distance)) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}
