import type { Clock } from '../io/clock.ts';
import type { Persist, RaftStatus, StateSnapshot } from './core/raft/types.ts';
import type { Replica } from './core/replica.ts';
import type { ConnectionStatistics } from './metrics/connection-statistics.ts';
import { CoordinatorMetrics } from './metrics/coordinator-metrics.ts';
import type {
  ConfigurationEntry,
  CoordinatorRole,
  CoordinatorStatus,
  SessionStatus,
  TreeStatus,
  WatchStatus,
} from './status.ts';

/** What a node's status is read from. */
export interface NodeStatusOptions {
  readonly replica: Replica;
  readonly nodeId: number;
  readonly clock: Clock;
  readonly configuration: readonly ConfigurationEntry[];
  readonly environment: readonly (readonly [string, string])[];
  readonly storage: { readonly logBytesSinceSnapshot: number };
  /** The snapshot from which the node began, or null. */
  readonly snapshot: StateSnapshot | null;
}

/** The status of a node. The driver reports connections, steps and snapshots to it. */
export class NodeStatus implements CoordinatorStatus {
  readonly initialConfiguration = '';
  readonly metrics = new CoordinatorMetrics();
  readonly tree: TreeStatus;
  readonly watches: WatchStatus;
  lastSnapshot: { zxid: bigint; timeMs: number | null } | null;
  readonly #options: NodeStatusOptions;
  readonly #connections = new Map<number, ConnectionStatistics>();
  readonly #startMs: number;
  readonly #commits = this.metrics.counter('commit_count');
  readonly #proposals = this.metrics.counter('proposal_count');
  readonly #received = this.metrics.counter('learner_proposal_received_count');
  readonly #elections = this.metrics.counter('looking_count');
  readonly #leaderlessMs = this.metrics.summary('election_time');
  #snapshotBytes: number;
  #appliedIndex: number;
  #leadingSinceMs: number | null = null;
  #leaderlessSinceMs: number | null = null;

