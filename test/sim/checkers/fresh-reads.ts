import type { Operation } from '../history.ts';

/**
 * Since when a read is promised to be fresh: the stamp at which the sync right before it on its
 * connection was sent, or null when there was none. Such a read sees everything that was acknowledged
 * to anybody before that moment.
 */
export function freshSince(read: Operation): number | null {
  const { operations } = read.connection;
  const before = operations[operations.indexOf(read) - 1];
  if (before?.request.kind !== 'sync') return null;
  if (before.answer === null || before.answer.result.kind === 'error') return null;
  return before.invoked;
}
