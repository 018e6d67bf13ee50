import { KERNEL_RESERVED_BYTES } from '../assembly/layout.ts';
import { Prng } from '../src/base/prng.ts';
import { instantiateKernels, type KernelInstance } from '../src/kernels/instance.ts';
import { Scratch } from '../src/kernels/scratch.ts';

/** One kernel and the best plain loop for the same work, over the same values. */
export interface KernelCase {
  readonly name: string;
  /** Bytes that one run must read and write at least. */
  readonly bytes: number;
  readonly kernel: () => CaseResult;
  /** Works on ordinary typed arrays, which engines compile better than views of shared memory. */
  readonly scalar: () => CaseResult;
}

/** What both sides computed, to be compared. */
export type CaseResult = number | bigint | ArrayLike<number | bigint>;

/** Rows of every case: columns larger than the caches of a core, as in a scan. */
export const CASE_ROWS = 4 * 1024 * 1024;

const GROUPS = 1000;
const MEMORY_BYTES = 256 * 1024 * 1024;
const PAGE_BYTES = 65_536;
const MASK_WORDS = CASE_ROWS / 64;

/** The columns, twice: in linear memory by address, and as ordinary arrays. */
interface Columns {
  readonly at: Readonly<Record<ColumnName, number>>;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly ids: Uint32Array;
  readonly mask: Uint32Array;
}

type ColumnName = 'u8' | 'u16' | 'i32' | 'f64' | 'ids' | 'mask' | 'out';

/**
 * Fills memory from a fixed seed and makes the cases.
 *
 * @param module compiled from `dist/kernels.shared.wasm`.
 */
export function kernelCases(module: WebAssembly.Module): KernelCase[] {
  const pages = MEMORY_BYTES / PAGE_BYTES;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiateKernels(module, memory);
  const columns = makeColumns(kernels);
  return [
    ...filterCases(kernels, columns),
    ...maskCases(kernels, columns),
    ...aggregateCases(kernels, columns),
    ...groupCases(kernels, columns),
    ...movementCases(kernels, columns),
  ];
}

function makeColumns(kernels: KernelInstance): Columns {
  const scratch = new Scratch(KERNEL_RESERVED_BYTES, MEMORY_BYTES);
  const prng = new Prng(1);
  const fill = <T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
    array: T,
    next: () => number,
  ): T => {
    for (let row = 0; row < array.length; row++) array[row] = next();
    return array;
  };
  const u8 = fill(new Uint8Array(CASE_ROWS), () => prng.integer(0, 200));
  const u16 = fill(new Uint16Array(CASE_ROWS), () => prng.integer(0, 5000));
  const i32 = fill(new Int32Array(CASE_ROWS), () => prng.integer(-1e6, 1e6));
  const f64 = fill(new Float64Array(CASE_ROWS), () => prng.float());
  const ids = fill(new Uint32Array(CASE_ROWS), () => prng.integer(0, GROUPS));
  const mask = fill(new Uint32Array(MASK_WORDS * 2), () => prng.uint32());
  const place = (array: ArrayBufferView): number => {
    const address = scratch.allocate(array.byteLength);
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    kernels.u8.set(bytes, address);
    return address;
  };
  const at = {
    u8: place(u8),
    u16: place(u16),
    i32: place(i32),
    f64: place(f64),
    ids: place(ids),
    mask: place(mask),
    out: scratch.allocate(CASE_ROWS * 8),
  };
  return { at, u8, u16, i32, f64, ids, mask };
}

function filterCases(kernels: KernelInstance, { at, u8, u16, i32, f64 }: Columns): KernelCase[] {
  const { run } = kernels;
  const out = new Uint32Array(MASK_WORDS * 2);
  const filtered = (filter: () => void) => () => {
    run.bitmapFill(at.out, CASE_ROWS);
    filter();
    return kernels.u32.subarray(at.out >> 2, (at.out >> 2) + out.length);
  };
  return [
    {
      name: 'filterEqualU8',
      bytes: CASE_ROWS * 1.125,
      kernel: filtered(() => run.filterEqualU8(at.out, at.u8, 7, CASE_ROWS)),
      scalar: () => {
        for (let word = 0, row = 0; word < out.length; word++) {
          let bits = 0;
          for (let bit = 0; bit < 32; bit++) bits |= (u8[row++] === 7 ? 1 : 0) << bit;
          out[word] = bits;
        }
        return out;
      },
    },
    {
      name: 'filterBetweenU16',
      bytes: CASE_ROWS * 2.125,
      kernel: filtered(() => run.filterBetweenU16(at.out, at.u16, 1000, 2000, CASE_ROWS)),
      scalar: () => {
        for (let word = 0, row = 0; word < out.length; word++) {
          let bits = 0;
          for (let bit = 0; bit < 32; bit++) {
            bits |= ((u16[row++]! - 1000) >>> 0 <= 1000 ? 1 : 0) << bit;
          }
          out[word] = bits;
        }
        return out;
      },
    },
    {
      name: 'filterGreaterI32',
      bytes: CASE_ROWS * 4.125,
      kernel: filtered(() => run.filterGreaterI32(at.out, at.i32, 500_000, CASE_ROWS)),
      scalar: () => {
        for (let word = 0, row = 0; word < out.length; word++) {
          let bits = 0;
          for (let bit = 0; bit < 32; bit++) bits |= (i32[row++]! > 500_000 ? 1 : 0) << bit;
          out[word] = bits;
        }
        return out;
      },
    },
    {
      name: 'filterLessF64',
      bytes: CASE_ROWS * 8.125,
      kernel: filtered(() => run.filterLessF64(at.out, at.f64, 0.25, CASE_ROWS)),
      scalar: () => {
        for (let word = 0, row = 0; word < out.length; word++) {
          let bits = 0;
          for (let bit = 0; bit < 32; bit++) bits |= (f64[row++]! < 0.25 ? 1 : 0) << bit;
          out[word] = bits;
        }
        return out;
      },
    },
  ];
}

