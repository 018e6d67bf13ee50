import type { Leading, PendingRead, RaftState } from './state.ts';
import type { RaftMessage } from './types.ts';

/*
 * Reads without a log entry (Raft thesis, 6.4). A leader notes its commit index, lets a quorum confirm
 * by a round of heartbeats that nobody has replaced it, and answers with that index. Reads that come
 * while a round is under way share the next one. A follower forwards, and gives up when the leader
 * changes or stays silent; asking again is the caller's.
 */

/** Asks for an index that a read here may be answered at; the answer comes in `output.reads`. */
export function requestRead(state: RaftState, context: number): void {
  if (state.leading !== null) {
    queueRead(state, state.leading, { from: state.id, context });
  } else if (state.leader === 0) {
    state.outbox.output.reads.push({ context, index: -1 });
  } else {
    state.forwardedReads.set(context, 0);
    state.send(state.leader, { kind: 'readRequest', term: state.term, context });
  }
}

/** A follower asks. */
export function handleReadRequest(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'readRequest' }>,
): void {
  const read = { from, context: message.context };
  if (state.leading === null || message.term !== state.term) answer(state, read, -1);
  else queueRead(state, state.leading, read);
}

/** The leader answers. */
export function handleReadResponse(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'readResponse' }>,
): void {
  if (from !== state.leader || !state.forwardedReads.delete(message.context)) return;
  state.outbox.output.reads.push({ context: message.context, index: message.index });
}

/** Sends a heartbeat to everybody; it also confirms the newest read round. */
export function broadcastHeartbeat(state: RaftState, leading: Leading): void {
  leading.heartbeatElapsed = 0;
  for (const [to, { match }] of leading.progress) {
    state.send(to, {
      kind: 'heartbeat',
      term: state.term,
      commitIndex: Math.min(match, state.commitIndex),
      readRound: leading.readRound,
    });
  }
}

/** Starts a round for what is queued, if none is under way and the leader knows what is committed. */
export function startReadRound(state: RaftState, leading: Leading): void {
  if (leading.activeReads !== null || leading.queuedReads.length === 0) return;
  if (!state.hasCommittedInTerm) return;
  leading.readRound++;
  leading.activeReads = { index: state.commitIndex, reads: leading.queuedReads };
  leading.queuedReads = [];
  if (!finishReadRound(state, leading)) broadcastHeartbeat(state, leading);
}

/** Answers the round under way if a quorum has confirmed it. */
export function finishReadRound(state: RaftState, leading: Leading): boolean {
  const active = leading.activeReads;
  if (active === null) return false;
  const isConfirmed = (id: number): boolean =>
    id === state.id || (leading.progress.get(id)?.readRound ?? 0) >= leading.readRound;
  if (!state.rules.mayAnswerRead(state.voters, isConfirmed, state.hasCommittedInTerm)) return false;
  leading.activeReads = null;
  for (const read of active.reads) answer(state, read, active.index);
  startReadRound(state, leading);
  return true;
}

/** Tells everybody who waits for this leader that it cannot answer. */
export function failLeaderReads(state: RaftState, leading: Leading): void {
  for (const read of leading.activeReads?.reads ?? []) answer(state, read, -1);
  for (const read of leading.queuedReads) answer(state, read, -1);
}

/** Gives up the reads that were forwarded. */
export function failForwardedReads(state: RaftState): void {
  for (const context of state.forwardedReads.keys()) {
    state.outbox.output.reads.push({ context, index: -1 });
  }
  state.forwardedReads.clear();
}

/** Gives up reads whose answer has not come for an election timeout. */
export function tickReads(state: RaftState): void {
  for (const [context, ticks] of state.forwardedReads) {
    if (ticks + 1 < state.electionTicks) {
      state.forwardedReads.set(context, ticks + 1);
      continue;
    }
    state.forwardedReads.delete(context);
    state.outbox.output.reads.push({ context, index: -1 });
  }
}

function queueRead(state: RaftState, leading: Leading, read: PendingRead): void {
  leading.queuedReads.push(read);
  startReadRound(state, leading);
}

function answer(state: RaftState, read: PendingRead, index: number): void {
  const { context } = read;
  if (read.from === state.id) state.outbox.output.reads.push({ context, index });
  else state.send(read.from, { kind: 'readResponse', term: state.term, context, index });
}
