import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { STRING_BYTES_MAX } from '../base/limits.ts';
import { wellFormedText } from '../base/text-order.ts';
import type { ColumnChunk } from './column-chunk.ts';
import type { EntryType } from './metadata.ts';
import { textLengthBytes } from './text-bytes.ts';

/**
 * Numbers the distinct texts of a column from 0 in order of first appearance. NULL rows intern
 * nothing, so that every text is used by some row.
 */
export class TextInterner {
  readonly #type: EntryType;
  readonly #idOf = new Map<string, number>();
  readonly #texts: string[] = [];
  #dictionary: readonly string[] | null = null;
  #dictionaryIds = new Int32Array(0);

  constructor(type: EntryType) {
    this.#type = type;
  }

  /** The texts in order of their ids. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /**
   * The id of each row's text; NULL rows get 0. A chunk that is not text, or whose code is not below
   * its dictionary's length, is a defect of the caller.
   *
   * @throws EngineError SCHEMA_MISMATCH when a text is longer than `STRING_BYTES_MAX`.
   */
  idsOf(chunk: ColumnChunk): Uint32Array {
    assert(
      chunk.kind === 'texts' || chunk.kind === 'encodedTexts',
      () => `segment: a ${chunk.kind} chunk for ${this.#type}`,
    );
    return chunk.kind === 'texts'
      ? this.#idsOfTexts(chunk.values, chunk.nulls)
      : this.#idsOfCodes(chunk.codes, chunk.dictionary, chunk.nulls);
  }

  #idsOfTexts(values: readonly string[], nulls: Uint8Array | null): Uint32Array {
    const ids = new Uint32Array(values.length);
    let last: string | null = null;
    let lastId = 0;
    for (let row = 0; row < values.length; row++) {
      if (nulls !== null && nulls[row] !== 0) continue;
      const text = values[row]!;
      if (text !== last) {
        last = text;
        lastId = this.#idOf.get(text) ?? this.#add(text);
      }
      ids[row] = lastId;
    }
    return ids;
  }

  #idsOfCodes(
    codes: Uint32Array,
    dictionary: readonly string[],
    nulls: Uint8Array | null,
  ): Uint32Array {
    // Consecutive chunks mostly share one dictionary.
    if (this.#dictionary !== dictionary) {
      this.#dictionary = dictionary;
      this.#dictionaryIds = new Int32Array(dictionary.length).fill(-1);
    }
    const dictionaryIds = this.#dictionaryIds;
    const ids = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      if (nulls !== null && nulls[row] !== 0) continue;
      const code = codes[row]!;
      let id = dictionaryIds[code];
      assert(id !== undefined, "segment: a text code is not below its dictionary's length");
      if (id < 0) {
        const text = dictionary[code]!;
        id = this.#idOf.get(text) ?? this.#add(text);
        dictionaryIds[code] = id;
      }
      ids[row] = id;
    }
    return ids;
  }

  #add(text: string): number {
    const wellFormed = wellFormedText(text);
    if (wellFormed !== text) return this.#idOf.get(wellFormed) ?? this.#add(wellFormed);
    // No text takes more than three bytes for each UTF-16 unit.
    const lengthBytes = 3 * text.length > STRING_BYTES_MAX ? textLengthBytes(this.#type, text) : 0;
    if (lengthBytes > STRING_BYTES_MAX) {
      throw new EngineError(
        'SCHEMA_MISMATCH',
        `segment: a ${this.#type} of at most ${STRING_BYTES_MAX} bytes was expected, found one of ` +
          `${lengthBytes}`,
      );
    }
    const id = this.#texts.length;
    this.#texts.push(text);
    this.#idOf.set(text, id);
    return id;
  }
}
