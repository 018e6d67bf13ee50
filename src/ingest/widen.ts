import { assert } from '../base/assert.ts';
import { isTimestampInRange, MICROS_PER_DAY } from '../base/datetime.ts';
import { EngineError } from '../base/errors.ts';
import type { DataType } from '../base/types.ts';
import type { ColumnChunk } from '../segment/column-chunk.ts';

/** Types into which a file's type turns without losing anything. */
const WIDER: Readonly<Partial<Record<DataType, readonly DataType[]>>> = {
  INT: ['BIGINT', 'DOUBLE'],
  FLOAT: ['DOUBLE'],
  DATE: ['TIMESTAMP'],
};

/** True when every value of `from` is also a value of `to`. */
export function isWidening(from: DataType, to: DataType): boolean {
  return from === to || (WIDER[from]?.includes(to) ?? false);
}

/**
 * A chunk of type `from` as one of type `to`; the pair must be a widening.
 *
 * @throws EngineError SCHEMA_MISMATCH for a DATE some 290,000 years away, which no TIMESTAMP can hold.
 */
export function widenChunk(chunk: ColumnChunk, from: DataType, to: DataType): ColumnChunk {
  assert(isWidening(from, to), () => `${to} holds every ${from}`);
  if (from === to || chunk.kind !== 'integers' || to === 'BIGINT') return chunk;
  const { values, nulls } = chunk;
  if (to === 'DOUBLE') return { kind: 'floats', values: Float64Array.from(values, Number), nulls };
  const micros = new BigInt64Array(values.length);
  for (let row = 0; row < micros.length; row++) {
    if (nulls === null || nulls[row] === 0) micros[row] = startOfDay(values[row]!);
  }
  return { kind: 'integers', values: micros, nulls };
}

function startOfDay(days: number | bigint): bigint {
  const micros = BigInt(days) * BigInt(MICROS_PER_DAY);
  if (isTimestampInRange(micros)) return micros;
  throw new EngineError(
    'SCHEMA_MISMATCH',
    `ingest: expected a DATE that a TIMESTAMP can hold, found day ${days} since 1970`,
  );
}
