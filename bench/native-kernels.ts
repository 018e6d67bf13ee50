import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { KERNEL_RESERVED_BYTES } from '../assembly/layout.ts';
import { instantiateKernels, type KernelInstance } from '../src/kernels/instance.ts';
import { repositoryRoot } from './root.ts';
import { median } from './timing.ts';

/** A kernel beside the same loop in C, over the same values. */
export interface NativeResult {
  readonly name: string;
  readonly kernelMs: number;
  readonly nativeMs: number;
}

/** Bytes that each loop reads: beyond every cache. `kernels.c` has the same number. */
export const NATIVE_DATA_BYTES = 256 * 1_048_576;

const WARM_UP_ROUNDS = 2;
const PAGE_BYTES = 65_536;
const RELATIVE_TOLERANCE = 1e-9;

/**
 * Compares the main scan kernels with `kernels.c`, built by gcc -O3 -march=native into a temporary
 * folder, in turns; both sides fill their memory with the same values and their results are checked.
 *
 * @param module compiled from `dist/kernels.shared.wasm`.
 * @returns medians, or the reason why there are none.
 * @throws Error when a result differs.
 */
export async function compareWithC(
  module: WebAssembly.Module,
  rounds: number,
): Promise<NativeResult[] | string> {
  const folder = mkdtempSync(join(tmpdir(), 'nyala-kernels-'));
  try {
    const program = join(folder, 'kernels');
    const source = join(repositoryRoot(), 'bench', 'kernels.c');
    const built = spawnSync('gcc', ['-O3', '-march=native', '-o', program, source]);
    if (built.error) return `gcc does not start: ${built.error.message}`;
    if (built.status !== 0) return `gcc: ${built.stderr.toString().split('\n')[0]}`;
    return await race(module, spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] }), rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function race(
  module: WebAssembly.Module,
  program: ChildProcessByStdio<Writable, Readable, null>,
  rounds: number,
): Promise<NativeResult[]> {
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const ask = async (command: string): Promise<[elapsedMs: number, result: number]> => {
    program.stdin.write(`${command}\n`);
    const [nanoseconds, result] = String((await lines.next()).value).split(' ');
    return [Number(nanoseconds) / 1e6, Number(result)];
  };
  const sides = makeKernels(module);
  const results: NativeResult[] = [];
  let filled = '';
  for (const { name, values, run, result } of sides.cases) {
    if (filled !== values) {
      await ask(values);
      sides.fill(values);
      filled = values;
    }
    const kernelMs: number[] = [];
    const nativeMs: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      const startedMs = performance.now();
      const returned = Number(run());
      const elapsedMs = performance.now() - startedMs;
      const [theirMs, theirs] = await ask(name);
      const ours = result(returned);
      if (Math.abs(ours - theirs) > RELATIVE_TOLERANCE * Math.abs(theirs)) {
        throw new Error(`bench: ${name} gives ${ours} and in C ${theirs}`);
      }
      if (round < 0) continue;
      kernelMs.push(elapsedMs);
      nativeMs.push(theirMs);
    }
    results.push({ name, kernelMs: median(kernelMs), nativeMs: median(nativeMs) });
  }
  program.stdin.end();
  return results;
}

interface NativeCase {
  readonly name: string;
  readonly values: 'integers' | 'doubles';
  /** What is timed. */
  readonly run: () => number | bigint | undefined;
  /** The result to compare, of what `run` returned or left. */
  readonly result: (returned: number) => number;
}

function makeKernels(module: WebAssembly.Module) {
  const data = Math.ceil(KERNEL_RESERVED_BYTES / PAGE_BYTES) * PAGE_BYTES;
  const mask = data + NATIVE_DATA_BYTES;
  const out = mask + NATIVE_DATA_BYTES / 16;
  const pages = (out + NATIVE_DATA_BYTES / 8) / PAGE_BYTES;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiateKernels(module, memory);
  return {
    cases: [...filterCases(kernels, data, out), ...foldCases(kernels, data, mask, out)].sort(
      (left, right) => Number(left.values === 'doubles') - Number(right.values === 'doubles'),
    ),
    fill: (values: 'integers' | 'doubles') => fill(memory, data, mask, values === 'doubles'),
  };
}

/** Marsaglia's xorshift, as in `kernels.c`. */
function fill(memory: WebAssembly.Memory, data: number, mask: number, doubles: boolean): void {
  const count = NATIVE_DATA_BYTES / (doubles ? 8 : 4);
  const words = new Uint32Array(memory.buffer, data, doubles ? 0 : count);
  const values = new Float64Array(memory.buffer, data, doubles ? count : 0);
  let state = 2463534242;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (doubles) values[index] = (state >>> 0) / 4294967296;
    else words[index] = state;
  }
  if (!doubles) new Uint8Array(memory.buffer).copyWithin(mask, data, data + NATIVE_DATA_BYTES / 16);
}

function filterCases({ run }: KernelInstance, data: number, out: number): NativeCase[] {
  const filter = (
    name: string,
    values: NativeCase['values'],
    rowBytes: number,
    work: (rows: number) => void,
  ): NativeCase => {
    const rows = NATIVE_DATA_BYTES / rowBytes;
    return {
      name,
      values,
      run: () => {
        run.bitmapFill(out, rows);
        work(rows);
        return undefined;
      },
      result: () => Number(run.bitmapCount(out, rows / 64)),
    };
  };
  return [
    filter('filterEqualU8', 'integers', 1, (rows) => run.filterEqualU8(out, data, 7, rows)),
    filter('filterBetweenU16', 'integers', 2, (rows) =>
      run.filterBetweenU16(out, data, 1000, 2000, rows),
    ),
    filter('filterGreaterI32', 'integers', 4, (rows) =>
      run.filterGreaterI32(out, data, 500_000, rows),
    ),
    filter('filterLessF64', 'doubles', 8, (rows) => run.filterLessF64(out, data, 0.25, rows)),
  ];
}

function foldCases(
  { run, i64 }: KernelInstance,
  data: number,
  mask: number,
  out: number,
): NativeCase[] {
  const fold = (
    name: string,
    rowBytes: number,
    work: (rows: number) => number | bigint,
    values: NativeCase['values'] = 'integers',
  ): NativeCase => ({
    name,
    values,
    run: () => work(NATIVE_DATA_BYTES / rowBytes),
    result: (returned) => returned,
  });
  const counts = i64.subarray(out >> 3, (out >> 3) + 256);
  return [
    fold('sumI32', 4, (rows) => run.sumI32(data, rows)),
    fold('sumMaskedU16', 2, (rows) => run.sumMaskedU16(data, mask, rows)),
    fold('sumF64', 8, (rows) => run.sumF64(data, rows), 'doubles'),
    fold('maxI32', 4, (rows) => run.maxI32(data, rows)),
    {
      ...fold('countByCodeU8', 1, (rows) => {
        counts.fill(0n);
        run.countByCodeU8(out, data, out + 256 * 8, 256, rows);
        return 0;
      }),
      result: () => counts.reduce((sum, count, code) => sum + Number(count) * code, 0),
    },
    fold('bitmapCount', 8, (words) => run.bitmapCount(data, words)),
  ];
}
