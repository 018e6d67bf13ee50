import {
  ORDINAL_SOURCE_BYTES,
  SOURCE_BYTES,
  SOURCE_COUNT,
  SOURCE_NEXT,
  SOURCE_OFFSETS,
  SOURCE_TABLE,
} from '../../assembly/layout.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { TextDictionary } from './vector.ts';

/*
 * Global ordinals, after Lucene's: one numbering for the texts of some columns over several segments, and
 * for some other texts, in text order. With it rows of different segments compare by number, and no query looks at a text but for
 * those in its answer. All of one numbering lies in one arena:
 *
 *   | origins: (u32 dictionary, u32 code) × room | tables: u32 × codes, one after the other | working space |
 *
 * `room` is the sum of the dictionaries' lengths: how many texts differ is known afterwards. The working space
 * has what the merge needs, and the texts that are in no column.
 */

/** Where a numbering lies, and what it holds: plain data, to be sent to threads. */
export interface OrdinalsLayout {
  /** Names it among those of a query. */
  readonly name: string;
  /** Address of the origins. */
  readonly origins: number;
  /** Distinct texts. */
  readonly cardinality: number;
  /** Address of the ordinal of each code, by dictionary. */
  readonly tables: readonly number[];
  /** Texts that are numbered besides those of columns, in order: where there are some, the last table is theirs. */
  readonly texts: readonly string[];
}

/** Texts that are numbered: distinct and in order. */
export interface OrdinalSource {
  readonly length: number;
  /** Address of `length` + 1 u32 offsets into the bytes. */
  readonly offsets: number;
  /** Address of the bytes. */
  readonly bytes: number;
}

/**
 * Bytes that a numbering takes.
 *
 * @param lengths of the dictionaries.
 * @param texts besides theirs.
 */
export function ordinalsBytes(lengths: readonly number[], texts: readonly string[]): number {
  const sourceCount = lengths.length + 1;
  const textBytes = total(encoded(texts).map(({ length }) => length));
  const workBytes = sourceCount * (ORDINAL_SOURCE_BYTES + 4) + (texts.length + 1) * 4 + textBytes;
  return 12 * (total(lengths) + texts.length) + workBytes;
}

/**
 * Numbers the texts of dictionaries that lie in one arena, and some besides; the numbering is whole when all
 * steps are done.
 *
 * @param texts distinct and in order.
 * @param address of `ordinalsBytes` bytes for dictionaries and texts, aligned to 8.
 * @param stepEntries entries of dictionaries that one step numbers.
 */
export function* buildOrdinalsSteps(
  name: string,
  dictionaries: readonly OrdinalSource[],
  texts: readonly string[],
  address: number,
  kernels: KernelInstance,
  stepEntries: number,
): Steps<OrdinalsLayout> {
  const { run, u32 } = kernels;
  const sourceCount = dictionaries.length + (texts.length === 0 ? 0 : 1);
  const entryCount = total(dictionaries.map(({ length }) => length)) + texts.length;
  const first = address + 12 * entryCount;
  const heap = first + sourceCount * ORDINAL_SOURCE_BYTES;
  const own = texts.length === 0 ? [] : [placeTexts(texts, heap + sourceCount * 4, kernels)];
  let table = address + 8 * entryCount;
  const tables = [...dictionaries, ...own].map(({ offsets, bytes, length }, index) => {
    const source = (first + index * ORDINAL_SOURCE_BYTES) / 4;
    u32[source + SOURCE_OFFSETS / 4] = offsets;
    u32[source + SOURCE_BYTES / 4] = bytes;
    u32[source + SOURCE_COUNT / 4] = length;
    u32[source + SOURCE_TABLE / 4] = table;
    u32[source + SOURCE_NEXT / 4] = 0;
    const start = table;
    table += 4 * length;
    return start;
  });
  let cardinality = 0;
  yield* inBlocks(
    entryCount,
    (start, end) => {
      const inputs = [first, heap, sourceCount, cardinality, end - start] as const;
      cardinality = run.mergeDictionaries(address, ...inputs);
    },
    stepEntries,
  );
  return { name, origins: address, cardinality, tables, texts };
}

/** Lays texts down as a dictionary of a segment lies. */
function placeTexts(
  texts: readonly string[],
  address: number,
  { u8, u32 }: KernelInstance,
): OrdinalSource {
  const bytes = address + (texts.length + 1) * 4;
  let end = 0;
  u32[address / 4] = 0;
  encoded(texts).forEach((text, index) => {
    u8.set(text, bytes + end);
    end += text.length;
    u32[address / 4 + index + 1] = end;
  });
  return { offsets: address, bytes, length: texts.length };
}

function encoded(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}

/** The texts of a numbering by their ordinals; for as long as its columns and it are pinned. */
export class OrdinalDictionary implements TextDictionary {
  readonly length: number;
  readonly isSorted = true;
  /** The numbering's name: what stands for this dictionary between threads. */
  readonly name: string;
  readonly #origins: number;
  readonly #layout: OrdinalsLayout;
  readonly #dictionaries: readonly TextDictionary[];
  readonly #kernels: KernelInstance;

  /** @param dictionaries as they were given to `buildOrdinalsSteps`. */
  constructor(
    layout: OrdinalsLayout,
    dictionaries: readonly TextDictionary[],
    kernels: KernelInstance,
  ) {
    this.length = layout.cardinality;
    this.name = layout.name;
    this.#origins = layout.origins / 4;
    this.#layout = layout;
    this.#dictionaries = [...dictionaries, layout.texts];
    this.#kernels = kernels;
  }

  at(ordinal: number): string {
    const { u32 } = this.#kernels;
    const origin = this.#origins + 2 * ordinal;
    return this.#dictionaries[u32[origin]!]!.at(u32[origin + 1]!)!;
  }

  /** The ordinal of one of the layout's `texts`; null for others. */
  ordinalOf(text: string): number | null {
    const { texts, tables } = this.#layout;
    const index = texts.indexOf(text);
    return index < 0 ? null : this.#kernels.u32[tables.at(-1)! / 4 + index]!;
  }
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
