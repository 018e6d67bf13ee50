import { encodeUtf8 } from '../../base/bytes.ts';
import type { IndexParameters } from '../../base/index-config.ts';
import { murmur3Bit32 } from '../../base/murmur3.ts';
import { type DataType, physicalType, type Value } from '../../base/types.ts';
import { bytesOf } from '../encoded-column.ts';
import { viewOf } from '../format.ts';
import { columnValues } from './column-values.ts';
import type { IndexBuilder } from './index-builder.ts';
import { sourceColumn } from './index-source.ts';

/** Pinot's default share of values that seem to be there and are not. */
const FPP_DEFAULT = 0.05;
const BLOCK_WORDS = 8;
const BLOCK_BYTES = 4 * BLOCK_WORDS;
/** A filter of more would take longer to read than it saves. */
const BLOCKS_MAX = 2 ** 21;

/*
 * Bloom filter of a column's values: Apache Parquet's split-block filter (BloomFilter.md) with another
 * hash, MurmurHash3 of 32 bits with two seeds.
 *
 *   blocks │ 8 words of u32 each. A value sets one bit in each word of one block:
 *          │   block = floor(high hash × blocks / 2³²)
 *          │   bit of word i = (low hash × SALTS[i] mod 2³²) >> 27
 *
 * A value is hashed in the bytes of its raw type, little-endian; −0 as 0, every NaN alike; text as
 * UTF-8. NULL is not in it.
 */

const SALTS = [
  ...[0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d],
  ...[0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31],
] as const;
const LOW_SEED = 0x2f1b_3c4d;
const HIGH_SEED = 0x61c8_8647;

/** Builds a Bloom filter; `fpp` says how many of the values that are not there may seem to be. */
export const buildBloom: IndexBuilder = ({ columns: [name], parameters }, source) => {
  const column = sourceColumn(source, name!);
  const { count, values } = columnValues(column, source.rowCount);
  const blocks = new Uint32Array(BLOCK_WORDS * blockCount(count, parameters));
  const bytes = bytesOf(blocks);
  for (const value of values) addToBloom(bytes, bloomHash(column.metadata.type, value));
  return { parameters, buffers: [{ role: 'blocks', bytes }] };
};

/** Two independent 32-bit hashes of a value. */
export interface BloomHash {
  readonly low: number;
  readonly high: number;
}

/** The hash of a value of a column's type. */
export function bloomHash(type: DataType, value: Exclude<Value, null>): BloomHash {
  const bytes = bytesOfValue(type, value);
  return { low: murmur3Bit32(bytes, LOW_SEED), high: murmur3Bit32(bytes, HIGH_SEED) >>> 0 };
}

/** False when a value is certainly not among those of a filter. */
export function bloomMayHave(blocks: Uint8Array, { low, high }: BloomHash): boolean {
  const view = viewOf(blocks);
  const start = blockStart(blocks, high);
  return SALTS.every((salt, word) => {
    const bit = Math.imul(low, salt) >>> 27;
    return ((view.getUint32(start + 4 * word, true) >>> bit) & 1) === 1;
  });
}

function addToBloom(blocks: Uint8Array, { low, high }: BloomHash): void {
  const view = viewOf(blocks);
  const start = blockStart(blocks, high);
  SALTS.forEach((salt, word) => {
    const at = start + 4 * word;
    view.setUint32(at, view.getUint32(at, true) | (1 << (Math.imul(low, salt) >>> 27)), true);
  });
}

function blockStart({ length }: Uint8Array, high: number): number {
  return Math.floor((high * (length / BLOCK_BYTES)) / 2 ** 32) * BLOCK_BYTES;
}

/** Parquet's formula: bits a value for the wanted share, in blocks of 256 bits. */
function blockCount(valueCount: number, { fpp }: IndexParameters): number {
  const share = typeof fpp === 'number' ? fpp : FPP_DEFAULT;
  const bits = (-BLOCK_WORDS * valueCount) / Math.log(1 - share ** (1 / BLOCK_WORDS));
  return Math.min(BLOCKS_MAX, Math.max(1, Math.ceil(bits / (8 * BLOCK_BYTES))));
}

const scratch = new DataView(new ArrayBuffer(8));

function bytesOfValue(type: DataType, value: Exclude<Value, null>): Uint8Array {
  switch (physicalType(type)) {
    case 'text':
      return encodeUtf8(String(value));
    case 'flag':
    case 'i32':
      scratch.setInt32(0, Number(value), true);
      return new Uint8Array(scratch.buffer, 0, 4);
    case 'i64':
      scratch.setBigInt64(0, BigInt(value), true);
      return new Uint8Array(scratch.buffer, 0, 8);
    case 'f32':
    case 'f64': {
      const number = Number(value);
      scratch.setFloat64(0, Number.isNaN(number) ? Number.NaN : number + 0, true);
      return new Uint8Array(scratch.buffer, 0, 8);
    }
  }
}
