import type { KernelExports } from './exports.ts';

/**
 * The kernel module instantiated over one memory, with views of that memory. Cheap to copy around;
 * one per thread and arena. The memory never grows, so the views stay valid.
 */
export interface KernelInstance {
  readonly run: KernelExports;
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/**
 * Instantiates the kernels over a memory.
 *
 * @param module compiled from `dist/kernels.shared.wasm` for a shared memory, or from
 *   `dist/kernels.unshared.wasm` for an unshared one.
 * @param memory owned by the caller; bytes below `KERNEL_RESERVED_BYTES` belong to the module.
 */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): KernelInstance {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { buffer } = memory;
  return {
    run: instance.exports as unknown as KernelExports,
    memory,
    u8: new Uint8Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    i64: new BigInt64Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}
