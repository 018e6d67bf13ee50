import { isTimestampInRange, parseTimestamp } from '../../base/datetime.ts';
import { floorDivide } from '../../base/floor-divide.ts';
import { type TimeZone, UTC } from '../../base/time-zone.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { integerArithmetic } from './arithmetic.ts';
import { compileLetters, compilePercents, type PatternPart } from './date-pattern.ts';
import { localMoment, printMoment } from './date-print.ts';
import { type ReadMoment, readMoment } from './date-read.ts';
import { wholeUnits } from './dates.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf } from './memory.ts';
import { outOfRange, withSplit } from './moments.ts';
import { applyToText, textOfRows } from './text-apply.ts';
import { checkLength } from './text-scalars.ts';
import { momentOf, remembered, rememberedReader, zoneOf, zoneReader } from './zone-moments.ts';

/** Moments to text and back, by patterns. */
export const DATE_TEXT: Readonly<Record<string, Implementation>> = {
  to_date_time: strict((args, invocation) => print(args, invocation, compileLetters)),
  from_date_time: strict(fromDateTime),
  to_iso8601: strict(([moment, zone], invocation) =>
    print(withPattern(ISO_PATTERN, moment!, zone), invocation, compileLetters),
  ),
  from_iso8601: strict((args, invocation) =>
    applyToText(args, invocation, (text: string) => millisOfIso(text, invocation.call)),
  ),
  from_timestamp: strict((args, invocation) =>
    args.length === 1
      ? wholeUnits(args[0]!, 1000, invocation)
      : print(args, invocation, compileLetters),
  ),
  to_timestamp: strict((args, invocation) =>
    args.length === 1
      ? flat(
          'TIMESTAMP',
          bigintsOf(momentOf(args[0]!, invocation), invocation.rowCount),
          invocation.nulls,
        )
      : orNull(args, invocation, microsOrNull(invocation.call)),
  ),
  from_unixtime: strict(fromUnixTime),
  unix_timestamp: strict((args, invocation) =>
    args[0]!.type === 'TIMESTAMP'
      ? wholeUnits(args[0]!, 1_000_000, invocation)
      : orNull(args, invocation, secondsOrNull(invocation.call)),
  ),
  to_date: strict(([moment], invocation) =>
    print(withPattern('yyyy-MM-dd', moment!), invocation, compileLetters),
  ),
  strftime: strict((args, invocation) => print(args, invocation, compilePercents)),
  strptime: strict((args, invocation) => {
    const { call } = invocation;
    const partsOf = remembered((format) => compilePattern(format, compilePercents, call));
    return applyToText(args, invocation, (text: string, format: string) =>
      readOrThrow(text, format, partsOf(format), UTC, call),
    );
  }),
};

