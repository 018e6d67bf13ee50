import { assert } from '../../base/assert.ts';
import { hexOf } from '../../base/byte-string.ts';
import {
  formatDate,
  formatTimestamp,
  isTimestampInRange,
  MICROS_PER_DAY,
} from '../../base/datetime.ts';
import { formatDecimal } from '../../base/decimal.ts';
import {
  type DecimalType,
  decimalShape,
  elementType,
  type FlatType,
  INTEGER_BITS,
  isArray,
  isDecimal,
  isInteger,
  isNumeric,
  isText,
  physicalType,
} from '../../base/types.ts';
import { canCast } from '../../sql/functions.ts';
import { ArrayDictionary, withElements } from '../array-dictionary.ts';
import type { FlatVector, Vector } from '../vector.ts';
import { onHeap, valueAt } from '../vector-build.ts';
import { castFromDecimal, castToDecimal } from './cast-decimal.ts';
import { parseTextTo } from './cast-text.ts';
import { callError, flat, type Implementation, type Invocation, strict } from './implementation.ts';
import {
  halvesOf,
  linearAddress,
  readInteger,
  scratchData,
  withTemporaries,
  writeInteger,
} from './memory.ts';
import { formatDouble, formatFloat } from './number-text.ts';
import { toVector } from './rows.ts';
import { applyToText, textOfRows } from './text-apply.ts';

/** CAST to the type of the call. */
export const CASTS: Readonly<Record<string, Implementation>> = {
  cast: strict(([argument], invocation) =>
    castVector(toVector(argument!, invocation.rowCount), invocation),
  ),
};

function castVector(vector: Vector, invocation: Invocation): Vector {
  const { call } = invocation;
  const target = call.type;
  if (vector.type === target) return vector;
  if (!canCast(vector.type, target)) {
    throw callError(
      call,
      'TYPE_MISMATCH',
      `expected a value that can be cast to ${target}, found ${vector.type}`,
    );
  }
  if (isArray(vector.type)) return castArrays(vector, invocation);
  if (isDecimal(vector.type)) return castFromDecimal(vector, invocation);
  if (vector.kind === 'text' && vector.type === 'JSON') return { ...vector, type: 'STRING' };
  if (vector.type === 'BYTES') return applyToText([vector], invocation, hexOf);
  if (vector.kind === 'text') return applyToText([vector], invocation, parseTextTo(call));
  if (target === 'STRING') return textOfRows(formatRows(vector), vector.nulls);
  assert(!isText(target), 'canCast knows no other way to text');
  if (isDecimal(target)) return castToDecimal(vector, target, invocation);
  return castFlat(vector, target, invocation);
}

/** Element by element; to STRING as JSON, numbers and booleans as they are and all others as texts. */
function castArrays(vector: Vector, { call, context }: Invocation): Vector {
  const { codes, dictionary, nulls } = withElements(vector);
  const { offsets, elements } = dictionary;
  const type = isArray(call.type) ? elementType(call.type) : 'STRING';
  const inner = { call: { ...call, type }, rowCount: offsets.at(-1)!, nulls: null, context };
  const cast = onHeap(castVector(elements, inner), context);
  if (isArray(call.type)) {
    const arrays = new ArrayDictionary(offsets, cast);
    return { kind: 'text', type: call.type, codes, dictionary: arrays, nulls };
  }
  const isPlain = isNumeric(elements.type) || elements.type === 'BOOLEAN';
  const texts = Array.from({ length: dictionary.length }, (_, entry) => {
    const parts: string[] = [];
    for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++) {
      const text = String(valueAt(cast, at));
      parts.push(isPlain ? text : JSON.stringify(text));
    }
    return `[${parts.join(',')}]`;
  });
  return { kind: 'text', type: 'STRING', codes, dictionary: texts, nulls };
}

const KERNELS: Readonly<Record<string, 'U8ToI64' | 'I32ToI64' | 'I32ToF64' | 'I64ToF64'>> = {
  'flag i64': 'U8ToI64',
  'i32 i64': 'I32ToI64',
  'i32 f64': 'I32ToF64',
  'i64 f64': 'I64ToF64',
};

function castFlat(
  vector: FlatVector,
  target: Exclude<FlatType, DecimalType>,
  invocation: Invocation,
): Vector {
  const { rowCount, context } = invocation;
  const { data, nulls } = vector;
  const kernel = KERNELS[`${physicalType(vector.type)} ${physicalType(target)}`];
  if (kernel !== undefined && target !== 'TIMESTAMP') {
    const out = scratchData(target, rowCount, context);
    withTemporaries(context, () => {
      const values = linearAddress(vector, rowCount, context);
      context.kernels.run[`convert${kernel}`](out.byteOffset, values, rowCount);
    });
    return flat(target, out, nulls);
  }
  if (vector.type === 'FLOAT' && target === 'DOUBLE') return flat(target, data, nulls);
  switch (target) {
    case 'BOOLEAN':
      return flat(
        target,
        Uint8Array.from(numbersOf(vector), (value) => (value === 0 ? 0 : 1)),
        nulls,
      );
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return toInt(vector, target, invocation);
    case 'BIGINT':
      return toBigint(vector, invocation);
    case 'FLOAT':
      return toFloat(vector, invocation);
    case 'DOUBLE':
      return flat(target, Float64Array.from(numbersOf(vector)), nulls);
    case 'DATE':
      return toDate(vector, invocation);
    case 'TIMESTAMP':
      return toTimestamp(vector, invocation);
  }
}

