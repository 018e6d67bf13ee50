import type { Address, TcpConnection } from '../../src/io/network.ts';

/** A connection that passes everything on both ways, for others to listen in or to change it. */
export class ForwardedConnection implements TcpConnection {
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};
  readonly #tcp: TcpConnection;

  constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
    tcp.onData = (bytes) => this.received(bytes);
    tcp.onClose = (error) => this.closed(error);
  }

  get remote(): Address {
    return this.#tcp.remote;
  }

  get isEncrypted(): boolean {
    return this.#tcp.isEncrypted;
  }

  get peerCertificateSubject(): string | null {
    return this.#tcp.peerCertificateSubject;
  }

  write(bytes: Uint8Array): void {
    this.#tcp.write(bytes);
  }

  pause(): void {
    this.#tcp.pause();
  }

  resume(): void {
    this.#tcp.resume();
  }

  end(): void {
    this.#tcp.end();
  }

  destroy(): void {
    this.#tcp.destroy();
  }

  protected received(bytes: Uint8Array): void {
    this.onData(bytes);
  }

  protected closed(error: Error | null): void {
    this.onClose(error);
  }
}
