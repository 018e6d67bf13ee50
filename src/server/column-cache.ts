import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { indexName } from '../base/index-config.ts';
import type { ExecutionContext } from '../exec/context.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import { RegionAllocator } from '../kernels/arena.ts';
import type { BufferLocation, ColumnMetadata, SegmentIndex } from '../segment/metadata.ts';
import { type BufferDecoding, bufferAddresses, planBuffers, readBuffers } from './buffer-load.ts';
import type { SegmentSource } from './segment-source.ts';

/** Buffers of a segment that are used together, and where they can be read and put. */
export interface PinRequest {
  /** The engine's number for the segment. */
  readonly segment: number;
  readonly arena: number;
  readonly group: BufferGroup;
  readonly source: SegmentSource;
}

/** The buffers of one column or of one index: they lie next to each other in the file. */
export interface BufferGroup {
  /** `column x` or `index inverted(x)`: names it in errors, and differs within the segment. */
  readonly name: string;
  readonly buffers: readonly BufferLocation<string>[];
}

/** Addresses of a group's buffers in an arena, by role. */
export type BufferAddresses = Readonly<Record<string, number>>;

/** A column's buffers. */
export function columnGroup({ name, buffers }: ColumnMetadata): BufferGroup {
  return { name: `column ${name}`, buffers };
}

/** What a column's codes mean, without the codes. */
export function dictionaryGroup({ name, buffers }: ColumnMetadata): BufferGroup {
  const own = buffers.filter(({ role }) => role.startsWith('dictionary'));
  return { name: `dictionary ${name}`, buffers: own };
}

/** An index's buffers. */
export function indexGroup(index: SegmentIndex): BufferGroup {
  return { name: `index ${indexName(index)}`, buffers: index.buffers };
}

interface Entry {
  readonly arena: number;
  readonly address: number;
  readonly lengthBytes: number;
  readonly addresses: BufferAddresses;
  readonly loaded: Promise<void>;
  isLoaded: boolean;
  pins: number;
  lastUse: number;
}

/**
 * Buffers of columns and indexes in arena memory: read on first use, kept until the room is needed, least recently
 * used first. Pinned columns stay. The room is what the arenas' layouts leave for columns.
 */
export class ColumnCache {
  readonly #contexts: readonly ExecutionContext[];
  readonly #decode: BufferDecoding;
  readonly #allocators: readonly RegionAllocator[];
  readonly #capacities: readonly number[];
  readonly #entries = new Map<string, Entry>();
  #useCount = 0;
  /** Callers that hold pins now. */
  #holderCount = 0;
  /** Callers that are being served, or wait for that. */
  #waitingCount = 0;
  /** Wakes the caller whose turn it is, when pins were let go. */
  #onRelease: () => void = () => {};
  #turn: Promise<void> = Promise.resolve();

  /** @param contexts the main thread's, one for each arena. */
  constructor(
    contexts: readonly ExecutionContext[],
    layouts: readonly ArenaLayout[],
    decode: BufferDecoding,
  ) {
    this.#contexts = contexts;
    this.#decode = decode;
    this.#allocators = layouts.map(({ columns }) => new RegionAllocator(columns));
    this.#capacities = layouts.map(({ columns }) => columns.end - columns.start);
  }

  /** Bytes that each arena has for columns. */
  get capacities(): readonly number[] {
    return this.#capacities;
  }

  /** Bytes of columns in memory. */
  get usedBytes(): number {
    return this.#allocators.reduce((sum, allocator) => sum + allocator.usedBytes, 0);
  }

  /**
   * Loads columns where needed and keeps them until `unpin` is called with the same requests. When
   * there is no room beside what others have pinned, it waits for its turn.
   *
   * @returns the addresses of each group's buffers, in the order of the requests.
   * @throws EngineError MEMORY_LIMIT when they do not fit even alone; CORRUPT_DATA when a checksum does
   *   not hold. Nothing stays pinned then.
   */
  async pin(requests: readonly PinRequest[]): Promise<BufferAddresses[]> {
    const pinned = await this.#inTurn(() => this.#acquireAll(requests));
    // Every read settles before any failure is reported: memory is not reused under a read.
    const results = await Promise.allSettled(pinned.map((entry) => entry.loaded));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return pinned.map((entry) => entry.addresses);
    this.#release(pinned);
    throw failure.reason;
  }

