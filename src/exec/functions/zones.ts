import { DAY_TRUNCATIONS, UNIT_MICROS } from '../../base/date-truncation.ts';
import type { DateUnit } from '../../base/date-units.ts';
import { MICROS_PER_DAY } from '../../base/datetime.ts';
import type { Vector } from '../vector.ts';

import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, halvesOf, writeInteger } from './memory.ts';
import { dayWriter, outOfRange, withSplit } from './moments.ts';
import { localMoments, momentOf, utcMoments, zoneReader } from './zone-moments.ts';

/** Moments and local clocks. A TIMESTAMP is UTC; what local clocks show is a TIMESTAMP too. */
export const ZONES: Readonly<Record<string, Implementation>> = {
  from_utc_timestamp: strict(([moment, zone], invocation) => {
    const local = localMoments(moment!, zone, invocation);
    return flat('TIMESTAMP', bigintsOf(local, invocation.rowCount), invocation.nulls);
  }),
  to_utc_timestamp: strict(([local, zone], invocation) => utcMoments(local!, zone!, invocation)),
  timezone_hour: offsetPart((seconds) => Math.trunc(seconds / 3600)),
  timezone_minute: offsetPart((seconds) => Math.trunc((seconds % 3600) / 60)),
};

/** (zone, moment). */
function offsetPart(compute: (offsetSeconds: number) => number): Implementation {
  return strict(([zone, moment], invocation) => {
    const { call, rowCount, nulls } = invocation;
    const zoneAt = zoneReader(zone, call);
    const data = new BigInt64Array(rowCount);
    const halves = halvesOf(data);
    withSplit(momentOf(moment!, invocation), invocation, (days, micros) => {
      for (let row = 0; row < rowCount; row++) {
        if (nulls?.[row] === 1) continue;
        const seconds = days[row]! * 86_400 + Math.floor(micros[row]! / 1_000_000);
        writeInteger(halves, row, compute(zoneAt(row).offsetAt(seconds)));
      }
    });
    return flat('BIGINT', data, nulls);
  });
}

/**
 * The begin, on local clocks, of the unit that holds a moment, as a moment. Hours and smaller units
 * keep the offset of the moment, as Joda-Time has it: in the hour that occurs twice they begin twice.
 */
export function truncateInZone(
  unit: DateUnit,
  moment: Argument,
  zone: Argument,
  invocation: Invocation,
): Vector {
  const { call, rowCount, nulls } = invocation;
  const zoneAt = zoneReader(zone, call);
  const data = new BigInt64Array(rowCount);
  const writeMicros = dayWriter(data, MICROS_PER_DAY);
  const writeSeconds = dayWriter(data, 1_000_000);
  const truncateDay = DAY_TRUNCATIONS[unit];
  const step = UNIT_MICROS[unit] ?? MICROS_PER_DAY;
  withSplit(moment, invocation, (days, micros) => {
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      const [day, zoneOfRow] = [days[row]!, zoneAt(row)];
      const offset = zoneOfRow.offsetAt(day * 86_400 + Math.floor(micros[row]! / 1_000_000));
      const local = micros[row]! + offset * 1_000_000;
      const isWritten =
        truncateDay === undefined
          ? writeMicros(row, day, Math.floor(local / step) * step - offset * 1_000_000)
          : writeSeconds(
              row,
              zoneOfRow.toUtc(truncateDay(day + Math.floor(local / MICROS_PER_DAY)) * 86_400),
              0,
            );
      if (!isWritten) throw outOfRange(call);
    }
  });
  return flat('TIMESTAMP', data, nulls);
}
