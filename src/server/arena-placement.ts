import type { SegmentMetadata } from '../segment/metadata.ts';

/** How much of an arena's room for columns is planned with, so that computed things fit beside them. */
const FILL = 0.75;

/**
 * Chooses arenas for segments. Segments of one arena are aggregated together, so one is filled before
 * the next; when all are full, columns come and go, and the arena with the least to hold is best.
 */
export class ArenaPlacement {
  readonly #capacitiesBytes: readonly number[];
  readonly #placedBytes: number[];

  /** @param capacitiesBytes what each arena has for columns. */
  constructor(capacitiesBytes: readonly number[]) {
    this.#capacitiesBytes = capacitiesBytes;
    this.#placedBytes = capacitiesBytes.map(() => 0);
  }

  /** The index of the arena for a segment, whose bytes count from now on. */
  place(metadata: SegmentMetadata): number {
    const bytes = columnBytes(metadata);
    const roomy = this.#capacitiesBytes.findIndex(
      (capacity, arena) => this.#placedBytes[arena]! + bytes <= FILL * capacity,
    );
    const arena = roomy >= 0 ? roomy : this.#emptiest();
    this.#placedBytes[arena]! += bytes;
    return arena;
  }

  /** Takes back what `place` gave. */
  remove(arena: number, metadata: SegmentMetadata): void {
    this.#placedBytes[arena]! -= columnBytes(metadata);
  }

  #emptiest(): number {
    const free = this.#capacitiesBytes.map((bytes, arena) => bytes - this.#placedBytes[arena]!);
    return free.indexOf(Math.max(...free));
  }
}

function columnBytes({ columns }: SegmentMetadata): number {
  let bytes = 0;
  for (const { buffers } of columns) for (const { lengthBytes } of buffers) bytes += lengthBytes;
  return bytes;
}
