import { assert } from '../base/assert.ts';
import { isText, isWideDecimal } from '../base/types.ts';
import { GroupTable } from '../kernels/group-table.ts';
import type { Expression } from '../sql/expression.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { widenDecimals } from './decimal-vector.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { FlatVector, TextDictionary, TextVector, Vector } from './vector.ts';
import { newFlatData } from './vector-build.ts';

/**
 * A grouping expression evaluated row by row: each new value gets the next id. Id 0 is NULL, whether
 * or not it occurs. Fixed-width values go through a hash table in linear memory, text through one on
 * the JavaScript heap, once per dictionary entry.
 */
export class VectorKey implements GroupKey {
  readonly cardinality = null;
  readonly #expression: Expression;
  readonly #context: ExecutionContext;
  readonly #table: GroupTable | null;
  readonly #textIds = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #dictionaries = new WeakMap<TextDictionary, Uint32Array>();

  constructor(expression: Expression, context: ExecutionContext) {
    this.#expression = expression;
    this.#context = context;
    this.#table =
      isText(expression.type) || isWideDecimal(expression.type)
        ? null
        : new GroupTable(context.kernels, context.state);
  }

  get idCount(): number {
    return 1 + (this.#table === null ? this.#texts.length : this.#table.count);
  }

  encode(_rows: RowSet, input: EvaluationInput): number {
    const vector = evaluate(this.#expression, input, evaluationOf(this.#context));
    if (this.#table === null) return this.#encodeText(widenDecimals(vector));
    assert(vector.kind === 'flat', 'text has no table of numbers');
    return this.#encodeFlat(vector);
  }

  append(): void {
    throw new Error('a key without cardinality has no place in a dense group id');
  }

  count(): boolean {
    return false;
  }

  decode(ids: Uint32Array): Vector {
    const nulls = ids.includes(0) ? nullsOfIds(ids) : null;
    const { type } = this.#expression;
    if (isText(type) || isWideDecimal(type)) {
      // NULL rows need some entry to point at.
      const dictionary = this.#texts.length === 0 ? [''] : this.#texts.slice();
      const codes = new Uint32Array(ids.length);
      for (let row = 0; row < ids.length; row++) codes[row] = Math.max(1, ids[row]!) - 1;
      return { kind: 'text', type, codes, dictionary, nulls };
    }
    const data = newFlatData(type, ids.length);
    // As halves: a BigInt would be made for each otherwise. Narrow integers are their low halves.
    const { u32 } = this.#context.kernels;
    const first = this.#table!.keys / 4;
    const isWide = data.BYTES_PER_ELEMENT === 8;
    const words = isWide ? new Uint32Array(data.buffer) : data;
    for (let row = 0; row < ids.length; row++) {
      if (ids[row] === 0) continue;
      const slot = first + (ids[row]! - 1) * 2;
      if (isWide) {
        words[row * 2] = u32[slot]!;
        words[row * 2 + 1] = u32[slot + 1]!;
      } else {
        words[row] = u32[slot]!;
      }
    }
    return { kind: 'flat', type, data, nulls };
  }

  #encodeText(vector: TextVector): number {
    const { kernels, batch, control } = this.#context;
    const { codes, dictionary, nulls } = vector;
    let idOfEntry = this.#dictionaries.get(dictionary);
    if (!idOfEntry) {
      idOfEntry = new Uint32Array(dictionary.length);
      this.#dictionaries.set(dictionary, idOfEntry);
      this.#context.control.heapBytes += idOfEntry.byteLength;
    }
    const ids = batch.allocate(codes.length * 4);
    const out = new Uint32Array(kernels.memory.buffer, ids, codes.length);
    for (let row = 0; row < codes.length; row++) {
      if (row % STEP_ROWS === 0) control.checkpoint();
      if (nulls?.[row] === 1) {
        out[row] = 0;
        continue;
      }
      const code = codes[row]!;
      let id = idOfEntry[code]!;
      if (id === 0) {
        id = this.#textId(dictionary.at(code)!);
        idOfEntry[code] = id;
      }
      out[row] = id;
    }
    return ids;
  }

  #textId(text: string): number {
    let id = this.#textIds.get(text);
    if (id === undefined) {
      id = this.#texts.push(text);
      this.#textIds.set(text, id);
      this.#context.control.heapBytes += TEXT_BYTES + text.length;
    }
    return id;
  }

  #encodeFlat(vector: FlatVector): number {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const count = vector.data.length;
    const keys = this.#keys(vector);
    const found = batch.allocate(count * 4);
    this.#table!.assign(found, keys, count);
    const ids = batch.allocate(count * 4);
    run.splat32(ids, 1, count);
    run.groupIdsAppendU32(ids, found, 0, 1, count);
    if (vector.nulls !== null) {
      const flags = copyToMemory(kernels, batch, vector.nulls);
      const mask = batch.allocate(Math.ceil(count / 64) * 8);
      run.flagsToBitmap(mask, flags, count);
      run.replaceMasked32(ids, mask, 0, count);
    }
    return ids;
  }

  /** Address of the values as i64: integers widened, floats by their bits with one 0 and one NaN. */
  #keys(vector: FlatVector): number {
    const { kernels, batch } = this.#context;
    const { data } = vector;
    if (data instanceof BigInt64Array) return addressOf(data, this.#context);
    const keys = batch.allocate(data.length * 8);
    if (data instanceof Float64Array) {
      const out = new Float64Array(kernels.memory.buffer, keys, data.length);
      for (let row = 0; row < data.length; row++) {
        const value = data[row]!;
        out[row] = Number.isNaN(value) ? Number.NaN : value + 0;
      }
      return keys;
    }
    const values = addressOf(data, this.#context);
    const convert = data instanceof Int32Array ? 'convertI32ToI64' : 'convertU8ToI64';
    kernels.run[convert](keys, values, data.length);
    return keys;
  }
}

/** New texts that some milliseconds are enough for. */
const STEP_ROWS = 16_384;

/** What a text takes beside its characters: its place in a map, and its header. */
const TEXT_BYTES = 64;

/** Id 0 is NULL. */
function nullsOfIds(ids: Uint32Array): Uint8Array {
  const nulls = new Uint8Array(ids.length);
  for (let row = 0; row < ids.length; row++) nulls[row] = ids[row] === 0 ? 1 : 0;
  return nulls;
}

/** The address of vector data, copied into batch memory when it lies on the JavaScript heap. */
export function addressOf(
  data: FlatVector['data'] | Uint32Array,
  { kernels, batch }: ExecutionContext,
): number {
  return data.buffer === kernels.memory.buffer
    ? data.byteOffset
    : copyToMemory(kernels, batch, data);
}
