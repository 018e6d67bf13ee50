import { expect, it } from 'vitest';
import { askStatus, hasLeader, parseStatus } from '../../../src/coord/tools/status.ts';
import { nodeClock } from '../../../src/io/node-clock.ts';
import { nodeNetwork } from '../../../src/io/node-network.ts';
import { startNode, temporaryDirectory } from '../harness.ts';

const ADDRESS = { host: '127.0.0.1', port: 1 };

it('reads what Apache ZooKeeper says of itself', () => {
  const answer = `Zookeeper version: 3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on x
Latency min/avg/max: 0/1.25/17
Received: 9
Sent: 8
Connections: 3
Outstanding: 0
Zxid: 0x100000005
Mode: leader
Node count: 5
Proposal sizes last/min/max: 36/36/36
`;
  expect(parseStatus(ADDRESS, answer)).toEqual({
    address: ADDRESS,
    ...{ role: 'leader', zxid: '0x100000005', connections: 3, outstanding: 0, nodes: 5 },
    latencyMs: [0, 1.25, 17],
    version: '3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f',
    problem: null,
  });
});

it('says what is wrong with a node that does not serve', () => {
  const answer = 'This ZooKeeper instance is not currently serving requests\n';
  const node = parseStatus(ADDRESS, answer);
  expect(node).toMatchObject({ role: null, problem: answer.trim() });
  expect(hasLeader([node])).toBe(false);
});

it('asks a node that runs, and one that does not', async () => {
  const place = await temporaryDirectory();
  const node = await startNode(place.directory);
  const host = { network: nodeNetwork, clock: nodeClock };
  const found = await askStatus(host, node.address);
  expect(found).toMatchObject({ role: 'standalone', problem: null });
  expect(hasLeader([found])).toBe(true);
  await node.close();
  const gone = await askStatus(host, node.address);
  expect(gone).toMatchObject({ address: node.address, role: null });
  expect(gone.problem).toContain('cannot connect');
  await place.remove();
});
