import { assert } from '../base/assert.ts';
import type { ExecutionContext } from '../exec/context.ts';
import { decodeStoredBuffer } from '../kernels/stored-buffer.ts';
import { alignUp } from '../segment/format.ts';
import { type BufferLocation, storedLengthBytes } from '../segment/metadata.ts';
import { verifyBuffer } from '../segment/read.ts';
import type { SegmentSource } from './segment-source.ts';

/**
 * Where buffers that lie next to each other in a file go in one stretch of memory. Their stored forms
 * are read to its end and decoded from there to its start, one after the other. No stored form is longer
 * than its buffer, so decoding never writes over what it has not read.
 */
export interface BufferPlaces {
  /** Memory that the buffers take, with what reading them needs beside them. */
  readonly lengthBytes: number;
  /** From the start of the memory, for each buffer. */
  readonly offsets: readonly number[];
  /** Where their stored forms are read to. */
  readonly storedOffset: number;
}

/** Plans memory for buffers that lie next to each other in a file. */
export function planBuffers(buffers: readonly BufferLocation<string>[]): BufferPlaces {
  const offsets: number[] = [];
  let decodedBytes = 0;
  let storedBytes = 0;
  for (const buffer of buffers) {
    offsets.push(decodedBytes);
    decodedBytes += alignUp(buffer.lengthBytes);
    storedBytes += alignUp(storedLengthBytes(buffer));
  }
  // One unit more: padding behind a stored form must not end its bytes before those of its buffer.
  const lengthBytes = alignUp(decodedBytes + (storedBytes < decodedBytes ? 1 : 0));
  return { lengthBytes, offsets, storedOffset: lengthBytes - storedBytes };
}

/** The address of each buffer, by role, in memory that starts at `address`. */
export function bufferAddresses(
  buffers: readonly BufferLocation<string>[],
  { offsets }: BufferPlaces,
  address: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(buffers.map(({ role }, index) => [role, address + offsets[index]!]));
}

/**
 * Reads buffers into memory at `address`, checks them and decodes them.
 *
 * @param context of the arena; its batch memory is used while no batch runs.
 * @throws EngineError CORRUPT_DATA when a checksum does not hold, and what the source throws.
 */
export async function loadBuffers(
  source: SegmentSource,
  buffers: readonly BufferLocation<string>[],
  places: BufferPlaces,
  address: number,
  { kernels, batch }: ExecutionContext,
): Promise<void> {
  const [first] = buffers;
  const last = buffers.at(-1);
  assert(first && last, 'there are buffers to load');
  const start = address + places.storedOffset;
  const lengthBytes = last.offsetBytes + storedLengthBytes(last) - first.offsetBytes;
  await source.read(kernels.u8.subarray(start, start + lengthBytes), first.offsetBytes);
  for (const buffer of buffers) {
    const stored = start + buffer.offsetBytes - first.offsetBytes;
    verifyBuffer(buffer, kernels.u8.subarray(stored, stored + storedLengthBytes(buffer)));
  }
  buffers.forEach((buffer, index) => {
    const stored = start + buffer.offsetBytes - first.offsetBytes;
    const target = address + places.offsets[index]!;
    const { storage } = buffer;
    if (storage !== undefined) {
      decodeStoredBuffer(kernels, batch, target, stored, { ...buffer, storage });
    } else if (target !== stored) {
      kernels.u8.copyWithin(target, stored, stored + buffer.lengthBytes);
    }
  });
}
