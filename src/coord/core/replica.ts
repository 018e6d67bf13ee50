import { assert } from '../../base/assert.ts';
import { RAFT_APPEND_BYTES_MAX } from '../../base/limits.ts';
import { AppliedState } from './applied.ts';
import type { applyEntry, ReplicatedState } from './apply.ts';
import type { Applied } from './apply-tree.ts';
import { Clients, type ClientsHost, type SyncTicket, type Ticket } from './clients.ts';
import { type ContainerSettings, DEFAULT_CONTAINERS, duePaths } from './containers.ts';
import type { EntryCodec } from './entry-codec.ts';
import type { LogEntry } from './model.ts';
import { inParts, OutgoingStream, type Proposal } from './outgoing-stream.ts';
import { Proposals } from './proposals.ts';
import { Questions } from './questions.ts';
import type { Raft } from './raft/raft.ts';
import type { RaftOptions } from './raft/state.ts';
import type { ClusterConfig, Entry, RaftOutput, StateSnapshot, StoredRaft } from './raft/types.ts';
import type { answerRead } from './reads.ts';
import { Service, type ServiceMode, type ServiceOptions } from './service.ts';
import { SessionKeeper } from './session-keeper.ts';
import { sessionIdOf } from './sessions.ts';
import type { Input, Now, Output, PeerMessage } from './step.ts';
import type { Watches } from './watches.ts';

/** What a replica is told once. */
export interface ReplicaOptions extends ServiceOptions {
  /** 1 to 254: the top byte of session ids. */
  readonly nodeId: number;
  readonly stored: StoredRaft;
  /** Who takes part, when nothing stored says it. */
  readonly bootstrapConfig: ClusterConfig;
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** Bits of `EntryFlag` for the requests that this node takes. */
  readonly entryFlags: number;
  /** Whether clients may change the members, and how many participants must be left. */
  readonly isReconfigEnabled: boolean;
  readonly participantsMin: number;
  /** Default: ZooKeeper's. */
  readonly containers?: ContainerSettings;
  /** Whether new sessions are this node's own, and whether they may become the log's. */
  readonly isLocalSessionsEnabled: boolean;
  readonly isLocalUpgradingEnabled: boolean;
  readonly codec: EntryCodec;
  /** Unsigned 32-bit random numbers. */
  readonly random: () => number;
  readonly parts: ReplicaParts;
}

/** The pieces that a replica is put together from; tests plant bugs by handing in others. */
export interface ReplicaParts {
  readonly createRaft: (options: RaftOptions) => Raft;
  readonly applyEntry: typeof applyEntry;
  readonly answerRead: typeof answerRead;
  readonly createWatches: () => Watches;
}

/** Two of the longest election timeouts. */
const TICKS_TO_RESEND = 24;

/** Who waits for an answer of the leader: a client's sync, or this node, which wants to serve. */
type QuestionTicket = SyncTicket | 'start';

/**
 * One member of the ensemble, deterministic: client requests and messages of other members in;
 * answers, events, messages and things to persist out. The same inputs give the same outputs.
 *
 * What clients want changed goes through the leader into the log (`OutgoingStream`, `Raft`) and is
 * judged when it is applied; reads are answered from the applied state in their turn (`Clients`).
 */
export class Replica implements ClientsHost {
  readonly #options: ReplicaOptions;
  readonly #raft: Raft;
  readonly #stream: OutgoingStream<Ticket>;
  readonly #questions = new Questions<QuestionTicket>();
  readonly #keeper = new SessionKeeper();
  readonly #service: Service;
  readonly #watches: Watches;
  readonly #clients: Clients;
  readonly #proposals: Proposals;
  readonly #applied: AppliedState;
  /** The step under way: when, and what follows from it. */
  #now: Now = { wallMs: 0, monotonicMs: 0 };
  #output: Output = { persist: [], peers: [], clients: [] };
  readonly #connectedPeers = new Set<number>();
  #leader = 0;
  #term = 0;
  #ticksToResend = TICKS_TO_RESEND;
  /** Payloads that were applied since the log in memory was last cut. */
  #bytesToForget = 0;
  #nextSweepMs = 0;
  /** Proposals that were settled when it was last looked whether any makes its way. */
  #settledCount = 0;

