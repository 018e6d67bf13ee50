import { assert } from '../base/assert.ts';
import { isText } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { copyToMemory } from './batch-input.ts';
import { numberedExpression, numberedInput } from './chosen-text.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import type { OrdinalDictionary } from './ordinals.ts';
import type { RowSet } from './row-set.ts';
import type { ValueFacts } from './value-facts.ts';
import type { FlatVector, Vector } from './vector.ts';
import { newFlatData } from './vector-build.ts';
import { addressOf, VectorKey } from './vector-key.ts';

/** Ids must stay below 2^31, where signed and unsigned numbers are the same. */
const CARDINALITY_MAX = 2 ** 31 - 1;

/**
 * A grouping expression by value, whatever segment or partial result its rows come from. Where facts
 * are known an id is the value's distance from the least one, or the text's ordinal; NULL has the id after
 * them. Otherwise ids are given as values appear.
 */
export function compileValueKey(
  expression: Expression,
  facts: ValueFacts,
  context: ExecutionContext,
): GroupKey {
  const room = CARDINALITY_MAX - 1;
  if (facts?.kind === 'ordinals' && facts.dictionary.length <= room) {
    const { dictionary, hasNulls } = facts;
    return new OrdinalKey(expression, dictionary, hasNulls, context);
  }
  if (facts?.kind === 'range' && facts.max - facts.min < BigInt(room)) {
    return new RangeKey(expression, facts, context);
  }
  return new VectorKey(expression, context);
}

/** What keys whose number of ids is known have in common. */
abstract class BoundedKey implements GroupKey {
  readonly cardinality: number;
  readonly #nullId: number | null;
  protected readonly expression: Expression;
  protected readonly context: ExecutionContext;

  constructor(
    expression: Expression,
    valueCount: number,
    hasNulls: boolean,
    context: ExecutionContext,
  ) {
    this.cardinality = Math.max(1, valueCount + (hasNulls ? 1 : 0));
    this.#nullId = hasNulls ? valueCount : null;
    this.expression = expression;
    this.context = context;
  }

  get idCount(): number {
    return this.cardinality;
  }

  encode(_rows: RowSet, input: EvaluationInput): number {
    const { kernels, batch } = this.context;
    const vector = this.evaluate(input);
    const ids = this.idsOf(vector);
    if (vector.nulls !== null) {
      assert(this.#nullId !== null, 'facts say whether there are NULLs');
      const flags = copyToMemory(kernels, batch, vector.nulls);
      const mask = batch.allocate(Math.ceil(input.rowCount / 64) * 8);
      kernels.run.flagsToBitmap(mask, flags, input.rowCount);
      kernels.run.replaceMasked32(ids, mask, this.#nullId, input.rowCount);
    }
    return ids;
  }

  append(ids: number, rows: RowSet, input: EvaluationInput): void {
    const { run } = this.context.kernels;
    run.groupIdsAppendU32(ids, this.encode(rows, input), 0, this.cardinality, input.rowCount);
  }

  count(): boolean {
    return false;
  }

  decode(ids: Uint32Array): Vector {
    const nullId = this.#nullId;
    if (nullId === null || !ids.includes(nullId)) return this.valuesOf(ids, null);
    const nulls = new Uint8Array(ids.length);
    const known = ids.slice();
    for (let row = 0; row < ids.length; row++) {
      if (ids[row] !== nullId) continue;
      nulls[row] = 1;
      known[row] = 0;
    }
    return this.valuesOf(known, nulls);
  }

  protected abstract evaluate(input: EvaluationInput): Vector;
  /** Address of one id a row in batch memory, for the caller to change. */
  protected abstract idsOf(vector: Vector): number;
  protected abstract valuesOf(ids: Uint32Array, nulls: Uint8Array | null): Vector;
}

class OrdinalKey extends BoundedKey {
  readonly #numbers: Expression;
  readonly #dictionary: OrdinalDictionary;

  constructor(
    expression: Expression,
    dictionary: OrdinalDictionary,
    hasNulls: boolean,
    context: ExecutionContext,
  ) {
    super(expression, dictionary.length, hasNulls, context);
    this.#numbers = numberedExpression(expression, dictionary);
    this.#dictionary = dictionary;
  }

  protected evaluate(input: EvaluationInput): Vector {
    return evaluate(this.#numbers, numberedInput(input), evaluationOf(this.context));
  }

  protected idsOf(vector: Vector): number {
    assert(vector.kind === 'flat', 'ordinals are integers');
    return copyToMemory(this.context.kernels, this.context.batch, vector.data);
  }

  protected valuesOf(codes: Uint32Array, nulls: Uint8Array | null): Vector {
    // A column of nothing but NULL has no entry that its rows could point at.
    const dictionary = this.#dictionary.length === 0 ? [''] : this.#dictionary;
    const { type } = this.expression;
    assert(isText(type), 'ordinals number texts');
    return { kind: 'text', type, codes, dictionary, nulls };
  }
}

class RangeKey extends BoundedKey {
  readonly #min: bigint;

  constructor(
    expression: Expression,
    facts: ValueFacts & { readonly kind: 'range' },
    context: ExecutionContext,
  ) {
    super(expression, Number(facts.max - facts.min) + 1, facts.hasNulls, context);
    this.#min = facts.min;
  }

  protected evaluate(input: EvaluationInput): Vector {
    return evaluate(this.expression, input, evaluationOf(this.context));
  }

  protected idsOf(vector: Vector): number {
    assert(vector.kind === 'flat', 'expected integers');
    const { kernels, batch } = this.context;
    const { data } = vector;
    const ids = batch.allocate(data.length * 4);
    const values = addressOf(data, this.context);
    if (data instanceof BigInt64Array) kernels.run.rebaseI64(ids, values, this.#min, data.length);
    else if (data instanceof Int32Array) {
      kernels.run.rebaseI32(ids, values, Number(this.#min), data.length);
    } else {
      kernels.run.convertU8ToU32(ids, values, data.length);
      kernels.run.rebaseI32(ids, ids, Number(this.#min), data.length);
    }
    return ids;
  }

  protected valuesOf(ids: Uint32Array, nulls: Uint8Array | null): Vector {
    const type = this.expression.type as FlatVector['type'];
    const data = newFlatData(type, ids.length);
    const min = Number(this.#min);
    if (data instanceof BigInt64Array) {
      const isExact = Number.isSafeInteger(min) && Number.isSafeInteger(min + this.cardinality);
      for (let row = 0; row < ids.length; row++) {
        data[row] = isExact ? BigInt(min + ids[row]!) : this.#min + BigInt(ids[row]!);
      }
    } else {
      for (let row = 0; row < ids.length; row++) data[row] = min + ids[row]!;
    }
    return { kind: 'flat', type, data, nulls };
  }
}
