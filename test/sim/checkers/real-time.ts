import { isWrite } from '../../../src/coord/core/model.ts';
import type { History } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';

const NAME = 'real-time';

/**
 * Zxids follow real time: a write comes after everything that anybody had been shown before it was
 * sent, and a sync waits for at least that. This finds a stale sync without any search.
 */
export function checkRealTime(history: History): void {
  const shown = shownZxids(history);
  for (const operation of history.operations) {
    const { request, answer, invoked } = operation;
    if (answer === null || answer.result.kind === 'error') continue;
    const isOrdered = isWrite(request);
    if (!isOrdered && request.kind !== 'sync') continue;
    const before = shown(invoked);
    if (isOrdered ? answer.zxid > before : answer.zxid >= before) continue;
    throw new SafetyViolation(
      NAME,
      `zxid ${before} had been shown before this was sent: ${describeOperation(operation)}`,
    );
  }
}

/** The largest zxid that any client had received before a stamp. */
function shownZxids(history: History): (stamp: number) => bigint {
  const seen = history.connections.flatMap(({ received }) =>
    received.map((item) => ({
      stamp: item.stamp,
      zxid: item.kind === 'answer' ? item.operation.answer!.zxid : item.zxid,
    })),
  );
  seen.sort((left, right) => left.stamp - right.stamp);
  const largest: bigint[] = [];
  for (const { zxid } of seen) {
    const before = largest.at(-1) ?? 0n;
    largest.push(zxid > before ? zxid : before);
  }
  return (stamp) => {
    let start = 0;
    let end = seen.length;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (seen[middle]!.stamp < stamp) start = middle + 1;
      else end = middle;
    }
    return largest[start - 1] ?? 0n;
  };
}