  constructor(options: NodeStatusOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#appliedIndex = options.replica.appliedIndex;
    const { snapshot } = options;
    this.lastSnapshot = snapshot && { zxid: BigInt(snapshot.index), timeMs: null };
    this.#snapshotBytes = snapshot?.bytes.length ?? 0;
    this.tree = new TreeOfReplica(options.replica);
    this.watches = new WatchesOfReplica(options.replica, this.#connections);
  }

  get role(): CoordinatorRole {
    const { replica, nodeId } = this.#options;
    if (replica.serviceMode === 'readOnly') return 'read-only';
    if (replica.serviceMode === 'none') return 'looking';
    if (this.#isAlone) return 'standalone';
    if (replica.raft.role === 'leader') return 'leader';
    const self = replica.raft.config.members.find(({ id }) => id === nodeId);
    return self?.role === 'participant' ? 'follower' : 'observer';
  }

  get raft(): RaftStatus | null {
    return this.#isAlone ? null : this.#options.replica.raft.status();
  }

  get nodeId(): number {
    return this.#options.nodeId;
  }

  get appliedZxid(): bigint {
    return this.#options.replica.appliedZxid;
  }

  get outstandingCount(): number {
    return this.#options.replica.outstandingCount;
  }

  get sessionCount(): number {
    return this.#options.replica.state.sessions.size;
  }

  get localSessionCount(): number {
    return this.#options.replica.localSessionCount;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get configuration(): readonly ConfigurationEntry[] {
    return this.#options.configuration;
  }

  get environment(): readonly (readonly [string, string])[] {
    return this.#options.environment;
  }

  get storage(): { dataBytes: number; logBytes: number } {
    const { logBytesSinceSnapshot } = this.#options.storage;
    return { dataBytes: this.#snapshotBytes, logBytes: logBytesSinceSnapshot };
  }

  get uptimeMs(): number {
    return this.#options.clock.monotonicMs() - this.#startMs;
  }

  get leaderUptimeMs(): number | null {
    if (this.#leadingSinceMs === null) return null;
    return this.#options.clock.monotonicMs() - this.#leadingSinceMs;
  }

  *sessions(): Iterable<SessionStatus> {
    const { replica, clock } = this.#options;
    const aheadMs = clock.nowMs() - clock.monotonicMs();
    for (const [id, { timeoutMs }] of replica.state.sessions) {
      const deadlineMs = replica.sessionDeadlineMs(id);
      const expiresAtMs = deadlineMs === null ? null : Math.ceil(deadlineMs + aheadMs);
      yield { id, timeoutMs, expiresAtMs };
    }
  }

  connections(): Iterable<ConnectionStatistics> {
    return this.#connections.values();
  }

  /** A connection's statistics, by the driver's number of it. */
  connection(id: number): ConnectionStatistics | undefined {
    return this.#connections.get(id);
  }

  /** A connection was opened. */
  opened(statistics: ConnectionStatistics): void {
    this.#connections.set(statistics.facts.id, statistics);
  }

  /** A connection was closed. */
  closed(id: number): void {
    this.#connections.delete(id);
  }

  /** A step was taken, which wants `persist` on disk. @param nowMs monotonic clock. */
  stepped(nowMs: number, persist: readonly Persist[]): void {
    const { raft, appliedIndex } = this.#options.replica;
    // A snapshot of a leader may take the applied state forward by many entries, or anew.
    this.#commits.add(Math.max(0, appliedIndex - this.#appliedIndex));
    this.#appliedIndex = appliedIndex;
    const isLeader = raft.role === 'leader';
    for (const { entries } of persist) {
      (isLeader ? this.#proposals : this.#received).add(entries.length);
      if (!isLeader) continue;
      for (const { payload } of entries) this.metrics.proposalSizes.add(payload.length);
    }
    if (!isLeader) this.#leadingSinceMs = null;
    else this.#leadingSinceMs ??= nowMs;
    this.#noticeElection(nowMs, raft.leader);
  }

  /** A snapshot is on disk. */
  snapshotWritten(zxid: bigint, lengthBytes: number): void {
    this.lastSnapshot = { zxid, timeMs: Math.floor(this.#options.clock.nowMs()) };
    this.#snapshotBytes = lengthBytes;
  }

  get #isAlone(): boolean {
    const { members, outgoingVoters } = this.#options.replica.raft.config;
    return members.length === 1 && outgoingVoters.length === 0;
  }

  #noticeElection(nowMs: number, leader: number): void {
    if (leader === 0) {
      if (this.#leaderlessSinceMs === null) this.#elections.add();
      this.#leaderlessSinceMs ??= nowMs;
    } else if (this.#leaderlessSinceMs !== null) {
      this.#leaderlessMs.add(Math.round(nowMs - this.#leaderlessSinceMs));
      this.#leaderlessSinceMs = null;
    }
  }
}

class TreeOfReplica implements TreeStatus {
  readonly #replica: Replica;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  get nodeCount(): number {
    return this.#replica.state.tree.nodeCount;
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.#replica.state.tree.ephemerals.values()) count += paths.size;
    return count;
  }

  get approximateDataBytes(): number {
    return this.#replica.state.tree.dataSizeBytes;
  }

  *ephemerals(): Iterable<readonly [bigint, readonly string[]]> {
    const { tree } = this.#replica.state;
    for (const id of tree.ephemerals.keys()) yield [id, tree.ephemeralsOf(id)];
  }
}

class WatchesOfReplica implements WatchStatus {
  readonly #replica: Replica;
  readonly #connections: ReadonlyMap<number, ConnectionStatistics>;

  constructor(replica: Replica, connections: ReadonlyMap<number, ConnectionStatistics>) {
    this.#replica = replica;
    this.#connections = connections;
  }

  get watchCount(): number {
    return this.#replica.watches.counts.pairs;
  }

  get pathCount(): number {
    return this.#replica.watches.counts.paths;
  }

  get connectionCount(): number {
    return this.#replica.watches.counts.connections;
  }

  *byPath(): Iterable<readonly [string, readonly bigint[]]> {
    for (const [path, watchers] of this.#replica.watches.byPath) {
      yield [path, [...watchers.keys()].map((id) => this.#sessionOf(id))];
    }
  }

  bySession(): Iterable<readonly [bigint, readonly string[]]> {
    const paths = new Map<bigint, string[]>();
    for (const [path, sessionIds] of this.byPath()) {
      for (const sessionId of sessionIds) {
        const known = paths.get(sessionId) ?? [];
        paths.set(sessionId, known);
        known.push(path);
      }
    }
    return paths;
  }

  #sessionOf(connection: number): bigint {
    return this.#connections.get(connection)?.sessionId ?? 0n;
  }
}
