import { isTimestampInRange, MICROS_PER_DAY } from '../../base/datetime.ts';
import type { TimeZone } from '../../base/time-zone.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { compileLetters, type PatternPart } from './date-pattern.ts';
import { printMoment } from './date-print.ts';
import { compilePattern, ISO_PATTERN, readOrThrow } from './date-text.ts';
import { unitNanos } from './epochs.ts';
import {
  type Argument,
  callError,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { outOfRange } from './moments.ts';
import { applyToText } from './text-apply.ts';
import { zoneOf } from './zone-moments.ts';

/** Pinot's dateTimeConvert: (value, input format, output format, granularity). */
export const DATE_TIME_CONVERT: Readonly<Record<string, Implementation>> = {
  date_time_convert: strict(convert),
};

/** A format of Pinot's DateTimeFieldSpec. */
type Format =
  | { readonly kind: 'EPOCH'; readonly unitMillis: number }
  | { readonly kind: 'TIMESTAMP' }
  | {
      readonly kind: 'SIMPLE_DATE_FORMAT';
      readonly pattern: string;
      readonly parts: readonly PatternPart[];
      readonly zone: TimeZone;
    };

interface Conversion {
  readonly texts: readonly [from: string, to: string, step: string];
  readonly input: Format;
  readonly output: Format;
  readonly stepMillis: number;
}

const RESULT_TYPES = { EPOCH: 'BIGINT', TIMESTAMP: 'TIMESTAMP', SIMPLE_DATE_FORMAT: 'STRING' };

/**
 * Converts by way of whole milliseconds since 1970. Text is cut to the granularity on the clocks of
 * its zone, everything else in UTC; weeks of text begin on Monday.
 */
function convert(args: readonly Argument[], invocation: Invocation): Vector {
  const { call } = invocation;
  const isMoment = args[0]!.type === 'TIMESTAMP';
  let last: Conversion | null = null;
  return applyToText(
    args,
    invocation,
    (value: string | number, from: string, to: string, step: string) => {
      if (last?.texts[0] !== from || last.texts[1] !== to || last.texts[2] !== step) {
        last = conversionOf([from, to, step], call);
      }
      const millis =
        isMoment && typeof value === 'number'
          ? Math.floor(value / 1000)
          : millisOf(value, last.input, call);
      return write(millis, last.output, last.stepMillis, call);
    },
  );
}

function conversionOf(texts: Conversion['texts'], call: Call): Conversion {
  const [from, to, step] = texts;
  const output = formatOf(to, call);
  if (RESULT_TYPES[output.kind] !== call.type) {
    const message = `${call.function} takes its output format as a text literal`;
    throw callError(call, 'NOT_SUPPORTED', message);
  }
  const [, size = step.split('|')[1] ?? '1', unit = step.split('|')[0]!] =
    /^(\d+):(\w+)$/.exec(step) ?? [];
  const stepMillis = sizeOf(size, call) * unitMillis(unit, call);
  return { texts, input: formatOf(from, call), output, stepMillis };
}

/** `1:HOURS:EPOCH`, `1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd tz(UTC)`, or the same with bars. */
function formatOf(text: string, call: Call): Format {
  const colons = /^(\d+):(\w+):(EPOCH|TIMESTAMP|SIMPLE_DATE_FORMAT)(?::(.*))?$/is.exec(text);
  const bars = /^(EPOCH|TIMESTAMP|SIMPLE_DATE_FORMAT)(?:\|([^|]*))?(?:\|([^|]*))?$/i.exec(text);
  const kind = (colons?.[3] ?? bars?.[1])?.toUpperCase();
  if (kind === 'TIMESTAMP') return { kind };
  if (kind === 'EPOCH') {
    const size = colons?.[1] ?? bars?.[3] ?? '1';
    const unit = colons?.[2] ?? bars?.[2] ?? 'MILLISECONDS';
    return { kind, unitMillis: sizeOf(size, call) * unitMillis(unit, call) };
  }
  if (kind === 'SIMPLE_DATE_FORMAT') {
    const [written = '', writtenZone] = bars ? bars.slice(2) : splitZone(colons?.[4] ?? '');
    const pattern = written === '' ? ISO_PATTERN : written;
    const zone = writtenZone ?? 'UTC';
    const parts = compilePattern(pattern, compileLetters, call);
    return { kind, pattern, parts, zone: zoneOf(zone, call) };
  }
  const example = "'1:MILLISECONDS:EPOCH' or '1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd'";
  throw callError(call, 'INVALID_QUERY', `expected a format such as ${example}, found '${text}'`);
}

/** `yyyy-MM-dd tz(Europe/Berlin)` */
function splitZone(text: string): readonly string[] {
  const start = text.lastIndexOf('tz(');
  if (start < 0 || !text.endsWith(')')) return [text];
  return [text.slice(0, start).trimEnd(), text.slice(start + 3, -1)];
}

function sizeOf(text: string, call: Call): number {
  const size = Number(text);
  if (Number.isSafeInteger(size) && size > 0) return size;
  const message = `expected a whole number of units greater than 0, found '${text}'`;
  throw callError(call, 'INVALID_QUERY', message);
}

function unitMillis(unit: string, call: Call): number {
  return unitNanos(unit, call) / 1_000_000;
}

function millisOf(value: string | number, input: Format, call: Call): number {
  if (input.kind === 'SIMPLE_DATE_FORMAT') {
    const micros = readOrThrow(String(value), input.pattern, input.parts, input.zone, call);
    return Math.floor(Number(micros) / 1000);
  }
  const count = Number(value);
  if (!Number.isSafeInteger(count)) {
    throw callError(call, 'BAD_CAST', `expected a whole number of units, found '${value}'`);
  }
  return Math.floor(count * (input.kind === 'EPOCH' ? input.unitMillis : 1));
}

const MONDAY_MILLIS = 4 * 86_400_000; // 1970-01-05
const WEEK_MILLIS = 7 * 86_400_000;
const MILLIS_PER_DAY = MICROS_PER_DAY / 1000;

function write(millis: number, output: Format, step: number, call: Call): string | bigint {
  if (!Number.isSafeInteger(millis)) throw outOfRange(call);
  if (output.kind !== 'SIMPLE_DATE_FORMAT') {
    const begin = Math.floor(millis / step) * step;
    if (output.kind === 'EPOCH') return BigInt(Math.floor(begin / output.unitMillis));
    const micros = BigInt(begin) * 1000n;
    if (!isTimestampInRange(micros)) throw outOfRange(call);
    return micros;
  }
  const { zone, parts } = output;
  const [origin, local] = [
    step % WEEK_MILLIS === 0 ? MONDAY_MILLIS : 0,
    millis + zone.offsetAt(Math.floor(millis / 1000)) * 1000,
  ];
  const begin = Math.floor((local - origin) / step) * step + origin;
  const days = Math.floor(begin / MILLIS_PER_DAY);
  const microsOfDay = (begin - days * MILLIS_PER_DAY) * 1000;
  const utcSeconds = zone.toUtc(Math.floor(begin / 1000));
  return printMoment({ days, microsOfDay, utcSeconds, zone }, parts);
}
