import {
  BUCKET_BYTES,
  PARTITION_COUNT,
  TABLE_BUCKET_BITS,
  TABLE_BUCKETS,
  TABLE_CAPACITY,
  TABLE_COUNT,
  TABLE_HEADER_BYTES,
  TABLE_KEYS,
} from '../../assembly/layout.ts';
import { EngineError } from '../base/errors.ts';
import type { KernelInstance } from './instance.ts';
import type { Scratch } from './scratch.ts';

/** Smallest table: 256 buckets (16 KiB) fit the first-level cache. */
const BUCKET_BITS_MIN = 8;

/** Largest table: 2^25 buckets are 2 GiB, half of the address space. */
const BUCKET_BITS_MAX = 25;

/** Tables from this many buckets on (16 MiB) are far enough away for partitioning to pay. */
const PARTITION_BUCKETS_MIN = 262_144;

/**
 * Rows per bucket from which partitioning pays: it reads each part of the table once, which must
 * serve enough rows to win back the two extra passes over them. Measured; with fewer, fetching
 * buckets ahead in row order is as fast.
 */
const PARTITION_ROWS_PER_BUCKET = 8;

/** Rows that are partitioned together at most: their working space takes 16 bytes each. */
const PARTITION_ROWS_MAX = 8_388_608;

/** Working space of the partitioned path, in the table's region. */
interface PartitionBuffers {
  readonly capacityRows: number;
  readonly keys: number;
  readonly rows: number;
  readonly ids: number;
  readonly starts: number;
}

/**
 * Gives 64-bit keys dense group ids: the hash side of GROUP BY. All of it lies in `scratch`, including
 * the tables that growth leaves behind, until the caller releases the scratch region; then this
 * object must not be used again.
 *
 * Small tables and small batches are probed in row order. When a table has outgrown the caches and a
 * batch holds several rows for each of its buckets, the batch is first split by the top bits of the
 * keys' hashes, so that consecutive probes stay in one small stretch of buckets (radix partitioning
 * after Boncz, Manegold and Kersten, VLDB 1999).
 */
export class GroupTable {
  readonly #kernels: KernelInstance;
  readonly #scratch: Scratch;
  #header: number;
  #partition: PartitionBuffers | undefined;

  /** @param expectedCount distinct keys to have room for from the start. */
  constructor(kernels: KernelInstance, scratch: Scratch, expectedCount = 0) {
    this.#kernels = kernels;
    this.#scratch = scratch;
    let bucketBits = BUCKET_BITS_MIN;
    while (bucketBits < BUCKET_BITS_MAX && capacityOf(bucketBits) < expectedCount) bucketBits++;
    this.#header = this.#allocateTable(bucketBits);
  }

  /**
   * Writes the group id of every key.
   *
   * Ids are dense and depend only on the sequence of calls. They follow first appearance,
   * except that the new keys of a partitioned batch get theirs partition by partition.
   *
   * @param ids address of `count` u32 to fill.
   * @param keys address of `count` i64.
   * @throws EngineError MEMORY_LIMIT when the scratch region has no room for the grown table.
   */
  assign(ids: number, keys: number, count: number): void {
    let done = 0;
    while (done < count) {
      const rest = count - done;
      done += this.#shouldPartition(rest)
        ? this.#assignPartitioned(ids + done * 4, keys + done * 8, rest)
        : this.#assignDirect(ids + done * 4, keys + done * 8, rest);
    }
  }

  /** Number of distinct keys so far. */
  get count(): number {
    return this.#field(TABLE_COUNT);
  }

  /** Address of the distinct keys in id order: `count` × i64. Changes when the table grows. */
  get keys(): number {
    return this.#field(TABLE_KEYS);
  }

