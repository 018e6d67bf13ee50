import type { Clock, Timer } from '../../src/io/clock.ts';
import type { TcpConnection } from '../../src/io/network.ts';

/** A server's end of a connection without a network: bytes in by `receive`, bytes out in `writes`. */
export class MemoryTcp implements TcpConnection {
  readonly remote = { host: '127.0.0.1', port: 1 };
  readonly isEncrypted = false;
  readonly peerCertificateSubject = null;
  readonly writes: Uint8Array[] = [];
  /** True while the server does not read. */
  isPaused = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};

  /** The peer has sent bytes. */
  receive(bytes: Uint8Array): void {
    if (this.state === 'open') this.onData(bytes);
  }

  /** The peer has hung up. */
  hangUp(): void {
    this.#close('destroyed');
  }

  write(bytes: Uint8Array): void {
    if (this.state === 'open') this.writes.push(bytes);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.#close('ended');
  }

  destroy(): void {
    this.#close('destroyed');
  }

  // As of a real socket, the news of the end comes later.
  #close(state: 'ended' | 'destroyed'): void {
    if (this.state !== 'open') return;
    this.state = state;
    queueMicrotask(() => this.onClose(null));
  }
}

/** A clock that stands still until it is told. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Map<object, { atMs: number; run: () => void }>();

  get scheduledCount(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    const key = {};
    this.#timers.set(key, { atMs: this.#nowMs + delayMs, run });
    return { cancel: () => void this.#timers.delete(key) };
  }

  soon(action: () => void): void {
    queueMicrotask(action);
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    for (const [key, { atMs, run }] of this.#timers) {
      if (atMs > this.#nowMs) continue;
      this.#timers.delete(key);
      run();
    }
  }
}
