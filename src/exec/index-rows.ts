import { EngineError } from '../base/errors.ts';
import { indexName } from '../base/index-config.ts';
import { type RoaringContainer, roaringContainers } from '../segment/indexes/roaring.ts';
import type { ExecutionContext } from './context.ts';
import type { Filter } from './filter.ts';
import type { IndexView } from './segment-view.ts';

/*
 * When an index is worth it. A scan of codes reads rows × bytes a row, at 0.05 to 0.1 ns a byte; an
 * index has to look up each set (some 20 ns), to visit each container from JavaScript (some 100 ns),
 * and to set a bit a match (about 1 ns) or a run, or to combine 8 KiB of bitmap. In bytes that a scan
 * would read in that time:
 */
const COST_OF_SET = 256;
const COST_OF_CONTAINER = 1024;
const COST_OF_ELEMENT = { array: 12, runs: 32, bitmap: 1 } as const;

/** Groups or terms after which a query may be stopped: less than a millisecond's. */
export const CHECKED_GROUPS = 1024;

/** Bitmaps by group, as `bitmaps.ts` draws them. */
export class IndexSets {
  readonly #index: IndexView;
  readonly #context: ExecutionContext;

  constructor(index: IndexView, context: ExecutionContext) {
    this.#index = index;
    this.#context = context;
  }

  /** How many groups there are. */
  get groupCount(): number {
    return this.#lengthOf('offsets') / 4 - 1;
  }

  /**
   * A filter for the rows of some groups.
   *
   * @param scanBytes what a scan in its place would read: null is returned when that costs less.
   */
  rowsOf(groups: Iterable<number>, scanBytes: number): Filter | null {
    const { metadata, addresses } = this.#index;
    const containers = new Map<number, RoaringContainer[]>();
    let cost = 0;
    let groupCount = 0;
    for (const group of groups) {
      if (++groupCount % CHECKED_GROUPS === 0) this.#context.control.checkpoint();
      cost += COST_OF_SET;
      for (const container of this.#containers(group, addresses)) {
        cost += COST_OF_CONTAINER + container.count * COST_OF_ELEMENT[container.kind];
        const others = containers.get(container.key);
        if (others === undefined) containers.set(container.key, [container]);
        else others.push(container);
      }
      if (cost > scanBytes) return null;
    }
    if (containers.size === 0) return { kind: 'none' };
    return { kind: 'indexRows', index: indexName(metadata), containers };
  }

  #containers(group: number, addresses: IndexView['addresses']): RoaringContainer[] {
    const { u32, u8 } = this.#context.kernels;
    const at = (addresses.offsets! >>> 2) + group;
    const [start, end] = [u32[at]!, u32[at + 1]!];
    if (start > end || end > this.#lengthOf('bitmaps')) {
      throw new EngineError(
        'CORRUPT_DATA',
        `segment: index ${indexName(this.#index.metadata)}: expected ascending offsets, found ` +
          `${start} before ${end}; reload the segment`,
      );
    }
    return roaringContainers(u8, addresses.bitmaps! + start, addresses.bitmaps! + end);
  }

  #lengthOf(role: string): number {
    return this.#index.metadata.buffers.find((buffer) => buffer.role === role)!.lengthBytes;
  }
}
