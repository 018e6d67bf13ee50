import { KERNEL_RESERVED_BYTES } from '../../assembly/layout.ts';
import { alignUp } from '../segment/format.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { createArenaMemory } from './arena.ts';
import { instantiateKernels } from './instance.ts';
import { Scratch } from './scratch.ts';
import { decodeStoredBuffer } from './stored-buffer.ts';

const PAGE_BYTES = 65_536;
/** What `decodeStoredBuffer` takes for one chunk, and more than twice as much. */
const SCRATCH_BYTES = 16 * 1_048_576;

/**
 * Decodes stored buffers outside of an engine, for building indexes. Each has a memory of its own, which
 * is gone when it is done.
 *
 * @param kernelModule compiled from `dist/kernels.shared.wasm`.
 * @throws EngineError, from the function, as `decodeStoredBuffer`, and MEMORY_LIMIT when the system has
 *   no memory for both forms of a buffer.
 */
export function bufferDecoder(kernelModule: WebAssembly.Module): DecodeBuffer {
  return (location, stored) => {
    const start = alignUp(KERNEL_RESERVED_BYTES);
    const target = start + SCRATCH_BYTES;
    const source = alignUp(target + location.lengthBytes);
    const pageCount = Math.ceil((source + stored.length) / PAGE_BYTES);
    const kernels = instantiateKernels(kernelModule, createArenaMemory({ pageCount }, true));
    kernels.u8.set(stored, source);
    decodeStoredBuffer(kernels, new Scratch(start, target), target, source, location);
    return kernels.u8.slice(target, target + location.lengthBytes);
  };
}
