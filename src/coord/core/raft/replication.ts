import { assert } from '../../../base/assert.ts';
import { Progress } from './progress.ts';
import { startSnapshot } from './snapshot-send.ts';
import type { Leading, RaftState } from './state.ts';
import type { ClusterConfig, Entry } from './types.ts';

/** Puts something into the leader's log; nothing is sent yet. */
export function appendAsLeader(
  state: RaftState,
  leading: Leading,
  contents: readonly { readonly config: ClusterConfig | null; readonly payload: Uint8Array }[],
): void {
  const start = state.log.lastIndex + 1;
  const entries: Entry[] = contents.map(({ config, payload }, offset) => ({
    index: start + offset,
    term: state.term,
    config,
    payload,
  }));
  state.append(entries);
  if (entries.some((entry) => entry.config !== null)) followMembers(state, leading);
}

/** Starts to send to members that are new, and lets those that were removed fade out. */
export function followMembers(state: RaftState, leading: Leading): void {
  const ids = new Set(state.log.config.members.map((member) => member.id));
  for (const id of state.log.config.outgoingVoters) ids.add(id);
  ids.delete(state.id);
  for (const id of ids) {
    leading.departing.delete(id);
    if (!leading.progress.has(id)) leading.progress.set(id, newProgress(state));
  }
  for (const id of leading.progress.keys()) {
    if (!ids.has(id)) leading.departing.set(id, state.electionTicks);
  }
}

/** What a leader believes of a member that it knows nothing about. */
export function newProgress(state: RaftState): Progress {
  const next = state.log.lastIndex + 1;
  return new Progress(next, state.inflightMessagesMax, state.inflightBytesMax);
}

/**
 * Sends everybody what they lack.
 *
 * @param isEmptyWanted also when that is only a newer commit index.
 */
export function broadcastAppend(state: RaftState, leading: Leading, isEmptyWanted: boolean): void {
  for (const to of leading.progress.keys()) sendAppend(state, leading, to, isEmptyWanted);
}

/** Sends a member what it lacks, as far as its progress allows. */
export function sendAppend(
  state: RaftState,
  leading: Leading,
  to: number,
  isEmptyWanted: boolean,
): void {
  const progress = leading.progress.get(to);
  assert(progress !== undefined, 'appends go to members');
  if (progress.state === 'snapshot' || progress.isWaiting) return;
  if (state.log.termAt(progress.next - 1) < 0) {
    startSnapshot(state, leading, to);
    return;
  }
  if (progress.state === 'probe') {
    if (!isEmptyWanted && progress.next > state.log.lastIndex) return;
    sendBatch(state, to, progress);
    progress.isWaiting = true;
    return;
  }
  let isSent = false;
  while (!progress.inflight.isFull && progress.next <= state.log.lastIndex) {
    const { lastIndex, bytes } = sendBatch(state, to, progress);
    progress.inflight.add(lastIndex, bytes);
    progress.next = lastIndex + 1;
    isSent = true;
  }
  if (!isSent && isEmptyWanted) sendEmpty(state, to, progress);
}

function sendBatch(
  state: RaftState,
  to: number,
  progress: Progress,
): { lastIndex: number; bytes: number } {
  const { entries, bytes } = state.log.batch(progress.next, state.appendBytesMax);
  sendEntries(state, to, progress.next - 1, entries);
  return { lastIndex: progress.next + entries.length - 1, bytes };
}

function sendEmpty(state: RaftState, to: number, progress: Progress): void {
  sendEntries(state, to, progress.next - 1, []);
}

function sendEntries(
  state: RaftState,
  to: number,
  previousIndex: number,
  entries: readonly Entry[],
): void {
  state.send(to, {
    kind: 'append',
    term: state.term,
    previousIndex,
    previousTerm: state.log.termAt(previousIndex),
    commitIndex: state.commitIndex,
    entries,
  });
}
