import { CHECKSUM_SLICES } from '../../assembly/layout.ts';
import { assert } from '../base/assert.ts';
import { crc32cTables } from '../base/checksum.ts';
import { decodeStoredBuffer } from '../kernels/stored-buffer.ts';
import { type BufferLocation, storedLengthBytes } from '../segment/metadata.ts';
import { verifyBuffer } from '../segment/read.ts';
import type { ExecutionContext } from './context.ts';

/**
 * Buffers whose stored forms lie in an arena, and where they are to go: plain data. Targets may overlap stored
 * forms that come later only.
 */
export interface StoredBuffers {
  readonly buffers: readonly BufferLocation<string>[];
  /** The address of each stored form. */
  readonly stored: readonly number[];
  /** The address of each buffer. */
  readonly targets: readonly number[];
}

const TABLES = crc32cTables();
assert(TABLES.length === CHECKSUM_SLICES * 256, 'the kernel reads these tables');

/**
 * Checks stored buffers, then decodes them in their order.
 *
 * @param context of the arena, on this thread; its batch memory is as before afterwards.
 * @throws EngineError CORRUPT_DATA when a checksum does not hold.
 */
export function decodeBuffers(
  { buffers, stored, targets }: StoredBuffers,
  { kernels, batch }: ExecutionContext,
): void {
  const mark = batch.mark();
  const tables = batch.allocate(TABLES.byteLength);
  kernels.u32.set(TABLES, tables / 4);
  const checksum = ({ byteOffset, length }: Uint8Array): number =>
    kernels.run.crc32c(tables, byteOffset, length) >>> 0;
  buffers.forEach((buffer, index) => {
    const start = stored[index]!;
    const bytes = kernels.u8.subarray(start, start + storedLengthBytes(buffer));
    verifyBuffer(buffer, bytes, checksum);
  });
  batch.release(mark);
  buffers.forEach((buffer, index) => {
    const [from, to] = [stored[index]!, targets[index]!];
    const { storage } = buffer;
    if (storage !== undefined) {
      decodeStoredBuffer(kernels, batch, to, from, { ...buffer, storage });
    } else if (to !== from) {
      kernels.u8.copyWithin(to, from, from + buffer.lengthBytes);
    }
  });
}
