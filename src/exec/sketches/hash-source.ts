import { bytesOfString } from '../../base/byte-string.ts';
import { encodeUtf8 } from '../../base/bytes.ts';
import { fitsInt64, wideValue } from '../../base/decimal.ts';
import { isDecimal } from '../../base/types.ts';
import { holdsBytes } from '../../segment/text-bytes.ts';

import type { Expression } from '../../sql/expression.ts';
import { codedArgument, evaluatePresent, lookupValues } from '../argument.ts';
import { copyToMemory } from '../batch-input.ts';
import { type CodeFunction, SMALL_DOMAIN_CODES } from '../code-function.ts';
import type { ExecutionContext } from '../context.ts';
import type { EvaluationInput } from '../evaluate.ts';
import type { RowSet } from '../row-set.ts';
import type { SegmentView } from '../segment-view.ts';
import type { FlatVector, TextDictionary, TextVector, Vector } from '../vector.ts';
import { addressOf } from '../vector-key.ts';

/** Hashes of an argument's values, the same for equal values whatever their encoding. */
export interface PresentHashes {
  /** Address of 64-bit hashes, one a row that is not NULL. */
  readonly hashes: number;
  /** Address of the group ids that go with them; 0 when there are none. */
  readonly ids: number;
  readonly count: number;
}

/** Texts that lie in working memory together while they are hashed. */
const TEXTS_AT_ONCE = 4096;

/** Gives batches of rows the hashes of an argument: once a code where the argument has codes. */
export class HashSource {
  readonly #argument: Expression;
  readonly #context: ExecutionContext;
  readonly #codes: CodeFunction | null;
  /** Address of the hash of each code. */
  readonly #codeHashes: number;
  /** Addresses of the hashes of a dictionary's entries. */
  readonly #dictionaries = new WeakMap<TextDictionary, number>();

  /** @param segment null when rows come from several. */
  constructor(argument: Expression, segment: SegmentView | null, context: ExecutionContext) {
    this.#argument = argument;
    this.#context = context;
    const codes = codedArgument(argument, segment, context);
    // Codes of numbers that lie far apart may be many more than there are rows.
    const codeCountMax = Math.max(SMALL_DOMAIN_CODES, segment?.metadata.rowCount ?? 0);
    this.#codes = codes !== null && codes.column.codeCount <= codeCountMax ? codes : null;
    this.#codeHashes = this.#codes === null ? 0 : this.#hashesOfCodes(this.#codes);
  }

  /** @param ids group ids of the rows; 0 when there are none. */
  read(rows: RowSet, ids: number, input: EvaluationInput): PresentHashes {
    if (this.#codes !== null) {
      const hashes = lookupValues(this.#codes, this.#codeHashes, rows, this.#context);
      return { hashes, ids, count: rows.count };
    }
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    const hashes = this.#hash(present.vector, present.count);
    return { hashes, ids: present.ids, count: present.count };
  }

  #hashesOfCodes(codes: CodeFunction): number {
    const { kernels, batch, state } = this.#context;
    const { column, table } = codes;
    const mark = batch.mark();
    const values = table === null ? codes.values() : codes.decode(table);
    const hashes = this.#hash(values, column.codeCount);
    const kept = kernels.u8.slice(hashes, hashes + column.codeCount * 8);
    batch.release(mark);
    return copyToMemory(kernels, state, kept);
  }

  #hash(vector: Vector, count: number): number {
    return vector.kind === 'text' ? this.#hashTexts(vector) : this.#hashFlat(vector, count);
  }

  #hashFlat({ data }: FlatVector, count: number): number {
    const { kernels, batch } = this.#context;
    const out = batch.allocate(count * 8);
    if (data instanceof Float64Array) {
      kernels.run.hashF64(out, addressOf(data, this.#context), count);
      return out;
    }
    const wide = data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt);
    kernels.run.hashI64(out, addressOf(wide, this.#context), count);
    return out;
  }

  #hashTexts({ type, codes, dictionary }: TextVector): number {
    const { kernels, batch } = this.#context;
    const entries = this.#dictionaries.get(dictionary) ?? this.#hashDictionary(type, dictionary);
    this.#dictionaries.set(dictionary, entries);
    const out = batch.allocate(codes.length * 8);
    const rowCodes = addressOf(codes, this.#context);
    kernels.run.lookupU32To64(out, rowCodes, entries, codes.length);
    return out;
  }

  #hashDictionary(type: TextVector['type'], dictionary: TextDictionary): number {
    const { kernels, state, batch, control } = this.#context;
    const encode = holdsBytes(type) ? bytesOfString : encodeUtf8;
    const hashes = state.allocate(dictionary.length * 8);
    for (let start = 0; start < dictionary.length; start += TEXTS_AT_ONCE) {
      control.checkpoint();
      const mark = batch.mark();
      const count = Math.min(TEXTS_AT_ONCE, dictionary.length - start);
      const texts = Array.from({ length: count }, (_, entry) =>
        encode(dictionary.at(start + entry)!),
      );
      const offsets = new Uint32Array(texts.length + 1);
      texts.forEach(({ length }, entry) => {
        offsets[entry + 1] = offsets[entry]! + length;
      });
      const bytes = batch.allocate(offsets.at(-1)!);
      texts.forEach((text, entry) => {
        kernels.u8.set(text, bytes + offsets[entry]!);
      });
      const offsetsAt = copyToMemory(kernels, batch, offsets);
      kernels.run.hashTexts(hashes + start * 8, offsetsAt, bytes, texts.length);
      batch.release(mark);
    }
    if (isDecimal(type)) this.#rehashNarrow(hashes, dictionary);
    return hashes;
  }

  /** A decimal that fits 64 bits hashes as it does in a flat vector. */
  #rehashNarrow(hashes: number, dictionary: TextDictionary): void {
    const { kernels, batch } = this.#context;
    const mark = batch.mark();
    const values = Array.from({ length: dictionary.length }, (_, entry) =>
      wideValue(dictionary.at(entry)!),
    );
    const words = copyToMemory(kernels, batch, BigInt64Array.from(values));
    kernels.run.hashI64(words, words, values.length);
    values.forEach((value, entry) => {
      if (fitsInt64(value)) kernels.i64[hashes / 8 + entry] = kernels.i64[words / 8 + entry]!;
    });
    batch.release(mark);
  }
}