  constructor(options: ReplicaOptions) {
    assert(options.nodeId >= 1 && options.nodeId <= 254, 'a node id fits the top byte');
    this.#options = options;
    this.#service = new Service(options);
    this.#applied = new AppliedState(options.stored.snapshot, options.bootstrapConfig);
    this.#watches = options.parts.createWatches();
    this.#clients = new Clients(this, this.#watches);
    this.#stream = new OutgoingStream(options.nodeId, options.codec, options.random());
    this.#raft = options.parts.createRaft({
      id: options.nodeId,
      stored: options.stored,
      bootstrapConfig: options.bootstrapConfig,
      random: options.random,
      takeSnapshot: () => this.takeSnapshot(),
    });
    this.#proposals = new Proposals({
      raft: this.#raft,
      codec: options.codec,
      isReconfigEnabled: options.isReconfigEnabled,
      participantsMin: options.participantsMin,
      state: () => this.state,
      isConnected: (id) => this.#connectedPeers.has(id),
      follow: (output) => this.#follow(output),
    });
  }

  /** Consensus, for looking at only. */
  get raft(): Pick<
    Raft,
    'status' | 'role' | 'leader' | 'term' | 'commitIndex' | 'config' | 'contacts'
  > {
    return this.#raft;
  }

  get appliedIndex(): number {
    return this.#applied.index;
  }

  get appliedZxid(): bigint {
    return BigInt(this.#applied.index);
  }

  /** The applied state, for reading only and only until the next step. */
  get state(): ReplicatedState {
    return this.#applied.state;
  }

  get watches(): Watches {
    return this.#watches;
  }

  get connectionCount(): number {
    return this.#clients.connectionCount;
  }

  /** Requests of this node's clients that wait for the log. */
  get outstandingCount(): number {
    return this.#stream.length;
  }

  get isServing(): boolean {
    return this.#service.mode === 'full';
  }

  get serviceMode(): ServiceMode {
    return this.#service.mode;
  }

  /** Sessions that only this node knows. */
  get localSessionCount(): number {
    return this.#clients.localSessionCount;
  }

  /** When a session would end, on the clock of `Now.monotonicMs`; null unless this node leads. */
  sessionDeadlineMs(id: bigint): number | null {
    return this.#keeper.deadlineMsOf(id);
  }

  get nodeId(): number {
    return this.#options.nodeId;
  }

  get isLocalSessionsEnabled(): boolean {
    return this.#options.isLocalSessionsEnabled;
  }

  get isLocalUpgradingEnabled(): boolean {
    return this.#options.isLocalUpgradingEnabled;
  }

  get random(): () => number {
    return this.#options.random;
  }

  get sessionTimeoutMsMin(): number {
    return this.#options.sessionTimeoutMsMin;
  }

  get sessionTimeoutMsMax(): number {
    return this.#options.sessionTimeoutMsMax;
  }

  get entryFlags(): number {
    return this.#options.entryFlags;
  }

  get answerRead(): typeof answerRead {
    return this.#options.parts.answerRead;
  }

  /** The applied state as bytes. */
  takeSnapshot(): StateSnapshot {
    return this.#applied.takeSnapshot();
  }

  /** Takes what has happened, in order, and says what follows from it. */
  step(now: Now, inputs: readonly Input[]): Output {
    this.#output = { persist: [], peers: [], clients: [] };
    this.#now = now;
    for (const input of inputs) this.#take(input);
    this.#sendProposals();
    const sessionIds = this.#leader === 0 ? [] : this.#keeper.takeTouched();
    if (sessionIds.length > 0) this.#tellLeader({ kind: 'touch', sessionIds });
    const question = this.#leader === 0 ? null : this.#questions.take();
    if (question !== null) this.#follow(this.#raft.requestRead(question));
    for (const message of this.#clients.takeMessages()) this.#output.clients.push(message);
    return this.#output;
  }

  propose(proposal: Proposal, ticket: Ticket): void {
    this.#stream.add(proposal, ticket);
  }

  ask(ticket: SyncTicket): void {
    this.#questions.add(ticket);
  }

  touch(sessionId: bigint): void {
    this.#keeper.touch(sessionId, this.#applied.state.sessions);
  }

  touchAtOnce(sessionId: bigint): void {
    this.#keeper.touchAtOnce(sessionId, this.#applied.state.sessions);
  }

  #take(input: Input): void {
    switch (input.kind) {
      case 'tick':
        this.#tick();
        break;
      case 'opened':
        this.#clients.opened(input);
        break;
      case 'handshake':
        this.#clients.handshake(input);
        break;
      case 'ping':
        this.#clients.ping(input);
        break;
      case 'request':
        this.#clients.request(input);
        break;
      case 'closed':
        this.#clients.closed(input.connection);
        break;
      case 'persisted':
        this.#follow(this.#raft.persisted(input.number));
        break;
      case 'peerMessage':
        this.#receive(input.from, input.message);
        break;
      case 'peerConnected':
        this.#connectedPeers.add(input.id);
        // What was sent while there was no way to the leader is lost.
        if (input.id === this.#leader) this.#sendAgain();
        this.#follow(this.#raft.peerConnected(input.id));
        break;
      case 'peerLost':
        this.#connectedPeers.delete(input.id);
        this.#follow(this.#raft.peerLost(input.id));
        break;
      case 'transferLeadership':
        this.#follow(this.#raft.transferLeadership(input.to));
        break;
    }
  }

  #tick(): void {
    this.#follow(this.#raft.tick());
    for (const sessionId of this.#keeper.advance(this.#now.monotonicMs)) {
      this.#proposals.addOwn(sessionId, { kind: 'closeSession' });
    }
    this.#clients.advance(this.#now.monotonicMs);
    if (this.#raft.role === 'leader') this.#sweepContainers();
    if (--this.#ticksToResend <= 0) this.#resendIfStuck();
    this.#watchOverLeader();
  }

  /** Proposes the end of containers and TTL nodes that nobody uses any more. */
  #sweepContainers(): void {
    const { monotonicMs, wallMs } = this.#now;
    if (monotonicMs < this.#nextSweepMs) return;
    this.#nextSweepMs = monotonicMs + this.#containers.checkIntervalMs;
    for (const path of duePaths(this.#applied.state.tree, wallMs, this.#containers)) {
      this.#proposals.addOwn(0n, { kind: 'deleteContainer', path });
    }
  }

  get #containers(): ContainerSettings {
    return this.#options.containers ?? DEFAULT_CONTAINERS;
  }

  #sendAgain(): void {
    this.#stream.resend();
    this.#questions.askAgain();
    this.#keeper.tellAgain();
    this.#ticksToResend = TICKS_TO_RESEND;
  }

  /** Messages get lost, and a leader may refuse proposals for a while: what makes no way goes again. */
  #resendIfStuck(): void {
    this.#ticksToResend = TICKS_TO_RESEND;
    const { settledCount } = this.#stream;
    const isStuck = settledCount === this.#settledCount && this.#stream.length > 0;
    this.#settledCount = settledCount;
    if (isStuck) this.#stream.resend();
    this.#questions.askAgain();
  }

  #receive(from: number, message: PeerMessage): void {
    if (message.kind === 'forward') {
      if (this.#raft.role === 'leader') this.#proposals.add(message.payloads);
    } else if (message.kind === 'touch') {
      for (const id of message.sessionIds) this.touch(id);
    } else {
      this.#follow(this.#raft.receive(from, message));
    }
  }

  /** Does what a step of consensus asks for. */
  #follow(from: RaftOutput): void {
    for (const persist of from.persist) this.#output.persist.push(persist);
    for (const envelope of from.send) this.#output.peers.push(envelope);
    if (from.installed !== null) this.#install(from.installed);
    for (const entry of from.committed) {
      this.#apply(entry);
      if (entry.config !== null) this.#membersChanged();
    }
    if (this.#bytesToForget >= this.#raft.compactionBytes) this.#forget();
    for (const { context, index } of from.reads) this.#answered(context, index);
    if (from.committed.length > 0 || from.reads.length > 0) this.#clients.drainSyncs();
    this.#service.applied(this.#applied.index);
    const { leader, term } = this.#raft;
    if (leader !== this.#leader || term !== this.#term) this.#leaderChanged(leader, term);
  }

  /** Memory need not hold what was applied: whoever lacks it gets the applied state instead. */
  #forget(): void {
    this.#bytesToForget = 0;
    this.#raft.compact(this.#applied.index);
  }

  #leaderChanged(leader: number, term: number): void {
    this.#leader = leader;
    this.#term = term;
    this.#keeper.setLeading(leader === this.#options.nodeId, this.#applied.state.sessions);
    this.#nextSweepMs = this.#now.monotonicMs + this.#containers.checkIntervalMs;
    if (leader === 0) return;
    if (this.#service.mode === 'readOnly') {
      this.#service.end();
      this.#clients.endReadOnly();
    }
    this.#sendAgain();
    this.#startIfDue();
  }

  get #isMember(): boolean {
    return this.#applied.isMember(this.#options.nodeId);
  }

  /** A node that was removed serves nobody: it would not hear of changes any more. */
  #membersChanged(): void {
    if (this.#isMember) this.#startIfDue();
    else if (this.#service.end() !== 'none') this.#clients.dropAll();
  }

  #startIfDue(): void {
    if (this.#leader === 0 || !this.#isMember) return;
    if (this.#service.begin()) this.#questions.add('start');
  }

  /** Sends clients away, or serves reads only, once there has been no leader for too long. */
  #watchOverLeader(): void {
    // A node that holds nothing has nothing to show.
    const canShow = this.#applied.index > 0 && this.#isMember;
    const hasLeader = this.#leader !== 0;
    if (this.#service.watch(hasLeader, this.#now.monotonicMs, canShow)) this.#clients.dropAll();
  }

  #answered(question: number, index: number): void {
    for (const ticket of this.#questions.answered(question)) {
      if (index < 0) this.#questions.add(ticket);
      else if (ticket === 'start') this.#service.answered(index);
      else this.#clients.settleSync(ticket, index);
    }
  }

  #install(snapshot: StateSnapshot): void {
    this.#applied.install(snapshot);
    // Watches would have to tell of changes that this node has not seen: clients come back and ask.
    this.#clients.dropAll();
    const position = this.#applied.state.streams.get(this.#options.nodeId);
    for (const ticket of this.#stream.jump(position)) this.#clients.lost(ticket);
    this.#membersChanged();
  }

  /** Hands what is new in this node's stream to the leader, and the leader's own to consensus. */
  #sendProposals(): void {
    if (this.#stream.hasUnsent && this.#leader !== 0) {
      const payloads = this.#stream.takeUnsent();
      if (this.#leader === this.#options.nodeId) this.#proposals.add(payloads);
      else {
        for (const part of inParts(payloads, RAFT_APPEND_BYTES_MAX)) {
          this.#tellLeader({ kind: 'forward', payloads: part });
        }
      }
    }
    this.#proposals.log(this.#now.wallMs);
  }

  #tellLeader(message: PeerMessage): void {
    if (this.#leader !== 0) this.#output.peers.push({ to: this.#leader, message });
  }

  #apply(entry: Entry): void {
    this.#bytesToForget += entry.payload.length;
    const { codec, parts } = this.#options;
    const done = this.#applied.apply(entry, { codec, applyEntry: parts.applyEntry });
    if (done === null) return;
    const { command } = done.entry;
    if (command.kind === 'openStream') this.#streamOpened(done.entry, command.nonce);
    else if (done.applied !== null) this.#settle(done.entry, done.applied);
  }

  #streamOpened({ origin, zxid }: LogEntry, nonce: number): void {
    if (origin === this.#options.nodeId) this.#stream.opened(Number(zxid), nonce);
  }

  /** Tells those whom it concerns what an entry did. */
  #settle(entry: LogEntry, { result, changes }: Applied): void {
    const { command, sessionId, origin, zxid } = entry;
    for (const change of changes) this.#clients.tell(change);
    const createdId = command.kind === 'createSession' ? sessionIdOf(origin, zxid) : 0n;
    if (createdId !== 0n) this.touch(createdId);
    if (command.kind === 'attachSession' && result.kind !== 'error') {
      this.touch(sessionId);
      this.#clients.dropSession(sessionId);
    }
    if (command.kind === 'upgradeSession') this.touch(sessionId);
    if (origin === this.#options.nodeId) {
      const ticket = this.#stream.settle(entry.stream, entry.sequence);
      if (ticket !== null) this.#clients.settle(ticket, result, createdId);
    }
    if (command.kind === 'closeSession' && !this.#applied.state.sessions.has(sessionId)) {
      this.#keeper.remove(sessionId);
      this.#clients.dropSession(sessionId);
    }
  }
}
