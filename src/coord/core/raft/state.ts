import { assert } from '../../../base/assert.ts';
import {
  RAFT_APPEND_BYTES_MAX,
  RAFT_ELECTION_TICKS,
  RAFT_HEARTBEAT_TICKS,
  RAFT_INFLIGHT_BYTES_MAX,
  RAFT_INFLIGHT_MESSAGES_MAX,
  RAFT_RETAINED_BYTES_MAX,
  RAFT_SNAPSHOT_CHUNK_BYTES,
} from '../../../base/limits.ts';
import { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';
import { allVoters, type VoterSets } from './quorum.ts';
import { RaftLog } from './raft-log.ts';
import { RAFT_RULES, type RaftRules } from './rules.ts';
import {
  type ClusterConfig,
  type Entry,
  type RaftMessage,
  type RaftRole,
  type StateSnapshot,
  type StoredRaft,
  VOTE_FLOOR_UNKNOWN,
} from './types.ts';

/** How a node of consensus is set up. */
export interface RaftOptions {
  /** 1 to 254. */
  readonly id: number;
  readonly stored: StoredRaft;
  /** Holds while `stored` has no configuration. */
  readonly bootstrapConfig: ClusterConfig;
  /** Gives uniform uint32s: election timeouts, and the name of this start in probes. */
  readonly random: () => number;
  /**
   * The state at the applied index. Called when a follower needs it; what it returns is kept while
   * it is being sent, and must not change.
   */
  readonly takeSnapshot: () => StateSnapshot;
  /** Ticks without a leader before standing for election; drawn in [this, 2 × this). */
  readonly electionTicks?: number;
  /** Ticks between a leader's heartbeats. */
  readonly heartbeatTicks?: number;
  /** Entries of one append message; a single entry may exceed it. */
  readonly appendBytesMax?: number;
  /** Appends on their way to one follower. */
  readonly inflightMessagesMax?: number;
  /** Bytes of appends on their way to one follower. */
  readonly inflightBytesMax?: number;
  /** One part of a snapshot. */
  readonly snapshotChunkBytes?: number;
  /** Entries kept in memory below a snapshot, for slow followers. */
  readonly retainedBytesMax?: number;
  /** The rules of safety; tests plant bugs here. */
  readonly rules?: RaftRules;
}

/** A read that a leader has yet to confirm. */
export interface PendingRead {
  /** Who asked: the leader itself or a follower. */
  readonly from: number;
  readonly context: number;
}

/** What only a leader has; it ends with its leadership. */
export interface Leading {
  /** Every other member, and voters that are leaving. */
  readonly progress: Map<number, Progress>;
  heartbeatElapsed: number;
  transfer: { readonly to: number; ticksLeft: number; isTold: boolean } | null;
  /** Number of the newest read round. */
  readRound: number;
  /** The round under way, with the index that its reads may be answered at. */
  activeReads: { readonly index: number; readonly reads: readonly PendingRead[] } | null;
  /** Reads for the next round. */
  queuedReads: PendingRead[];
  /** For each member that lost its disk: an entry made after it said so. See standing.ts. */
  readonly fences: Map<number, { readonly context: number; readonly index: number }>;
  /** Members that were removed and still have to learn it: how many ticks they are still sent to. */
  readonly departing: Map<number, number>;
}

/** What a node that does not know what it promised is doing about it; see standing.ts. */
export interface Recovery {
  /** Names this start in probes. */
  readonly context: number;
  /** Nothing was found on disk, so it may be a new cluster. */
  readonly isFresh: boolean;
  /** Members that had never taken part, at a time after this start. */
  readonly pristine: Set<number>;
  /** Somebody holds entries: this is no new cluster. */
  hasSeenEntries: boolean;
  /** Who acts as a leader, though it may not be in the configuration known here; 0 for nobody. */
  leaderHint: number;
  probeElapsed: number;
}

/** A snapshot that is arriving in parts. */
export interface IncomingSnapshot {
  readonly from: number;
  readonly index: number;
  readonly snapshotTerm: number;
  readonly totalBytes: number;
  readonly parts: Uint8Array[];
  receivedBytes: number;
}

/** The whole state of a node, and the few changes to it that every part of the algorithm makes. */
export class RaftState {
  readonly id: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly appendBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  readonly snapshotChunkBytes: number;
  readonly retainedBytesMax: number;
  readonly takeSnapshot: () => StateSnapshot;
  readonly rules: RaftRules;
  readonly log: RaftLog;
  readonly outbox: Outbox;
  readonly random: () => number;

  term: number;
  votedFor: number;
  voteFloorIndex: number;

  role: RaftRole = 'follower';
  /** The leader of the present term, 0 when it is not known. */
  leader = 0;
  /** Known to be committed. Never more than the log holds. */
  commitIndex: number;
  /** How far the log is durable. */
  stableIndex: number;
  /** How far committed entries were handed out. Invariant: at most commitIndex and stableIndex. */
  deliveredIndex: number;
  /** Replaces the applied state as soon as it is durable; nothing is handed out before. */
  installing: StateSnapshot | null = null;

  electionElapsed = 0;
  electionTimeout = 0;
  /**
   * Short timeouts that are left to a node that has just started and has not heard of a leader: then
   * there most likely is none, and a pre-vote disturbs nobody if there is.
   */
  #firstTimeouts = 5;
  /** Answers to the vote that this node asks for. */
  votes = new Map<number, boolean>();
  leading: Leading | null = null;
  recovery: Recovery | null = null;
  incoming: IncomingSnapshot | null = null;
  /** Reads that were forwarded to the leader, with the ticks they have waited. */
  readonly forwardedReads = new Map<number, number>();
  /** Starts of other nodes (id, context) that this node was pristine after. */
  readonly pristineAfter = new Map<number, number>();

  constructor(options: RaftOptions) {
    const { snapshot, entries, hardState } = options.stored;
    this.id = options.id;
    this.electionTicks = options.electionTicks ?? RAFT_ELECTION_TICKS;
    this.heartbeatTicks = options.heartbeatTicks ?? RAFT_HEARTBEAT_TICKS;
    this.appendBytesMax = options.appendBytesMax ?? RAFT_APPEND_BYTES_MAX;
    this.inflightMessagesMax = options.inflightMessagesMax ?? RAFT_INFLIGHT_MESSAGES_MAX;
    this.inflightBytesMax = options.inflightBytesMax ?? RAFT_INFLIGHT_BYTES_MAX;
    this.snapshotChunkBytes = options.snapshotChunkBytes ?? RAFT_SNAPSHOT_CHUNK_BYTES;
    this.retainedBytesMax = options.retainedBytesMax ?? RAFT_RETAINED_BYTES_MAX;
    assert(this.electionTicks > this.heartbeatTicks, 'heartbeats come before elections');
    assert(this.snapshotChunkBytes > 0, 'parts of a snapshot are not empty');
    this.takeSnapshot = options.takeSnapshot;
    this.rules = options.rules ?? RAFT_RULES;
    this.random = options.random;
    this.outbox = new Outbox(this.rules);
    const config = snapshot?.config ?? options.bootstrapConfig;
    this.log = new RaftLog(snapshot?.index ?? 0, snapshot?.term ?? 0, config);
    this.log.append(entries);
    // Entries of a newer term prove that the node had reached it; it cannot have promised a vote in
    // it, because that would have been durable first.
    this.term = Math.max(hardState.term, this.log.lastTerm);
    this.votedFor = this.term === hardState.term ? hardState.votedFor : 0;
    this.voteFloorIndex = hardState.voteFloorIndex;
    this.commitIndex = this.log.baseIndex;
    this.deliveredIndex = this.log.baseIndex;
    this.stableIndex = this.log.lastIndex;
    this.startElectionTimer();
  }

  get voters(): VoterSets {
    return this.log.voters;
  }

  get mayVote(): boolean {
    return this.recovery === null && this.voteFloorIndex === 0;
  }

  /**
   * Whether it may stand for election. A member goes on to do so until its removal is committed: it
   * may be the only one left that holds what the others need (Raft thesis, 4.2.2).
   */
  get isPromotable(): boolean {
    if (!this.mayVote || this.installing !== null) return false;
    return this.log.isVoterUntilCommitted(this.id, this.commitIndex);
  }

  /** Whether nobody else has to be asked for anything. */
  get isOnlyVoter(): boolean {
    const voters = allVoters(this.voters);
    return voters.length === 1 && voters[0] === this.id;
  }

  /** Whether the leader's own term has a committed entry, so that it knows all that is committed. */
  get hasCommittedInTerm(): boolean {
    return this.log.termAt(this.commitIndex) === this.term;
  }

  /** Sends what promises nothing that is not yet durable. */
  send(to: number, message: RaftMessage): void {
    this.outbox.send({ to, message });
  }

  /** Sends once everything up to the end of this step is durable. */
  sendWhenDurable(to: number, message: RaftMessage): void {
    this.outbox.promise({ kind: 'send', envelope: { to, message } });
  }

  /** Enters a term; what was known of the last one no longer holds. */
  setTerm(term: number, votedFor: number): void {
    assert(term > this.term, 'terms only rise');
    this.term = term;
    this.votedFor = votedFor;
    this.incoming = null;
    this.outbox.hardStateChanged();
  }

  setVote(votedFor: number): void {
    this.votedFor = votedFor;
    this.outbox.hardStateChanged();
  }

  setVoteFloor(index: number): void {
    this.voteFloorIndex = index;
    this.outbox.hardStateChanged();
  }

  /** Puts entries at the end of the log. */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    this.log.append(entries);
    this.outbox.entriesChanged(entries[0]!.index);
  }

  /** Cuts the log before an index; caller must append right after. */
  truncateFrom(index: number): void {
    assert(index > this.commitIndex, 'what is committed is never cut');
    this.log.truncateFrom(index);
    this.stableIndex = Math.min(this.stableIndex, index - 1);
    this.outbox.truncated(index);
  }

  /** Replaces the log, and soon the applied state. */
  install(snapshot: StateSnapshot): void {
    assert(snapshot.index > this.commitIndex, 'a snapshot never takes anything back');
    this.log.reset(snapshot);
    this.commitIndex = snapshot.index;
    this.stableIndex = 0;
    this.installing = snapshot;
    this.outbox.snapshotInstalled(snapshot);
    this.outbox.promise({ kind: 'install', snapshot });
  }

  /**
   * For a node that has just begun to take part: most likely nobody leads. Voters stand for election
   * one after another, so that the first of them who is there wins at once and undisputed.
   */
  startElectionTimer(): void {
    this.electionElapsed = 0;
    this.electionTimeout = 1 + Math.max(0, allVoters(this.voters).indexOf(this.id));
  }

  restartElectionTimer(): void {
    this.electionElapsed = 0;
    this.electionTimeout = this.electionTicks + (this.random() % this.electionTicks);
    if (this.leader !== 0) this.#firstTimeouts = 0;
    if (this.#firstTimeouts <= 0) return;
    this.#firstTimeouts--;
    this.electionTimeout = 2 + (this.random() % 3);
  }

  /** Whether the disk was so damaged that not even the next start may trust it. */
  get isVoteFloorUnknown(): boolean {
    return this.voteFloorIndex === VOTE_FLOOR_UNKNOWN;
  }
}
