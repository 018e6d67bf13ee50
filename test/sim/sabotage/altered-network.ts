import type { Network, TcpConnection } from '../../../src/io/network.ts';
import { ForwardedConnection } from '../forwarded-connection.ts';

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

class AlteredConnection extends ForwardedConnection {
  readonly #bug: PacketBug;

  constructor(tcp: TcpConnection, bug: PacketBug) {
    super(tcp);
    this.#bug = bug;
  }

  override write(bytes: Uint8Array): void {
    for (const part of this.#bug.toClient(bytes)) super.write(part);
  }
}
