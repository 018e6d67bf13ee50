import type { Network, TcpConnection } from '../../../src/io/network.ts';

/** What a planted bug does to the packets of a client's connection, at the server's end. */
export interface PacketBug {
  /** Packets with their lengths, as they are to leave now. */
  readonly toClient: (bytes: Uint8Array) => Uint8Array[];
}

/** A network whose accepted connections on one port are altered; each has a bug of its own. */
export function alteredServer(network: Network, port: number, makeBug: () => PacketBug): Network {
  return {
    ...network,
    listenTcp: (address, onConnection, ...rest) =>
      network.listenTcp(
        address,
        (tcp) => {
          onConnection(address.port === port ? new AlteredConnection(tcp, makeBug()) : tcp);
        },
        ...rest,
      ),
  };
}

class AlteredConnection implements TcpConnection {
  readonly #tcp: TcpConnection;
  readonly #bug: PacketBug;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};

  constructor(tcp: TcpConnection, bug: PacketBug) {
    this.#tcp = tcp;
    this.#bug = bug;
    tcp.onData = (bytes) => this.onData(bytes);
    tcp.onClose = (error) => this.onClose(error);
  }

  get remote() {
    return this.#tcp.remote;
  }

  get isEncrypted() {
    return this.#tcp.isEncrypted;
  }

  get peerCertificateSubject() {
    return this.#tcp.peerCertificateSubject;
  }

  write(bytes: Uint8Array): void {
    for (const part of this.#bug.toClient(bytes)) this.#tcp.write(part);
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
}
