import { ByteReader } from '../../../../src/base/bytes.ts';
import { COORDINATOR_REPLY_BYTES_MAX } from '../../../../src/base/limits.ts';
import { PacketAssembler } from '../../../../src/coord/zk/framing.ts';
import { Xid } from '../../../../src/coord/zk/opcodes.ts';
import { decodeEvent, decodeReplyHeader } from '../../../../src/coord/zk/replies.ts';
import { networkWithReceived } from './network-with-received.ts';
import type { RoleSabotage } from './role-sabotage.ts';

const EVERY = 4;

export const changesNotHeard: RoleSabotage = {
  name: 'changes-not-heard',
  sentence: 'Brokers do not hear of every fourth change of what tables consist of.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      network: networkWithReceived(options.network, () => {
        const packets = new PacketAssembler(COORDINATOR_REPLY_BYTES_MAX);
        const isHeard = hearing();
        return (bytes) => {
          packets.push(bytes);
          const heard: Uint8Array[] = [];
          for (let packet = packets.next(); packet; packet = packets.next()) {
            if (isHeard(packet)) heard.push(framed(packet));
          }
          return heard;
        };
      }),
    }),
  }),
};

function hearing(): (packet: Uint8Array) => boolean {
  // The first answer is of the handshake.
  let isGreeted = false;
  let eventCount = 0;
  return (packet) => {
    const isGreeting = !isGreeted;
    isGreeted = true;
    if (isGreeting) return true;
    const reader = new ByteReader(packet, 'sim: reply');
    if (decodeReplyHeader(reader).xid !== Xid.NOTIFICATION) return true;
    if (!decodeEvent(reader).path.startsWith('/nyala/segments/')) return true;
    return eventCount++ % EVERY !== 0;
  };
}

function framed(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + packet.length);
  new DataView(bytes.buffer).setInt32(0, packet.length);
  bytes.set(packet, 4);
  return bytes;
}
