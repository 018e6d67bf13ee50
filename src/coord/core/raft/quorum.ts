import type { ClusterConfig } from './types.ts';

/** The two majorities that a configuration asks for. An empty list asks for nothing. */
export interface VoterSets {
  /** Voters of the configuration that holds or is being entered, sorted. */
  readonly incoming: readonly number[];
  /** Voters of the configuration that is being left, sorted; empty when not joint. */
  readonly outgoing: readonly number[];
}

/** Who votes in a configuration. */
export function votersOf(config: ClusterConfig): VoterSets {
  const participants = config.members.filter((member) => member.role === 'participant');
  return { incoming: participants.map((member) => member.id), outgoing: config.outgoingVoters };
}

/** Whether a node votes in either majority. */
export function isVoter(voters: VoterSets, id: number): boolean {
  return voters.incoming.includes(id) || voters.outgoing.includes(id);
}

/** Every voter once. */
export function allVoters(voters: VoterSets): number[] {
  return [...new Set([...voters.incoming, ...voters.outgoing])];
}

/** Whether the nodes for which `has` is true are a majority of each set. */
export function hasQuorum(voters: VoterSets, has: (id: number) => boolean): boolean {
  return hasMajority(voters.incoming, has) && hasMajority(voters.outgoing, has);
}

/**
 * The greatest index that a majority of each set has reached.
 *
 * @param match what a voter has stored; 0 for nothing known.
 */
export function quorumIndex(voters: VoterSets, match: (id: number) => number): number {
  const index = Math.min(
    majorityIndex(voters.incoming, match),
    majorityIndex(voters.outgoing, match),
  );
  return index === Number.POSITIVE_INFINITY ? 0 : index;
}

function hasMajority(ids: readonly number[], has: (id: number) => boolean): boolean {
  let count = 0;
  for (const id of ids) if (has(id)) count++;
  return ids.length === 0 || 2 * count > ids.length;
}

/** Sorted in falling order, the element at half the length is reached by a majority. */
function majorityIndex(ids: readonly number[], match: (id: number) => number): number {
  if (ids.length === 0) return Number.POSITIVE_INFINITY;
  const matches = ids.map(match).sort((left, right) => right - left);
  return matches[ids.length >> 1]!;
}