/** How ISO 8601 writes a moment, to the millisecond. */
export const ISO_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSX";
const ISO_FORM =
  /^([+-]?\d{4,7}-\d{2}(?:-\d{2})?)(?:T(\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

type Compile = (pattern: string) => readonly PatternPart[] | string;

/** The parts of a pattern. @throws EngineError INVALID_QUERY for a text that is none. */
export function compilePattern(
  pattern: string,
  compiler: Compile,
  call: Call,
): readonly PatternPart[] {
  const parts = compiler(pattern);
  if (typeof parts !== 'string') return parts;
  const message = `${call.function} cannot read the pattern '${pattern}': ${parts}`;
  throw callError(call, 'INVALID_QUERY', message);
}

function withPattern(pattern: string, moment: Argument, zone?: Argument): readonly Argument[] {
  const constant: Argument = { kind: 'constant', type: 'STRING', value: pattern };
  return zone === undefined ? [moment, constant] : [moment, constant, zone];
}

/** (moment, pattern[, zone]). */
function print(args: readonly Argument[], invocation: Invocation, compiler: Compile): Vector {
  const { call, rowCount, nulls } = invocation;
  const partsAt = rememberedReader(args[1]!, (pattern) => compilePattern(pattern, compiler, call));
  const zoneAt = zoneReader(args[2], call);
  const texts = new Array<string>(rowCount).fill('');
  withSplit(momentOf(args[0]!, invocation), invocation, (allDays, allMicros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const moment = localMoment(allDays[row]!, allMicros[row]!, zoneAt(row));
      texts[row] = printMoment(moment, partsAt(row));
      checkLength(texts[row]!.length, call);
    }
  });
  return textOfRows(texts, nulls);
}

/** Microseconds since 1970, in the zone that the text names or the given one; possibly out of range. */
function utcMicros({ days, microsOfDay, zone }: ReadMoment, otherwise: TimeZone): bigint {
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const utcSeconds = (zone ?? otherwise).toUtc(days * 86_400 + seconds);
  return BigInt(utcSeconds) * 1_000_000n + BigInt(microsOfDay - seconds * 1_000_000);
}

/**
 * Microseconds since 1970 of a text of a pattern, in the zone that it names or the given one.
 *
 * @throws EngineError BAD_CAST for a text of another form, NUMERIC_OVERFLOW beyond TIMESTAMP.
 */
export function readOrThrow(
  text: string,
  pattern: string,
  parts: readonly PatternPart[],
  zone: TimeZone,
  call: Call,
): bigint {
  const moment = readMoment(text, parts);
  if (moment === null) {
    const message = `expected a moment of the pattern '${pattern}', found '${text}'`;
    throw callError(call, 'BAD_CAST', message);
  }
  const micros = utcMicros(moment, zone);
  if (!isTimestampInRange(micros)) throw outOfRange(call);
  return micros;
}

/** (text, pattern[, zone[, millis for a text that does not fit]]) to milliseconds. */
function fromDateTime(args: readonly Argument[], invocation: Invocation): Vector {
  const { call } = invocation;
  const partsOf = remembered((pattern) => compilePattern(pattern, compileLetters, call));
  const zoneFor = remembered((name) => zoneOf(name, call));
  return applyToText(
    args,
    invocation,
    (text: string, pattern: string, zoneName = 'UTC', otherwise?: number) => {
      const [parts, zone] = [partsOf(pattern), zoneFor(zoneName)];
      if (otherwise !== undefined && readMoment(text, parts) === null) return BigInt(otherwise);
      return floorDivide(readOrThrow(text, pattern, parts, zone, call), 1000n);
    },
  );
}

/** An ISO 8601 date, or date and time, with or without an offset. */
function millisOfIso(text: string, call: Call): bigint {
  const match = ISO_FORM.exec(text.trim());
  const [, date = '', time = '00:00', seconds = ':00', fraction = '0', offset = 'Z'] = match ?? [];
  const day = /^.\d*-\d{2}$/.test(date) ? `${date}-01` : date;
  const micros = match && parseTimestamp(`${day} ${time}${seconds}.${fraction}`);
  if (micros === null) {
    throw callError(call, 'BAD_CAST', `expected an ISO 8601 date and time, found '${text}'`);
  }
  const zone = zoneOf(offset, call);
  return floorDivide(micros - BigInt(zone.offsetAt(0)) * 1_000_000n, 1000n);
}

/** (seconds[, pattern]). */
function fromUnixTime([seconds, pattern]: readonly Argument[], invocation: Invocation): Vector {
  const factor: Argument = { kind: 'constant', type: 'BIGINT', value: 1_000_000n };
  const micros = integerArithmetic('multiply', [seconds!, factor], invocation);
  const moment: Argument = flat('TIMESTAMP', bigintsOf(micros, invocation.rowCount), null);
  const args = pattern ? [moment, pattern] : withPattern('yyyy-MM-dd HH:mm:ss', moment);
  return print(args, invocation, compileLetters);
}

function microsOrNull(call: Call): (text: string, pattern?: string) => bigint | null {
  const partsOf = remembered((pattern) => compilePattern(pattern, compileLetters, call));
  return (text, pattern) => {
    if (pattern === undefined) return parseTimestamp(text);
    const moment = readMoment(text, partsOf(pattern));
    if (moment === null) return null;
    const micros = utcMicros(moment, UTC);
    return isTimestampInRange(micros) ? micros : null;
  };
}

function secondsOrNull(call: Call): (text: string, pattern?: string) => bigint | null {
  const microsOf = microsOrNull(call);
  return (text, pattern) => {
    const micros = microsOf(text, pattern);
    return micros === null ? null : floorDivide(micros, 1_000_000n);
  };
}

/** The one value that no text stands for: it marks the rows that become NULL. */
const NONE = -(2n ** 63n);

/** Impala answers NULL for a text that does not fit its pattern. */
function orNull(
  args: readonly Argument[],
  invocation: Invocation,
  read: (text: string, pattern?: string) => bigint | null,
): Vector {
  const { call, rowCount } = invocation;
  const vector = applyToText(
    args,
    invocation,
    (text: string, pattern?: string) => read(text, pattern) ?? NONE,
  );
  const data = bigintsOf(vector, rowCount);
  const nulls = Uint8Array.from(data, (value) => (value === NONE ? 1 : 0));
  invocation.nulls?.forEach((isNull, row) => {
    if (isNull === 1) nulls[row] = 1;
  });
  return flat(call.type === 'TIMESTAMP' ? 'TIMESTAMP' : 'BIGINT', data, nulls);
}
