/**
 * The worker entry: broker and engine in one isolate, answering `/query/sql` from the segments of a
 * bucket. The bundle has no `node:` import; the kernels are the build without shared memory.
 *
 * Bindings: `SEGMENTS`, an R2 bucket with objects `<table>/<segment>.segment`, or `DEEP_STORE`, any S3
 * bucket as `s3://bucket/prefix`, with `S3_ENDPOINT` and `S3_REGION` where they are not Amazon's first,
 * and secrets `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; `MEMORY_BYTES` (optional), the memory
 * for columns and queries, by default what a 128 MB isolate can spare.
 */
import kernelModule from '../../dist/kernels.unshared.wasm';
import { EngineError } from '../base/errors.ts';
import { brokerHandler } from '../broker/http.ts';
import { QueryRunner } from '../broker/query.ts';
import { reducerOver } from '../broker/reducer.ts';
import { constantEvaluator } from '../exec/constant-evaluator.ts';
import type { Clock } from '../io/clock.ts';
import type { FetchHandler } from '../io/network.ts';
import { createWebClock } from '../io/web-clock.ts';
import { webHttpClient } from '../io/web-http-client.ts';
import { logError } from '../io/web-log.ts';
import { webRandom } from '../io/web-random.ts';
import { Engine } from '../server/engine.ts';
import { openR2Store, type R2Bucket, type R2Store } from '../store/r2-store.ts';
import { openS3Store } from '../store/s3-store.ts';
import { endpointAddress, parseS3Url } from '../store/store-location.ts';
import { EDGE_SERVER, openCatalog } from './catalog.ts';

/** What the worker is bound to. */
export interface EdgeEnvironment {
  readonly SEGMENTS?: R2Bucket;
  readonly DEEP_STORE?: string;
  readonly S3_ENDPOINT?: string;
  readonly S3_REGION?: string;
  readonly AWS_ACCESS_KEY_ID?: string;
  readonly AWS_SECRET_ACCESS_KEY?: string;
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
  const view = await openCatalog(openBucket(environment, clock), engine);
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

function openBucket(environment: EdgeEnvironment, clock: Clock): R2Store {
  const { SEGMENTS, DEEP_STORE, S3_ENDPOINT, S3_REGION = 'us-east-1' } = environment;
  if (SEGMENTS !== undefined) return openR2Store(SEGMENTS);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (DEEP_STORE === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new EngineError(
      'BAD_REQUEST',
      'worker: bind SEGMENTS to an R2 bucket, or set DEEP_STORE, AWS_ACCESS_KEY_ID and ' +
        'AWS_SECRET_ACCESS_KEY',
    );
  }
  const location = parseS3Url(DEEP_STORE, S3_REGION, S3_ENDPOINT);
  const { address, isEncrypted } = endpointAddress(location);
  const http = webHttpClient(address, { isEncrypted });
  const credentials = { accessKeyId, secretAccessKey };
  return openS3Store({ location, credentials, http, clock, random: webRandom });
}
