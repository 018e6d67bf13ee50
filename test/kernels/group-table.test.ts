import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { GroupTable } from '../../src/kernels/group-table.ts';
import type { KernelInstance } from '../../src/kernels/instance.ts';
import { Scratch } from '../../src/kernels/scratch.ts';
import { loadKernels, PAGE_BYTES } from './load.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`group table: SEED=${seed}\n`);

const MIB = 2 ** 20;
const BATCH_ROWS_MAX = 2_200_000;

/** A table, and room for one batch, in the last `bytes` of a memory. */
class Grouping {
  readonly table: GroupTable;
  readonly #kernels: KernelInstance;
  readonly #ids: number;
  readonly #keys: number;

  constructor(kernels: KernelInstance, bytes: number, expectedCount?: number) {
    const end = kernels.u8.length;
    const scratch = new Scratch(end - bytes, end);
    kernels.u8.fill(0xa5, end - bytes, end);
    this.#kernels = kernels;
    this.#ids = scratch.allocate(BATCH_ROWS_MAX * 4);
    this.#keys = scratch.allocate(BATCH_ROWS_MAX * 8);
    this.table = new GroupTable(kernels, scratch, expectedCount);
  }

  assign(keys: BigInt64Array): Uint32Array {
    this.#kernels.i64.set(keys, this.#keys / 8);
    this.table.assign(this.#ids, this.#keys, keys.length);
    return this.#kernels.u32.slice(this.#ids / 4, this.#ids / 4 + keys.length);
  }

  get keys(): BigInt64Array {
    const start = this.table.keys / 8;
    return this.#kernels.i64.slice(start, start + this.table.count);
  }
}

/** Checks that equal keys, and only they, have equal ids, and that the list is the distinct keys. */
function checkGrouping(grouping: Grouping, batches: readonly BigInt64Array[]): void {
  const idsOfBatches = batches.map((batch) => grouping.assign(batch));
  const list = grouping.keys;
  batches.forEach((batch, index) => {
    const ids = idsOfBatches[index]!;
    expect(batch.findIndex((key, row) => list[ids[row]!] !== key)).toBe(-1);
  });
  expect(bytesOf(list.sort()).equals(bytesOf(distinctSorted(batches)))).toBe(true);
}

function distinctSorted(batches: readonly BigInt64Array[]): BigInt64Array {
  const all = new BigInt64Array(batches.reduce((rows, batch) => rows + batch.length, 0));
  let start = 0;
  for (const batch of batches) {
    all.set(batch, start);
    start += batch.length;
  }
  return all.sort().filter((key, row) => row === 0 || key !== all[row - 1]);
}

function bytesOf(keys: BigInt64Array): Buffer {
  return Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength);
}

/** Keys out of `distinct` different ones, of several shapes that weak hashes stumble over. */
const KEY_SHAPES: Record<string, (index: number) => bigint> = {
  'small numbers': (index) => BigInt(index),
  'negative numbers': (index) => BigInt(-index),
  'pairs of codes': (index) => (BigInt(index % 613) << 32n) | BigInt(Math.floor(index / 613)),
  'pairs of equal codes': (index) => (BigInt(index) << 32n) | BigInt(index),
  'bits of floats': (index) => new BigInt64Array(Float64Array.of(index / 4).buffer)[0]!,
  'multiples of a power of two': (index) => BigInt(index) << 40n,
};

function batchOf(random: Prng, shape: (index: number) => bigint, distinct: number, rows: number) {
  return BigInt64Array.from({ length: rows }, () => shape(random.integer(0, distinct)));
}

describe.each(['shared', 'unshared'] as const)('GroupTable over %s memory', (variant) => {
  const pages = (128 * MIB) / PAGE_BYTES;

  it('gives ids in order of first appearance, for every 64-bit key', () => {
    const grouping = new Grouping(loadKernels(variant, pages), 64 * MIB);
    const least = -(2n ** 63n);
    const keys = BigInt64Array.of(0n, -1n, least, 0n, 2n ** 63n - 1n, least, 1n, -1n);
    expect([...grouping.assign(keys)]).toEqual([0, 1, 2, 0, 3, 2, 4, 1]);
    expect([...grouping.keys]).toEqual([0n, -1n, least, 2n ** 63n - 1n, 1n]);
    expect([...grouping.assign(BigInt64Array.of(7n, 1n))]).toEqual([5, 4]);
    expect([...grouping.assign(new BigInt64Array(0))]).toEqual([]);
  });

  it.each(Object.entries(KEY_SHAPES))('groups %s correctly while it grows', (_, shape) => {
    const random = new Prng(seed);
    const batches = [10, 3000, 20_000, 1, 120_000].map((rows) =>
      batchOf(random, shape, rows, rows),
    );
    checkGrouping(new Grouping(loadKernels(variant, pages), 64 * MIB), batches);
  });

  it('has room for the expected keys without growing', () => {
    const grouping = new Grouping(loadKernels(variant, pages), 64 * MIB, 100_000);
    const address = grouping.table.keys;
    grouping.assign(BigInt64Array.from({ length: 100_000 }, (_, row) => BigInt(row)));
    expect(grouping.table.keys).toBe(address);
    expect(grouping.table.count).toBe(100_000);
  });

  it('ends with a clear error when its memory is used up', () => {
    const grouping = new Grouping(loadKernels(variant, pages), 30 * MIB);
    const keys = BigInt64Array.from({ length: 200_000 }, (_, row) => BigInt(row));
    expect(() => grouping.assign(keys)).toThrow(/working memory/);
  });
});

/** Enough rows for a table of 2^18 buckets to partition them. */
const PARTITIONED_ROWS = 2_100_000;

describe('GroupTable in batches that are partitioned', () => {
  const shape = KEY_SHAPES['pairs of codes']!;

  it('groups correctly, and the same way each time', () => {
    const batch = batchOf(new Prng(seed), shape, 500_000, PARTITIONED_ROWS);
    const [first, second] = [0, 1].map(() => {
      const grouping = new Grouping(loadKernels('shared', 4096), 224 * MIB, 600_000);
      checkGrouping(grouping, [batch]);
      return bytesOf(grouping.keys);
    });
    expect(second!.equals(first!)).toBe(true);
  });

  it('groups correctly when nearly every key is new and the table grows on the way', () => {
    const batch = batchOf(new Prng(seed), shape, 20_000_000, PARTITIONED_ROWS);
    checkGrouping(new Grouping(loadKernels('shared', 8192), 480 * MIB, 500_000), [batch]);
  });
});

describe('GroupTable at the end of a memory of 4 GiB', () => {
  it('groups correctly', () => {
    const random = new Prng(seed);
    const batches = [100_000, 100_000].map((rows) =>
      batchOf(random, KEY_SHAPES['small numbers']!, 150_000, rows),
    );
    checkGrouping(new Grouping(loadKernels('shared', 65_536), 64 * MIB), batches);
  });
});
