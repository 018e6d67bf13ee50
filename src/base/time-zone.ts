/**
 * Time zones by IANA name or offset, from the tables of the runtime's `Intl`. Asking `Intl` costs a
 * microsecond a moment, so each zone remembers its changes of offset, found year by year when a year
 * is first asked for.
 */

/** A zone; seconds count from 1970-01-01 and are whole, offsets are seconds east of UTC. */
export interface TimeZone {
  readonly name: string;
  /** What local clocks are ahead of UTC at a moment. */
  readonly offsetAt: (utcSeconds: number) => number;
  /**
   * The moment at which local clocks show a time. As java.time's `ZonedDateTime.ofLocal`: of a time
   * that occurs twice, the first (the offset before the change); a time that clocks skip is shifted
   * forward by the length of the gap.
   */
  readonly toUtc: (localSeconds: number) => number;
  /** What English texts call the zone at a moment, such as EST, or GMT+2 where there is no word. */
  readonly abbreviationAt: (utcSeconds: number) => string;
}

/** The zone without an offset. */
export const UTC: TimeZone = fixedZone('UTC', 0);

/**
 * Finds a zone by its IANA name in any case (`Europe/Berlin`, `UTC`), or by its offset, at most 18
 * hours: `Z`, `+02:00`, `-0530`, `+2`, `UTC+2`, `GMT-03:30`.
 *
 * @returns undefined for another text.
 */
export function findTimeZone(name: string): TimeZone | undefined {
  const key = name.trim().toLowerCase();
  const offset = parseOffset(key);
  if (offset !== null) return fixedZone(offsetText(offset), offset);
  if (/^[+-]/.test(key)) return undefined; // Intl of Node 24 takes +19:00
  const zone = known.get(key) ?? namedZone(name.trim());
  if (zone !== undefined) known.set(key, zone);
  return zone;
}

/** Names of zones, for "did you mean". */
export function timeZoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

/** `+hh:mm`, with `:ss` where the offset has seconds, as before standard time. */
export function offsetText(offset: number, separator = ':'): string {
  const total = Math.abs(offset);
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (parts[2] === 0) parts.pop();
  const digits = parts.map((part) => String(part).padStart(2, '0'));
  return (offset < 0 ? '-' : '+') + digits.join(separator);
}

/** A 400th of the 400 years after which the Gregorian calendar repeats. */
const YEAR_SECONDS = 31_556_952;
const PROBES_PER_YEAR = 36; // ten days: no zone has left and regained an offset in less
const PROBE_SECONDS = YEAR_SECONDS / PROBES_PER_YEAR;
const FIRST_YEAR = -170; // 1800: older than every change of a clock that is on record
const LAST_YEAR = 530; // 2500: rules have repeated for more than 400 years
const DAY_SECONDS = 86_400;
const OFFSET_SECONDS_MAX = 18 * 3600;

const OFFSET_PATTERN = /^(?:utc|gmt|ut)?([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/;
const INTL_PATTERN = /GMT(?:([+-]\d{2}):(\d{2})(?::(\d{2}))?)?$/;

const known = new Map<string, TimeZone>(
  ['utc', 'z', 'gmt', 'ut', 'etc/utc'].map((name) => [name, UTC]),
);

/** Changes of one year, ascending: from `starts[i]` on, `offsets[i]` holds. */
interface YearOfChanges {
  readonly starts: number[];
  readonly offsets: number[];
}

function fixedZone(name: string, offset: number): TimeZone {
  return {
    name,
    offsetAt: () => offset,
    toUtc: (localSeconds) => localSeconds - offset,
    abbreviationAt: () => name,
  };
}

function parseOffset(text: string): number | null {
  const match = OFFSET_PATTERN.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [match[2], match[3] ?? 0, match[4] ?? 0].map(Number);
  const total = hours! * 3600 + minutes! * 60 + seconds!;
  if (minutes! > 59 || seconds! > 59 || total > OFFSET_SECONDS_MAX) return null;
  return match[1] === '-' ? -total : total;
}

function namedZone(timeZone: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined; // a RangeError: there is no such zone
  }
  // The runtime may know the zone by an older name, such as Asia/Calcutta.
  const { timeZone: resolved } = format.resolvedOptions();
  const name = resolved.toLowerCase() === timeZone.toLowerCase() ? resolved : timeZone;
  const years = new Map<number, YearOfChanges>();
  const offsetAt = (utcSeconds: number) => {
    const seconds = withinYears(utcSeconds);
    const index = Math.floor(seconds / YEAR_SECONDS);
    let year = years.get(index);
    if (year === undefined) {
      year = findChanges(index, (moment) => askIntl(format, moment));
      years.set(index, year);
    }
    const { starts, offsets } = year;
    let last = starts.length - 1;
    while (last > 0 && seconds < starts[last]!) last--;
    return offsets[last]!;
  };
  const short = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' });
  const words = new Map<number, string>();
  const abbreviationAt = (utcSeconds: number) => {
    const offset = offsetAt(utcSeconds);
    let word = words.get(offset);
    if (word === undefined) {
      word = short.format(withinYears(utcSeconds) * 1000).replace(/^.* /, '');
      words.set(offset, word);
    }
    return word;
  };
  return { name, offsetAt, toUtc: (local) => toUtc(local, offsetAt), abbreviationAt };
}

/** A moment with the same offset, in the years for which changes are looked up. */
function withinYears(utcSeconds: number): number {
  const year = Math.floor(utcSeconds / YEAR_SECONDS);
  if (year < FIRST_YEAR) return FIRST_YEAR * YEAR_SECONDS;
  if (year < LAST_YEAR) return utcSeconds;
  const eras = Math.floor((year - LAST_YEAR) / 400) + 1;
  return utcSeconds - eras * 400 * YEAR_SECONDS;
}

function findChanges(year: number, probe: (utcSeconds: number) => number): YearOfChanges {
  let at = year * YEAR_SECONDS;
  let offset = probe(at);
  const changes: YearOfChanges = { starts: [at], offsets: [offset] };
  for (let step = 1; step <= PROBES_PER_YEAR; step++) {
    const next = year * YEAR_SECONDS + step * PROBE_SECONDS;
    const offsetNext = probe(next);
    while (offset !== offsetNext) {
      let [low, high] = [at, next];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (probe(middle) === offset) low = middle;
        else high = middle;
      }
      at = high;
      offset = probe(high);
      changes.starts.push(at);
      changes.offsets.push(offset);
    }
    at = next;
  }
  return changes;
}

function askIntl(format: Intl.DateTimeFormat, utcSeconds: number): number {
  const [, hours = '+00', minutes, seconds] = INTL_PATTERN.exec(format.format(utcSeconds * 1000))!;
  const size = Math.abs(Number(hours)) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return hours.startsWith('-') ? -size : size;
}

/** Offsets a day before and after cover the change that a local time could be near. */
function toUtc(localSeconds: number, offsetAt: (utcSeconds: number) => number): number {
  const before = offsetAt(localSeconds - DAY_SECONDS);
  const after = offsetAt(localSeconds + DAY_SECONDS);
  if (before === after || offsetAt(localSeconds - before) === before) return localSeconds - before;
  if (offsetAt(localSeconds - after) === after) return localSeconds - after;
  return localSeconds - before;
}
