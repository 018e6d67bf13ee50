import type { Operation } from '../history.ts';
import { text } from '../trace.ts';

/** An operation in one line, for reports. */
export function describeOperation(operation: Operation): string {
  const { connection, request, invoked, invokedMs, answer } = operation;
  const who = `${connection.client} on connection ${connection.number} to ${connection.server}`;
  const when = `${(invokedMs / 1_000).toFixed(3)} s [${invoked}, ${answer?.completed ?? '?'}]`;
  const outcome = answer === null ? 'unknown' : text([answer.result, 'at', answer.zxid]);
  return `${when} ${who}: ${text([request])} -> ${outcome}`;
}
