import { isWrite } from '../../../src/coord/core/model.ts';
import { type Connection, connectionsBySession, type History } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';
import type { Timeline } from './timeline.ts';

const NAME = 'session-order';

/**
 * What a session is promised: it never sees an older state than it has seen, on whichever server; its
 * writes happen in the order in which it sent them; and nothing it sent over a connection happens
 * after it has gone on over another.
 */
export function checkSessionOrder(history: History, timeline: Timeline): void {
  for (const connection of history.connections) {
    expectNeverBack(connection);
    expectWritesInOrder(connection);
  }
  for (const connections of connectionsBySession(history).values()) {
    for (const [index, connection] of connections.entries()) {
      expectSettled(connection, connections.slice(index + 1), timeline);
    }
  }
}

function expectNeverBack(connection: Connection): void {
  let seen = connection.lastZxidSeen;
  for (const item of connection.received) {
    const zxid = item.kind === 'answer' ? item.operation.answer!.zxid : item.zxid;
    const isMissed = item.kind === 'event' && zxid <= 0n;
    if (isMissed) continue;
    if (zxid < seen) {
      const what = item.kind === 'answer' ? describeOperation(item.operation) : item.kind;
      throw new SafetyViolation(
        NAME,
        `${connection.client} had seen ${seen} and on connection ${connection.number} to ` +
          `${connection.server} was shown ${zxid}: ${what}`,
      );
    }
    seen = zxid;
  }
}

function expectWritesInOrder(connection: Connection): void {
  let last = 0n;
  for (const operation of connection.operations) {
    const { answer, request } = operation;
    if (answer === null || !isWrite(request) || answer.result.kind === 'error') continue;
    if (answer.zxid <= last) {
      throw new SafetyViolation(
        NAME,
        `after a write at ${last} of the same session: ${describeOperation(operation)}`,
      );
    }
    last = answer.zxid;
  }
}

/** Once a later connection has been answered, what was sent over this one is decided. */
function expectSettled(
  connection: Connection,
  later: readonly Connection[],
  timeline: Timeline,
): void {
  const unanswered = connection.operations.filter(({ answer }) => answer === null);
  for (const write of unanswered) {
    const effect = timeline.zxidOf(write);
    if (effect === null) continue;
    const ahead = later
      .flatMap(({ operations }) => operations)
      .find(({ answer }) => answer !== null && answer.zxid < effect);
    if (ahead === undefined) continue;
    throw new SafetyViolation(
      NAME,
      `happened at ${effect}: ${describeOperation(write)}\n  after its session had gone on: ` +
        describeOperation(ahead),
    );
  }
}
