import { BLOCK_VALUES } from '../../assembly/layout.ts';
import { EngineError } from '../base/errors.ts';
import { STORED_CHUNK_BYTES } from '../base/limits.ts';
import type { BufferLocation, BufferStorage } from '../segment/metadata.ts';
import { TEXT_HEADER_BYTES } from '../segment/storage/texts.ts';
import type { KernelInstance } from './instance.ts';
import type { Scratch } from './scratch.ts';

/** What kernels may read after their input. */
const READ_AHEAD_BYTES = 16;

/**
 * Decodes a buffer from its stored form.
 *
 * @param kernels over the memory that holds both forms.
 * @param scratch working space: some MiB; as before afterwards.
 * @param target address of the buffer's `lengthBytes` bytes, aligned to its elements.
 * @param stored address of its stored bytes, verified. They may lie in the memory that the buffer will
 *   fill if they end at or after its end: chunks are read before they are written over.
 * @throws EngineError CORRUPT_DATA when the stored bytes are not such a buffer; MEMORY_LIMIT when the
 *   scratch memory does not suffice. Bytes outside of the buffer are as before even then.
 */
export function decodeStoredBuffer(
  kernels: KernelInstance,
  scratch: Scratch,
  target: number,
  stored: number,
  location: BufferLocation<string> & { readonly storage: BufferStorage },
): void {
  const { lengthBytes, storage } = location;
  const chunkLengths = readChunkLengths(kernels, stored, location);
  const mark = scratch.mark();
  try {
    const input = scratch.allocate(STORED_CHUNK_BYTES + READ_AHEAD_BYTES);
    let from = stored + 4 * chunkLengths.length;
    let to = target;
    for (const storedBytes of chunkLengths) {
      const chunkBytes = Math.min(STORED_CHUNK_BYTES, target + lengthBytes - to);
      if (storedBytes === chunkBytes) {
        kernels.u8.copyWithin(to, from, from + chunkBytes);
      } else {
        kernels.u8.copyWithin(input, from, from + storedBytes);
        const chunk = { out: to, outBytes: chunkBytes, stored: input, storedBytes };
        if (!decodeChunk(kernels, scratch, chunk, storage)) throw corrupt(location, 'other bytes');
      }
      from += storedBytes;
      to += chunkBytes;
    }
  } finally {
    scratch.release(mark);
  }
}

/** The stored length of each chunk, checked: together the buffer's, and none longer than its chunk. */
function readChunkLengths(
  { u8 }: KernelInstance,
  stored: number,
  location: BufferLocation<string> & { readonly storage: BufferStorage },
): Uint32Array {
  const { lengthBytes, storage } = location;
  const lengths = new Uint32Array(Math.ceil(lengthBytes / STORED_CHUNK_BYTES));
  new Uint8Array(lengths.buffer).set(u8.subarray(stored, stored + lengths.byteLength));
  let sum = lengths.byteLength;
  lengths.forEach((length, index) => {
    const chunkBytes = Math.min(STORED_CHUNK_BYTES, lengthBytes - index * STORED_CHUNK_BYTES);
    if (length > chunkBytes) throw corrupt(location, `a chunk of ${length} bytes`);
    sum += length;
  });
  if (sum !== storage.lengthBytes) throw corrupt(location, `chunks of ${sum} bytes`);
  return lengths;
}

/** A chunk's place in memory, and that of its stored form. */
interface Chunk {
  readonly out: number;
  readonly outBytes: number;
  readonly stored: number;
  readonly storedBytes: number;
}

/** Returns false when the stored bytes are not such a chunk. */
function decodeChunk(
  kernels: KernelInstance,
  scratch: Scratch,
  chunk: Chunk,
  { codec, widthBytes }: BufferStorage,
): boolean {
  const { run } = kernels;
  const { out, outBytes, stored, storedBytes } = chunk;
  const count = outBytes / widthBytes;
  switch (codec) {
    case 'packed':
      return run[`unpackIntegers${BITS[widthBytes]}`](out, stored, storedBytes, count) === 1;
    case 'lz4':
      return run.decompressLz4(out, outBytes, stored, storedBytes) === 1;
    case 'frontCoded':
      return decodeTexts(kernels, scratch, chunk);
    case 'decimal': {
      const mark = scratch.mark();
      const integers = scratch.allocate(8 * BLOCK_VALUES);
      const unpack = widthBytes === 4 ? run.unpackDecimalsF32 : run.unpackDecimalsF64;
      const isDecoded = unpack(out, stored, storedBytes, integers, count) === 1;
      scratch.release(mark);
      return isDecoded;
    }
  }
}

const BITS = { 1: 8, 2: 16, 4: 32, 8: 64 } as const;

function decodeTexts(kernels: KernelInstance, scratch: Scratch, chunk: Chunk): boolean {
  const { run, u32 } = kernels;
  const { out, outBytes, stored, storedBytes } = chunk;
  if (storedBytes < TEXT_HEADER_BYTES) return false;
  const header = u32.subarray(stored >>> 2, (stored >>> 2) + 4);
  const [count, prefixesBytes, lengthsBytes, ownBytes] = header as unknown as FourNumbers;
  const ownStoredBytes = storedBytes - TEXT_HEADER_BYTES - prefixesBytes - lengthsBytes;
  // No piece is empty.
  if (count > outBytes || ownBytes > outBytes || ownStoredBytes < 0) return false;
  const mark = scratch.mark();
  try {
    const prefixes = scratch.allocate(4 * count);
    const lengths = scratch.allocate(4 * count);
    const own = scratch.allocate(ownBytes);
    const prefixesStored = stored + TEXT_HEADER_BYTES;
    const lengthsStored = prefixesStored + prefixesBytes;
    const ownStored = lengthsStored + lengthsBytes;
    return (
      run.unpackIntegers32(prefixes, prefixesStored, prefixesBytes, count) === 1 &&
      run.unpackIntegers32(lengths, lengthsStored, lengthsBytes, count) === 1 &&
      run.decompressLz4(own, ownBytes, ownStored, ownStoredBytes) === 1 &&
      run.joinPieces(out, outBytes, prefixes, lengths, own, ownBytes, count) === 1
    );
  } finally {
    scratch.release(mark);
  }
}

type FourNumbers = readonly [number, number, number, number];

function corrupt(location: BufferLocation<string>, found: string): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `segment: the ${location.role} buffer at byte ${location.offsetBytes}: expected ` +
      `${location.lengthBytes} bytes stored as ${location.storage?.codec}, found ${found}; fetch the ` +
      'segment again or reload it',
  );
}
