import { readFileSync } from 'node:fs';
import { instantiateKernels, type KernelInstance } from '../../src/kernels/instance.ts';

/** The two builds of the kernels. */
export type Variant = 'shared' | 'unshared';

/** Bytes of one WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** A build as `scripts/build-kernels.js` left it in `dist/`. */
export function loadModule(variant: Variant): WebAssembly.Module {
  const file = new URL(`../../dist/kernels.${variant}.wasm`, import.meta.url);
  return new WebAssembly.Module(readFileSync(file));
}

/** A build over a fresh memory of `pages` × 64 KiB. Untouched pages cost nothing. */
export function loadKernels(variant: Variant, pages: number): KernelInstance {
  const shared = variant === 'shared';
  const memory = new WebAssembly.Memory(
    shared ? { initial: pages, maximum: pages, shared } : { initial: pages },
  );
  return instantiateKernels(loadModule(variant), memory);
}
