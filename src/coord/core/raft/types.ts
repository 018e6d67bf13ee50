/**
 * One member of the ensemble: ZooKeeper's `server.N=host:port:electionPort:role;clientHost:clientPort`.
 */
export interface Member {
  /** 1 to 254. */
  readonly id: number;
  /** A participant votes; an observer receives the log and serves clients. */
  readonly role: 'participant' | 'observer';
  /** Where other members reach it. */
  readonly peerHost: string;
  readonly peerPort: number;
  /** ZooKeeper's second port. Not used; kept so that a configuration reads as it was written. */
  readonly electionPort: number;
  /** Where clients reach it; empty and 0 when it is not known. */
  readonly clientHost: string;
  readonly clientPort: number;
}

/**
 * Who takes part. While `outgoingVoters` is not empty the configuration is joint: everything needs a
 * majority of the participants and a majority of the outgoing voters (Raft thesis, 4.3).
 */
export interface ClusterConfig {
  /** Sorted by id. */
  readonly members: readonly Member[];
  /** Voters of the configuration that is being left, sorted; empty when not joint. */
  readonly outgoingVoters: readonly number[];
}

/**
 * One entry of the replicated log. `index` counts from 1 without gaps and is also the zxid of what
 * the entry does.
 */
export interface Entry {
  readonly index: number;
  readonly term: number;
  /** A configuration that holds from this entry on, committed or not; null for most entries. */
  readonly config: ClusterConfig | null;
  /** What to do to the replicated state; empty for a leader's first entry of its term. */
  readonly payload: Uint8Array;
}

/** What a node must not forget, besides its log. */
export interface HardState {
  readonly term: number;
  /** Whom it voted for in `term`, 0 for nobody. */
  readonly votedFor: number;
  /**
   * Not 0 after the loss of (part of) the disk: the node may not vote before it holds every entry
   * up to this index and knows that they are committed. `VOTE_FLOOR_UNKNOWN`: no leader has told
   * the index yet.
   */
  readonly voteFloorIndex: number;
}

/** A `voteFloorIndex` above every log: nothing may be acknowledged yet either. */
export const VOTE_FLOOR_UNKNOWN = Number.MAX_SAFE_INTEGER;

/** The replicated state after the entry at `index`, as bytes. */
export interface StateSnapshot {
  readonly index: number;
  readonly term: number;
  readonly config: ClusterConfig;
  readonly bytes: Uint8Array;
}

/**
 * How far a node's disk can be trusted.
 *
 * - `fresh`: it holds nothing. The node has made no promise, or has lost all it made.
 * - `sound`: everything that was ever reported as persisted is there.
 * - `damaged`: something that was reported as persisted may be missing.
 */
export type DiskStanding = 'fresh' | 'sound' | 'damaged';

/** What a node starts from. */
export interface StoredRaft {
  readonly standing: DiskStanding;
  readonly hardState: HardState;
  readonly snapshot: StateSnapshot | null;
  /** The entries after the snapshot, without gaps. */
  readonly entries: readonly Entry[];
}

