import type { History } from '../history.ts';
import { checkEphemerals } from './ephemerals.ts';
import { checkRealTime } from './real-time.ts';
import { checkSequences } from './sequences.ts';
import { checkSessionOrder } from './session-order.ts';
import { checkSnapshotReads } from './snapshot-reads.ts';
import { Timeline } from './timeline.ts';
import { checkTreeHistory } from './tree-history.ts';
import { checkWatches } from './watch-order.ts';

/**
 * Everything that clients were promised, checked on what they sent and received. The cheap and
 * telling checks come first.
 *
 * @returns how many parts of the history were too hard to decide.
 * @throws SafetyViolation for the first broken promise.
 */
export function checkHistory(history: History): number {
  checkRealTime(history);
  checkSequences(history);
  const timeline = new Timeline(history);
  checkSessionOrder(history, timeline);
  checkSnapshotReads(history, timeline);
  checkEphemerals(history, timeline);
  checkWatches(history, timeline);
  return checkTreeHistory(history);
}
