import { assert } from '../base/assert.ts';
import { type FlatType, isText, isWideDecimal, physicalType } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { ValueFacts } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { newFlatData } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** A grouping expression, and what is known of its values. */
export interface WordKey {
  readonly expression: Expression;
  readonly facts: ValueFacts;
  readonly mayBeNull: boolean;
}

/** Bits of a word that say one thing about a row. */
interface Field {
  /** Up to 32, or 64. */
  readonly bits: number;
  readonly word: number;
  /** Bits of the word's fields before it, which stand above it. */
  readonly start: number;
}

/** A key with the fields that its value and its being NULL have. */
interface PlacedKey {
  readonly key: FieldKey;
  readonly value: Field;
  readonly isNull: Field | null;
}

/** Values of a field in batch memory: u32, or i64 for 64 bits; and the flags of rows that are NULL. */
interface FieldValues {
  readonly values: number;
  readonly nulls: Uint8Array | null;
}

/** How the values of a key become a field. */
interface FieldKey {
  readonly bits: number;
  /** Whether a field of its own says that a value is NULL. */
  readonly mayBeNull: boolean;
  /** The field of NULL; null where there is none. */
  readonly nullValue: number | null;
  read(rows: RowSet, input: EvaluationInput): FieldValues;
  /** The values of fields; those of NULLs are 0. */
  decode(fields: Uint32Array, nulls: Uint8Array | null): Vector;
}

/**
 * Grouping keys as 64-bit words that are equal where all keys are, and from which the keys can be had back:
 * without a table of the values, so that threads agree about them. Keys of which little is known take a
 * word each, the others share words.
 */
export class KeyWords {
  readonly #keys: readonly PlacedKey[];
  readonly #context: ExecutionContext;
  /** Bits of each word that are used. */
  readonly bits: readonly number[];

  /** Null where the values of a key have no such form: texts without a numbering, wide decimals. */
  static compile(keys: readonly WordKey[], context: ExecutionContext): KeyWords | null {
    const fields = keys.map((key) => fieldKey(key, context));
    return fields.every((field) => field !== null) ? new KeyWords(fields, context) : null;
  }

  private constructor(keys: readonly FieldKey[], context: ExecutionContext) {
    this.#context = context;
    const bits = keys.flatMap((key) => (key.bits === 64 ? [64] : []));
    let wideCount = 0;
    const place = (own: number): Field => {
      if (own === 64) return { bits: own, word: wideCount++, start: 0 };
      let word = bits.findIndex((used) => used + own <= 64);
      if (word < 0) word = bits.push(0) - 1;
      const field = { bits: own, word, start: bits[word]! };
      bits[word]! += own;
      return field;
    };
    this.#keys = keys.map((key) => ({
      key,
      value: place(key.bits),
      isNull: key.mayBeNull ? place(1) : null,
    }));
    this.bits = bits;
  }

  /** Addresses of the words of each row, i64, for nobody to change: some lie in columns. */
  write(rows: RowSet, input: EvaluationInput): number[] {
    const words = this.bits.map(() => 0);
    for (const { key, value, isNull } of this.#keys) {
      const read = key.read(rows, input);
      if (value.bits === 64) words[value.word] = read.values;
      else this.#put(words, value, read.values, rows.count);
      if (isNull === null) continue;
      this.#put(words, isNull, this.#nullFields(read.nulls, rows.count), rows.count);
    }
    return words;
  }

  /** The words of a row in which all keys are NULL; null where some key never is. */
  get nullWords(): bigint[] | null {
    const words = this.bits.map(() => 0n);
    for (const { key, value, isNull } of this.#keys) {
      if (key.nullValue === null) return null;
      const fields = isNull === null ? [] : [{ ...isNull, content: 1 }];
      for (const { word, start, bits, content } of [
        { ...value, content: key.nullValue },
        ...fields,
      ]) {
        words[word]! |= BigInt(content) << BigInt(this.bits[word]! - start - bits);
      }
    }
    return words;
  }

  /** The keys of `count` rows of words, which lie at addresses. */
  decode(words: readonly number[], count: number): Vector[] {
    const { kernels, batch } = this.#context;
    const mark = batch.mark();
    const out = batch.allocate(count * 4);
    const fieldOf = ({ bits, word, start }: Field): Uint32Array => {
      const address = words[word]!;
      if (bits === 64) return kernels.u32.slice(address / 4, address / 4 + count * 2);
      const shift = this.bits[word]! - start - bits;
      kernels.run.extractKeys(out, address, shift, bits, count);
      return kernels.u32.slice(out / 4, out / 4 + count);
    };
    const vectors = this.#keys.map(({ key, value, isNull }) => {
      const nulls = isNull === null ? null : Uint8Array.from(fieldOf(isNull));
      return key.decode(fieldOf(value), nulls?.includes(1) ? nulls : null);
    });
    batch.release(mark);
    return vectors;
  }

  /** Fields of a word come in the order of their places. */
  #put(words: number[], { word, bits }: Field, values: number, count: number): void {
    const { kernels, batch } = this.#context;
    if (words[word] === 0) {
      words[word] = batch.allocate(count * 8);
      kernels.run.splat64(words[word], 0n, count);
    }
    kernels.run.appendKeys(words[word]!, values, bits, count);
  }

  #nullFields(nulls: Uint8Array | null, count: number): number {
    const { kernels, batch } = this.#context;
    const fields = batch.allocate(count * 4);
    if (nulls === null) kernels.run.splat32(fields, 0, count);
    else kernels.run.convertU8ToU32(fields, flagsAddress(nulls, this.#context), count);
    return fields;
  }
}

