import { assert } from '../../../base/assert.ts';
import { failForwardedReads, failLeaderReads } from './reads.ts';
import type { RaftState } from './state.ts';

/**
 * Follows `leader` (0: whoever it will be) in a term that is not older than the present one. Whatever
 * the node was, it ends: votes, leadership, reads that only another leader could answer.
 */
export function becomeFollower(state: RaftState, term: number, leader: number): void {
  assert(term >= state.term, 'nobody follows into the past');
  assert(leader !== state.id, 'nobody follows itself');
  if (state.leading !== null) failLeaderReads(state, state.leading);
  if (state.leader !== leader || term > state.term) failForwardedReads(state);
  if (term > state.term) state.setTerm(term, 0);
  state.leading = null;
  state.votes.clear();
  state.role = 'follower';
  state.leader = leader;
  state.restartElectionTimer();
}

/** A message that only a legitimate leader of the present term sends: its lease starts anew. */
export function heardFromLeader(state: RaftState, from: number): void {
  if (state.role !== 'follower' || state.leader !== from) becomeFollower(state, state.term, from);
  else state.electionElapsed = 0;
}
