/**
 * The worker entry: broker and engine in one isolate, answering `/query/sql` from the segments of an
 * R2 bucket. The bundle has no `node:` import; the kernels are the build without shared memory.
 *
 * Bindings: `SEGMENTS`, the bucket, with objects `<table>/<segment>.segment`; `MEMORY_BYTES`
 * (optional), the memory for columns and queries, by default what a 128 MB isolate can spare.
 */
import kernelModule from '../../dist/kernels.unshared.wasm';
import { brokerHandler } from '../broker/http.ts';
import { QueryRunner } from '../broker/query.ts';
import { reducerOver } from '../broker/reducer.ts';
import { constantEvaluator } from '../exec/constant-evaluator.ts';
import type { FetchHandler } from '../io/network.ts';
import { createWebClock } from '../io/web-clock.ts';
import { logError } from '../io/web-log.ts';
import { webRandom } from '../io/web-random.ts';
import { Engine } from '../server/engine.ts';
import { openR2Store, type R2Bucket } from '../store/r2-store.ts';
import { EDGE_SERVER, openCatalog } from './catalog.ts';

/** What the worker is bound to. */
export interface EdgeEnvironment {
  readonly SEGMENTS: R2Bucket;
  readonly MEMORY_BYTES?: string;
}

const MEMORY_BYTES_DEFAULT = 96 * 1_048_576;

/** The segments are opened once in an isolate's life; a failure is tried again. */
let handler: Promise<FetchHandler> | null = null;

export default {
  async fetch(request: Request, environment: EdgeEnvironment): Promise<Response> {
    handler ??= createHandler(environment);
    try {
      return await (await handler)(request);
    } catch (error) {
      handler = null;
      throw error;
    }
  },
};

async function createHandler(environment: EdgeEnvironment): Promise<FetchHandler> {
  const clock = createWebClock();
  const engine = await Engine.start({
    kernelModule,
    sharedMemory: false,
    tasks: null,
    threadCount: 0,
    memoryBytes: Number(environment.MEMORY_BYTES ?? MEMORY_BYTES_DEFAULT),
    clock,
  });
  const view = await openCatalog(openR2Store(environment.SEGMENTS), engine);
  const runner = new QueryRunner({
    brokerId: EDGE_SERVER,
    view,
    clock,
    random: webRandom,
    reduce: reducerOver(engine.mainContext, clock),
    evaluateConstant: constantEvaluator(engine.mainContext),
    leafService: () => engine,
    onInternalError: logError,
  });
  return brokerHandler({ runner, view, onInternalError: logError });
}
