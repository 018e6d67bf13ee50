import type { Network } from '../../../../src/io/network.ts';
import { ForwardedConnection } from '../../forwarded-connection.ts';

/** A network whose TCP clients receive something else than was sent to them. */
export function networkWithReceived(
  network: Network,
  makeFilter: () => (bytes: Uint8Array) => Uint8Array[],
): Network {
  return {
    ...network,
    connectTcp: async (...address) => {
      const filter = makeFilter();
      return new (class extends ForwardedConnection {
        protected override received(bytes: Uint8Array): void {
          for (const part of filter(bytes)) super.received(part);
        }
      })(await network.connectTcp(...address));
    },
  };
}

/** Bytes in which a text stands in the place of another one of the same length, wherever that was. */
export function replaced(bytes: Uint8Array, text: string, other: string): Uint8Array {
  const found = Buffer.from(bytes);
  for (let at = found.indexOf(text); at >= 0; at = found.indexOf(text, at + 1)) {
    found.write(other, at);
  }
  return found;
}
