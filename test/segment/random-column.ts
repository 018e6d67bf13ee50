import { byteString } from '../../src/base/byte-string.ts';
import { encodeUtf8 } from '../../src/base/bytes.ts';
import type { Prng } from '../../src/base/prng.ts';
import {
  type DataType,
  INTEGER_BITS,
  isDecimal,
  isInteger,
  isWideDecimal,
  physicalType,
  type Value,
} from '../../src/base/types.ts';
import { type ColumnChunk, decimalChunk } from '../../src/segment/column-chunk.ts';

/** Kinds of data that make the builder choose each encoding and code width. */
export const SHAPES = ['constant', 'few', 'steps', 'wide', 'extreme', 'allNull'] as const;

export type Shape = (typeof SHAPES)[number];

/** Random values of one type, `nullShare` of them NULL, with a shape that asks for an encoding. */
export function randomValues(
  random: Prng,
  type: DataType,
  shape: Shape,
  rowCount: number,
  nullShare: number,
): Value[] {
  const next = generator(random, type, shape);
  return Array.from({ length: rowCount }, () =>
    shape === 'allNull' || random.float() < nullShare ? null : next(),
  );
}

/** Values as a builder takes them; NULL rows hold rubbish on purpose. */
export function chunkOf(
  type: DataType,
  values: readonly Value[],
  encodeTexts = false,
): ColumnChunk {
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 1 : 0))
    : null;
  if (isDecimal(type))
    return decimalChunk(
      values.map((value) => BigInt(value ?? -77n)),
      nulls,
    );
  switch (physicalType(type)) {
    case 'flag':
      return {
        kind: 'booleans',
        values: Uint8Array.from(values, (value) => (value === false ? 0 : 1)),
        nulls,
      };
    case 'i32':
      return { kind: 'integers', values: Int32Array.from(values, (v) => Number(v ?? -77)), nulls };
    case 'i64':
      return {
        kind: 'integers',
        values: BigInt64Array.from(values, (v) => BigInt(v ?? -77n)),
        nulls,
      };
    case 'f32':
    case 'f64':
      return { kind: 'floats', values: Float64Array.from(values, (v) => Number(v ?? 77)), nulls };
    case 'text':
      return encodeTexts
        ? encodedTexts(values, nulls)
        : { kind: 'texts', values: values.map((v) => String(v ?? 'rubbish')), nulls };
  }
}

function encodedTexts(values: readonly Value[], nulls: Uint8Array | null): ColumnChunk {
  const dictionary = ['unused', ...new Set(values.filter((value) => value !== null).map(String))];
  const indexOf = new Map(dictionary.map((text, index) => [text, index]));
  const codes = Uint32Array.from(values, (v) => (v === null ? 0 : indexOf.get(String(v))!));
  return { kind: 'encodedTexts', codes, dictionary, nulls };
}

function generator(random: Prng, type: DataType, shape: Shape): () => Value {
  if (isDecimal(type)) {
    const next = integers(random, shape, 64);
    // Some fit 64 bits, and some do not.
    return isWideDecimal(type) ? () => next() * 10n ** 15n : () => next() % 10n ** 18n;
  }
  switch (physicalType(type)) {
    case 'flag':
      return () => shape === 'constant' || random.float() < 0.5;
    case 'i32': {
      const next = integers(random, shape, isInteger(type) ? INTEGER_BITS[type] : 32);
      return () => Number(next());
    }
    case 'i64':
      return integers(random, shape, 64);
    case 'f32': {
      const next = floats(random, shape);
      return () => Math.fround(next());
    }
    case 'f64':
      return floats(random, shape);
    case 'text': {
      const next = texts(random, shape);
      return type === 'BYTES' ? () => byteString(encodeUtf8(next())) : next;
    }
  }
}

function integers(random: Prng, shape: Shape, bits: number): () => bigint {
  const greatest = 2n ** BigInt(bits - 1) - 1n;
  const least = -greatest - 1n;
  const anything = () =>
    BigInt.asIntN(bits, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
  const pool = Array.from({ length: random.integer(2, 300) }, anything);
  const scale = BigInt(random.integer(1, 1000));
  const base = bits === 64 && random.float() < 0.3 ? 2n ** 62n : -5_000n;
  switch (shape) {
    case 'constant':
      return () => pool[0]!;
    case 'few':
      return () => random.pick(pool);
    case 'steps':
      return () => BigInt.asIntN(bits, base + scale * BigInt(random.integer(0, 100_000)));
    case 'extreme':
      return () => random.pick([least, greatest, 0n, -1n, 1n]);
    default:
      return anything;
  }
}

function floats(random: Prng, shape: Shape): () => number {
  const anything = () => (random.float() - 0.5) * 10 ** random.integer(-30, 30);
  const pool = Array.from({ length: random.integer(2, 300) }, anything);
  switch (shape) {
    case 'constant':
      return () => pool[0]!;
    case 'few':
      return () => random.pick(pool);
    case 'steps':
      return () => random.integer(-50, 50) / 4;
    case 'extreme':
      return () => random.pick([-0, 0, NaN, Infinity, -Infinity, 1.5, Number.MIN_VALUE]);
    default:
      return () => (random.float() < 0.01 ? NaN : anything());
  }
}

function texts(random: Prng, shape: Shape): () => string {
  const alphabet = ['a', 'B', 'é', '漢', '\u{1f600}', '\ufffd', '\uffff', '"', '\n', ''];
  const anything = () =>
    Array.from({ length: random.integer(0, 9) }, () => random.pick(alphabet)).join('');
  const pool = Array.from({ length: random.integer(2, 300) }, anything);
  switch (shape) {
    case 'constant':
      return () => pool[0]!;
    case 'few':
    case 'steps':
      return () => random.pick(pool);
    default:
      return anything;
  }
}
