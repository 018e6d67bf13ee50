import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { type BuildConfig, DEFAULT_BUILD_CONFIG } from '../base/index-config.ts';
import { SEGMENT_ROWS_MAX } from '../base/limits.ts';
import type { ColumnSchema, TableSchema } from '../base/types.ts';
import { columnCollector } from './collect.ts';
import { type ColumnChunk, chunkRowCount } from './column-chunk.ts';
import type { ColumnCollector, EncodedBuffer, EncodedColumn } from './encoded-column.ts';
import { type BuiltSegment, FileParts } from './file-parts.ts';
import { encodeHeader } from './format.ts';
import { buildIndexes, placeIndexes, withSorted } from './indexes/build-indexes.ts';
import { withDefaultStarTree } from './indexes/default-star-tree.ts';
import type { SourceColumn } from './indexes/index-source.ts';
import { bufferElement } from './layout.ts';
import { type ColumnMetadata, elementsName } from './metadata.ts';
import type { ColumnBuffers } from './read.ts';
import { sortedOrder } from './sort-rows.ts';

/**
 * Gathers rows, column by column, and encodes them into one segment. The chunks that it is given stay
 * referenced until `build`, which may be called once.
 */
export class SegmentBuilder {
  readonly #schema: TableSchema;
  readonly #config: BuildConfig;
  readonly #collectors: ColumnCollector[];
  #rowCount = 0;

  /** @param config which indexes to build, and how to store columns; see `DEFAULT_BUILD_CONFIG`. */
  constructor(schema: TableSchema, config: Partial<BuildConfig> = {}) {
    this.#schema = schema;
    this.#config = { ...DEFAULT_BUILD_CONFIG, ...config };
    const { rawColumns } = this.#config;
    this.#collectors = schema.columns.map(({ name, type }) =>
      columnCollector(type, rawColumns.includes(name)),
    );
  }

  /** Rows appended so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /**
   * Appends rows: one chunk for every column of the schema, in its order, all of the same length.
   *
   * @throws EngineError SCHEMA_MISMATCH when a text is too long; NOT_SUPPORTED when the segment would
   *   have more than `SEGMENT_ROWS_MAX` rows.
   */
  append(columns: readonly ColumnChunk[]): void {
    assert(columns.length === this.#collectors.length, 'segment: one chunk for every column');
    const added = columns.length === 0 ? 0 : chunkRowCount(columns[0]!);
    for (const chunk of columns) {
      assert(chunkRowCount(chunk) === added, 'segment: chunks of one append have the same length');
      assert((chunk.nulls?.length ?? added) === added, 'segment: one NULL flag for every row');
    }
    if (this.#rowCount + added > SEGMENT_ROWS_MAX) {
      throw new EngineError(
        'NOT_SUPPORTED',
        `segment: at most ${SEGMENT_ROWS_MAX} rows were expected, found ${this.#rowCount + added}; ` +
          'put fewer rows into a segment',
      );
    }
    columns.forEach((chunk, index) => {
      this.#collectors[index]!.append(chunk);
    });
    this.#rowCount += added;
  }

  /**
   * Encodes the rows.
   *
   * @param name unique within the table: letters, digits, `_`, `-`.
   * @throws EngineError NOT_SUPPORTED when a column's texts or the footer are too large for the format.
   */
  build(name: string, createdAtMs: number): BuiltSegment {
    const order = this.#order();
    const file = new FileParts(encodeHeader());
    const encoded = new Map<string, SourceColumn>();
    const columns = this.#collectors.map((collector, index): ColumnMetadata => {
      const column = collector.encode(order);
      const metadata = placeColumn(this.#schema.columns[index]!, column, file);
      encoded.set(metadata.name, { metadata, buffers: bytesByRole(column.buffers) });
      return metadata;
    });
    const rowCount = this.#rowCount;
    const configs = withSorted(withDefaultStarTree(this.#config.indexes, columns), encoded.keys());
    const indexes = buildIndexes(configs, { rowCount, columns: encoded });
    const placed = placeIndexes(indexes, columns, file);
    const table = this.#schema.name;
    return file.finish({ name, table, rowCount, columns, indexes: placed, createdAtMs });
  }

  /** The rows in the order of the column that the segment is sorted by. */
  #order(): Uint32Array | null {
    const { sortedColumn } = this.#config;
    const at = this.#schema.columns.findIndex(({ name }) => name === sortedColumn);
    if (at < 0) return null;
    const { buffers, elements: _, ...facts } = this.#collectors[at]!.encode(null);
    const metadata = { ...this.#schema.columns[at]!, ...facts };
    return sortedOrder({ metadata, buffers: bytesByRole(buffers) }, this.#rowCount);
  }
}

/** Appends a column's buffers to a file, and behind them those of its elements if it has some. */
function placeColumn(
  { name, type }: ColumnSchema,
  { buffers, elements, ...facts }: EncodedColumn,
  file: FileParts,
): ColumnMetadata {
  const column = { name, type, ...facts };
  const locations = file.place(buffers, (role) => bufferElement(column, role));
  if (elements === undefined) return { ...column, buffers: locations };
  const placed = placeColumn({ name: elementsName(name), type: elements.type }, elements, file);
  return { ...column, buffers: locations, elements: placed };
}

function bytesByRole(buffers: readonly EncodedBuffer[]): ColumnBuffers {
  return Object.fromEntries(buffers.map(({ role, bytes }) => [role, bytes]));
}