  /** Forgets all keys; the room stays. */
  clear(): void {
    const { run, u32 } = this.#kernels;
    const bucketsBytes = 2 ** this.#field(TABLE_BUCKET_BITS) * BUCKET_BYTES;
    run.splat64(this.#field(TABLE_BUCKETS), 0n, bucketsBytes / 8);
    u32[(this.#header + TABLE_COUNT) / 4] = 0;
  }

  #shouldPartition(rowCount: number): boolean {
    const bucketCount = 2 ** this.#field(TABLE_BUCKET_BITS);
    const rowsMin = bucketCount * PARTITION_ROWS_PER_BUCKET;
    return (
      bucketCount >= PARTITION_BUCKETS_MIN && Math.min(rowCount, PARTITION_ROWS_MAX) >= rowsMin
    );
  }

  /** Probes in row order until all keys are done or the table has grown; returns the keys done. */
  #assignDirect(ids: number, keys: number, count: number): number {
    const done = this.#kernels.run.hashGroupIds(ids, this.#header, keys, count);
    if (done < count) this.#grow();
    return done;
  }

  #assignPartitioned(ids: number, keys: number, count: number): number {
    const { run } = this.#kernels;
    const buffers = this.#partitionBuffers(count);
    const rowCount = Math.min(count, buffers.capacityRows);
    run.hashPartition(buffers.keys, buffers.rows, buffers.starts, keys, rowCount);
    let done = 0;
    while (done < rowCount) {
      done += this.#assignDirect(buffers.ids + done * 4, buffers.keys + done * 8, rowCount - done);
    }
    run.scatter32(ids, buffers.ids, buffers.rows, rowCount);
    return rowCount;
  }

  #partitionBuffers(count: number): PartitionBuffers {
    const known = this.#partition;
    const wantedRows = Math.min(count, PARTITION_ROWS_MAX);
    if (known !== undefined && known.capacityRows >= wantedRows) return known;
    this.#partition = {
      capacityRows: wantedRows,
      keys: this.#scratch.allocate(wantedRows * 8),
      rows: this.#scratch.allocate(wantedRows * 4),
      ids: this.#scratch.allocate(wantedRows * 4),
      starts: this.#scratch.allocate(PARTITION_COUNT * 4),
    };
    return this.#partition;
  }

  #grow(): void {
    const bucketBits = this.#field(TABLE_BUCKET_BITS) + 1;
    if (bucketBits > BUCKET_BITS_MAX) {
      throw new EngineError(
        'MEMORY_LIMIT',
        `execution: the query has more than ${capacityOf(BUCKET_BITS_MAX)} distinct groups on one ` +
          'thread; group by fewer values',
      );
    }
    const grown = this.#allocateTable(bucketBits);
    this.#kernels.run.hashRehash(grown, this.#header);
    this.#header = grown;
  }

  /** An empty table; the layout is drawn in `assembly/layout.ts`. */
  #allocateTable(bucketBits: number): number {
    const { run, u32 } = this.#kernels;
    const bucketsBytes = 2 ** bucketBits * BUCKET_BYTES;
    const header = this.#scratch.allocate(TABLE_HEADER_BYTES);
    const buckets = this.#scratch.allocate(bucketsBytes);
    const keys = this.#scratch.allocate(capacityOf(bucketBits) * 8);
    run.splat64(buckets, 0n, bucketsBytes / 8);
    u32[(header + TABLE_BUCKETS) / 4] = buckets;
    u32[(header + TABLE_BUCKET_BITS) / 4] = bucketBits;
    u32[(header + TABLE_COUNT) / 4] = 0;
    u32[(header + TABLE_CAPACITY) / 4] = capacityOf(bucketBits);
    u32[(header + TABLE_KEYS) / 4] = keys;
    return header;
  }

  #field(offsetBytes: number): number {
    return this.#kernels.u32[(this.#header + offsetBytes) / 4]!;
  }
}

/**
 * Distinct keys a table holds: 3.5 for the 5 places of a bucket on average. Then 14 % of the buckets
 * overflow (Poisson), and nearly every search ends in the line where it starts.
 */
function capacityOf(bucketBits: number): number {
  return 3.5 * 2 ** bucketBits;
}
