import type { Address, TcpConnection } from './network.ts';

/**
 * The two ends of a connection within this process: what one writes the other receives in a later
 * microtask, in order.
 *
 * @param remote what both ends show as their peer's address.
 */
export function tcpPair(remote: Address): [TcpConnection, TcpConnection] {
  const [left, right] = [new PairedConnection(remote), new PairedConnection(remote)];
  left.join(right);
  right.join(left);
  return [left, right];
}

class PairedConnection implements TcpConnection {
  readonly remote: Address;
  readonly isEncrypted = false;
  readonly peerCertificateSubject = null;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};
  #peer: PairedConnection = this;
  /** What has arrived while nothing is read, or null. */
  #unread: (() => void)[] | null = null;
  /** True when nothing more is sent or received. */
  #isClosed = false;

  constructor(remote: Address) {
    this.remote = remote;
  }

  join(peer: PairedConnection): void {
    this.#peer = peer;
  }

  write(bytes: Uint8Array): void {
    const peer = this.#peer;
    if (this.#isClosed) return;
    queueMicrotask(() => peer.#receive(() => peer.onData(bytes)));
  }

  pause(): void {
    this.#unread ??= [];
  }

  resume(): void {
    const unread = this.#unread ?? [];
    this.#unread = null;
    for (const arrival of unread) queueMicrotask(() => this.#receive(arrival));
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isClosed) return;
    const peer = this.#peer;
    this.#close();
    // Behind what was written before.
    queueMicrotask(() => peer.#receive(() => peer.#close()));
  }

  #receive(arrival: () => void): void {
    if (this.#isClosed) return;
    if (this.#unread === null) arrival();
    else this.#unread.push(arrival);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => this.onClose(null));
  }
}
