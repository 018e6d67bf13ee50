import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import type { WorkerPort } from '../io/tasks.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { openStore, type StoreParts } from '../store/open-store.ts';
import type { StoreLocation } from '../store/store-location.ts';
import { type BuildJob, runBuild } from './segment-builds.ts';

/** What the controller tells a thread that builds: one job, then nothing until its end. */
export interface BuildRequest {
  readonly job: BuildJob;
  /** Where the deep store is. */
  readonly location: StoreLocation;
}

/** What the thread says of a job: objects that it begins to store, then how it has ended. */
export type BuildAnswer =
  | { readonly kind: 'object'; readonly object: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failure';
      /** Null for a defect. */
      readonly code: ErrorCode | null;
      readonly message: string;
    };

/** Runs jobs on a worker thread for as long as it lives. */
export function serveBuilds(
  port: WorkerPort,
  parts: StoreParts,
  decode: () => Promise<DecodeBuffer>,
): void {
  const post = (answer: BuildAnswer) => port.post(answer);
  const run = async ({ job, location }: BuildRequest): Promise<void> => {
    const store = await openStore(location, parts);
    try {
      const tools = { ...parts, store, decode: await decode() };
      await runBuild(job, tools, (object) => post({ kind: 'object', object }));
    } finally {
      await store.close();
    }
  };
  port.onMessage = (message) => {
    run(message as BuildRequest).then(
      () => post({ kind: 'done' }),
      (error: unknown) => post(failure(error)),
    );
  };
}

function failure(error: unknown): BuildAnswer {
  const code = error instanceof EngineError ? error.code : null;
  const detail = error instanceof Error && code === null ? error.stack : undefined;
  return { kind: 'failure', code, message: detail ?? errorMessage(error) };
}
