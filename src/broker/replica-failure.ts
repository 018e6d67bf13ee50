import { EngineError } from '../base/errors.ts';

/** Errors after which another replica may still answer: all but those that the query itself brings. */
const REPLICA_FAILURES: ReadonlySet<string> = new Set([
  'SERVER_UNAVAILABLE',
  'SEGMENT_UNAVAILABLE',
  'SERVER_BUSY',
  'CORRUPT_DATA',
  'IO',
  // Not by us: then nobody waits for the error. So by a server that stops.
  'CANCELLED',
]);

/** True when another replica may still answer. */
export function isReplicaFailure(error: unknown): boolean {
  return error instanceof EngineError && REPLICA_FAILURES.has(error.code);
}

/** True when the server itself could not be reached, or broke off. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'SERVER_UNAVAILABLE';
}

/** The segments that a server does not hold; null when that is not what it said. */
export function missingSegments(error: unknown): readonly string[] | null {
  if (!(error instanceof EngineError) || error.code !== 'SEGMENT_UNAVAILABLE') return null;
  return error.segments ?? null;
}

/** The error of a server that is not in the tree any more. */
export function serverGone(server: string): EngineError {
  return new EngineError('SERVER_UNAVAILABLE', `broker: server ${server} has just gone`);
}

/** The error of a server that a partial answer does without. */
export function serverSilent(server: string): EngineError {
  return new EngineError('SERVER_UNAVAILABLE', `broker: server ${server} has not answered in time`);
}