  /**
   * The same at once, where all is in memory and nobody waits for room; null otherwise: nothing is
   * pinned then.
   */
  pinLoaded(requests: readonly PinRequest[]): BufferAddresses[] | null {
    if (this.#waitingCount > 0) return null;
    const entries: Entry[] = [];
    for (const request of requests) {
      const entry = this.#entries.get(keyOf(request));
      if (entry?.isLoaded !== true) return null;
      entries.push(entry);
    }
    for (const entry of entries) {
      entry.pins++;
      entry.lastUse = this.#useCount++;
    }
    this.#holderCount++;
    return entries.map(({ addresses }) => addresses);
  }

  /** Lets go of columns that `pin` gave. */
  unpin(requests: readonly PinRequest[]): void {
    const entries = requests.map((request) => this.#entries.get(keyOf(request)));
    assert(
      entries.every((entry) => entry !== undefined && entry.pins > 0),
      'only pinned columns are unpinned',
    );
    this.#release(entries as Entry[]);
  }

  /**
   * Room for something that is computed from columns and kept like one, under a name that tells what it
   * is. Does not wait for anybody: without room the result is null.
   *
   * @returns the address, and whether the room was taken now, so that it has to be filled.
   */
  pinRoom(
    name: string,
    arena: number,
    lengthBytes: number,
  ): { readonly address: number; readonly isNew: boolean } | null {
    let entry = this.#entries.get(name);
    const isNew = entry === undefined;
    if (entry === undefined) {
      // What can be done without is not worth the columns of all other queries.
      if (lengthBytes > this.#capacities[arena]! / 2) return null;
      const address = this.#findRoom(arena, lengthBytes);
      if (address === null) return null;
      const loaded = Promise.resolve();
      const state = { isLoaded: true, pins: 0, lastUse: 0 };
      entry = { arena, address, lengthBytes, addresses: {}, loaded, ...state };
      this.#entries.set(name, entry);
    }
    entry.pins++;
    entry.lastUse = this.#useCount++;
    return { address: entry.address, isNew };
  }

  /** Lets go of what `pinRoom` gave. */
  unpinRoom(name: string): void {
    const entry = this.#entries.get(name);
    assert(entry !== undefined && entry.pins > 0, 'only pinned room is unpinned');
    entry.pins--;
    this.#onRelease();
  }

  /** Drops a segment's columns that are not pinned; pinned ones go when room is needed. */
  drop(segment: number): void {
    for (const [key, entry] of this.#entries) {
      if (key.startsWith(`${segment}/`) && entry.pins === 0) this.#evict(key, entry);
    }
  }

  /** First come, first served: a query that needs much is not passed for ever by small ones. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const previous = this.#turn;
    let pass: () => void = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    this.#waitingCount++;
    await previous;
    try {
      return await action();
    } finally {
      this.#waitingCount--;
      pass();
    }
  }

  async #acquireAll(requests: readonly PinRequest[]): Promise<Entry[]> {
    for (;;) {
      const pinned: Entry[] = [];
      try {
        for (const request of requests) pinned.push(this.#acquire(request));
        this.#holderCount++;
        return pinned;
      } catch (error) {
        await Promise.allSettled(pinned.map((entry) => entry.loaded));
        for (const entry of pinned) entry.pins--;
        const isFull = error instanceof EngineError && error.code === 'MEMORY_LIMIT';
        if (!isFull || this.#holderCount === 0) throw error;
        await new Promise<void>((resolve) => {
          this.#onRelease = resolve;
        });
      }
    }
  }

  #release(entries: readonly Entry[]): void {
    for (const entry of entries) entry.pins--;
    this.#holderCount--;
    this.#onRelease();
  }

  #acquire(request: PinRequest): Entry {
    const key = keyOf(request);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = this.#load(key, request);
      this.#entries.set(key, entry);
    }
    entry.pins++;
    entry.lastUse = this.#useCount++;
    return entry;
  }

  #load(key: string, { arena, group, source }: PinRequest): Entry {
    const { name, buffers } = group;
    const places = planBuffers(buffers);
    const { lengthBytes } = places;
    const address = this.#allocate(arena, lengthBytes, name);
    const addresses = bufferAddresses(buffers, places, address);
    const { u8 } = this.#contexts[arena]!.kernels;
    const load = async (): Promise<void> =>
      this.#decode(await readBuffers(source, buffers, places, address, u8), arena);
    const loaded = load()
      .catch(async (error: unknown) => {
        if (!isDamage(error) || source.discardCopy === undefined) throw error;
        await source.discardCopy();
        await load();
      })
      .then(() => {
        entry.isLoaded = true;
      });
    loaded.catch(() => {
      // A failed column must not be found again; its memory is free once the read has settled.
      if (this.#entries.get(key)?.loaded !== loaded) return;
      this.#entries.delete(key);
      this.#allocators[arena]!.free(address, lengthBytes);
    });
    const state = { isLoaded: false, pins: 0, lastUse: 0 };
    const entry: Entry = { arena, address, lengthBytes, addresses, loaded, ...state };
    return entry;
  }

  #allocate(arena: number, lengthBytes: number, name: string): number {
    const address = this.#findRoom(arena, lengthBytes);
    if (address !== null) return address;
    throw new EngineError(
      'MEMORY_LIMIT',
      `engine: ${name} needs ${lengthBytes} bytes of memory, and queries hold ` +
        `${this.#allocators[arena]!.usedBytes} of the ${this.#capacities[arena]} that its arena ` +
        'has for columns; raise --memory or read fewer columns',
    );
  }

  #findRoom(arena: number, lengthBytes: number): number | null {
    for (;;) {
      const address = this.#allocators[arena]!.allocate(lengthBytes);
      if (address !== null) return address;
      if (!this.#evictOldest(arena)) return null;
    }
  }

  #evictOldest(arena: number): boolean {
    let oldest: [string, Entry] | null = null;
    for (const candidate of this.#entries) {
      const [, entry] = candidate;
      if (entry.arena !== arena || entry.pins > 0) continue;
      if (oldest === null || entry.lastUse < oldest[1].lastUse) oldest = candidate;
    }
    if (oldest === null) return false;
    this.#evict(...oldest);
    return true;
  }

  #evict(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#allocators[entry.arena]!.free(entry.address, entry.lengthBytes);
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'CORRUPT_DATA';
}

function keyOf({ segment, group }: PinRequest): string {
  return `${segment}/${group.name}`;
}
