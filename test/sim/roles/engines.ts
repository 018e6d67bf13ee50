import { readFileSync } from 'node:fs';
import { type Reducer, reducerOver } from '../../../src/broker/reducer.ts';
import { constantEvaluator } from '../../../src/exec/constant-evaluator.ts';
import type { ExecutionContext } from '../../../src/exec/context.ts';
import { threadContexts } from '../../../src/exec/thread-contexts.ts';
import type { Clock } from '../../../src/io/clock.ts';
import { createArenaMemory, planArenas } from '../../../src/kernels/arena.ts';
import { bufferDecoder } from '../../../src/kernels/buffer-decoder.ts';
import type { DecodeBuffer } from '../../../src/segment/rebuild.ts';
import { Engine } from '../../../src/server/engine.ts';
import type { EvaluateConstant } from '../../../src/sql/rules/constant-rule.ts';

/** Working memory of one thread and a few columns. */
const MEMORY_BYTES = 64 * 1_048_576;

let kernels: { unshared: WebAssembly.Module; decode: DecodeBuffer } | null = null;
let brokerMemory: ExecutionContext | null = null;

/** An engine without threads. */
export function startEngine(clock: Clock): Promise<Engine> {
  return Engine.start({
    kernelModule: loadKernels().unshared,
    sharedMemory: false,
    tasks: null,
    threadCount: 0,
    memoryBytes: MEMORY_BYTES,
    clock,
  });
}

/** What a broker computes with. All brokers use one memory, since each use of it ends in one turn. */
export function brokerParts(clock: Clock): {
  readonly reduce: Reducer;
  readonly evaluateConstant: EvaluateConstant;
} {
  if (brokerMemory === null) {
    const layouts = planArenas(MEMORY_BYTES, 1);
    const memories = layouts.map((layout) => createArenaMemory(layout, false));
    brokerMemory = threadContexts(loadKernels().unshared, memories, layouts, 0)[0]!;
  }
  return {
    reduce: reducerOver(brokerMemory, clock),
    evaluateConstant: constantEvaluator(brokerMemory),
  };
}

/** What a controller reads stored columns with. */
export function segmentDecoder(): DecodeBuffer {
  return loadKernels().decode;
}

/** The kernels of the build, compiled once; the simulator's working directory is the project's. */
function loadKernels(): NonNullable<typeof kernels> {
  const compile = (build: string) =>
    new WebAssembly.Module(readFileSync(`dist/kernels.${build}.wasm`));
  kernels ??= { unshared: compile('unshared'), decode: bufferDecoder(compile('shared')) };
  return kernels;
}
