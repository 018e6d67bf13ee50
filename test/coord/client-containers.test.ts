import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { framed, PacketAssembler } from '../../src/coord/zk/framing.ts';
import { OpCode } from '../../src/coord/zk/opcodes.ts';
import { connectClient } from './harness.ts';

/** A server as old as ZooKeeper 3.4: it knows no containers, and no node exists. */
async function startOldServer() {
  const requests: number[] = [];
  const server = createServer((socket) => {
    const packets = new PacketAssembler(1 << 20);
    let isConnected = false;
    socket.on('data', (bytes) => {
      packets.push(bytes);
      for (let packet = packets.next(); packet !== null; packet = packets.next()) {
        const view = new DataView(packet.buffer, packet.byteOffset);
        const writer = new ByteWriter();
        if (isConnected) {
          const opCode = view.getInt32(4);
          if (opCode !== OpCode.PING) requests.push(opCode);
          const errors: Record<number, number> = {
            [OpCode.EXISTS]: -101,
            [OpCode.CREATE_CONTAINER]: -6,
          };
          writer.int32(view.getInt32(0));
          writer.int64(1n);
          writer.int32(errors[opCode] ?? 0);
          if (opCode === OpCode.CREATE) writer.int32(0);
        } else {
          isConnected = true;
          writer.int32(0);
          writer.int32(10_000);
          writer.int64(7n);
          writer.int32(16);
          writer.bytes(new Uint8Array(16));
        }
        socket.write(framed(writer.finish().slice()));
      }
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { address: { host: '127.0.0.1', port }, requests, close: () => server.close() };
}

it('a server without container nodes gets persistent ones, and is asked once only', async () => {
  const server = await startOldServer();
  const client = await connectClient([server.address]);
  await client.ensureContainer('/a');
  await client.ensureContainer('/b');
  const { EXISTS, CREATE, CREATE_CONTAINER } = OpCode;
  expect(server.requests).toEqual([EXISTS, CREATE_CONTAINER, EXISTS, CREATE, EXISTS, CREATE]);
  await client.close();
  server.close();
});
