import { EngineError } from '../base/errors.ts';
import { BUFFER_ALIGNMENT_BYTES } from '../base/limits.ts';

/**
 * A bump allocator over one region of linear memory: a query's intermediate buffers. One thread owns
 * it. Nothing is freed alone; `release` frees everything since a `mark`. Memory is not cleared.
 */
export class Scratch {
  readonly #start: number;
  readonly #end: number;
  #next: number;

  /**
   * @param start first byte of the region, aligned to 64.
   * @param end byte after its last.
   */
  constructor(start: number, end: number) {
    this.#start = start;
    this.#end = end;
    this.#next = start;
  }

  /**
   * Takes memory.
   *
   * @returns the address, aligned to 64 bytes.
   * @throws EngineError MEMORY_LIMIT when the region is exhausted.
   */
  allocate(lengthBytes: number): number {
    const address = this.#next;
    const next = address + Math.ceil(lengthBytes / BUFFER_ALIGNMENT_BYTES) * BUFFER_ALIGNMENT_BYTES;
    if (next > this.#end) {
      throw new EngineError(
        'MEMORY_LIMIT',
        `execution: the query needs more than ${this.#end - this.#start} bytes of working memory ` +
          `on one thread (${lengthBytes} more were asked for); raise --memory or group by fewer values`,
      );
    }
    this.#next = next;
    return address;
  }

  /** Bytes of the whole region. */
  get capacityBytes(): number {
    return this.#end - this.#start;
  }

  /** Bytes that are taken now. */
  get usedBytes(): number {
    return this.#next - this.#start;
  }

  /** Bytes that can still be taken. */
  get freeBytes(): number {
    return this.#end - this.#next;
  }

  /** A point to come back to. */
  mark(): number {
    return this.#next;
  }

  /** Frees everything allocated since `mark`. */
  release(mark: number): void {
    this.#next = mark;
  }
}
