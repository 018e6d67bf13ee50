import { assert } from '../../../base/assert.ts';
import type { Progress } from './progress.ts';
import type { Leading, RaftState } from './state.ts';
import type { StateSnapshot } from './types.ts';

/*
 * A snapshot travels in parts, one at a time: the next part goes out when the last one has arrived.
 * A lost part is sent again after a heartbeat that brought no progress.
 */

/** Starts to send the state, because the log no longer reaches back to what the member needs. */
export function startSnapshot(state: RaftState, leading: Leading, to: number): void {
  const progress = leading.progress.get(to);
  assert(progress !== undefined, 'snapshots go to members');
  // A member that is silent gets its snapshot when it speaks again, and a fresher one then.
  if (!progress.isActive) return;
  progress.becomeSnapshot(sharedSnapshot(state, leading) ?? state.takeSnapshot());
  assert(progress.snapshot!.index >= state.log.baseIndex, 'the log goes on where a snapshot ends');
  sendPart(state, to, progress);
}

/** Sends the part that the member needs next. */
export function sendPart(state: RaftState, to: number, progress: Progress): void {
  const snapshot = progress.snapshot;
  assert(snapshot !== null, 'there is a snapshot to send');
  const start = progress.snapshotOffsetBytes;
  progress.isChunkRecent = true;
  state.send(to, {
    kind: 'snapshot',
    term: state.term,
    index: snapshot.index,
    snapshotTerm: snapshot.term,
    config: snapshot.config,
    offsetBytes: start,
    totalBytes: snapshot.bytes.byteLength,
    data: snapshot.bytes.subarray(start, start + state.snapshotChunkBytes),
  });
}

/** A snapshot on its way to somebody else that is still of use. */
function sharedSnapshot(state: RaftState, leading: Leading): StateSnapshot | null {
  for (const { snapshot } of leading.progress.values()) {
    if (snapshot !== null && snapshot.index >= state.log.baseIndex) return snapshot;
  }
  return null;
}
