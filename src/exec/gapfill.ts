import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { GAPFILL_ROWS_MAX } from '../base/limits.ts';
import { type DataType, isDecimal, isText, physicalType, type Value } from '../base/types.ts';
import type { Call, Expression } from '../sql/expression.ts';
import { call, column, literal } from '../sql/expression-tools.ts';
import type { Gapfill } from '../sql/plan.ts';
import { evaluateOnHeap, numberedInput, rowNumbers } from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import { unitNanos } from './functions/epochs.ts';
import { heldBytes } from './held-bytes.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { concatVectors, gatherVector, literalVector } from './vector-build.ts';

/** Columns of so many rows. */
interface Rows {
  readonly columns: readonly Vector[];
  readonly rowCount: number;
}

/** Buckets of time, in milliseconds since 1970. */
interface Buckets {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Where the rows of the answer come from; indexes of rows. */
interface Sources {
  /** Of the time: own rows, and buckets behind all of them. */
  readonly time: Uint32Array;
  /** Of the columns that tell series apart. */
  readonly keys: Uint32Array;
  /** Of columns that repeat; one row behind all has what stands in for none. */
  readonly previous: Uint32Array;
  /** Of the others, likewise. */
  readonly others: Uint32Array;
}

/** Series and buckets of rows. */
interface Placed {
  /** The series of each row. */
  readonly series: Uint32Array;
  readonly seriesCount: number;
  /** The bucket of each row; -1 before the first, -2 for a row that is left out. */
  readonly buckets: Int32Array;
}

const MILLIS = literal('STRING', '1:MILLISECONDS:EPOCH');
const EXACT = literal('STRING', '1:MILLISECONDS');

/**
 * The rows bucket by bucket, those of a bucket in the order in which they came, then one for each series
 * that has none there. Series are those of rows before the end; rows before the start only lend their
 * values, those at or behind the end count for nothing. Of no rows there are no series, and no answer.
 *
 * @param columns those of the select list.
 * @throws EngineError INVALID_QUERY for bounds that make no buckets, MEMORY_LIMIT for too many rows; that
 *   of DATETIMECONVERT for a time that does not fit the format.
 */
export function* gapfillSteps(
  gapfill: Gapfill,
  columns: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
): Steps<Rows> {
  if (rowCount === 0) return { columns, rowCount };
  const millis = yield* millisOf(gapfill, columns[gapfill.time]!, rowCount, context);
  const buckets = yield* bucketsOf(gapfill, context);
  const placed = yield* placeRows(gapfill, columns, millis, buckets, context);
  const sources = sourcesOf(placed, millis, buckets.count);
  context.control.checkpoint();
  yield;
  const times = yield* bucketTimes(gapfill, columns[gapfill.time]!.type, buckets, context);
  const filled: Vector[] = [];
  for (const [index, vector] of columns.entries()) {
    filled.push(filledColumn(gapfill, index, vector, sources, times));
    context.control.heapBytes += heldBytes(filled[index]);
    context.control.checkpoint();
    yield;
  }
  return { columns: filled, rowCount: sources.time.length };
}

/** Milliseconds since 1970; NaN for NULL. */
function* millisOf(
  { format, position }: Gapfill,
  times: Vector,
  rowCount: number,
  context: ExecutionContext,
): Steps<Float64Array> {
  const args = [column('$0', times.type), literal('STRING', format), MILLIS, EXACT];
  const converted = call('date_time_convert', args, 'BIGINT', position);
  const vector = yield* evaluateOnHeap(converted, numberedInput(rowCount, [times]), context);
  assert(vector.kind === 'flat', 'milliseconds are numbers');
  return Float64Array.from(vector.data as BigInt64Array, (value, row) =>
    vector.nulls?.[row] === 1 ? Number.NaN : Number(value),
  );
}

function* bucketsOf(gapfill: Gapfill, context: ExecutionContext): Steps<Buckets> {
  const { format, start, end, step, position } = gapfill;
  const bounds: number[] = [];
  for (const text of [start, end]) {
    const one = /TIMESTAMP/i.test(format)
      ? call('cast', [literal('STRING', text)], 'TIMESTAMP', position)
      : literal('STRING', text);
    const vector = yield* evaluateOnHeap(one, numberedInput(1, []), context);
    const [bound] = yield* millisOf(gapfill, vector, 1, context);
    bounds.push(bound!);
  }
  const [startMs = 0, endMs = 0] = bounds;
  const [, size = '', unit = ''] = /^(\d{1,9}):(\w+)$/.exec(step) ?? [];
  const named: Call = call('gapfill', [], 'BIGINT', position);
  const stepMs = size === '' ? 0 : (Number(size) * unitNanos(unit, named)) / 1e6;
  if (!(stepMs >= 1) || endMs <= startMs) {
    const found = `'${start}' to '${end}' by '${step}'`;
    const message = `GAPFILL takes a start before its end and a step such as '1:HOURS', found ${found}`;
    throw new EngineError('INVALID_QUERY', `execution: ${message}`, { position });
  }
  const count = Math.ceil((endMs - startMs) / stepMs);
  if (count > GAPFILL_ROWS_MAX) throw tooManyRows(count);
  return { startMs, stepMs, count };
}

function* placeRows(
  { keys }: Gapfill,
  columns: readonly Vector[],
  millis: Float64Array,
  { startMs, stepMs, count }: Buckets,
  context: ExecutionContext,
): Steps<Placed> {
  const buckets = Int32Array.from(millis, (time) => {
    const bucket = Math.floor((time - startMs) / stepMs);
    return bucket < count ? Math.max(bucket, -1) : -2;
  });
  const series = new Uint32Array(millis.length);
  const numbers = new Map<number, number>();
  const take = (row: number, number: number): void => {
    if (buckets[row] === -2) return;
    const known = numbers.get(number) ?? numbers.size;
    numbers.set(number, known);
    series[row] = known;
  };
  if (keys.length === 0) for (let row = 0; row < series.length; row++) take(row, 0);
  else {
    const vectors = keys.map((key) => columns[key]!);
    yield* rowNumbers(vectors, series.length, context, take);
  }
  return { series, seriesCount: numbers.size, buckets };
}

function sourcesOf(
  { series, seriesCount, buckets }: Placed,
  millis: Float64Array,
  bucketCount: number,
): Sources {
  const rowCount = series.length;
  const rows = rowsByBucket(buckets, bucketCount);
  const length = filledCount(rows, series, seriesCount);
  const sources = ['time', 'keys', 'previous', 'others'].map(() => new Uint32Array(length));
  const [time, keys, previous, others] = sources as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const first = new Int32Array(seriesCount).fill(-1);
  const latest = new Int32Array(seriesCount).fill(-1);
  for (let row = 0; row < rowCount; row++) {
    if (buckets[row] === -2) continue;
    const own = series[row]!;
    if (first[own] === -1) first[own] = row;
    const known = latest[own]!;
    if (buckets[row] === -1 && (known === -1 || millis[row]! > millis[known]!)) latest[own] = row;
  }
  const filledIn = new Int32Array(seriesCount).fill(-1);
  let at = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    for (const row of rows[bucket] ?? []) {
      for (const source of sources) source[at] = row;
      filledIn[series[row]!] = bucket;
      latest[series[row]!] = row;
      at++;
    }
    for (let own = 0; own < seriesCount; own++) {
      if (filledIn[own] === bucket) continue;
      time[at] = rowCount + bucket;
      keys[at] = first[own]!;
      previous[at] = latest[own] === -1 ? rowCount : latest[own]!;
      others[at] = rowCount;
      at++;
    }
  }
  return { time, keys, previous, others };
}

