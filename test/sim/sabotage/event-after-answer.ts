import { framed, PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { Xid } from '../../../src/coord/zk/opcodes.ts';
import { CLIENT_PORT } from '../node-under-test.ts';
import { alteredServer, type PacketBug } from './altered-network.ts';
import type { Sabotage } from './sabotage.ts';

export const eventAfterAnswer: Sabotage = {
  name: 'event-after-answer',
  sentence: 'A watch fires after the answer that shows its change.',
  plant: () => ({ network: (network) => alteredServer(network, CLIENT_PORT, lateEvents) }),
};

const PACKET_BYTES_MAX = 2 ** 26;

function lateEvents(): PacketBug {
  const packets = new PacketAssembler(PACKET_BYTES_MAX);
  let events: Uint8Array[] = [];
  let isGreeted = false;
  return {
    toClient: (bytes) => {
      const leaving: Uint8Array[] = [];
      packets.push(bytes);
      for (let packet = packets.next(); packet !== null; packet = packets.next()) {
        const isEvent = isGreeted && xidOf(packet) === Xid.NOTIFICATION;
        isGreeted = true;
        if (isEvent) events.push(framed(packet));
        else {
          leaving.push(framed(packet), ...events);
          events = [];
        }
      }
      return leaving;
    },
  };
}

function xidOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getInt32(0);
}
