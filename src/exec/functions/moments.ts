import { DATE_FIELDS, type DateUnit, findDateUnit } from '../../base/date-units.ts';
import { isTimestampInRange } from '../../base/datetime.ts';
import type { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { Call } from '../../sql/expression.ts';
import { type Argument, callError, type Invocation } from './implementation.ts';
import { halvesOf, linearAddress, withTemporaries, writeInteger } from './memory.ts';

/** Calls `use` with days (rounded down) and microseconds of the day, which are gone when it returns. */
export function withSplit<Result>(
  argument: Argument,
  { rowCount, context }: Invocation,
  use: (days: Int32Array, micros: Float64Array) => Result,
): Result {
  const { kernels, scratch } = context;
  return withTemporaries(context, () => {
    const days = scratch.allocate(rowCount * 4);
    const micros = scratch.allocate(rowCount * 8);
    const values = linearAddress(argument, rowCount, context);
    kernels.run.splitTimestamp(days, micros, values, rowCount);
    const { buffer } = kernels.memory;
    return use(new Int32Array(buffer, days, rowCount), new Float64Array(buffer, micros, rowCount));
  });
}

/**
 * Writes `days × unitsPerDay + units` into 64 bits, through numbers where those are exact.
 * Returns false when the result does not fit.
 */
export function dayWriter(
  data: BigInt64Array,
  unitsPerDay: number,
): (row: number, days: number, units: number) => boolean {
  const halves = halvesOf(data);
  return (row, days, units) => {
    const value = days * unitsPerDay + units;
    if (Number.isSafeInteger(value)) {
      writeInteger(halves, row, value);
      return true;
    }
    const exact = BigInt(days) * BigInt(unitsPerDay) + BigInt(units);
    data[row] = exact;
    return isTimestampInRange(exact);
  };
}

/**
 * Wraps a function of days so that it runs once for each different day of a batch: rows share days,
 * and the calendar costs more than a look into a table. Without a table when the days lie further
 * apart than there are rows, give or take.
 */
export function rememberDays(
  compute: (days: number) => number,
  days: Int32Array,
): (days: number) => number {
  let [first, last] = [days[0] ?? 0, days[0] ?? 0];
  for (const day of days) {
    if (day < first) first = day;
    else if (day > last) last = day;
  }
  const span = last - first + 1;
  if (span > DAYS_PER_ROW_MAX * days.length) return compute;
  const known = new Int32Array(span).fill(UNKNOWN_DAY);
  return (day) => {
    const index = day - first;
    const found = known[index]!;
    if (found !== UNKNOWN_DAY) return found;
    const result = compute(day);
    known[index] = result;
    return result;
  };
}

const DAYS_PER_ROW_MAX = 4;
const UNKNOWN_DAY = -(2 ** 31); // beyond the days, and their fields, that a TIMESTAMP can have

/** The unit that a literal names. @throws EngineError INVALID_QUERY for another text. */
export function unitOf(argument: Argument, call: Call): DateUnit {
  const unit = findDateUnit(unitText(argument, call));
  if (unit === undefined) throw unknownUnit(argument, call, DATE_FIELDS.filter(findDateUnit));
  return unit;
}

/** The text of a unit or field. @throws EngineError NOT_SUPPORTED when it is not a literal. */
export function unitText(argument: Argument, call: Call): string {
  if (argument.kind === 'constant' && typeof argument.value === 'string') return argument.value;
  throw callError(
    call,
    'NOT_SUPPORTED',
    `${call.function} takes its unit as a text literal; a unit that varies from row to row is not supported`,
  );
}

/** The error for a text that is no unit, to throw. */
export function unknownUnit(argument: Argument, call: Call, known: readonly string[]): EngineError {
  const name = unitText(argument, call);
  return callError(
    call,
    'INVALID_QUERY',
    `expected a unit of ${call.function} (${known.join(', ')}), found '${name}'${didYouMean(name, known)}`,
  );
}

/** The error for a moment that the type of the result cannot hold, to throw. */
export function outOfRange(call: Call): EngineError {
  return callError(
    call,
    'NUMERIC_OVERFLOW',
    `expected a result in the range of ${call.type}, found a moment outside it`,
  );
}