/** The rows of each bucket, in their order. */
function rowsByBucket(
  buckets: Int32Array,
  count: number,
): readonly (readonly number[] | undefined)[] {
  const rows = new Array<number[] | undefined>(count);
  buckets.forEach((bucket, row) => {
    if (bucket < 0) return;
    const own = rows[bucket];
    if (own === undefined) rows[bucket] = [row];
    else own.push(row);
  });
  return rows;
}

/** @throws EngineError MEMORY_LIMIT when there are more rows than there may be. */
function filledCount(
  rows: readonly (readonly number[] | undefined)[],
  series: Uint32Array,
  seriesCount: number,
): number {
  let count = rows.length * seriesCount;
  for (const own of rows) {
    if (own === undefined) continue;
    count += own.length - new Set(own.map((row) => series[row])).size;
  }
  if (count > GAPFILL_ROWS_MAX) throw tooManyRows(count);
  return count;
}

function tooManyRows(count: number): EngineError {
  return new EngineError(
    'MEMORY_LIMIT',
    `execution: GAPFILL would give ${count} rows, and its limit is ${GAPFILL_ROWS_MAX}; ` +
      'bring start and end together, take a longer step or fewer series',
  );
}

/** The begins of the buckets as the format has them. */
function* bucketTimes(
  { format, position }: Gapfill,
  type: DataType,
  { startMs, stepMs, count }: Buckets,
  context: ExecutionContext,
): Steps<Vector> {
  const data = BigInt64Array.from({ length: count }, (_, bucket) =>
    BigInt(Math.round(startMs + bucket * stepMs)),
  );
  const millis: Vector = { kind: 'flat', type: 'BIGINT', data, nulls: null };
  const args: Expression[] = [column('$0', 'BIGINT'), MILLIS, literal('STRING', format), EXACT];
  const converted = call('date_time_convert', args, type, position);
  return yield* evaluateOnHeap(converted, numberedInput(count, [millis]), context);
}

function filledColumn(
  { time, keys, previous }: Gapfill,
  index: number,
  vector: Vector,
  sources: Sources,
  times: Vector,
): Vector {
  if (index === time) return gatherVector(concatVectors([vector, times]), sources.time);
  if (keys.includes(index)) return gatherVector(vector, sources.keys);
  const { type } = vector;
  const extended = concatVectors([vector, literalVector({ type, value: defaultOf(type) }, 1)]);
  return gatherVector(extended, previous.includes(index) ? sources.previous : sources.others);
}

/** What stands in a new row, as in Pinot. */
function defaultOf(type: DataType): Value {
  if (isText(type)) return '';
  if (type === 'BOOLEAN') return false;
  return isDecimal(type) || physicalType(type) === 'i64' ? 0n : 0;
}
