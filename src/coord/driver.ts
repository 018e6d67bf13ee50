import { assert } from '../base/assert.ts';
import { crc32c } from '../base/checksum.ts';
import { EngineError, errorMessage } from '../base/errors.ts';
import { COORDINATOR_LOG_BYTES_MAX, COORDINATOR_TICK_MS } from '../base/limits.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Network, TcpConnection, TlsClientOptions } from '../io/network.ts';
import type { Random } from '../io/random.ts';
import { tcpPair } from '../io/tcp-pair.ts';
import type { FourLetterWords } from './admin/words.ts';
import type { Authentication } from './auth/authentication.ts';
import type { Member, Persist, RaftStatus } from './core/raft/types.ts';
import type { Replica } from './core/replica.ts';
import type { ClientMessage, Input, Output, PeerMessage } from './core/step.ts';
import type { SummaryName } from './metrics/catalog.ts';
import { ConnectionStatistics } from './metrics/connection-statistics.ts';
import type { NodeStatus } from './node-status.ts';
import { PeerLinks } from './peers/links.ts';
import type { RaftStorage } from './storage/raft-storage.ts';
import { Throttle, type ThrottleLimits } from './throttle.ts';
import { type ConnectionHandler, ServerConnection } from './zk/connection.ts';
import { PASSWORD_BYTES } from './zk/handshake.ts';

/** What a driver drives, and with what. */
export interface DriverOptions {
  readonly nodeId: number;
  readonly replica: Replica;
  readonly storage: RaftStorage;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** How clients may say who they are; null: not at all. */
  readonly authentication: Authentication | null;
  /** How much may wait for an answer before clients are read from no further. */
  readonly throttle: ThrottleLimits;
  /** The longest request that is taken. */
  readonly packetBytesMax: number;
  /** Log entries between two snapshots. */
  readonly snapshotEntries: number;
  /** Encrypts connections to members; absent: plaintext. */
  readonly peerTls?: TlsClientOptions | undefined;
  /** True when nodes that are no members yet may connect to the peer port. */
  readonly mayOthersJoin: boolean;
  /** False when the storage is to be told once the node may vote on the strength of its disk. */
  readonly isSound: boolean;
  /** Told of what goes wrong and does not stop the node. */
  readonly log: (line: string) => void;
  /** What is told of the node; hears of all that happens. */
  readonly status: NodeStatus;
  readonly words: Pick<FourLetterWords, 'answer' | 'argumentBytes'>;
}

/** How a node stands with the others. */
export interface CoordinatorStanding {
  readonly raft: RaftStatus;
  readonly appliedIndex: number;
  /** True while it takes clients. */
  readonly isServing: boolean;
  /** A checksum of the applied state: equal on all members that have applied as much. */
  stateHash(): number;
}

/** What connections within this process show as the address of their client. */
const IN_PROCESS = { host: '127.0.0.1', port: 0 };

/**
 * Performs what a replica asks: the only caller of `step`. What arrives at the same time is taken in
 * one step; what comes up while the disk is busy is written by the next write, all at once.
 */