function maskCases({ run, u32 }: KernelInstance, { at, mask }: Columns): KernelCase[] {
  const selected = new Uint32Array(CASE_ROWS);
  return [
    {
      name: 'bitmapCount',
      bytes: MASK_WORDS * 8,
      kernel: () => run.bitmapCount(at.mask, MASK_WORDS),
      scalar: () => {
        let total = 0;
        for (let word = 0; word < mask.length; word++) {
          let bits = mask[word]!;
          bits -= (bits >>> 1) & 0x55555555;
          bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
          total += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
        }
        return total;
      },
    },
    {
      name: 'bitmapToIndexes',
      bytes: MASK_WORDS * 8 + (CASE_ROWS / 2) * 4,
      kernel: () => {
        const count = run.bitmapToIndexes(at.out, at.mask, MASK_WORDS);
        return u32.subarray(at.out >> 2, (at.out >> 2) + count);
      },
      scalar: () => {
        let count = 0;
        for (let word = 0; word < mask.length; word++) {
          for (let bits = mask[word]!; bits !== 0; bits &= bits - 1) {
            selected[count++] = word * 32 + 31 - Math.clz32(bits & -bits);
          }
        }
        return selected.subarray(0, count);
      },
    },
  ];
}

function aggregateCases(
  { run }: KernelInstance,
  { at, u16, i32, f64, mask }: Columns,
): KernelCase[] {
  return [
    {
      name: 'sumI32',
      bytes: CASE_ROWS * 4,
      kernel: () => run.sumI32(at.i32, CASE_ROWS),
      scalar: () => {
        let sum = 0;
        for (let row = 0; row < CASE_ROWS; row++) sum += i32[row]!;
        return BigInt(sum);
      },
    },
    {
      name: 'sumMaskedU16',
      bytes: CASE_ROWS * 2.125,
      kernel: () => run.sumMaskedU16(at.u16, at.mask, CASE_ROWS),
      scalar: () => {
        let sum = 0;
        for (let row = 0; row < CASE_ROWS; row++) {
          sum += u16[row]! & -((mask[row >> 5]! >>> (row & 31)) & 1);
        }
        return BigInt(sum);
      },
    },
    {
      name: 'sumF64',
      bytes: CASE_ROWS * 8,
      kernel: () => run.sumF64(at.f64, CASE_ROWS),
      scalar: () => {
        let sum = 0;
        for (let row = 0; row < CASE_ROWS; row++) sum += f64[row]!;
        return sum;
      },
    },
    {
      name: 'maxI32',
      bytes: CASE_ROWS * 4,
      kernel: () => run.maxI32(at.i32, CASE_ROWS),
      scalar: () => {
        let greatest = i32[0]!;
        for (let row = 1; row < CASE_ROWS; row++) {
          if (i32[row]! > greatest) greatest = i32[row]!;
        }
        return greatest;
      },
    },
  ];
}

function groupCases(kernels: KernelInstance, { at, u8, i32, ids }: Columns): KernelCase[] {
  const { run, i64 } = kernels;
  const counts = new Uint32Array(256);
  const totals = new Float64Array(GROUPS);
  const cleared = (groups: number, work: () => void) => () => {
    const accumulators = i64.subarray(at.out >> 3, (at.out >> 3) + groups).fill(0n);
    work();
    return accumulators;
  };
  return [
    {
      name: 'countByCodeU8',
      bytes: CASE_ROWS,
      kernel: cleared(256, () =>
        run.countByCodeU8(at.out, at.u8, at.out + 256 * 8, 256, CASE_ROWS),
      ),
      scalar: () => {
        counts.fill(0);
        for (let row = 0; row < CASE_ROWS; row++) counts[u8[row]!]!++;
        return counts;
      },
    },
    {
      name: 'sumByGroupI32',
      bytes: CASE_ROWS * 8,
      kernel: cleared(GROUPS, () => run.sumByGroupI32(at.out, at.ids, at.i32, CASE_ROWS)),
      scalar: () => {
        totals.fill(0);
        for (let row = 0; row < CASE_ROWS; row++) totals[ids[row]!]! += i32[row]!;
        return totals;
      },
    },
  ];
}

function movementCases({ run, i32, f64 }: KernelInstance, columns: Columns): KernelCase[] {
  const { at } = columns;
  const gathered = new Int32Array(CASE_ROWS);
  const product = new Float64Array(CASE_ROWS);
  return [
    {
      name: 'gather32',
      bytes: CASE_ROWS * 8,
      kernel: () => {
        run.gather32(at.out, at.i32, at.ids, CASE_ROWS);
        return i32.subarray(at.out >> 2, (at.out >> 2) + CASE_ROWS);
      },
      scalar: () => {
        for (let row = 0; row < CASE_ROWS; row++) gathered[row] = columns.i32[columns.ids[row]!]!;
        return gathered;
      },
    },
    {
      name: 'multiplyF64',
      bytes: CASE_ROWS * 16,
      kernel: () => {
        run.multiplyF64(at.out, at.f64, at.f64, CASE_ROWS);
        return f64.subarray(at.out >> 3, (at.out >> 3) + CASE_ROWS);
      },
      scalar: () => {
        for (let row = 0; row < CASE_ROWS; row++)
          product[row] = columns.f64[row]! * columns.f64[row]!;
        return product;
      },
    },
  ];
}
