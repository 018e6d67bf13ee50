import { afterEach, describe, expect, it } from 'vitest';
import type { PeerMessage } from '../../../src/coord/core/step.ts';
import { PeerLinks, type PeerLinksHost } from '../../../src/coord/peers/links.ts';
import type {
  Listener,
  TcpConnection,
  TcpConnectOptions,
  TcpListenOptions,
} from '../../../src/io/network.ts';
import { nodeClock } from '../../../src/io/node-clock.ts';
import { nodeNetwork } from '../../../src/io/node-network.ts';
import { ALICE, identity, MUTUAL } from '../../io/tls-harness.ts';
import { ANY_PORT, until } from '../harness.ts';

/** One end: what it has heard, and its listener. */
interface End {
  readonly links: PeerLinks;
  readonly events: string[];
  readonly messages: PeerMessage[];
  readonly listener: Listener;
}

const open: { close(): unknown }[] = [];

async function start(
  nodeId: number,
  options: Partial<PeerLinksHost> = {},
  door: TcpListenOptions = {},
): Promise<End> {
  const events: string[] = [];
  const messages: PeerMessage[] = [];
  const links = new PeerLinks({
    nodeId,
    network: nodeNetwork,
    clock: nodeClock,
    onMessage: (from, message) => {
      events.push(`${message.kind} from ${from}`);
      messages.push(message);
    },
    onConnected: (id) => events.push(`connected ${id}`),
    onLost: (id) => events.push(`lost ${id}`),
    ...options,
  });
  const listener = await nodeNetwork.listenTcp(ANY_PORT, (tcp) => links.accept(tcp), door);
  open.push(links, listener);
  return { links, events, messages, listener };
}

function member(id: number, end: { listener: Listener }) {
  const { host: peerHost, port: peerPort } = end.listener.address;
  const rest = { electionPort: 0, clientHost: '', clientPort: 0 };
  return { id, role: 'participant', peerHost, peerPort, ...rest } as const;
}

async function connect(
  end: End,
  options: TcpConnectOptions = {},
): Promise<TcpConnection & { isClosed: boolean }> {
  const tcp = await nodeNetwork.connectTcp(end.listener.address, options);
  const stranger = Object.assign(tcp, { isClosed: false });
  tcp.onClose = () => {
    stranger.isClosed = true;
  };
  return stranger;
}

describe('links between members', () => {
  afterEach(async () => {
    for (const resource of open.splice(0)) await resource.close();
  });

  it('carry messages in order, both ways, and say when the other is gone', async () => {
    const [one, two] = [await start(1), await start(2)];
    one.links.setMembers([member(1, one), member(2, two)]);
    two.links.setMembers([member(1, one), member(2, two)]);
    await until('both are connected', () => one.links.isConnected(2) && two.links.isConnected(1));
    const big = new Uint8Array(3_000_000).fill(7);
    one.links.send(2, [
      { kind: 'forward', payloads: [big] },
      { kind: 'timeoutNow', term: 5 },
    ]);
    two.links.send(1, [{ kind: 'touch', sessionIds: [9n] }]);
    await until('all have arrived', () => two.messages.length === 2 && one.messages.length === 1);
    const [first, second] = two.messages;
    expect(first?.kind === 'forward' && Buffer.compare(first.payloads[0]!, big)).toBe(0);
    expect(second).toEqual({ kind: 'timeoutNow', term: 5 });
    const closed = two.listener.close(); // or one is connected again before it is looked at
    two.links.close();
    await Promise.all([closed, until('the loss is noticed', () => one.events.includes('lost 2'))]);
    expect(one.links.isConnected(2)).toBe(false);
    one.links.send(2, [{ kind: 'timeoutNow', term: 6 }]);
  });

  it('connect again after a loss, and to members that come later', async () => {
    const [one, two] = [await start(1), await start(2)];
    one.links.setMembers([member(2, two)]);
    await until('connected', () => one.links.isConnected(2));
    const { address } = two.listener;
    await two.listener.close();
    await until('lost', () => one.events.includes('lost 2'));
    open.push(await nodeNetwork.listenTcp(address, (tcp) => two.links.accept(tcp)));
    await until('connected again', () => one.links.isConnected(2));
    one.links.setMembers([]);
    expect(one.links.isConnected(2)).toBe(false);
  });

  it('answer whoever is no member here on the connection that it has opened', async () => {
    const [one, two] = [await start(1), await start(2)];
    one.links.setMembers([member(2, two)]);
    await until('connected', () => two.events.includes('connected 1'));
    two.links.send(1, [{ kind: 'timeoutNow', term: 5 }]);
    await until('the answer has come', () => one.messages.length === 1);
    expect(one.events.at(-1)).toBe('timeoutNow from 2');
    one.links.send(2, [{ kind: 'timeoutNow', term: 6 }]);
    await until('it goes on', () => two.messages.length === 1);
    one.links.close();
    await until('the loss is noticed', () => two.events.includes('lost 1'));
    two.links.send(1, [{ kind: 'timeoutNow', term: 7 }]);
  });

  it('hang up on whoever may not connect', async () => {
    const one = await start(1, { mayConnect: (id) => id === 2 });
    const [member, other] = [await connect(one), await connect(one)];
    member.write(Uint8Array.from(hello(2, 1)));
    other.write(Uint8Array.from(hello(3, 1)));
    await until('the connection is closed', () => other.isClosed);
    await until('the member is connected', () => one.events.length > 0);
    expect([one.events, member.isClosed]).toEqual([['connected 2'], false]);
  });

  it('let nobody take the place of a member with another certificate', async () => {
    const one = await start(1, {}, { tls: MUTUAL });
    const withIdentity = (name: string) =>
      connect(one, { tls: { ...ALICE, identity: identity(name) } });
    const member = await withIdentity('server');
    member.write(Uint8Array.from(hello(2, 1)));
    await until('it is connected', () => one.events.includes('connected 2'));
    const other = await withIdentity('elsewhere');
    other.write(Uint8Array.from(hello(2, 1)));
    await until('the other is cut off', () => other.isClosed);
    expect([one.events, member.isClosed]).toEqual([['connected 2'], false]);
    const again = await withIdentity('server');
    again.write(Uint8Array.from(hello(2, 1)));
    await until('its next connection takes the place', () => member.isClosed);
    expect(again.isClosed).toBe(false);
  });

  it.each([
    ['noise', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['a hello for somebody else', [0, 0, 0, 7, 0x4e, 0x59, 0x50, 0x45, 1, 2, 3]],
    ['a hello of this node itself', [0, 0, 0, 7, 0x4e, 0x59, 0x50, 0x45, 1, 1, 1]],
    ['another version', [0, 0, 0, 7, 0x4e, 0x59, 0x50, 0x45, 9, 2, 1]],
    ['a claim of much to come', [0x7f, 0xff, 0xff, 0xff]],
    ['bytes that fail their checksum', [...hello(2, 1), 0, 0, 0, 6, 1, 2, 3, 4, 5, 6]],
  ])('hang up on %s', async (_, bytes) => {
    const one = await start(1);
    const tcp = await connect(one);
    tcp.write(Uint8Array.from(bytes));
    await until('the connection is closed', () => tcp.isClosed);
    expect(one.messages).toEqual([]);
  });
});

function hello(from: number, to: number): number[] {
  return [0, 0, 0, 7, 0x4e, 0x59, 0x50, 0x45, 1, from, to];
}
