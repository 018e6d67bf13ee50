import { assert } from '../../../base/assert.ts';
import { maybeCommit } from './commit.ts';
import {
  askConnected,
  campaign,
  handleOwnVote,
  handleVoteRequest,
  handleVoteResponse,
} from './election.ts';
import { handleAppend, handleHeartbeat } from './follower.ts';
import { isPresent, mayChangeMembers, proposeMembers, tickDeparting } from './membership.ts';
import type { Promised } from './outbox.ts';
import {
  broadcastHeartbeat,
  failForwardedReads,
  handleReadRequest,
  handleReadResponse,
  requestRead,
  tickReads,
} from './reads.ts';
import { appendAsLeader, broadcastAppend } from './replication.ts';
import {
  handleAppendResponse,
  handleHeartbeatResponse,
  handleSnapshotResponse,
} from './responses.ts';
import { becomeFollower } from './roles.ts';
import { handleSnapshotPart } from './snapshot-receive.ts';
import {
  handleProbe,
  handleProbeResponse,
  probeConnected,
  startStanding,
  tickStanding,
} from './standing.ts';
import { type Leading, type RaftOptions, RaftState } from './state.ts';
import { startTransfer, tickTransfer } from './transfer.ts';
import type {
  ClusterConfig,
  Member,
  RaftMessage,
  RaftOutput,
  RaftRole,
  RaftStatus,
} from './types.ts';

/**
 * One member of a Raft group: a deterministic state machine without clock, disk or network. Each call
 * is a step; what the step asks for is in its output, and nothing in an output waits for anything
 * else in it. Sources: Ongaro and Ousterhout 2014 ("Raft"), Ongaro's thesis, and the structure of
 * etcd-io/raft.
 *
 * Caller must: perform persists in order and report each (or the last of several) by `persisted`;
 * deliver messages to whom they are for, or lose, repeat or reorder them; apply `committed` in order.
 *
 * Keeps: `committed` holds only entries that are committed and durable here, each index once and in
 * order, starting after the stored snapshot or after `installed`.
 */
export class Raft {
  readonly #state: RaftState;

