import { unreachable } from '../base/assert.ts';
import { hexOf } from '../base/byte-string.ts';
import { formatDate, formatTimestamp } from '../base/datetime.ts';
import { formatDecimal } from '../base/decimal.ts';
import {
  type DataType,
  type DecimalType,
  decimalShape,
  elementType,
  isArray,
  isDecimal,
} from '../base/types.ts';
import { withElements } from '../exec/array-dictionary.ts';
import { decimalReader } from '../exec/decimal-vector.ts';
import type { Steps } from '../exec/steps.ts';
import type { FlatVector, TextVector, Vector } from '../exec/vector.ts';
import type { TextPieces } from './text-pieces.ts';

/** The name under which a Pinot response shows a column's type. DATE travels as STRING. */
export function pinotType(type: DataType): string {
  if (isDecimal(type)) return 'BIG_DECIMAL';
  if (isArray(type)) return `${pinotType(elementType(type))}_ARRAY`;
  switch (type) {
    case 'TINYINT':
    case 'SMALLINT':
      return 'INT';
    case 'BIGINT':
      return 'LONG';
    case 'DATE':
      return 'STRING';
    default:
      return type;
  }
}

/**
 * Appends the rows of an answer as JSON, `[[…],[…]]`, as `rowWriter` writes them.
 *
 * @param vectors one a column, each with at least `rowCount` rows.
 */
export function* appendRows(
  out: TextPieces,
  vectors: readonly Vector[],
  rowCount: number,
): Steps<void> {
  const write = rowWriter(vectors);
  out.append('[');
  for (let row = 0; row < rowCount; row++) {
    // A few rows may be as long as many are.
    const isReady = out.append(row === 0 ? write(row) : `,${write(row)}`);
    if (isReady || row % STEP_ROWS === STEP_ROWS - 1) yield;
  }
  out.append(']');
}

/**
 * Writes rows as JSON, `[…]`, in Pinot's encoding: exact digits for integers,
 * at least one digit behind the point for FLOAT and DOUBLE, `"NaN"` and `"Infinity"` as strings,
 * TIMESTAMP as `yyyy-MM-dd HH:mm:ss.S`, BYTES as hexadecimal digits, DECIMAL as
 * text with all its digits, an array as an array of such values, NULL as null.
 *
 * @param vectors one a column.
 */
export function rowWriter(vectors: readonly Vector[]): (row: number) => string {
  const cells = vectors.map(cellWriter);
  return (row) => {
    let text = '[';
    for (let column = 0; column < cells.length; column++) {
      if (column > 0) text += ',';
      text += cells[column]!(row);
    }
    return `${text}]`;
  };
}

/** Rows that one step writes: a few milliseconds. */
export const STEP_ROWS = 1_024;

type CellWriter = (row: number) => string;

function cellWriter(vector: Vector): CellWriter {
  const { type } = vector;
  const write = isDecimal(type)
    ? decimalWriter(type, vector)
    : isArray(type)
      ? arrayWriter(vector)
      : vector.kind === 'text'
        ? textWriter(vector)
        : flatWriter(vector);
  const { nulls } = vector;
  if (nulls === null) return write;
  return (row) => (nulls[row] === 1 ? 'null' : write(row));
}

function arrayWriter(vector: Vector): CellWriter {
  const { codes, dictionary } = withElements(vector);
  const { offsets, elements } = dictionary;
  const write = cellWriter(elements);
  return (row) => {
    const code = codes[row]!;
    const start = offsets[code]!;
    let text = '[';
    for (let at = start; at < offsets[code + 1]!; at++) {
      text += at === start ? write(at) : `,${write(at)}`;
    }
    return `${text}]`;
  };
}

/** As text: readers of JSON would round a number. */
function decimalWriter(type: DecimalType, vector: Vector): CellWriter {
  const { scale } = decimalShape(type);
  const read = decimalReader(vector);
  return (row) => `"${formatDecimal(read(row), scale)}"`;
}

/** Every dictionary entry is quoted once, when a row first needs it. */
function textWriter({ type, codes, dictionary }: TextVector): CellWriter {
  const quoted = new Map<number, string>();
  return (row) => {
    const code = codes[row]!;
    const known = quoted.get(code);
    if (known !== undefined) return known;
    const text = dictionary.at(code)!;
    const fresh = type === 'BYTES' ? `"${hexOf(text)}"` : JSON.stringify(text);
    quoted.set(code, fresh);
    return fresh;
  };
}

function flatWriter({ type, data }: FlatVector): CellWriter {
  switch (type) {
    case 'BOOLEAN':
      return (row) => (data[row] === 1 ? 'true' : 'false');
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return (row) => String(data[row]);
    case 'FLOAT':
      return (row) => decimalText(shortestFloat(data[row] as number));
    case 'DOUBLE':
      return (row) => decimalText(data[row] as number);
    case 'TIMESTAMP':
      return (row) => `"${formatTimestamp(data[row] as bigint)}"`;
    case 'DATE':
      return (row) => `"${formatDate(data[row] as number)}"`;
    default:
      return unreachable(type as never);
  }
}

/** A point is kept in whole numbers, so that clients read them as the floating-point type. */
function decimalText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Number.isInteger(value) && Math.abs(value) < 1e21) {
    return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  }
  return String(value);
}

/** The shortest decimal that reads back as the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
