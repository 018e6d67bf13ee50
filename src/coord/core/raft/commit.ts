import { continueMemberChange } from './membership.ts';
import { startReadRound } from './reads.ts';
import { broadcastAppend } from './replication.ts';
import type { Leading, RaftState } from './state.ts';

/**
 * Commits what a quorum has stored, tells everybody, and does what has waited for it.
 *
 * @returns whether there was something to tell.
 */
export function maybeCommit(state: RaftState, leading: Leading): boolean {
  const { log, rules } = state;
  const match = (id: number): number =>
    id === state.id ? state.stableIndex : (leading.progress.get(id)?.match ?? 0);
  const index = Math.min(rules.committedIndex(state.voters, match), log.lastIndex);
  if (index <= state.commitIndex) return false;
  if (!rules.mayCommit(index, log.termAt(index), state.term)) return false;
  state.commitIndex = index;
  broadcastAppend(state, leading, true);
  startReadRound(state, leading);
  continueMemberChange(state, leading);
  return true;
}
