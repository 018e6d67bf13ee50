import { assert } from '../base/assert.ts';
import { crc32c } from '../base/checksum.ts';
import { EngineError } from '../base/errors.ts';
import { SEGMENT_ROWS_MAX } from '../base/limits.ts';
import type { TableSchema } from '../base/types.ts';
import { type ColumnCollector, columnCollector } from './collect.ts';
import { type ColumnChunk, chunkRowCount } from './column-chunk.ts';
import type { EncodedBuffer } from './encoded-column.ts';
import { encodeFooter } from './footer.ts';
import { alignUp, encodeHeader, encodeTrailer, HEADER_BYTES } from './format.ts';
import { bufferElement } from './layout.ts';
import type { BufferLocation, ColumnMetadata, SegmentMetadata } from './metadata.ts';
import { BufferPacker } from './storage/store-buffer.ts';

/** A finished segment: the file is the concatenation of `parts`. */
export interface BuiltSegment {
  readonly metadata: SegmentMetadata;
  readonly parts: readonly Uint8Array[];
  /** Sum of the parts' lengths. */
  readonly lengthBytes: number;
}

/** How a segment is to be encoded. */
export interface SegmentBuilderOptions {
  /**
   * Names of columns that are stored as plain values, without codes (default none). BOOLEAN, texts,
   * and decimals that do not fit 64 bits have no such encoding and are coded all the same.
   */
  readonly rawColumns?: readonly string[];
}

/**
 * Gathers rows, column by column, and encodes them into one segment. The chunks that it is given stay
 * referenced until `build`, which may be called once.
 */
export class SegmentBuilder {
  readonly #schema: TableSchema;
  readonly #collectors: ColumnCollector[];
  #rowCount = 0;

  constructor(schema: TableSchema, { rawColumns = [] }: SegmentBuilderOptions = {}) {
    this.#schema = schema;
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
    const parts = [encodeHeader()];
    let offsetBytes = HEADER_BYTES;
    const packer = new BufferPacker();
    const columns: ColumnMetadata[] = this.#collectors.map((collector, index) => {
      const { encoding, nullCount, min, max, buffers } = collector.encode();
      const { name, type } = this.#schema.columns[index]!;
      const offsets = textOffsets(buffers);
      const locations = buffers.map(({ role, bytes }): BufferLocation => {
        const element = bufferElement({ type, encoding }, role);
        const stored = packer.store(bytes, element, role === 'dictionaryBytes' ? offsets : null);
        const inFile = stored?.bytes ?? bytes;
        const place = { role, offsetBytes, lengthBytes: bytes.length, crc32c: crc32c(inFile) };
        const paddingBytes = alignUp(inFile.length) - inFile.length;
        parts.push(inFile);
        if (paddingBytes > 0) parts.push(new Uint8Array(paddingBytes));
        offsetBytes += inFile.length + paddingBytes;
        return stored === null ? place : { ...place, storage: stored.storage };
      });
      return { name, type, encoding, nullCount, min, max, buffers: locations };
    });
    const metadata: SegmentMetadata = {
      name,
      table: this.#schema.name,
      rowCount: this.#rowCount,
      columns,
      createdAtMs,
    };
    const footer = encodeFooter(metadata);
    const trailer = encodeTrailer(footer, offsetBytes);
    parts.push(footer, trailer);
    return { metadata, parts, lengthBytes: offsetBytes + footer.length + trailer.length };
  }
}

/** The offsets of a column's texts, when it has a dictionary of texts. */
function textOffsets(buffers: readonly EncodedBuffer[]): Uint32Array | null {
  const bytes = buffers.find(({ role }) => role === 'dictionaryOffsets')?.bytes;
  if (bytes === undefined) return null;
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
