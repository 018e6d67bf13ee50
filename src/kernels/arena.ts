import { KERNEL_RESERVED_BYTES } from '../../assembly/layout.ts';
import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { ARENA_BYTES_MAX, BUFFER_ALIGNMENT_BYTES } from '../base/limits.ts';

const MEBIBYTE = 1_048_576;
const PAGE_BYTES = 65_536;
/** Vectors of one batch: some dozens of 64 Ki values of 8 bytes. */
const BATCH_REGION = { share: 1 / 8, bytesMin: 16 * MEBIBYTE, bytesMax: 64 * MEBIBYTE };
/**
 * Groups of a query: a million groups with three aggregates take some 200 MiB while they grow. Memory
 * that no query touches is not taken from the system.
 */
const STATE_REGION = { share: 1 / 2, bytesMin: 16 * MEBIBYTE, bytesMax: 1280 * MEBIBYTE };
const COLUMN_REGION_BYTES_MIN = 16 * MEBIBYTE;

/** A range of addresses, end exclusive. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** Working memory of one thread in one arena: see `ExecutionContext`. */
export interface ThreadRegions {
  readonly state: Region;
  readonly batch: Region;
}

/**
 * How one arena is divided: first the kernels' reserved bytes, then each thread's regions, then the
 * columns. Memory that nobody touches costs nothing: the system hands out pages on first use.
 */
export interface ArenaLayout {
  readonly threads: readonly ThreadRegions[];
  readonly columns: Region;
  readonly pageCount: number;
}

/**
 * Divides a memory budget into arenas of at most 4 GiB.
 *
 * @param threadCount threads that run kernels, the main one included.
 * @throws EngineError MEMORY_LIMIT when the budget has no room for columns beside working memory.
 */
export function planArenas(memoryBytes: number, threadCount: number): ArenaLayout[] {
  const arenaCount = Math.max(1, Math.ceil(memoryBytes / ARENA_BYTES_MAX));
  const pageCount = Math.floor(memoryBytes / arenaCount / PAGE_BYTES);
  return Array.from({ length: arenaCount }, () => planArena(pageCount, threadCount));
}

function planArena(pageCount: number, threadCount: number): ArenaLayout {
  const lengthBytes = pageCount * PAGE_BYTES;
  const sizeOf = ({ share, bytesMin, bytesMax }: typeof BATCH_REGION): number =>
    alignDown(Math.min(bytesMax, Math.max(bytesMin, (lengthBytes * share) / threadCount)));
  const batchBytes = sizeOf(BATCH_REGION);
  const stateBytes = sizeOf(STATE_REGION);
  const workingBytes = threadCount * (batchBytes + stateBytes);
  if (lengthBytes < workingBytes + COLUMN_REGION_BYTES_MIN) {
    const needed = Math.ceil((workingBytes + COLUMN_REGION_BYTES_MIN) / MEBIBYTE);
    throw new EngineError(
      'MEMORY_LIMIT',
      `engine: expected a memory budget of at least ${needed}m for ${threadCount - 1} worker ` +
        `threads, found ${Math.floor(lengthBytes / MEBIBYTE)}m; raise --memory or lower --threads`,
    );
  }
  let next = alignUp(KERNEL_RESERVED_BYTES);
  const take = (bytes: number): Region => {
    const start = next;
    next += bytes;
    return { start, end: next };
  };
  const threads = Array.from({ length: threadCount }, () => ({
    state: take(stateBytes),
    batch: take(batchBytes),
  }));
  return { threads, columns: { start: next, end: lengthBytes }, pageCount };
}

/**
 * Creates an arena's memory.
 *
 * @param shared whether worker threads will use it too.
 * @throws EngineError MEMORY_LIMIT when the system refuses the address space.
 */
export function createArenaMemory(
  layout: Pick<ArenaLayout, 'pageCount'>,
  shared: boolean,
): WebAssembly.Memory {
  const { pageCount } = layout;
  try {
    return new WebAssembly.Memory({ initial: pageCount, maximum: pageCount, shared });
  } catch (cause) {
    throw new EngineError(
      'MEMORY_LIMIT',
      `engine: the system refused ${pageCount * PAGE_BYTES} bytes of address space; lower --memory`,
      { cause },
    );
  }
}

/** Hands out parts of a region and takes them back: first fit over a list of free ranges. */
export class RegionAllocator {
  /** Sorted by address; neighbours never touch. */
  #free: Region[];
  #usedBytes = 0;

  constructor(region: Region) {
    const start = alignUp(region.start);
    this.#free = [{ start, end: region.end }];
  }

  /** Bytes handed out. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** An address aligned to 64 bytes, or null when no free range is long enough. */
  allocate(lengthBytes: number): number | null {
    const bytes = alignUp(Math.max(1, lengthBytes));
    const index = this.#free.findIndex((range) => range.end - range.start >= bytes);
    if (index < 0) return null;
    const { start, end } = this.#free[index]!;
    const rest = start + bytes < end ? [{ start: start + bytes, end }] : [];
    this.#free.splice(index, 1, ...rest);
    this.#usedBytes += bytes;
    return start;
  }

  /** Takes back what `allocate(lengthBytes)` gave. */
  free(address: number, lengthBytes: number): void {
    const bytes = alignUp(Math.max(1, lengthBytes));
    let { start, end } = { start: address, end: address + bytes };
    const after = this.#free.findIndex((range) => range.start >= end);
    let index = after < 0 ? this.#free.length : after;
    const next = this.#free[index];
    const previous = this.#free[index - 1];
    assert(previous === undefined || previous.end <= start, 'memory is freed once');
    let replaced = 0;
    if (next?.start === end) {
      end = next.end;
      replaced = 1;
    }
    if (previous?.end === start) {
      start = previous.start;
      index--;
      replaced++;
    }
    this.#free.splice(index, replaced, { start, end });
    this.#usedBytes -= bytes;
  }
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / BUFFER_ALIGNMENT_BYTES) * BUFFER_ALIGNMENT_BYTES;
}

function alignDown(bytes: number): number {
  return Math.floor(bytes / BUFFER_ALIGNMENT_BYTES) * BUFFER_ALIGNMENT_BYTES;
}
