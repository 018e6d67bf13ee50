import { type DataType, isWideDecimal, physicalType } from '../base/types.ts';
import { type ColumnChunk, decimalChunk } from '../segment/column-chunk.ts';
import { type Scalar, scalarTo } from './scalar.ts';

/** Collects one column of a chunk, value by value. */
export interface ColumnWriter {
  /**
   * Sets a row, which may have been set before.
   *
   * @returns false, leaving the row as it was, when the value does not fit the type.
   */
  set(row: number, value: Scalar): boolean;
  /** The rows [0, rowCount); the writer starts anew. */
  take(rowCount: number): ColumnChunk;
}

/** A writer for at most `capacity` rows of a type. */
export function columnWriter(type: DataType, capacity: number): ColumnWriter {
  if (isWideDecimal(type)) return wideWriter(type, capacity);
  switch (physicalType(type)) {
    case 'flag':
      return numberWriter(
        type,
        () => new Uint8Array(capacity),
        (values, nulls) => ({ kind: 'booleans', values, nulls }),
      );
    case 'i32':
      return numberWriter(
        type,
        () => new Int32Array(capacity),
        (values, nulls) => ({ kind: 'integers', values, nulls }),
      );
    case 'f32':
    case 'f64':
      return numberWriter(
        type,
        () => new Float64Array(capacity),
        (values, nulls) => ({ kind: 'floats', values, nulls }),
      );
    case 'i64':
      return bigintWriter(type, capacity);
    case 'text':
      return textWriter(type, capacity);
  }
}

/** NULL flags that exist only once there is a NULL. */
function nullTracker(capacity: number) {
  let nulls: Uint8Array | null = null;
  return {
    set(row: number, isNull: boolean): void {
      if (isNull) nulls ??= new Uint8Array(capacity);
      if (nulls !== null) nulls[row] = isNull ? 1 : 0;
    },
    take(rowCount: number): Uint8Array | null {
      const taken = nulls?.subarray(0, rowCount) ?? null;
      nulls = null;
      return taken;
    },
  };
}

function numberWriter<T extends Uint8Array | Int32Array | Float64Array>(
  type: DataType,
  allocate: () => T,
  wrap: (values: T, nulls: Uint8Array | null) => ColumnChunk,
): ColumnWriter {
  let values = allocate();
  const nulls = nullTracker(values.length);
  return {
    set(row, value) {
      const parsed = value === null ? 0 : scalarTo(type, value);
      if (parsed === null) return false;
      values[row] = Number(parsed);
      nulls.set(row, value === null);
      return true;
    },
    take(rowCount) {
      const taken = values.subarray(0, rowCount) as T;
      values = allocate();
      return wrap(taken, nulls.take(rowCount));
    },
  };
}

function bigintWriter(type: DataType, capacity: number): ColumnWriter {
  let values = new BigInt64Array(capacity);
  let words = new Int32Array(values.buffer);
  const nulls = nullTracker(capacity);
  return {
    set(row, value) {
      const parsed = value === null ? 0n : scalarTo(type, value);
      if (parsed === null) return false;
      if (typeof parsed === 'number') {
        // An exact integer as two words: faster than by way of a BigInt.
        words[2 * row] = parsed;
        words[2 * row + 1] = Math.floor(parsed / 2 ** 32);
      } else {
        values[row] = BigInt(parsed);
      }
      nulls.set(row, value === null);
      return true;
    },
    take(rowCount) {
      const taken = values.subarray(0, rowCount);
      values = new BigInt64Array(capacity);
      words = new Int32Array(values.buffer);
      return { kind: 'integers', values: taken, nulls: nulls.take(rowCount) };
    },
  };
}

/** Decimals that may need more than 64 bits; a chunk of them is wide only when one does. */
function wideWriter(type: DataType, capacity: number): ColumnWriter {
  let values: bigint[] = [];
  const nulls = nullTracker(capacity);
  return {
    set(row, value) {
      const parsed = value === null ? 0n : scalarTo(type, value);
      if (parsed === null) return false;
      values[row] = BigInt(parsed);
      nulls.set(row, value === null);
      return true;
    },
    take(rowCount) {
      const taken = values.slice(0, rowCount);
      values = [];
      return decimalChunk(taken, nulls.take(rowCount));
    },
  };
}

function textWriter(type: DataType, capacity: number): ColumnWriter {
  let values: string[] = [];
  const nulls = nullTracker(capacity);
  return {
    set(row, value) {
      const parsed = value === null ? '' : scalarTo(type, value);
      if (parsed === null) return false;
      values[row] = String(parsed);
      nulls.set(row, value === null);
      return true;
    },
    take(rowCount) {
      const taken = values.slice(0, rowCount);
      values = [];
      return { kind: 'texts', values: taken, nulls: nulls.take(rowCount) };
    },
  };
}
