import { maybeCommit } from './commit.ts';
import type { Progress } from './progress.ts';
import { finishReadRound } from './reads.ts';
import { sendAppend } from './replication.ts';
import { sendPart } from './snapshot-send.ts';
import type { Leading, RaftState } from './state.ts';
import { maybeTellHeir } from './transfer.ts';
import type { RaftMessage } from './types.ts';

/** A member has stored an append, or could not. */
export function handleAppendResponse(
  state: RaftState,
  leading: Leading,
  from: number,
  message: Extract<RaftMessage, { kind: 'appendResponse' }>,
): void {
  const progress = leading.progress.get(from);
  if (progress === undefined || message.index > state.log.lastIndex) return;
  progress.isActive = true;
  if (message.isRejected) {
    backOff(state, leading, from, message);
    return;
  }
  // A member that had to be waited for has not been told what was committed meanwhile.
  const wasWaiting = progress.isWaiting;
  progress.inflight.freeUpTo(message.index);
  const isNews = message.index > progress.match;
  if (isNews) progress.match = message.index;
  if (message.index >= progress.next) progress.next = message.index + 1;
  if (progress.state === 'probe' && (isNews || message.index === progress.next - 1)) {
    progress.becomeReplicate();
  } else if (progress.snapshot !== null && progress.match >= progress.snapshot.index) {
    // It has what the snapshot holds; whether the log reaches it again is seen when sending.
    progress.becomeProbe(progress.match + 1);
  }
  const isToldAll = isNews && maybeCommit(state, leading);
  if (state.leading !== leading) return;
  sendAppend(state, leading, from, wasWaiting && !isToldAll);
  maybeTellHeir(state, leading);
}

/** A member has heard a heartbeat: whatever was on its way to it before may count as lost. */
export function handleHeartbeatResponse(
  state: RaftState,
  leading: Leading,
  from: number,
  message: Extract<RaftMessage, { kind: 'heartbeatResponse' }>,
): void {
  const progress = leading.progress.get(from);
  if (progress === undefined || message.readRound > leading.readRound) return;
  progress.isActive = true;
  progress.isWaiting = false;
  if (progress.state === 'snapshot') {
    if (progress.isChunkRecent) progress.isChunkRecent = false;
    else sendPart(state, from, progress);
  } else if (progress.state === 'probe' || progress.match < state.log.lastIndex) {
    sendAppend(state, leading, from, true);
  }
  if (message.readRound > progress.readRound) {
    progress.readRound = message.readRound;
    finishReadRound(state, leading);
  }
}

/** A part of a snapshot has arrived, or all of it is durable. */
export function handleSnapshotResponse(
  state: RaftState,
  leading: Leading,
  from: number,
  message: Extract<RaftMessage, { kind: 'snapshotResponse' }>,
): void {
  const progress = leading.progress.get(from);
  const snapshot = progress?.snapshot;
  if (progress === undefined || !snapshot || snapshot.index !== message.index) return;
  const totalBytes = snapshot.bytes.byteLength;
  if (!(message.receivedBytes >= 0 && message.receivedBytes <= totalBytes)) return;
  progress.isActive = true;
  if (message.receivedBytes < totalBytes) {
    // Repeated: the part from there on is on its way.
    if (message.receivedBytes === progress.snapshotOffsetBytes) return;
    progress.snapshotOffsetBytes = message.receivedBytes;
    sendPart(state, from, progress);
    return;
  }
  progress.match = Math.max(progress.match, snapshot.index);
  progress.becomeProbe(progress.match + 1);
  const isToldAll = maybeCommit(state, leading);
  if (state.leading !== leading) return;
  sendAppend(state, leading, from, !isToldAll);
  maybeTellHeir(state, leading);
}

/**
 * The logs differ before what was sent. The member's hint is the last place where its log could equal
 * one with the leader's term there; the leader looks, in turn, for the last place where its own could
 * equal one with the hint's term. So each exchange skips a whole term (etcd's fast back-off).
 */
function backOff(
  state: RaftState,
  leading: Leading,
  from: number,
  message: Extract<RaftMessage, { kind: 'appendResponse' }>,
): void {
  const progress = leading.progress.get(from);
  if (progress === undefined || progress.state === 'snapshot') return;
  if (isOutdated(state, progress, message.index)) return;
  const { log } = state;
  const isInLog = message.hintIndex >= log.baseIndex;
  const guess = isInLog
    ? log.lastIndexWithTermAtMost(message.hintIndex, message.hintTerm)
    : message.hintIndex;
  progress.becomeProbe(Math.max(1, Math.min(message.index, guess + 1)));
  sendAppend(state, leading, from, true);
}

/**
 * Whether a rejection speaks of an append that was answered otherwise since. What a member has
 * acknowledged it rejects only if it lost its disk, and then as an answer to a heartbeat, which said
 * how much of that is committed.
 */
function isOutdated(state: RaftState, progress: Progress, index: number): boolean {
  if (progress.state === 'probe') return index !== progress.next - 1;
  return index <= progress.match && index !== Math.min(progress.match, state.commitIndex);
}
