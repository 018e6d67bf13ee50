import { allVoters } from './quorum.ts';
import { appendAsLeader, broadcastAppend } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Leading, RaftState, Recovery } from './state.ts';
import { type RaftMessage, type StoredRaft, VOTE_FLOOR_UNKNOWN } from './types.ts';

/*
 * A node that starts without (all of) its disk does not know what it promised: X may have voted for C
 * in a term t' that nobody else has heard of yet, and may have acknowledged an entry that is committed
 * only because of that. So X stays silent, and asks (`probe`) under a random name for this start.
 *
 * A leader L of term t that is asked appends a *fence*: an empty entry e, made after X asked, so after
 * X lost its disk. When e is committed, L tells X its index (`floorIndex`). From then on X
 * acknowledges entries as L's follower in term t; it votes again when it holds, durably, everything
 * up to e and knows it committed (`voteFloorIndex`, part of the hard state, so that a restart on the
 * way changes nothing).
 *
 * Why nothing committed is lost and no term gets two leaders:
 *
 * 1. X's old vote for C in t' > t elects nobody. X acknowledges nothing before e is committed, and
 *    cannot have acknowledged e before, so a quorum Q without any help of X stored e in term t. C's
 *    log has been as it is since C asked for votes in t': before X's vote, before X's loss, before e.
 *    It lacks e. C's quorum meets Q in a node y other than X. If y stored e first, it does not vote
 *    for a log that lacks it (all of term t's entries in C's log come before e). If y voted first, it
 *    no longer follows t. If y voted, lost its disk and came back in between, then it came back by an
 *    earlier fence e' of a term <= t that C lacks too, for which the same argument holds with a
 *    quorum that does not count y; as time runs backwards along this chain, it ends.
 *    C having become the leader of t' earlier makes no difference: then e cannot be committed in t.
 *    For t' <= t: X counts its vote in t as given to L, and never votes in an older term.
 * 2. An entry that X acknowledged before its loss, committed thanks to it, comes before e in the log
 *    of L or of a leader before L: a quorum that elected a later leader meets, by 1, every quorum that
 *    committed. X holds all of it again before it votes for anybody.
 * 3. So a loss only ever costs availability: while X is silent the others need a majority without it,
 *    which they have when at most a minority has lost its disk.
 *
 * A voter that is being added may be needed for the very entry that adds it. A leader that is adding
 * X, by a joint configuration of its own term that is not committed yet, tells X to start at once.
 * What X promised as a voter before does not matter: while joint, each election and each commit also
 * needs a majority of the old voters, which X is not one of; and the entry that ends the joint phase
 * takes the part of the fence e, because it is made after X asked.
 *
 * A new cluster has no leader to ask. A node that found nothing at all starts as an ordinary voter
 * when a majority, itself included, was pristine (had never voted nor stored anything) at some time
 * after it started, and nobody it heard of has entries. If it had ever voted or stored something that
 * mattered, a quorum had too, and one of that majority would not be pristine, unless it lost its disk
 * as well. What this cannot see: a cluster whose founders did without a member that never took part,
 * where a founder lost its disk and meets that member before any other. Answers carry the name of the
 * probe, so that none from before a loss counts, and are repeated for the same name, so that a lost
 * answer does not shut a member out of the new cluster.
 */

/** Decides whether a node may trust its disk. Call once, before anything else happens. */
export function startStanding(state: RaftState, stored: StoredRaft): void {
  const isFresh = stored.standing === 'fresh';
  const isDamaged = stored.standing === 'damaged' || state.isVoteFloorUnknown;
  if (!isFresh && !isDamaged) return;
  state.recovery = {
    context: state.random() || 1,
    isFresh,
    pristine: new Set(),
    hasSeenEntries: false,
    leaderHint: 0,
    probeElapsed: state.heartbeatTicks,
  };
  if (isDamaged && !state.isVoteFloorUnknown) {
    // The next start may find a disk that looks sound. Term 1 tells it from a pristine one.
    state.setVoteFloor(VOTE_FLOOR_UNKNOWN);
    if (state.term === 0) state.setTerm(1, 0);
  }
  tryBoot(state);
}

