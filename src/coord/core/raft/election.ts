import { allVoters, isVoter } from './quorum.ts';
import { appendAsLeader, broadcastAppend, followMembers } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Leading, RaftState } from './state.ts';
import type { RaftMessage } from './types.ts';

type VoteRequest = Extract<RaftMessage, { kind: 'voteRequest' }>;
type VoteResponse = Extract<RaftMessage, { kind: 'voteResponse' }>;

/**
 * Stands for election. A pre-vote first asks whether it could be won, so that a node that was cut off
 * does not push the others into a new term (Raft thesis, 9.6).
 */
export function campaign(state: RaftState, kind: 'preVote' | 'vote' | 'transfer'): void {
  becomeFollower(state, state.term, 0);
  const isPreVote = kind === 'preVote' && !state.isOnlyVoter;
  const term = state.term + 1;
  if (isPreVote) {
    state.role = 'preCandidate';
    state.votes.set(state.id, true);
  } else {
    state.setTerm(term, state.id);
    state.role = 'candidate';
    // Its own vote counts, and others are asked, once term and vote are durable: after a crash it
    // must neither vote for somebody else nor collect answers about a log that it no longer has.
    state.outbox.promise({ kind: 'ownVote', term });
  }
  const request = voteRequest(state, isPreVote, kind === 'transfer');
  for (const to of allVoters(state.voters)) {
    if (to === state.id) continue;
    if (isPreVote) state.send(to, request);
    else state.sendWhenDurable(to, request);
  }
}

/** Asks somebody who could not be reached when this node asked everybody. */
export function askConnected(state: RaftState, id: number): void {
  if (state.role !== 'preCandidate' || !isVoter(state.voters, id)) return;
  state.send(id, voteRequest(state, true, false));
}

function voteRequest(state: RaftState, isPreVote: boolean, isTransfer: boolean): VoteRequest {
  const { lastIndex, lastTerm } = state.log;
  const term = isPreVote ? state.term + 1 : state.term;
  return { kind: 'voteRequest', term, isPreVote, isTransfer, lastIndex, lastTerm };
}

/** The vote for itself is durable. */
export function handleOwnVote(state: RaftState, term: number): void {
  if (state.role === 'candidate' && state.term === term) countVote(state, state.id, true);
}

/** Somebody asks for a vote; `message.term` is the present term, save for a pre-vote. */
export function handleVoteRequest(state: RaftState, from: number, message: VoteRequest): void {
  const { isPreVote } = message;
  const isGranted = state.rules.mayGrantVote({
    candidate: from,
    isPreVote,
    requestTerm: message.term,
    term: state.term,
    votedFor: state.votedFor,
    leader: state.leader,
    mayVote: state.mayVote,
    isLogUpToDate: state.rules.isLogUpToDate(
      message.lastIndex,
      message.lastTerm,
      state.log.lastIndex,
      state.log.lastTerm,
    ),
  });
  if (!isGranted || isPreVote) {
    const term = isGranted ? message.term : state.term;
    state.send(from, { kind: 'voteResponse', term, isPreVote, isGranted });
    return;
  }
  if (state.votedFor !== from) state.setVote(from);
  state.electionElapsed = 0;
  state.sendWhenDurable(from, { kind: 'voteResponse', term: state.term, isPreVote, isGranted });
}

/** Somebody has answered this node's request for a vote. */
export function handleVoteResponse(state: RaftState, from: number, message: VoteResponse): void {
  const { isPreVote, isGranted } = message;
  if (state.role !== (isPreVote ? 'preCandidate' : 'candidate')) return;
  if (message.term !== state.term + (isPreVote && isGranted ? 1 : 0)) return;
  countVote(state, from, isGranted);
}

function countVote(state: RaftState, from: number, isGranted: boolean): void {
  const { votes, voters, rules } = state;
  if (!votes.has(from)) votes.set(from, isGranted);
  if (rules.hasElectionQuorum(voters, (id) => votes.get(id) === true)) {
    if (state.role === 'preCandidate') campaign(state, 'vote');
    else becomeLeader(state);
  } else if (!rules.hasElectionQuorum(voters, (id) => votes.get(id) !== false)) {
    becomeFollower(state, state.term, 0);
  }
}

function becomeLeader(state: RaftState): void {
  const leading: Leading = {
    progress: new Map(),
    heartbeatElapsed: 0,
    transfer: null,
    readRound: 0,
    activeReads: null,
    queuedReads: [],
    fences: new Map(),
    departing: new Map(),
  };
  state.role = 'leader';
  state.leader = state.id;
  state.leading = leading;
  state.votes.clear();
  state.electionElapsed = 0;
  followMembers(state, leading);
  // Entries of earlier terms commit only together with one of this term (Raft, 5.4.2).
  appendAsLeader(state, leading, [{ config: null, payload: new Uint8Array() }]);
  broadcastAppend(state, leading, true);
}
