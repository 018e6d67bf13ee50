import { crc32c } from '../base/checksum.ts';
import type { EncodedBuffer } from './encoded-column.ts';
import { encodeFooter } from './footer.ts';
import { alignUp, encodeTrailer } from './format.ts';
import { type BufferElement, offsetsRole } from './layout.ts';
import type { BufferLocation, SegmentMetadata } from './metadata.ts';
import { BufferPacker } from './storage/store-buffer.ts';

/** A finished segment: the file is the concatenation of `parts`. */
export interface BuiltSegment {
  readonly metadata: SegmentMetadata;
  readonly parts: readonly Uint8Array[];
  /** Sum of the parts' lengths. */
  readonly lengthBytes: number;
}

/** A segment file, or the end of one, while it is put together. */
export class FileParts {
  readonly #packer = new BufferPacker();
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

  /**
   * Appends buffers, each in the stored form that takes the least and padded to a multiple of 64 bytes;
   * returns where they lie.
   *
   * @param elementOf what a buffer is made of.
   */
  place<Role extends string>(
    buffers: readonly EncodedBuffer<Role>[],
    elementOf: (role: Role) => BufferElement,
  ): BufferLocation<Role>[] {
    return buffers.map(({ role, bytes }) => {
      const stored = this.#packer.store(bytes, elementOf(role), textOffsets(role, buffers));
      const inFile = stored?.bytes ?? bytes;
      const location = {
        role,
        offsetBytes: this.#offsetBytes,
        lengthBytes: bytes.length,
        crc32c: crc32c(inFile),
      };
      const paddingBytes = alignUp(inFile.length) - inFile.length;
      this.#parts.push(inFile);
      if (paddingBytes > 0) this.#parts.push(new Uint8Array(paddingBytes));
      this.#offsetBytes += inFile.length + paddingBytes;
      return stored === null ? location : { ...location, storage: stored.storage };
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

/** Where each text of a buffer of sorted texts starts, with the end of the last; null for others. */
function textOffsets(role: string, buffers: readonly EncodedBuffer<string>[]): Uint32Array | null {
  const wanted = offsetsRole(role);
  const bytes = wanted && buffers.find((buffer) => buffer.role === wanted)?.bytes;
  return bytes ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) : null;
}
