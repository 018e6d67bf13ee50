import { EngineError } from '../../../base/errors.ts';
import { hasQuorum, votersOf } from './quorum.ts';
import { appendAsLeader, broadcastAppend } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Leading, RaftState } from './state.ts';
import type { ClusterConfig, Member } from './types.ts';

/*
 * Joint consensus (Raft thesis, 4.3): a change of voters first enters a configuration in which both
 * the old and the new voters must agree, and leaves it by itself once that entry is committed. A
 * change that keeps the voters (observers, addresses) needs no joint phase.
 */

/**
 * Whether no change of members is under way. A leader that has not committed anything in its term
 * cannot know that.
 */
export function mayChangeMembers(state: RaftState): boolean {
  const { config, configIndex } = state.log;
  if (!state.hasCommittedInTerm) return false;
  return config.outgoingVoters.length === 0 && configIndex <= state.commitIndex;
}

/**
 * Appends a change of members, unless no quorum of the new voters is there: the change could never be
 * completed, nor taken back. (ZooKeeper refuses it, too: NewConfigNoQuorum.)
 *
 * @returns whether it did.
 * @throws EngineError BAD_REQUEST when nobody would vote or an id comes twice.
 */
export function proposeMembers(
  state: RaftState,
  leading: Leading,
  members: readonly Member[],
  payload: Uint8Array,
  isConnected: (id: number) => boolean,
): boolean {
  const sorted = [...members].sort((left, right) => left.id - right.id);
  if (sorted.some((member, position) => sorted[position + 1]?.id === member.id)) {
    throw new EngineError('BAD_REQUEST', 'coord: a member is listed twice; list each id once');
  }
  const voters = votersOf({ members: sorted, outgoingVoters: [] }).incoming;
  if (voters.length === 0) {
    throw new EngineError('BAD_REQUEST', 'coord: no participant is left; keep at least one');
  }
  if (
    !hasQuorum({ incoming: voters, outgoing: [] }, (id) =>
      isPresent(state, leading, id, isConnected),
    )
  ) {
    return false;
  }
  const old = state.voters.incoming;
  const isSame = old.length === voters.length && old.every((id, at) => id === voters[at]);
  const config: ClusterConfig = { members: sorted, outgoingVoters: isSame ? [] : old };
  appendAsLeader(state, leading, [{ config, payload }]);
  return true;
}

/** Takes the next step of a change of members after something was committed. */
export function continueMemberChange(state: RaftState, leading: Leading): void {
  const { config, configIndex } = state.log;
  if (configIndex > state.commitIndex) return;
  if (config.outgoingVoters.length > 0) {
    const left: ClusterConfig = { members: config.members, outgoingVoters: [] };
    appendAsLeader(state, leading, [{ config: left, payload: new Uint8Array() }]);
    broadcastAppend(state, leading, false);
  } else if (!state.voters.incoming.includes(state.id)) {
    handOver(state, leading);
  }
}

/** Stops to send to members that were removed, when they have had time to learn it. */
export function tickDeparting(state: RaftState, leading: Leading): void {
  if (state.log.configIndex > state.commitIndex) return;
  for (const [id, ticksLeft] of leading.departing) {
    if (ticksLeft > 0) {
      leading.departing.set(id, ticksLeft - 1);
      continue;
    }
    leading.departing.delete(id);
    leading.progress.delete(id);
  }
}

/**
 * Whether a node would take part as a voter: members answer, and those that are to come and have no
 * disk yet ask. One that was a member before says nothing until it is one again, so that it counts
 * when there is a way to it.
 */
export function isPresent(
  state: RaftState,
  leading: Leading,
  id: number,
  isConnected: (id: number) => boolean,
): boolean {
  if (id === state.id || leading.fences.has(id)) return true;
  const progress = leading.progress.get(id);
  return progress === undefined ? isConnected(id) : progress.isActive || progress.wasActive;
}

/** A leader that is no voter any more ends, and spares the others the wait for its silence. */
function handOver(state: RaftState, leading: Leading): void {
  const heir = state.voters.incoming.find(
    (id) => leading.progress.get(id)?.match === state.log.lastIndex,
  );
  if (heir !== undefined) state.send(heir, { kind: 'timeoutNow', term: state.term });
  becomeFollower(state, state.term, 0);
}
