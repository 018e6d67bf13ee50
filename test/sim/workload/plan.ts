import { EngineError, type ErrorCode } from '../../../src/base/errors.ts';
import type { Prng } from '../../../src/base/prng.ts';
import { sleep } from '../../../src/io/clock.ts';
import type { ClientIo } from '../client.ts';

/** What all clients of a simulation go by. */
export interface WorkloadPlan {
  /** Pause between two operations, on average. */
  readonly thinkMs: number;
  /** True ends the work; what was begun is brought to its end. */
  isOver(): boolean;
}

/** What a user of the coordinator may meet: faults, and answers that say no. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set([
  'CONNECTION_LOSS',
  'SERVER_UNAVAILABLE',
  'SESSION_EXPIRED',
  'TIMEOUT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONFLICT',
] as const);

/** Performs an operation; errors that a user may meet are no failure. */
export async function attempt(operation: () => Promise<unknown>): Promise<boolean> {
  try {
    await operation();
    return true;
  } catch (error) {
    if (error instanceof EngineError && EXPECTED.has(error.code)) return false;
    throw error;
  }
}

/** Tries until it works. */
export async function persist(io: ClientIo, operation: () => Promise<unknown>): Promise<void> {
  while (!(await attempt(operation))) await sleep(io.clock, 200);
}

/** A simulation is over before a user who thinks longer has noticed. */
const THINK_MS_MAX = 60_000;

/** Waits as long as users think. */
export function think(io: ClientIo, prng: Prng, plan: WorkloadPlan): Promise<void> {
  return sleep(io.clock, Math.min(THINK_MS_MAX, -Math.log(1 - prng.float()) * plan.thinkMs));
}

/** Values that are written once only: who wrote it, and its how manieth. */
export function valueSource(name: string): () => Uint8Array {
  let count = 0;
  return () => {
    count++;
    return new TextEncoder().encode(`${name}#${count}`);
  };
}
