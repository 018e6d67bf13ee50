import { hasQuorum, quorumIndex, type VoterSets } from './quorum.ts';

/** What decides about a vote; see `RaftRules.mayGrantVote`. */
export interface VoteQuestion {
  readonly candidate: number;
  readonly isPreVote: boolean;
  /** The term that the candidate wants to lead. */
  readonly requestTerm: number;
  /** The voter's own term, after it has taken over that of a real (not pre-) vote. */
  readonly term: number;
  readonly votedFor: number;
  /** The leader known in `term`, 0 for none. */
  readonly leader: number;
  /** False after a loss of disk; see standing.ts. */
  readonly mayVote: boolean;
  readonly isLogUpToDate: boolean;
}

/**
 * Every decision that the safety of consensus hangs on, as functions of nothing but their arguments.
 * Tests hand in an altered one to prove that they would notice.
 */
export interface RaftRules {
  /** Whether a candidate's log is at least as new as the voter's (Raft, 5.4.1). */
  isLogUpToDate(
    lastIndex: number,
    lastTerm: number,
    ownLastIndex: number,
    ownLastTerm: number,
  ): boolean;
  /** Whether to vote for a candidate: once in a term (5.2), never for an older log (5.4.1). */
  mayGrantVote(question: VoteQuestion): boolean;
  /** Whether a leader was heard from so recently that nobody else may be elected (thesis, 6.4). */
  isLeaseValid(isLeader: boolean, leader: number, elapsed: number, electionTicks: number): boolean;
  /** Whether those who granted their vote elect a leader. */
  hasElectionQuorum(voters: VoterSets, isGranted: (id: number) => boolean): boolean;
  /** Whether a leader that heard from those that are active must give up (thesis, 6.2). */
  mustStepDown(voters: VoterSets, isActive: (id: number) => boolean): boolean;
  /** Whether the entry before an append is the same here (5.3). `ownTerm` -1: there is none. */
  matchesPrevious(ownTerm: number, previousTerm: number): boolean;
  /** The greatest index that is stored by a quorum. */
  committedIndex(voters: VoterSets, match: (id: number) => number): number;
  /** Whether counting replicas commits an entry: only one of the leader's own term (5.4.2). */
  mayCommit(index: number, termOfIndex: number, currentTerm: number): boolean;
  /** How far a follower may commit: no further than its log is known to equal the leader's. */
  followerCommitIndex(commitIndex: number, matchedIndex: number): number;
  /** Whether a read round is confirmed, and the leader knows what is committed (thesis, 6.4). */
  mayAnswerRead(
    voters: VoterSets,
    isConfirmed: (id: number) => boolean,
    hasCommittedInTerm: boolean,
  ): boolean;
  /** Whether what waits for a persist may be said. */
  isDurable(neededPersist: number, donePersist: number): boolean;
  /** Whether a node that lost its disk holds everything again that it may have promised to hold. */
  isRefilled(voteFloorIndex: number, durableCommitIndex: number): boolean;
  /** Whether fresh nodes are a new cluster, rather than an old one's forgetful members. */
  mayBoot(voters: VoterSets, isPristine: (id: number) => boolean): boolean;
}

/** The rules as they are. */
export const RAFT_RULES: RaftRules = {
  isLogUpToDate: (lastIndex, lastTerm, ownLastIndex, ownLastTerm) =>
    lastTerm > ownLastTerm || (lastTerm === ownLastTerm && lastIndex >= ownLastIndex),
  mayGrantVote: (question) => {
    if (!question.mayVote || !question.isLogUpToDate) return false;
    if (question.isPreVote) return question.requestTerm > question.term;
    if (question.requestTerm !== question.term) return false;
    if (question.votedFor !== 0) return question.votedFor === question.candidate;
    return question.leader === 0;
  },
  isLeaseValid: (isLeader, leader, elapsed, electionTicks) =>
    isLeader || (leader !== 0 && elapsed < electionTicks),
  hasElectionQuorum: hasQuorum,
  mustStepDown: (voters, isActive) => !hasQuorum(voters, isActive),
  matchesPrevious: (ownTerm, previousTerm) => ownTerm === previousTerm,
  committedIndex: quorumIndex,
  mayCommit: (_index, termOfIndex, currentTerm) => termOfIndex === currentTerm,
  followerCommitIndex: (commitIndex, matchedIndex) => Math.min(commitIndex, matchedIndex),
  mayAnswerRead: (voters, isConfirmed, hasCommittedInTerm) =>
    hasCommittedInTerm && hasQuorum(voters, isConfirmed),
  isDurable: (neededPersist, donePersist) => neededPersist <= donePersist,
  isRefilled: (voteFloorIndex, durableCommitIndex) => durableCommitIndex >= voteFloorIndex,
  mayBoot: hasQuorum,
};