/** What members say to each other about the log. `term` is the sender's, except in pre-votes. */
export type RaftMessage =
  /** A pre-vote asks whether a vote at `term` would be granted, and promises nothing. */
  | {
      readonly kind: 'voteRequest';
      readonly term: number;
      readonly isPreVote: boolean;
      /** The old leader asked for this election, so its lease does not count. */
      readonly isTransfer: boolean;
      readonly lastIndex: number;
      readonly lastTerm: number;
    }
  | {
      readonly kind: 'voteResponse';
      readonly term: number;
      readonly isPreVote: boolean;
      readonly isGranted: boolean;
    }
  | {
      readonly kind: 'append';
      readonly term: number;
      readonly previousIndex: number;
      readonly previousTerm: number;
      readonly commitIndex: number;
      readonly entries: readonly Entry[];
    }
  | {
      readonly kind: 'appendResponse';
      readonly term: number;
      readonly isRejected: boolean;
      /** Accepted: the last index known to be equal and durable. Rejected: the `previousIndex`. */
      readonly index: number;
      /** Rejected: the follower's guess at the last common entry (etcd's fast back-off). */
      readonly hintIndex: number;
      readonly hintTerm: number;
    }
  | {
      readonly kind: 'heartbeat';
      readonly term: number;
      /** No more than the receiver has acknowledged to this leader. */
      readonly commitIndex: number;
      /** The newest read round that this heartbeat confirms, 0 for none. */
      readonly readRound: number;
    }
  | { readonly kind: 'heartbeatResponse'; readonly term: number; readonly readRound: number }
  /** A part of a snapshot. `config` is that of the snapshot and comes with every part. */
  | {
      readonly kind: 'snapshot';
      readonly term: number;
      readonly index: number;
      readonly snapshotTerm: number;
      readonly config: ClusterConfig;
      readonly offsetBytes: number;
      readonly totalBytes: number;
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'snapshotResponse';
      readonly term: number;
      readonly index: number;
      /** How much has arrived; `totalBytes` once it is durable. */
      readonly receivedBytes: number;
    }
  | { readonly kind: 'timeoutNow'; readonly term: number }
  | { readonly kind: 'readRequest'; readonly term: number; readonly context: number }
  /** `index` -1: the receiver cannot tell (any more). */
  | {
      readonly kind: 'readResponse';
      readonly term: number;
      readonly context: number;
      readonly index: number;
    }
  /** A node that starts without its memory asks what others know; see standing.ts. */
  | {
      readonly kind: 'probe';
      readonly term: number;
      /** A random number (uint32, not 0) that names this start of the sender. */
      readonly context: number;
    }
  | {
      readonly kind: 'probeResponse';
      readonly term: number;
      /** That of the probe. */
      readonly context: number;
      /** The context of the sender's own probes, 0 when it sends none. */
      readonly ownContext: number;
      /** True when the sender had never voted nor stored an entry, at a time after the probe began. */
      readonly isPristine: boolean;
      readonly lastIndex: number;
      /** From a leader: the prober's `voteFloorIndex`, now safe to start from. 0: not (yet). */
      readonly floorIndex: number;
    };

/** A message with where it goes. */
export interface RaftEnvelope {
  readonly to: number;
  readonly message: RaftMessage;
}

/**
 * What a step wants on disk. Persists are performed in the order of their numbers; each is atomic
 * enough: a crash leaves a prefix of its entries.
 */
export interface Persist {
  /** From 1 without gaps; reported back when it and everything before it is durable. */
  readonly number: number;
  /** Null when it did not change. */
  readonly hardState: HardState | null;
  /** A snapshot that replaces the whole log up to its index, and all of it after unless equal. */
  readonly snapshot: StateSnapshot | null;
  /** When the first index is not the log's next one, the log is cut before it. */
  readonly entries: readonly Entry[];
}

/** A read whose freshness is settled: it may be answered once `index` is applied. */
export interface ReadReady {
  readonly context: number;
  /** -1: the answer was lost with a leader; ask again. */
  readonly index: number;
}

/** What a step of consensus asks for. Nothing in it waits for anything else in it. */
export interface RaftOutput {
  readonly persist: Persist[];
  readonly send: RaftEnvelope[];
  /** A snapshot of a leader, durable here, that replaces the applied state. Before `committed`. */
  installed: StateSnapshot | null;
  /** Entries to apply, in order. */
  readonly committed: Entry[];
  readonly reads: ReadReady[];
}

/** What a node is in the present term. */
export type RaftRole = 'follower' | 'preCandidate' | 'candidate' | 'leader';

/** What is told of a node's part in consensus, for status pages, metrics and tests. */
export interface RaftStatus {
  readonly id: number;
  readonly role: RaftRole;
  readonly term: number;
  readonly votedFor: number;
  /** 0 when none is known. */
  readonly leader: number;
  readonly commitIndex: number;
  readonly lastIndex: number;
  readonly firstIndex: number;
  readonly config: ClusterConfig;
  /** False while a node that lost (part of) its disk must neither vote nor stand for election. */
  readonly mayVote: boolean;
  /** Leader only: what each other member is known to have stored. */
  readonly matchIndexes: ReadonlyMap<number, number>;
}