/** The values as numbers; 64-bit integers beyond 2^53 are rounded. */
function numbersOf({ data }: FlatVector): Float64Array | Int32Array | Uint8Array {
  if (!(data instanceof BigInt64Array)) return data;
  const halves = halvesOf(data);
  const numbers = new Float64Array(data.length);
  for (let row = 0; row < numbers.length; row++) numbers[row] = readInteger(halves, row);
  return numbers;
}

/** Fractions round, halves to the even neighbour. */
function toInt(
  vector: FlatVector,
  target: 'TINYINT' | 'SMALLINT' | 'INT',
  invocation: Invocation,
): Vector {
  if (isInteger(vector.type) && INTEGER_BITS[vector.type] <= INTEGER_BITS[target]) {
    return { ...vector, type: target };
  }
  const values = numbersOf(vector);
  const data = new Int32Array(values.length);
  const unused = 32 - INTEGER_BITS[target];
  for (let row = 0; row < data.length; row++) {
    const rounded = roundHalfEven(values[row]!);
    data[row] = (rounded << unused) >> unused;
    if (data[row] !== rounded + 0 && vector.nulls?.[row] !== 1)
      throw badCast(vector, row, invocation);
  }
  return flat(target, data, vector.nulls);
}

function toBigint(vector: FlatVector, invocation: Invocation): Vector {
  const values = numbersOf(vector);
  const data = new BigInt64Array(values.length);
  const halves = halvesOf(data);
  for (let row = 0; row < data.length; row++) {
    const rounded = roundHalfEven(values[row]!);
    const fits = rounded >= -(2 ** 63) && rounded < 2 ** 63;
    if (fits) writeInteger(halves, row, rounded);
    else if (vector.nulls?.[row] !== 1) throw badCast(vector, row, invocation);
  }
  return flat('BIGINT', data, vector.nulls);
}

function toFloat(vector: FlatVector, invocation: Invocation): Vector {
  const values = numbersOf(vector);
  const data = new Float64Array(values.length);
  for (let row = 0; row < data.length; row++) {
    const value = values[row]!;
    data[row] = Math.fround(value);
    const overflows = Number.isFinite(value) && !Number.isFinite(data[row]);
    if (overflows && vector.nulls?.[row] !== 1) throw badCast(vector, row, invocation);
  }
  return flat('FLOAT', data, vector.nulls);
}

function toDate(vector: FlatVector, { rowCount, context }: Invocation): Vector {
  const data = scratchData('DATE', rowCount, context);
  withTemporaries(context, () => {
    const microsOfDay = context.scratch.allocate(rowCount * 8);
    const values = linearAddress(vector, rowCount, context);
    context.kernels.run.splitTimestamp(data.byteOffset, microsOfDay, values, rowCount);
  });
  return flat('DATE', data, vector.nulls);
}

/** Days of type DATE go further than 64-bit microseconds do. */
function toTimestamp(vector: FlatVector, invocation: Invocation): Vector {
  const values = numbersOf(vector);
  const data = new BigInt64Array(values.length);
  const halves = halvesOf(data);
  for (let row = 0; row < data.length; row++) {
    const micros = values[row]! * MICROS_PER_DAY;
    if (Number.isSafeInteger(micros)) {
      writeInteger(halves, row, micros);
      continue;
    }
    const exact = BigInt(values[row]!) * BigInt(MICROS_PER_DAY);
    data[row] = exact;
    if (!isTimestampInRange(exact) && vector.nulls?.[row] !== 1)
      throw badCast(vector, row, invocation);
  }
  return flat('TIMESTAMP', data, vector.nulls);
}

/** IEEE 754's default rounding to a whole number. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return fraction === 0.5 && floor % 2 !== 0 ? floor + 1 : floor;
}

function badCast(vector: FlatVector, row: number, { call }: Invocation) {
  const text = formatterOf(vector.type)(vector.data[row]!);
  return callError(
    call,
    'BAD_CAST',
    `expected a ${vector.type} in the range of ${call.type}, found ${text}`,
  );
}

/** Texts of all rows; a run of equal values is formatted once. NULL rows get an empty text. */
function formatRows({ type, data, nulls }: FlatVector): string[] {
  const format = formatterOf(type);
  const texts = new Array<string>(data.length).fill('');
  let lastValue: number | bigint | undefined;
  let lastText = '';
  for (let row = 0; row < texts.length; row++) {
    if (nulls?.[row] === 1) continue;
    const value = data[row]!;
    if (!Object.is(value, lastValue)) {
      lastText = format(value);
      lastValue = value;
    }
    texts[row] = lastText;
  }
  return texts;
}

function formatterOf(type: FlatType): (value: number | bigint) => string {
  switch (type) {
    case 'BOOLEAN':
      return (value) => (value === 1 ? 'true' : 'false');
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String;
    case 'FLOAT':
      return (value) => formatFloat(Number(value));
    case 'DOUBLE':
      return (value) => formatDouble(Number(value));
    case 'DATE':
      return (value) => formatDate(Number(value));
    case 'TIMESTAMP':
      return (value) => formatTimestamp(BigInt(value));
    default:
      return (value) => formatDecimal(BigInt(value), decimalShape(type).scale);
  }
}
