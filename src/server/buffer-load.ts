import { assert } from '../base/assert.ts';
import type { StoredBuffers } from '../exec/decode-buffers.ts';
import { alignUp } from '../segment/format.ts';
import { type BufferLocation, storedLengthBytes } from '../segment/metadata.ts';
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

/** Checks and decodes buffers in an arena, on whichever thread; fails as `decodeBuffers` does. */
export type BufferDecoding = (buffers: StoredBuffers, arena: number) => Promise<void>;

/**
 * Reads buffers into memory at `address`; there they are to be decoded.
 *
 * @param memory the arena's bytes.
 * @throws EngineError what the source throws.
 */
export async function readBuffers(
  source: SegmentSource,
  buffers: readonly BufferLocation<string>[],
  places: BufferPlaces,
  address: number,
  memory: Uint8Array,
): Promise<StoredBuffers> {
  const [first] = buffers;
  const last = buffers.at(-1);
  assert(first && last, 'there are buffers to load');
  const start = address + places.storedOffset;
  const lengthBytes = last.offsetBytes + storedLengthBytes(last) - first.offsetBytes;
  await source.read(memory.subarray(start, start + lengthBytes), first.offsetBytes);
  return {
    buffers,
    stored: buffers.map(({ offsetBytes }) => start + offsetBytes - first.offsetBytes),
    targets: places.offsets.map((offset) => address + offset),
  };
}