export class Driver {
  readonly #options: DriverOptions;
  readonly #replica: Replica;
  readonly #storage: RaftStorage;
  readonly #links: PeerLinks;
  readonly #connections = new Map<number, ServerConnection>();
  readonly #throttle: Throttle;
  #linked: readonly Member[] = [];
  #inputs: Input[] = [];
  #isStepDue = false;
  #unpersisted: Persist[] = [];
  #persisting: Promise<void> | null = null;
  #snapshotting: Promise<void> | null = null;
  #snapshotIndex: number;
  #isSound: boolean;
  #nextConnection = 1;
  #timer: Timer | null = null;
  #isClosed = false;
  /** Called when it starts to serve, until it has. */
  #onServing: (() => void) | null = null;
  #onFailure: ((error: Error) => void) | null = null;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#replica = options.replica;
    this.#storage = options.storage;
    this.#snapshotIndex = options.replica.appliedIndex;
    this.#isSound = options.isSound;
    this.#throttle = new Throttle(options.throttle, {
      pause: (id) => this.#connections.get(id)?.pause(),
      resume: (id) => this.#connections.get(id)?.resume(),
    });
    this.#links = new PeerLinks({
      nodeId: options.nodeId,
      network: options.network,
      clock: options.clock,
      ...(options.peerTls === undefined ? {} : { tls: options.peerTls }),
      mayConnect: (id) => options.mayOthersJoin || this.#isMember(id),
      onMessage: (from, message) => this.take({ kind: 'peerMessage', from, message }),
      onConnected: (id) => this.take({ kind: 'peerConnected', id }),
      onLost: (id) => this.take({ kind: 'peerLost', id }),
    });
  }

  /** Begins to live. @param onFailure told, once, when it cannot go on. */
  start(onFailure: (error: Error) => void): void {
    this.#onFailure = onFailure;
    this.#linkMembers();
    this.#tick();
  }

  /** Resolves once it takes clients, or rejects when it fails before. */
  untilServing(): Promise<void> {
    if (this.#replica.isServing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onServing = resolve;
    });
  }

  /** How it stands with the others. */
  standing(): CoordinatorStanding {
    const replica = this.#replica;
    return {
      raft: replica.raft.status(),
      appliedIndex: replica.appliedIndex,
      isServing: replica.isServing,
      stateHash: () => crc32c(replica.takeSnapshot().bytes),
    };
  }

  /** Something has happened; the next step takes it. */
  take(input: Input): void {
    if (this.#isClosed) return;
    this.#inputs.push(input);
    if (this.#isStepDue) return;
    this.#isStepDue = true;
    this.#options.clock.soon(() => {
      if (this.#isStepDue) this.#step();
    });
  }

  /** Takes a connection to the peer port. */
  acceptPeer(tcp: TcpConnection): void {
    if (this.#isClosed) tcp.destroy();
    else this.#links.accept(tcp);
  }

  /** Takes a client's connection. */
  accept(tcp: TcpConnection): void {
    this.#accept(tcp, tcp.remote.host);
  }

  /**
   * Connects within this process, for somebody of whom nothing is known: not even an address, for
   * access lists that let in this machine mean programs on it and not those whom they serve.
   *
   * @throws EngineError SERVER_UNAVAILABLE when the node is stopping.
   */
  connect(): TcpConnection {
    if (this.#isClosed) throw new EngineError('SERVER_UNAVAILABLE', 'coord: the node is stopping');
    const [near, far] = tcpPair(IN_PROCESS);
    this.#accept(far, null);
    return near;
  }

  #accept(tcp: TcpConnection, host: string | null): void {
    const id = this.#nextConnection++;
    const { authentication, clock, random, status, words, packetBytesMax } = this.#options;
    const { remote, isEncrypted, peerCertificateSubject } = tcp;
    const facts = { id, remote, isSecure: isEncrypted, establishedMs: clock.nowMs() };
    const statistics = new ConnectionStatistics(facts, status.metrics);
    const peer = { host, certificateSubject: peerCertificateSubject };
    const authenticator = authentication?.connect(peer) ?? null;
    let packetBytes = 0;
    const handler: ConnectionHandler = {
      onPacket: (lengthBytes) => {
        packetBytes = lengthBytes;
        statistics.received(lengthBytes);
      },
      commandArgumentBytes: (word) => words.argumentBytes(word),
      onCommand: (word, argument) => words.answer(word, argument),
      onHandshake: (request) => {
        status.metrics.counter('connection_request_count').add();
        if (request.sessionId !== 0n) status.metrics.counter('connection_revalidate_count').add();
        statistics.began('createSession', 0, clock.monotonicMs());
        const freshPassword = random.bytes(PASSWORD_BYTES);
        this.take({ kind: 'handshake', connection: id, freshPassword, ...request });
      },
      onPing: (xid) => {
        this.#throttle.admitted(id, packetBytes);
        this.take({ kind: 'ping', connection: id, xid });
      },
      onRequest: (xid, request) => {
        this.#throttle.admitted(id, packetBytes);
        statistics.began(request.kind, xid, clock.monotonicMs());
        this.take({ kind: 'request', connection: id, xid, request });
      },
      onClose: () => {
        this.#connections.delete(id);
        this.#throttle.closed(id);
        this.take({ kind: 'closed', connection: id });
        status.closed(id);
      },
    };
    const facilities = { authenticator, clock, packetBytesMax };
    const connection = new ServerConnection(tcp, handler, facilities);
    this.#connections.set(id, connection);
    status.opened(statistics);
    const address = host === null ? [] : [{ scheme: 'ip', id: host }];
    const identities = authenticator?.initial ?? address;
    this.take({ kind: 'opened', connection: id, identities });
  }

  /** Closes about that share of the clients' connections; returns how many. */
  shedConnections(percentage: number): number {
    let count = 0;
    for (const connection of [...this.#connections.values()]) {
      if ((this.#options.random.bytes(1)[0]! * 100) / 256 >= percentage) continue;
      connection.end();
      count++;
    }
    return count;
  }

  /** Stops, once what is on its way to the disk has arrived. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#links.close();
    for (const connection of this.#connections.values()) connection.end();
    await this.#persisting;
    await this.#snapshotting;
    await this.#storage.close();
  }

  #isMember(id: number): boolean {
    const { members, outgoingVoters } = this.#replica.raft.config;
    return outgoingVoters.includes(id) || members.some((member) => member.id === id);
  }

  #tick(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.schedule(COORDINATOR_TICK_MS, () => this.#tick());
    this.take({ kind: 'tick' });
  }

  #step(): void {
    this.#isStepDue = false;
    if (this.#isClosed) return;
    const { clock } = this.#options;
    const inputs = this.#inputs;
    this.#inputs = [];
    const now = { wallMs: Math.floor(clock.nowMs()), monotonicMs: clock.monotonicMs() };
    const output = this.#replica.step(now, inputs);
    this.#options.status.stepped(now.monotonicMs, output.persist);
    this.#perform(output);
  }

  #perform({ persist, peers, clients }: Output): void {
    this.#markSoundIfDue();
    for (const item of persist) this.#unpersisted.push(item);
    if (this.#unpersisted.length > 0) this.#persisting ??= this.#persist();
    this.#sendToPeers(peers);
    for (const message of clients) this.#sendToClient(message);
    this.#linkMembers();
    if (this.#onServing !== null && this.#replica.isServing) {
      this.#onServing();
      this.#onServing = null;
    }
  }

  #linkMembers(): void {
    const { contacts } = this.#replica.raft;
    if (contacts === this.#linked) return;
    this.#linked = contacts;
    this.#links.setMembers(contacts);
  }

  #sendToPeers(envelopes: Output['peers']): void {
    const byPeer = new Map<number, PeerMessage[]>();
    for (const { to, message } of envelopes) {
      const messages = byPeer.get(to);
      if (messages === undefined) byPeer.set(to, [message]);
      else messages.push(message);
    }
    for (const [to, messages] of byPeer) this.#links.send(to, messages);
  }

  #sendToClient(message: ClientMessage): void {
    const lengthBytes = this.#connections.get(message.connection)?.send(message) ?? 0;
    this.#count(message, lengthBytes);
    if (message.kind === 'reply') this.#throttle.answered(message.connection);
  }

  #count(message: ClientMessage, lengthBytes: number): void {
    const { status, clock } = this.#options;
    const statistics = status.connection(message.connection);
    if (message.kind === 'reply') {
      statistics?.answered(message.xid, message.zxid, lengthBytes, clock.monotonicMs());
    } else if (message.kind === 'event') statistics?.notified(lengthBytes);
    else if (message.kind === 'accepted') {
      statistics?.accepted(message);
      statistics?.answered(0, status.appliedZxid, lengthBytes, clock.monotonicMs());
    }
  }

  async #persist(): Promise<void> {
    try {
      while (this.#unpersisted.length > 0) {
        const batch = this.#unpersisted;
        this.#unpersisted = [];
        const startMs = this.#options.clock.monotonicMs();
        await this.#storage.persist(batch);
        this.#summarize('fsynctime', startMs);
        this.#inputs.push({ kind: 'persisted', number: batch.at(-1)!.number });
        this.#step();
        this.#snapshotIfDue();
      }
      this.#persisting = null;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A disk that is new, or was damaged, counts once the node may vote on the strength of it. */
  #markSoundIfDue(): void {
    if (this.#isSound || !this.#replica.raft.status().mayVote) return;
    this.#isSound = true;
    this.#storage.markSound().catch((error: unknown) => this.#fail(error));
  }

  #snapshotIfDue(): void {
    const { appliedIndex } = this.#replica;
    const isDue =
      appliedIndex - this.#snapshotIndex >= this.#options.snapshotEntries ||
      this.#storage.logBytesSinceSnapshot >= COORDINATOR_LOG_BYTES_MAX;
    if (!isDue || this.#snapshotting !== null || appliedIndex === this.#snapshotIndex) return;
    this.#snapshotIndex = appliedIndex;
    this.#snapshotting = this.#snapshot();
  }

  /** A disk that is full or refuses the file costs nothing: the log goes on, and it is tried again. */
  async #snapshot(): Promise<void> {
    const snapshot = this.#replica.takeSnapshot();
    try {
      const startMs = this.#options.clock.monotonicMs();
      await this.#storage.saveSnapshot(snapshot);
      this.#summarize('snapshottime', startMs);
      this.#options.status.snapshotWritten(BigInt(snapshot.index), snapshot.bytes.length);
    } catch (error) {
      this.#options.status.metrics.counter('snapshot_error_count').add();
      this.#options.log(`coord: no snapshot of zxid ${snapshot.index}: ${errorMessage(error)}`);
    }
    this.#snapshotting = null;
  }

  #summarize(name: SummaryName, startMs: number): void {
    const tookMs = this.#options.clock.monotonicMs() - startMs;
    this.#options.status.metrics.summary(name).add(Math.round(tookMs));
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#persisting = null;
    this.#snapshotting = null;
    assert(this.#onFailure !== null, 'nothing is persisted before the start');
    this.#onFailure(error instanceof Error ? error : new EngineError('IO', String(error)));
  }
}
