import { crc32c } from '../base/checksum.ts';
import type { EncodedBuffer } from './encoded-column.ts';
import { encodeFooter } from './footer.ts';
import { alignUp, encodeTrailer } from './format.ts';
import type { BufferLocation, SegmentMetadata } from './metadata.ts';

/** A finished segment: the file is the concatenation of `parts`. */
export interface BuiltSegment {
  readonly metadata: SegmentMetadata;
  readonly parts: readonly Uint8Array[];
  /** Sum of the parts' lengths. */
  readonly lengthBytes: number;
}

/** A segment file, or the end of one, while it is put together. */
export class FileParts {
  readonly #parts: Uint8Array[] = [];
  #offsetBytes: number;

  /**
   * @param start what the parts begin with; a multiple of 64 bytes.
   * @param offsetBytes where in the file that is.
   */
  constructor(start: Uint8Array, offsetBytes = 0) {
    this.#offsetBytes = offsetBytes + start.length;
    this.#parts.push(start);
  }

  /** Appends buffers, each padded to a multiple of 64 bytes; returns where they lie. */
  place<Role extends string>(buffers: readonly EncodedBuffer<Role>[]): BufferLocation<Role>[] {
    return buffers.map(({ role, bytes }) => {
      const location = {
        role,
        offsetBytes: this.#offsetBytes,
        lengthBytes: bytes.length,
        crc32c: crc32c(bytes),
      };
      const paddingBytes = alignUp(bytes.length) - bytes.length;
      this.#parts.push(bytes);
      if (paddingBytes > 0) this.#parts.push(new Uint8Array(paddingBytes));
      this.#offsetBytes += bytes.length + paddingBytes;
      return location;
    });
  }

  /**
   * Appends footer and trailer.
   *
   * @throws EngineError NOT_SUPPORTED when the footer is too long.
   */
  finish(metadata: SegmentMetadata): BuiltSegment {
    const footer = encodeFooter(metadata);
    const trailer = encodeTrailer(footer, this.#offsetBytes);
    const parts = [...this.#parts, footer, trailer];
    return { metadata, parts, lengthBytes: this.#offsetBytes + footer.length + trailer.length };
  }
}
