/**
 * `node dist/bench/kernels.js [--rounds N]`: what the kernels reach, in gigabytes a second, beside the
 * best plain loop for the same work and beside copying memory, in turns on one thread; then the scan
 * kernels beside the same loops in C, where gcc is installed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASE_ROWS, type CaseResult, type KernelCase, kernelCases } from './kernel-cases.ts';
import { compareWithC, NATIVE_DATA_BYTES, type NativeResult } from './native-kernels.ts';
import { repositoryRoot } from './root.ts';
import { alignTable } from './table.ts';
import { geometricMean, median } from './timing.ts';

const WARM_UP_ROUNDS = 5;
const COPY_BYTES = CASE_ROWS * 8;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Math.max(1, Number.parseInt(values.rounds, 10) || 1);
const wasm = await readFile(join(repositoryRoot(), 'dist', 'kernels.shared.wasm'));
const module = await WebAssembly.compile(wasm);
const cases = kernelCases(module);

const rows = cases.map(measure);
const ratios = rows.map(({ scalarMs, kernelMs }) => scalarMs / kernelMs);
const table = rows.map(({ name, bytes, kernelMs, scalarMs, copyMs }, index) => [
  name,
  speed(bytes, kernelMs),
  speed(bytes, scalarMs),
  `${ratios[index]!.toFixed(1)}×`,
  speed(2 * COPY_BYTES, copyMs),
]);
const mean = ['geometric mean', '', '', `${geometricMean(ratios).toFixed(1)}×`, ''];
const header = ['kernel', 'GB/s', 'plain loop GB/s', 'faster', 'copy GB/s'];
console.log(alignTable([header, ...table, mean]));
console.log(
  `\n${CASE_ROWS.toLocaleString('en')} rows, medians of ${rounds} rounds, Node ${process.version}. ` +
    'Bytes are those read and written; a copy reads and writes each byte.',
);
console.log(`\n${renderNative(await compareWithC(module, rounds))}`);

function renderNative(native: NativeResult[] | string): string {
  if (typeof native === 'string') return `no comparison with C: ${native}`;
  const speeds = native.map(({ name, kernelMs, nativeMs }) => [
    name,
    speed(NATIVE_DATA_BYTES, kernelMs),
    speed(NATIVE_DATA_BYTES, nativeMs),
    `${((100 * nativeMs) / kernelMs).toFixed(0)} %`,
  ]);
  const overall = geometricMean(native.map(({ kernelMs, nativeMs }) => nativeMs / kernelMs));
  const last = ['geometric mean', '', '', `${(100 * overall).toFixed(0)} %`];
  return (
    `${alignTable([['kernel', 'GB/s', 'C GB/s', 'of C'], ...speeds, last])}\n\n` +
    `The same loops in C (gcc -O3 -march=native), ${NATIVE_DATA_BYTES / 2 ** 20} MiB each, in turns.`
  );
}

function measure({ name, bytes, kernel, scalar }: KernelCase) {
  const difference = firstDifference(kernel(), scalar());
  if (difference !== null)
    throw new Error(`bench: ${name} and its plain loop differ: ${difference}`);
  const from = new Uint8Array(COPY_BYTES).fill(1);
  const to = new Uint8Array(COPY_BYTES);
  const works = [kernel, scalar, () => to.set(from)];
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const work of works) work();
  const samples: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const startedMs = performance.now();
      work();
      samples[index]!.push(performance.now() - startedMs);
    }
  }
  const [kernelMs, scalarMs, copyMs] = samples.map(median) as [number, number, number];
  return { name, bytes, kernelMs, scalarMs, copyMs };
}

function speed(bytes: number, elapsedMs: number): string {
  return (bytes / elapsedMs / 1e6).toFixed(1);
}

function firstDifference(left: CaseResult, right: CaseResult): string | null {
  if (typeof left !== 'object' || typeof right !== 'object') {
    return same(left, right) ? null : `${left} against ${right}`;
  }
  if (left.length !== right.length) return `${left.length} values against ${right.length}`;
  for (let index = 0; index < left.length; index++) {
    if (!same(left[index]!, right[index]!)) {
      return `at ${index}: ${left[index]} against ${right[index]}`;
    }
  }
  return null;
}

/** Integers below 2^53 on both sides; floating-point sums may be added in another order. */
function same(left: unknown, right: unknown): boolean {
  const difference = Math.abs(Number(left) - Number(right));
  return difference <= 1e-9 * Math.abs(Number(right));
}