/** The address of flags, copied into batch memory when they lie on the JavaScript heap. */
export function flagsAddress(flags: Uint8Array, { kernels, batch }: ExecutionContext): number {
  return flags.buffer === kernels.memory.buffer
    ? flags.byteOffset
    : copyToMemory(kernels, batch, flags);
}

function fieldKey(wordKey: WordKey, context: ExecutionContext): FieldKey | null {
  const { expression, facts } = wordKey;
  const { type } = expression;
  const bounded = facts === null ? null : compileValueKey(expression, facts, context);
  if (bounded !== null && bounded.cardinality !== null) {
    return new BoundedField(bounded, facts!.hasNulls);
  }
  // Whether a decimal is wide turns out row by row, unless its column says that none is.
  if (isText(type) || (isWideDecimal(type) && facts === null)) return null;
  return new FlatField(expression, type as FlatType, wordKey.mayBeNull, context);
}

/** A key whose ids are known before its values come, NULL's among them. */
class BoundedField implements FieldKey {
  readonly bits: number;
  readonly mayBeNull = false;
  readonly nullValue: number | null;
  readonly #key: GroupKey;

  constructor(key: GroupKey, hasNulls: boolean) {
    // NULL's id comes after those of the values.
    this.nullValue = hasNulls ? key.cardinality! - 1 : null;
    this.bits = Math.max(1, Math.ceil(Math.log2(key.cardinality!)));
    this.#key = key;
  }

  read(rows: RowSet, input: EvaluationInput): FieldValues {
    return { values: this.#key.encode(rows, input), nulls: null };
  }

  decode(fields: Uint32Array): Vector {
    return this.#key.decode(fields);
  }
}

/** A key whose values stand for themselves. */
class FlatField implements FieldKey {
  readonly bits: number;
  readonly mayBeNull: boolean;
  readonly nullValue: number | null;
  readonly #expression: Expression;
  readonly #type: FlatType;
  readonly #context: ExecutionContext;

  constructor(
    expression: Expression,
    type: FlatType,
    isNullable: boolean,
    context: ExecutionContext,
  ) {
    const physical = physicalType(type);
    this.bits = physical === 'flag' ? 1 : physical === 'i32' ? 32 : 64;
    this.mayBeNull = isNullable;
    this.nullValue = isNullable ? 0 : null;
    this.#expression = expression;
    this.#type = type;
    this.#context = context;
  }

  read(_rows: RowSet, input: EvaluationInput): FieldValues {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const vector = evaluate(this.#expression, input, evaluationOf(this.#context));
    assert(vector.kind === 'flat', 'the key has flat values');
    const { data, nulls } = vector;
    const count = data.length;
    let values = addressOf(data, this.#context);
    const from = values;
    if (this.bits === 1 || data instanceof Float64Array || nulls !== null) {
      values = batch.allocate(count * (this.bits === 64 ? 8 : 4));
      if (data instanceof Float64Array) run.uniformF64(values, from, count);
      else if (data instanceof Uint8Array) run.convertU8ToU32(values, from, count);
      else kernels.u8.copyWithin(values, from, from + data.byteLength);
    }
    if (nulls !== null) {
      const mask = batch.allocate(Math.ceil(count / 64) * 8);
      run.flagsToBitmap(mask, flagsAddress(nulls, this.#context), count);
      if (this.bits === 64) run.replaceMasked64(values, mask, 0n, count);
      else run.replaceMasked32(values, mask, 0, count);
    }
    return { values, nulls };
  }

  decode(fields: Uint32Array, nulls: Uint8Array | null): Vector {
    const type = this.#type;
    const sample = newFlatData(type, 0);
    if (sample instanceof Uint8Array) {
      return { kind: 'flat', type, data: Uint8Array.from(fields), nulls };
    }
    const View = sample.constructor as new (buffer: ArrayBufferLike) => typeof sample;
    return { kind: 'flat', type, data: new View(fields.buffer), nulls };
  }
}