  constructor(options: RaftOptions) {
    this.#state = new RaftState(options);
    startStanding(this.#state, options.stored);
  }

  get role(): RaftRole {
    return this.#state.role;
  }

  get term(): number {
    return this.#state.term;
  }

  /** 0 when none is known. */
  get leader(): number {
    return this.#state.leader;
  }

  get commitIndex(): number {
    return this.#state.commitIndex;
  }

  /** The newest configuration in the log, committed or not: the one that holds. */
  get config(): ClusterConfig {
    return this.#state.log.config;
  }

  /** Whom this node has something to say to: the members, and those that are being removed. */
  get contacts(): readonly Member[] {
    const { log, leading } = this.#state;
    const { members, outgoingVoters } = log.config;
    const departing = leading?.departing.keys() ?? [];
    const leaving = [...outgoingVoters, ...departing].filter((id) =>
      members.every((member) => member.id !== id),
    );
    if (leaving.length === 0) return members;
    return [...members, ...leaving.flatMap((id) => log.memberOf(id) ?? [])];
  }

  /** True while a change of the members is under way, or may be. */
  get isChangingConfig(): boolean {
    return !mayChangeMembers(this.#state);
  }

  get lastIndex(): number {
    return this.#state.log.lastIndex;
  }

  /** Time passes. */
  tick(): RaftOutput {
    const state = this.#state;
    state.electionElapsed++;
    tickReads(state);
    if (state.recovery !== null) tickStanding(state);
    else if (state.leading !== null) tickLeader(state, state.leading);
    else if (mayCampaign(state)) campaign(state, 'preVote');
    else if (hasLostLeader(state)) becomeFollower(state, state.term, 0);
    return finish(state);
  }

  /** A message has arrived. Bad ones are ignored. */
  receive(from: number, message: RaftMessage): RaftOutput {
    const state = this.#state;
    if (from !== state.id) dispatch(state, from, message);
    return finish(state);
  }

  /** Appends to the log, in one go. Null when this node does not lead, or is handing over. */
  propose(payloads: readonly Uint8Array[]): RaftOutput | null {
    const state = this.#state;
    const { leading } = state;
    if (leading === null || leading.transfer !== null) return null;
    const contents = payloads.map((payload) => ({ config: null, payload }));
    appendAsLeader(state, leading, contents);
    broadcastAppend(state, leading, false);
    return finish(state);
  }

  /**
   * Changes who takes part. The entry carries the configuration and `payload`; when voters change it
   * is a joint one, and an entry with an empty payload leaves it by itself.
   *
   * @returns null when this node does not lead, is handing over, another change is (or may be) under
   * way, or no quorum of the new voters has been heard of lately.
   * @throws EngineError BAD_REQUEST when nobody would vote or an id comes twice.
   */
  proposeConfig(
    members: readonly Member[],
    payload: Uint8Array,
    isConnected: (id: number) => boolean = () => false,
  ): RaftOutput | null {
    const state = this.#state;
    const { leading } = state;
    if (leading === null || leading.transfer !== null || !mayChangeMembers(state)) return null;
    if (!proposeMembers(state, leading, members, payload, isConnected)) return null;
    broadcastAppend(state, leading, false);
    return finish(state);
  }

  /** Whether a node counts as there for `proposeConfig`; false when this node does not lead. */
  isPresent(id: number, isConnected: (id: number) => boolean): boolean {
    const { leading } = this.#state;
    return leading !== null && isPresent(this.#state, leading, id, isConnected);
  }

  /**
   * Asks for an index that, once applied here, makes a read as fresh as this call. The answer comes
   * in the `reads` of some output under `context`; index -1 means that it must be asked again.
   */
  requestRead(context: number): RaftOutput {
    requestRead(this.#state, context);
    return finish(this.#state);
  }

  /** Hands leadership to another voter; given up after an election timeout. */
  transferLeadership(to: number): RaftOutput {
    const state = this.#state;
    if (state.leading !== null) startTransfer(state, state.leading, to);
    return finish(state);
  }

  /** A member can be reached from now on: what it could not be asked before it is asked now. */
  peerConnected(id: number): RaftOutput {
    probeConnected(this.#state, id);
    askConnected(this.#state, id);
    return finish(this.#state);
  }

  /**
   * The connection to a member has broken. A leader that is lost this way is replaced after a short
   * random wait; what was on its way to a follower is sent again.
   */
  peerLost(id: number): RaftOutput {
    const state = this.#state;
    const progress = state.leading?.progress.get(id);
    if (progress?.state === 'replicate') progress.becomeProbe(progress.match + 1);
    if (state.leader === id && id !== 0 && state.leading === null) {
      failForwardedReads(state);
      state.leader = 0;
      state.electionTimeout = state.electionElapsed + 1 + (state.random() % 3);
    }
    return finish(state);
  }

  /** Everything up to a persist is durable. */
  persisted(number: number): RaftOutput {
    this.#state.outbox.persisted(number);
    return finish(this.#state);
  }

  /** Applied bytes after which it pays to compact again: a small part of what is kept. */
  get compactionBytes(): number {
    return this.#state.retainedBytesMax / 4;
  }

  /**
   * Memory may forget entries up to an applied index, but for the newest: whoever needs them gets a
   * snapshot of the applied state. What is on disk is another matter.
   */
  compact(index: number): void {
    const state = this.#state;
    assert(index <= state.deliveredIndex, 'snapshots hold what was applied');
    if (index > state.log.baseIndex) state.log.compact(index, state.retainedBytesMax);
  }

  /** What a status page shows. */
  status(): RaftStatus {
    const state = this.#state;
    const matchIndexes = new Map<number, number>();
    for (const [id, { match }] of state.leading?.progress ?? []) matchIndexes.set(id, match);
    return {
      id: state.id,
      role: state.role,
      term: state.term,
      votedFor: state.votedFor,
      leader: state.leader,
      commitIndex: state.commitIndex,
      lastIndex: state.log.lastIndex,
      firstIndex: state.log.baseIndex + 1,
      config: state.log.config,
      mayVote: state.mayVote,
      matchIndexes,
    };
  }
}

type TermMessage = Exclude<RaftMessage, { kind: 'probe' | 'probeResponse' }>;

function mayCampaign(state: RaftState): boolean {
  if (!state.isPromotable) return false;
  if (state.electionElapsed >= state.electionTimeout) return true;
  return state.isOnlyVoter && state.role === 'follower' && state.leader === 0;
}

/** One that cannot stand for election itself, such as an observer, hears of its leader no more. */
function hasLostLeader(state: RaftState): boolean {
  return state.leader !== 0 && state.electionElapsed >= state.electionTimeout;
}

function tickLeader(state: RaftState, leading: Leading): void {
  if (state.electionElapsed >= state.electionTicks) {
    state.electionElapsed = 0;
    const isActive = (id: number): boolean =>
      id === state.id || leading.progress.get(id)?.isActive === true;
    if (state.rules.mustStepDown(state.voters, isActive)) {
      becomeFollower(state, state.term, 0);
      return;
    }
    for (const progress of leading.progress.values()) {
      progress.wasActive = progress.isActive;
      progress.isActive = false;
    }
  }
  tickTransfer(state, leading);
  tickDeparting(state, leading);
  if (++leading.heartbeatElapsed >= state.heartbeatTicks) broadcastHeartbeat(state, leading);
}

/** A node that does not know what it promised hears nothing but answers to its probes. */
function dispatch(state: RaftState, from: number, message: RaftMessage): void {
  const { kind } = message;
  if (kind === 'probe') handleProbe(state, from, message);
  else if (kind === 'probeResponse') handleProbeResponse(state, from, message);
  else if (state.recovery === null) dispatchInTerm(state, from, message);
  else if (isFromLeader(message)) state.recovery.leaderHint = from;
}

/** Sorts out terms, then hands the message to whom it concerns. */
function dispatchInTerm(state: RaftState, from: number, message: TermMessage): void {
  const { kind } = message;
  if (kind === 'voteRequest' && !message.isTransfer && isLeaseValid(state)) return;
  const isPreVote = kind === 'voteRequest' && message.isPreVote;
  const isPreVoteGrant = kind === 'voteResponse' && message.isPreVote && message.isGranted;
  if (message.term > state.term && !isPreVote && !isPreVoteGrant) {
    becomeFollower(state, message.term, isFromLeader(message) ? from : 0);
  }
  if (message.term < state.term) answerThePast(state, from, message);
  else if (kind === 'voteRequest') handleVoteRequest(state, from, message);
  else if (kind === 'voteResponse') handleVoteResponse(state, from, message);
  else if (isFromLeader(message)) dispatchToFollower(state, from, message);
  else dispatchToLeader(state, from, message);
}

/** A sender in an older term learns the present one; a leader of the past thereby ends. */
function answerThePast(state: RaftState, from: number, message: RaftMessage): void {
  const { term } = state;
  if (message.kind === 'readRequest') handleReadRequest(state, from, message);
  else if (isFromLeader(message)) {
    state.send(from, { kind: 'heartbeatResponse', term, readRound: 0 });
  } else if (message.kind === 'voteRequest') {
    const { isPreVote } = message;
    state.send(from, { kind: 'voteResponse', term, isPreVote, isGranted: false });
  }
}

function dispatchToFollower(state: RaftState, from: number, message: RaftMessage): void {
  if (message.kind === 'append') handleAppend(state, from, message);
  else if (message.kind === 'heartbeat') handleHeartbeat(state, from, message);
  else if (message.kind === 'snapshot') handleSnapshotPart(state, from, message);
  else if (state.leader === from && state.isPromotable) campaign(state, 'transfer');
}

function dispatchToLeader(state: RaftState, from: number, message: RaftMessage): void {
  const { leading } = state;
  if (message.kind === 'readRequest') handleReadRequest(state, from, message);
  else if (message.kind === 'readResponse') handleReadResponse(state, from, message);
  else if (leading === null) return;
  else if (message.kind === 'appendResponse') handleAppendResponse(state, leading, from, message);
  else if (message.kind === 'heartbeatResponse') {
    handleHeartbeatResponse(state, leading, from, message);
  } else if (message.kind === 'snapshotResponse') {
    handleSnapshotResponse(state, leading, from, message);
  }
}

/** Whether only the leader of the message's term can have sent it. */
function isFromLeader(message: RaftMessage): boolean {
  const { kind } = message;
  return kind === 'append' || kind === 'heartbeat' || kind === 'snapshot' || kind === 'timeoutNow';
}

function isLeaseValid(state: RaftState): boolean {
  const { rules, leading, leader, electionElapsed, electionTicks } = state;
  return rules.isLeaseValid(leading !== null, leader, electionElapsed, electionTicks);
}

/** Ends a step: whatever became durable or committed takes effect, until nothing more does. */
function finish(state: RaftState): RaftOutput {
  const { outbox } = state;
  do {
    const { term, votedFor, voteFloorIndex, log } = state;
    outbox.seal({ term, votedFor, voteFloorIndex }, log);
    const stableIndex = outbox.takeStableIndex();
    if (stableIndex !== null) state.stableIndex = stableIndex;
    for (const promised of outbox.takeReleased()) release(state, promised);
    if (stableIndex !== null && state.leading !== null) maybeCommit(state, state.leading);
    deliver(state);
  } while (!outbox.isSettled);
  return outbox.takeOutput();
}

function release(state: RaftState, promised: Promised): void {
  if (promised.kind === 'send') state.outbox.send(promised.envelope);
  else if (promised.kind === 'ownVote') handleOwnVote(state, promised.term);
  else if (state.installing === promised.snapshot) {
    state.installing = null;
    state.deliveredIndex = promised.snapshot.index;
    state.outbox.output.installed = promised.snapshot;
  }
}

/** Hands out what is committed and durable. */
function deliver(state: RaftState): void {
  if (state.installing !== null) return;
  const end = Math.min(state.commitIndex, state.stableIndex);
  if (end > state.deliveredIndex) {
    // One by one: after a restart there may be more entries than a call takes arguments.
    for (const entry of state.log.slice(state.deliveredIndex + 1, end + 1)) {
      state.outbox.output.committed.push(entry);
    }
    state.deliveredIndex = end;
  }
  const { voteFloorIndex } = state;
  const isWaiting = voteFloorIndex > 0 && state.recovery === null;
  if (isWaiting && state.rules.isRefilled(voteFloorIndex, state.deliveredIndex)) {
    state.setVoteFloor(0);
  }
}
