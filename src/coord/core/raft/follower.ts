import { heardFromLeader } from './roles.ts';
import type { RaftState } from './state.ts';
import type { Entry, RaftMessage } from './types.ts';

/** Entries from the leader, or the news of what is committed. */
export function handleAppend(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'append' }>,
): void {
  const { log, rules } = state;
  const { previousIndex, previousTerm, entries } = message;
  if (state.leading !== null || !isWellFormed(message)) return;
  heardFromLeader(state, from);
  if (previousIndex < state.commitIndex) {
    acknowledge(state, from, state.commitIndex);
    return;
  }
  if (!rules.matchesPrevious(log.termAt(previousIndex), previousTerm)) {
    reject(state, from, previousIndex, previousTerm);
    return;
  }
  const fresh = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);
  if (fresh >= 0) {
    const first = entries[fresh]!;
    if (first.index <= log.lastIndex) state.truncateFrom(first.index);
    state.append(fresh === 0 ? entries : entries.slice(fresh));
  }
  const matchedIndex = previousIndex + entries.length;
  followCommit(state, message.commitIndex, matchedIndex);
  acknowledge(state, from, matchedIndex);
}

/** The leader lives, and says how far this log is committed. */
export function handleHeartbeat(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'heartbeat' }>,
): void {
  if (state.leading !== null) return;
  heardFromLeader(state, from);
  if (state.voteFloorIndex === 0) {
    // The leader says no more than what this node had acknowledged to it.
    followCommit(state, message.commitIndex, state.log.lastIndex);
  } else if (message.commitIndex > state.commitIndex) {
    askAgain(state, from, message.commitIndex);
  }
  const { readRound } = message;
  state.send(from, { kind: 'heartbeatResponse', term: state.term, readRound });
}

/** Says that the log equals the leader's up to an index, as soon as it does so on disk. */
export function acknowledge(state: RaftState, to: number, index: number): void {
  state.sendWhenDurable(to, {
    kind: 'appendResponse',
    term: state.term,
    isRejected: false,
    index,
    hintIndex: 0,
    hintTerm: 0,
  });
}

/** What was acknowledged may have been lost with the disk: the leader must compare the logs again. */
function askAgain(state: RaftState, to: number, index: number): void {
  const { term, commitIndex } = state;
  const hint = { hintIndex: commitIndex, hintTerm: state.log.termAt(commitIndex) };
  state.send(to, { kind: 'appendResponse', term, isRejected: true, index, ...hint });
}

function reject(state: RaftState, to: number, index: number, previousTerm: number): void {
  const hintIndex = state.log.lastIndexWithTermAtMost(index, previousTerm);
  const hintTerm = state.log.termAt(hintIndex);
  const { term } = state;
  state.send(to, { kind: 'appendResponse', term, isRejected: true, index, hintIndex, hintTerm });
}

function followCommit(state: RaftState, commitIndex: number, matchedIndex: number): void {
  const index = state.rules.followerCommitIndex(commitIndex, matchedIndex);
  state.commitIndex = Math.min(Math.max(state.commitIndex, index), state.log.lastIndex);
}

/** Whether an append is what a leader could send; decoders check numbers, not what they mean. */
function isWellFormed(message: Extract<RaftMessage, { kind: 'append' }>): boolean {
  let index = message.previousIndex;
  let term = message.previousTerm;
  for (const entry of message.entries) {
    if (!followsOn(entry, index, term, message.term)) return false;
    index = entry.index;
    term = entry.term;
  }
  return message.previousIndex >= 0 && message.previousTerm >= 0;
}

function followsOn(entry: Entry, index: number, term: number, termMax: number): boolean {
  const hasVoters =
    entry.config === null || entry.config.members.some(({ role }) => role === 'participant');
  return entry.index === index + 1 && entry.term >= term && entry.term <= termMax && hasVoters;
}
