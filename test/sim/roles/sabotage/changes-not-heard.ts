import { ByteReader } from '../../../../src/base/bytes.ts';
import { COORDINATOR_REPLY_BYTES_MAX } from '../../../../src/base/limits.ts';
import { PacketAssembler } from '../../../../src/coord/zk/framing.ts';
import { Xid } from '../../../../src/coord/zk/opcodes.ts';
import { decodeEvent, decodeReplyHeader } from '../../../../src/coord/zk/replies.ts';
import { ForwardedConnection } from '../../forwarded-connection.ts';
import type { RoleSabotage } from './role-sabotage.ts';

const EVERY = 4;

export const changesNotHeard: RoleSabotage = {
  name: 'changes-not-heard',
  sentence: 'Brokers do not hear of every fourth change of what tables consist of.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      network: {
        ...options.network,
        connectTcp: async (...address) =>
          new DeafConnection(await options.network.connectTcp(...address)),
      },
    }),
  }),
};

class DeafConnection extends ForwardedConnection {
  readonly #packets = new PacketAssembler(COORDINATOR_REPLY_BYTES_MAX);
  #isGreeted = false;
  #eventCount = 0;

  protected override received(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    for (let packet = this.#packets.next(); packet; packet = this.#packets.next()) {
      if (this.#isHeard(packet)) super.received(framed(packet));
    }
  }

  #isHeard(packet: Uint8Array): boolean {
    // The first answer is of the handshake.
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      return true;
    }
    const reader = new ByteReader(packet, 'sim: reply');
    if (decodeReplyHeader(reader).xid !== Xid.NOTIFICATION) return true;
    if (!decodeEvent(reader).path.startsWith('/nyala/segments/')) return true;
    return this.#eventCount++ % EVERY !== 0;
  }
}

function framed(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + packet.length);
  new DataView(bytes.buffer).setInt32(0, packet.length);
  bytes.set(packet, 4);
  return bytes;
}
