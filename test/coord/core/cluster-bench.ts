import type { ClientRequest, Result } from '../../../src/coord/core/model.ts';
import type { Member } from '../../../src/coord/core/raft/types.ts';
import { Replica, type ReplicaOptions } from '../../../src/coord/core/replica.ts';
import type { ClientMessage, Input, PeerMessage } from '../../../src/coord/core/step.ts';
import { entryCodec } from '../../../src/coord/entry-codec.ts';
import { PRODUCTION_PARTS } from '../../../src/coord/parts.ts';

/** A client's session as its node has granted it. */
export type Accepted = Extract<ClientMessage, { kind: 'accepted' }>;

export function memberOf(id: number, role: Member['role'] = 'participant'): Member {
  const host = `10.0.0.${id}`;
  const ports = { peerPort: 2_888, electionPort: 3_888, clientPort: 2_181 };
  return { id, role, peerHost: host, clientHost: host, ...ports };
}

/** Members of an ensemble whose disks and links are instant, in one thread. */
export class ClusterBench {
  readonly replicas = new Map<number, Replica>();
  /** Nodes that hear nobody and are not heard. */
  readonly cut = new Set<number>();
  /** Messages that get lost on their way, besides those. */
  loses: (message: PeerMessage) => boolean = () => false;
  nowMs = 1_000;
  readonly #messages = new Map<number, ClientMessage[]>();
  readonly #waiting: { from: number; to: number; message: PeerMessage }[] = [];
  #nextConnection = 1;
  #nextXid = 1;

  constructor(members: readonly Member[], options: Partial<ReplicaOptions> = {}) {
    for (const { id } of members) this.start(id, members, options);
    this.connect();
    this.tickUntil(() => [...this.replicas.values()].every((replica) => replica.isServing));
  }

  get leader(): number {
    for (const [id, { raft }] of this.replicas) {
      if (raft.role === 'leader' && !this.cut.has(id)) return id;
    }
    return 0;
  }

  get followers(): number[] {
    return [...this.replicas.keys()].filter((id) => id !== this.leader);
  }

  node(id: number): Replica {
    return this.replicas.get(id)!;
  }

  start(id: number, members: readonly Member[], options: Partial<ReplicaOptions> = {}): void {
    let seed = id;
    const replica = new Replica({
      nodeId: id,
      stored: {
        standing: 'fresh',
        hardState: { term: 0, votedFor: 0, voteFloorIndex: 0 },
        snapshot: null,
        entries: [],
      },
      bootstrapConfig: { members: [...members], outgoingVoters: [] },
      sessionTimeoutMsMin: 100,
      sessionTimeoutMsMax: 10_000,
      entryFlags: 0,
      isReconfigEnabled: true,
      participantsMin: 2,
      leaderlessMsMax: 1_000,
      isReadOnlyEnabled: false,
      isLocalSessionsEnabled: false,
      isLocalUpgradingEnabled: false,
      codec: entryCodec,
      random: () => {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        return seed;
      },
      parts: PRODUCTION_PARTS,
      ...options,
    });
    this.replicas.set(id, replica);
  }

  /** Every node hears that it has a connection with every other that is not cut off. */
  connect(): void {
    for (const from of this.replicas.keys()) {
      for (const to of this.replicas.keys()) {
        if (from === to || this.cut.has(from) || this.cut.has(to)) continue;
        this.step(from, { kind: 'peerConnected', id: to });
      }
    }
  }

  /** Cuts a node off; the others notice by silence only. */
  isolate(id: number): void {
    this.cut.add(id);
  }

  rejoin(id: number): void {
    this.cut.delete(id);
    this.connect();
  }

  /** Everything sent to a node's clients since the last call. */
  take(id: number): ClientMessage[] {
    return (this.#messages.get(id) ?? []).splice(0);
  }

  step(id: number, input: Input): void {
    this.#stepOne(id, input);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { from, to, message } = next;
      if (this.cut.has(from) || this.cut.has(to) || !this.replicas.has(to)) continue;
      if (this.loses(message)) continue;
      this.#stepOne(to, { kind: 'peerMessage', from, message });
    }
  }

  #stepOne(id: number, input: Input): void {
    const now = { wallMs: this.nowMs, monotonicMs: this.nowMs };
    const { persist, peers, clients } = this.node(id).step(now, [input]);
    this.#messages.set(id, [...(this.#messages.get(id) ?? []), ...clients]);
    for (const { to, message } of peers) this.#waiting.push({ from: id, to, message });
    const last = persist.at(-1);
    if (last !== undefined) this.#stepOne(id, { kind: 'persisted', number: last.number });
  }

  /** @param each called after every tick of all nodes. */
  tick(byMs: number, each: () => void = () => {}): void {
    for (let left = byMs; left > 0; left -= 50) {
      this.nowMs += 50;
      for (const id of this.replicas.keys()) this.step(id, { kind: 'tick' });
      each();
    }
  }

  tickUntil(condition: () => boolean): void {
    for (let count = 0; !condition(); count++) {
      if (count === 400) throw new Error('it did not come to that');
      this.tick(50);
    }
  }

  /** Opens a connection at a node, and returns its number. */
  open(id: number, handshake: Partial<Extract<Input, { kind: 'handshake' }>> = {}): number {
    const connection = this.#nextConnection++;
    this.step(id, { kind: 'opened', connection, identities: [] });
    this.step(id, {
      kind: 'handshake',
      connection,
      lastZxidSeen: 0n,
      timeoutMs: 1_000,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
      freshPassword: new Uint8Array(16).fill(connection),
      ...handshake,
    });
    return connection;
  }

  /** Opens a connection that must be granted a session. */
  session(id: number, handshake: Partial<Extract<Input, { kind: 'handshake' }>> = {}): Accepted {
    this.take(id);
    const connection = this.open(id, handshake);
    const accepted = this.take(id).find(
      (message) => message.kind === 'accepted' && message.connection === connection,
    );
    if (accepted?.kind !== 'accepted') throw new Error('no session');
    return accepted;
  }

  ping(id: number, connection: number): void {
    this.step(id, { kind: 'ping', connection, xid: -2 });
  }

  /** Sends a request that must be answered at once, and returns its result. */
  ask(id: number, connection: number, request: ClientRequest): Result {
    const xid = this.#nextXid++;
    this.take(id);
    this.step(id, { kind: 'request', connection, xid, request });
    const reply = this.take(id).find((message) => message.kind === 'reply' && message.xid === xid);
    if (reply?.kind !== 'reply') throw new Error(`no reply to ${request.kind}`);
    return reply.result;
  }

  /** The error number of a request's answer, 0 for success. */
  errorOf(id: number, connection: number, request: ClientRequest): number {
    const result = this.ask(id, connection, request);
    return result.kind === 'error' ? result.error : 0;
  }
}
