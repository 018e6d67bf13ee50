import {
  ORDINAL_SOURCE_BYTES,
  SOURCE_BYTES,
  SOURCE_COUNT,
  SOURCE_NEXT,
  SOURCE_OFFSETS,
  SOURCE_TABLE,
} from '../../assembly/layout.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { SegmentDictionary } from './segment-dictionary.ts';
import type { TextDictionary } from './vector.ts';

/*
 * Global ordinals, after Lucene's: one numbering for the texts of a column over several segments, in
 * text order. With it rows of different segments compare by number, and no query looks at a text but for
 * those in its answer. All of one numbering lies in one arena:
 *
 *   | origins: (u32 dictionary, u32 code) × room | tables: u32 × codes, one after the other |
 *
 * `room` is the sum of the dictionaries' lengths: how many texts differ is known afterwards.
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
}

/** Bytes that a numbering of dictionaries of these lengths takes. */
export function ordinalsBytes(lengths: readonly number[]): number {
  return 12 * total(lengths);
}

/** Bytes of working memory that `buildOrdinals` needs besides, for so many dictionaries. */
export function ordinalsScratchBytes(dictionaryCount: number): number {
  return dictionaryCount * (ORDINAL_SOURCE_BYTES + 4);
}

/**
 * Numbers the texts of dictionaries that lie in one arena.
 *
 * @param address of `ordinalsBytes` bytes, aligned to 8.
 * @param scratch address of `ordinalsScratchBytes` bytes, aligned to 4.
 */
export function buildOrdinals(
  name: string,
  dictionaries: readonly SegmentDictionary[],
  address: number,
  scratch: number,
  { run, u32 }: KernelInstance,
): OrdinalsLayout {
  const lengths = dictionaries.map(({ length }) => length);
  let table = address + 8 * total(lengths);
  const tables = dictionaries.map(({ offsets, bytes, length }, index) => {
    const source = (scratch + index * ORDINAL_SOURCE_BYTES) / 4;
    u32[source + SOURCE_OFFSETS / 4] = offsets;
    u32[source + SOURCE_BYTES / 4] = bytes;
    u32[source + SOURCE_COUNT / 4] = length;
    u32[source + SOURCE_TABLE / 4] = table;
    u32[source + SOURCE_NEXT / 4] = 0;
    const own = table;
    table += 4 * length;
    return own;
  });
  const heap = scratch + dictionaries.length * ORDINAL_SOURCE_BYTES;
  const cardinality = run.mergeDictionaries(address, scratch, heap, dictionaries.length);
  return { name, origins: address, cardinality, tables };
}

/** The texts of a numbering by their ordinals; for as long as its columns and it are pinned. */
export class OrdinalDictionary implements TextDictionary {
  readonly length: number;
  readonly isSorted = true;
  /** The numbering's name: what stands for this dictionary between threads. */
  readonly name: string;
  readonly #origins: number;
  readonly #dictionaries: readonly SegmentDictionary[];
  readonly #kernels: KernelInstance;

  /** @param dictionaries as they were given to `buildOrdinals`. */
  constructor(
    layout: OrdinalsLayout,
    dictionaries: readonly SegmentDictionary[],
    kernels: KernelInstance,
  ) {
    this.length = layout.cardinality;
    this.name = layout.name;
    this.#origins = layout.origins / 4;
    this.#dictionaries = dictionaries;
    this.#kernels = kernels;
  }

  at(ordinal: number): string {
    const { u32 } = this.#kernels;
    const origin = this.#origins + 2 * ordinal;
    return this.#dictionaries[u32[origin]!]!.at(u32[origin + 1]!);
  }
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
