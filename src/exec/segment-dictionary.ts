import { assert } from '../base/assert.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import { type BufferRole, type ColumnMetadata, textEntryType } from '../segment/metadata.ts';
import { holdsBytes, textReader } from '../segment/text-bytes.ts';
import type { TextDictionary } from './vector.ts';

type Addresses = Readonly<Partial<Record<BufferRole, number>>>;

/** Entries that are decoded together: neighbours are often asked for, and one call decodes them all. */
const BLOCK_ENTRIES = 128;

/** Decoded entries are immutable and live as long as their segment's metadata does. */
const decodedBlocks = new WeakMap<ColumnMetadata, (readonly string[] | undefined)[]>();

/** One object for each column in memory, so that what is known of its entries is found again. */
const dictionaries = new WeakMap<Addresses, SegmentDictionary>();

/**
 * The dictionary of a text column in linear memory: bytes behind offsets, in order, each entry
 * once. Entries become strings when somebody asks for them, which must be while the column is pinned.
 */
export class SegmentDictionary implements TextDictionary {
  readonly length: number;
  readonly isSorted = true;
  /** Address of `length` + 1 u32 offsets into the bytes. */
  readonly offsets: number;
  /** Address of the bytes. */
  readonly bytes: number;
  readonly kernels: KernelInstance;
  /** True when entries are text in UTF-8, false when they are any bytes. */
  readonly isUtf8: boolean;
  readonly #read: (bytes: Uint8Array) => string;
  readonly #blocks: (readonly string[] | undefined)[];

  /** The dictionary of a column of text whose dictionary buffers lie at these addresses. */
  static of(
    kernels: KernelInstance,
    metadata: ColumnMetadata,
    addresses: Addresses,
    length: number,
  ): SegmentDictionary {
    let dictionary = dictionaries.get(addresses);
    if (dictionary === undefined) {
      dictionary = new SegmentDictionary(kernels, metadata, addresses, length);
      dictionaries.set(addresses, dictionary);
    }
    return dictionary;
  }

  private constructor(
    kernels: KernelInstance,
    metadata: ColumnMetadata,
    { dictionaryOffsets, dictionaryBytes }: Addresses,
    length: number,
  ) {
    this.length = length;
    this.offsets = dictionaryOffsets!;
    this.bytes = dictionaryBytes!;
    this.kernels = kernels;
    const type = textEntryType(metadata);
    assert(type !== null, 'only text has offsets and bytes');
    this.isUtf8 = !holdsBytes(type);
    this.#read = textReader(type);
    let blocks = decodedBlocks.get(metadata);
    if (blocks === undefined) {
      blocks = [];
      decodedBlocks.set(metadata, blocks);
    }
    this.#blocks = blocks;
  }

  at(code: number): string {
    const number = Math.floor(code / BLOCK_ENTRIES);
    let block = this.#blocks[number];
    if (block === undefined) {
      block = this.#decode(number * BLOCK_ENTRIES);
      this.#blocks[number] = block;
    }
    return block[code - number * BLOCK_ENTRIES]!;
  }

  #decode(first: number): string[] {
    const { u8, u32 } = this.kernels;
    const offsets = this.offsets / 4;
    const end = Math.min(this.length, first + BLOCK_ENTRIES);
    const start = u32[offsets + first]!;
    // TextDecoder refuses views of shared memory, hence the copy.
    const bytes = u8.slice(this.bytes + start, this.bytes + u32[offsets + end]!);
    const whole = this.#read(bytes);
    // As many characters as bytes: offsets of bytes are offsets of characters.
    const hasSameOffsets = whole.length === bytes.length;
    const texts: string[] = [];
    for (let code = first; code < end; code++) {
      const from = u32[offsets + code]! - start;
      const to = u32[offsets + code + 1]! - start;
      texts.push(hasSameOffsets ? whole.slice(from, to) : this.#read(bytes.subarray(from, to)));
    }
    return texts;
  }
}
