import { TraceMask } from '../../src/coord/admin/control.ts';
import { FOUR_LETTER_WORDS, FourLetterWords } from '../../src/coord/admin/words.ts';
import type { Authentication } from '../../src/coord/auth/authentication.ts';
import type { ClientRequest } from '../../src/coord/core/model.ts';
import { Replica } from '../../src/coord/core/replica.ts';
import type { Input } from '../../src/coord/core/step.ts';
import { ServerConnection } from '../../src/coord/zk/connection.ts';
import type { ConnectRequest } from '../../src/coord/zk/handshake.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { TcpConnection } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { loneReplicaOptions } from './lone-replica.ts';

const WORDS = new FourLetterWords({
  status: null,
  whitelist: new Set(FOUR_LETTER_WORDS),
  traceMask: new TraceMask(),
});

interface MemoryCoordinatorOptions {
  readonly authentication?: Authentication;
  readonly clock?: Clock;
  readonly handshakeTimeoutMs?: number;
}

/**
 * The real replica, alone, behind real connections, with nothing between: entries count as durable in
 * the turn in which they come up.
 */
export class MemoryCoordinator {
  /** What connections made of their bytes, newest last. */
  readonly requests: ClientRequest[] = [];
  readonly replica = new Replica(loneReplicaOptions());
  readonly #connections = new Map<number, ServerConnection>();
  readonly #options: MemoryCoordinatorOptions;
  #nextConnection = 1;
  #nowMs = 0;

  constructor(options: MemoryCoordinatorOptions = {}) {
    this.#options = options;
    while (!this.replica.isServing) this.#step({ kind: 'tick' });
  }

  accept(tcp: TcpConnection): void {
    const id = this.#nextConnection++;
    const { authentication, clock = nodeClock, handshakeTimeoutMs = 10_000 } = this.#options;
    const { host } = tcp.remote;
    const peer = { host, certificateSubject: tcp.peerCertificateSubject };
    const handler = {
      onPacket: () => {},
      commandArgumentBytes: (word: string) => WORDS.argumentBytes(word),
      onCommand: (word: string, argument: Uint8Array) =>
        word === 'ruok' ? 'imok' : WORDS.answer(word, argument),
      onHandshake: (request: ConnectRequest) => {
        const freshPassword = new Uint8Array(16).fill(1);
        this.#step({ kind: 'handshake', connection: id, freshPassword, ...request });
      },
      onPing: (xid: number) => this.#step({ kind: 'ping', connection: id, xid }),
      onRequest: (xid: number, request: ClientRequest) => {
        this.requests.push(request);
        this.#step({ kind: 'request', connection: id, xid, request });
      },
      onClose: () => {
        this.#connections.delete(id);
        this.#step({ kind: 'closed', connection: id });
      },
    };
    const authenticator = authentication?.connect(peer) ?? null;
    const connection = new ServerConnection(tcp, handler, {
      authenticator,
      clock,
      handshakeTimeoutMs,
    });
    this.#connections.set(id, connection);
    const identities = authenticator?.initial ?? [{ scheme: 'ip', id: host }];
    this.#step({ kind: 'opened', connection: id, identities });
  }

  #step(input: Input): void {
    this.#nowMs++;
    const now = { wallMs: 1_700_000_000_000, monotonicMs: this.#nowMs };
    const { persist, clients } = this.replica.step(now, [input]);
    for (const message of clients) this.#connections.get(message.connection)?.send(message);
    const last = persist.at(-1);
    if (last !== undefined) this.#step({ kind: 'persisted', number: last.number });
  }
}
