import { assert } from '../base/assert.ts';
import type { BuildConfig } from '../base/index-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { Clock } from '../io/clock.ts';
import { SegmentBuilder } from '../segment/build.ts';
import { type ColumnChunk, sliceChunk } from '../segment/column-chunk.ts';
import type { BuiltSegment } from '../segment/file-parts.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';

/** A segment on its way to the store. */
export interface LoadedSegment extends BuiltSegment {
  readonly name: string;
}

/** Cuts a stream of rows into segments, and hands each one on when it is full. */
export class SegmentSplitter {
  readonly #schema: TableSchema;
  readonly #segmentRows: number;
  readonly #config: BuildConfig | undefined;
  readonly #clock: Clock;
  readonly #namePrefix: string;
  readonly #onSegment: (segment: LoadedSegment) => Promise<void>;
  readonly #segments: SegmentMetadata[] = [];
  #builder: SegmentBuilder;

  /**
   * @param rowsTotal rows to come, to make all segments equally long; null when not known.
   * @param options `segmentRows` is the most that a segment may have; `segmentPrefix` begins their
   *   names, by default the table and the time.
   */
  constructor(
    schema: TableSchema,
    rowsTotal: number | null,
    options: {
      readonly segmentRows: number;
      readonly config?: BuildConfig | undefined;
      readonly clock: Clock;
      readonly segmentPrefix?: string | undefined;
      readonly onSegment: (segment: LoadedSegment) => Promise<void>;
    },
  ) {
    assert(options.segmentRows > 0, 'a segment has rows');
    const segmentCount = Math.max(1, Math.ceil((rowsTotal ?? 0) / options.segmentRows));
    this.#schema = schema;
    this.#config = options.config;
    this.#segmentRows =
      rowsTotal === null || rowsTotal === 0
        ? options.segmentRows
        : Math.ceil(rowsTotal / segmentCount);
    this.#clock = options.clock;
    const time = Math.floor(options.clock.nowMs()).toString(16);
    const table = schema.name.replace(/[^A-Za-z0-9_-]/g, '_');
    this.#namePrefix = options.segmentPrefix ?? `${table}_${time}`;
    this.#onSegment = options.onSegment;
    this.#builder = new SegmentBuilder(schema, this.#config);
  }

  /** Takes rows: one chunk for each column. Waits for every segment that gets full. */
  async append(columns: readonly ColumnChunk[], rowCount: number): Promise<void> {
    let start = 0;
    while (start < rowCount) {
      const end = Math.min(rowCount, start + this.#segmentRows - this.#builder.rowCount);
      this.#builder.append(columns.map((chunk) => sliceChunk(chunk, start, end)));
      if (this.#builder.rowCount === this.#segmentRows) await this.#flush();
      start = end;
    }
  }

  /** Hands the last segment on, if it has rows. */
  async finish(): Promise<readonly SegmentMetadata[]> {
    if (this.#builder.rowCount > 0) await this.#flush();
    return this.#segments;
  }

  async #flush(): Promise<void> {
    const name = `${this.#namePrefix}_${this.#segments.length}`;
    const built = this.#builder.build(name, this.#clock.nowMs());
    this.#builder = new SegmentBuilder(this.#schema, this.#config);
    this.#segments.push(built.metadata);
    await this.#onSegment({ name, ...built });
  }
}