/** Asks again, as long as the node does not know its standing. */
export function tickStanding(state: RaftState): void {
  const { recovery } = state;
  if (recovery === null || ++recovery.probeElapsed < state.heartbeatTicks) return;
  recovery.probeElapsed = 0;
  const targets = new Set(state.log.config.members.map((member) => member.id));
  for (const id of allVoters(state.voters)) targets.add(id);
  targets.add(recovery.leaderHint);
  for (const to of targets) {
    if (to !== state.id && to !== 0) probe(state, recovery, to);
  }
}

/** Asks somebody who can be reached from now on, if there is something to ask. */
export function probeConnected(state: RaftState, id: number): void {
  if (state.recovery !== null) probe(state, state.recovery, id);
}

function probe(state: RaftState, { context }: Recovery, to: number): void {
  state.send(to, { kind: 'probe', term: state.term, context });
}

/** Somebody does not know what it promised. */
export function handleProbe(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'probe' }>,
): void {
  const { context } = message;
  if (message.term > state.term && state.recovery === null) becomeFollower(state, message.term, 0);
  rememberPristine(state, from, context);
  state.send(from, {
    kind: 'probeResponse',
    term: state.term,
    context,
    ownContext: state.recovery?.context ?? 0,
    isPristine: state.pristineAfter.get(from) === context,
    lastIndex: state.log.lastIndex,
    floorIndex: state.leading === null ? 0 : floorFor(state, state.leading, from, context),
  });
}

/** Somebody tells what it knows. */
export function handleProbeResponse(
  state: RaftState,
  from: number,
  message: Extract<RaftMessage, { kind: 'probeResponse' }>,
): void {
  rememberPristine(state, from, message.ownContext);
  const { recovery } = state;
  if (recovery === null || message.context !== recovery.context) return;
  if (message.floorIndex > 0 && message.term >= state.term) {
    state.recovery = null;
    becomeFollower(state, message.term, from);
    state.setVote(from);
    state.setVoteFloor(message.floorIndex);
    return;
  }
  if (message.isPristine) recovery.pristine.add(from);
  else if (message.lastIndex > 0) recovery.hasSeenEntries = true;
  tryBoot(state);
}

function tryBoot(state: RaftState): void {
  const { recovery, rules, voters } = state;
  if (recovery === null || !recovery.isFresh || recovery.hasSeenEntries) return;
  const isPristine = (id: number): boolean => id === state.id || recovery.pristine.has(id);
  if (!rules.mayBoot(voters, isPristine)) return;
  state.recovery = null;
  state.startElectionTimer();
}

/** Another node's start is noted if this one is still pristine after it. */
function rememberPristine(state: RaftState, from: number, context: number): void {
  const isPristine = state.term === 0 && state.log.lastIndex === 0;
  if (isPristine && context !== 0) state.pristineAfter.set(from, context);
}

/** Where a member that asks may start from, 0 while it must wait. */
function floorFor(state: RaftState, leading: Leading, from: number, context: number): number {
  const known = leading.fences.get(from);
  if (known?.context !== context) {
    const progress = leading.progress.get(from);
    if (progress !== undefined) {
      // What it had acknowledged may be gone.
      progress.match = 0;
      progress.becomeProbe(state.log.lastIndex + 1);
    }
    leading.fences.set(from, { context, index: state.log.lastIndex + 1 });
    appendAsLeader(state, leading, [{ config: null, payload: new Uint8Array() }]);
    broadcastAppend(state, leading, false);
  }
  const { config, configIndex, voters } = state.log;
  const isBeingAdded =
    config.outgoingVoters.length > 0 &&
    configIndex > state.commitIndex &&
    state.log.termAt(configIndex) === state.term &&
    voters.incoming.includes(from) &&
    !voters.outgoing.includes(from);
  if (isBeingAdded) return configIndex;
  const fence = leading.fences.get(from)!.index;
  return fence <= state.commitIndex ? fence : 0;
}
