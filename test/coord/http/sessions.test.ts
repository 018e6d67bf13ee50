import { afterEach, describe, expect, it } from 'vitest';
import { ByteReader, encodeUtf8 } from '../../../src/base/bytes.ts';
import { EngineError } from '../../../src/base/errors.ts';
import {
  COORDINATOR_HTTP_IDLE_MS,
  COORDINATOR_HTTP_REQUESTS_MAX,
  COORDINATOR_HTTP_USERS_MAX,
} from '../../../src/base/limits.ts';
import { SessionPool } from '../../../src/coord/http/session-pool.ts';
import {
  LinkTreeAccess,
  type TreeAccess,
  type TreeSessionHandler,
} from '../../../src/coord/http/tree-access.ts';
import { PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { writeConnectResponse } from '../../../src/coord/zk/handshake.ts';
import { readBuffer, readString } from '../../../src/coord/zk/jute.ts';
import { writeReply } from '../../../src/coord/zk/replies.ts';
import type { Clock } from '../../../src/io/clock.ts';
import type { Listener } from '../../../src/io/network.ts';
import { nodeClock } from '../../../src/io/node-clock.ts';
import { nodeNetwork } from '../../../src/io/node-network.ts';
import { ANY_PORT, startNode, temporaryDirectory, until } from '../harness.ts';
import { packetOf } from '../wire.ts';

const user = (text: string) => ({ scheme: 'digest', auth: encodeUtf8(text) });
const READ = { kind: 'exists', path: '/', watch: false } as const;

describe('sessions of users of HTTP', () => {
  it('are shared by the requests of a user, and closed when idle', async () => {
    const { pool, opened, pass } = openPool();
    await Promise.all([pool.use(user('a:1'), later), pool.use(user('a:1'), later)]);
    expect(opened.map(({ name }) => name)).toEqual(['a:1']);
    pass(COORDINATOR_HTTP_IDLE_MS - 1);
    await pool.use(user('a:1'), later);
    pass(COORDINATOR_HTTP_IDLE_MS - 1);
    expect(opened[0]!.isClosed).toBe(false);
    pass(1);
    await until('it is closed', () => opened[0]!.isClosed);
    await pool.use(user('a:1'), later);
    expect(opened).toHaveLength(2);
  });

  it('are opened anew once they are lost', async () => {
    const { pool, opened } = openPool();
    await pool.use(null, later);
    opened[0]!.lose();
    await pool.use(null, later);
    expect(opened).toHaveLength(2);
  });

  it('are not kept when opening fails or is refused', async () => {
    const { pool, opened, refuse } = openPool();
    refuse(new EngineError('SERVER_UNAVAILABLE', 'coord: nobody there'));
    await expect(pool.use(null, later)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    refuse(null);
    expect(await pool.use(user('x:y'), later)).toBeNull();
    refuse(undefined);
    await pool.use(null, later);
    await pool.use(user('x:y'), later);
    expect(opened).toHaveLength(2);
  });

  it('make room for others when they are idle, and only then', async () => {
    const { pool, opened } = openPool();
    let release: () => void = () => {};
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const names = Array.from({ length: COORDINATOR_HTTP_USERS_MAX }, (_, index) => `u${index}:`);
    const uses = names.map((name) => pool.use(user(name), () => isReleased));
    await expect(pool.use(user('late:'), later)).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
    });
    release();
    await Promise.all(uses);
    await pool.use(user('late:'), later);
    await until('one has made room', () => opened.some(({ isClosed }) => isClosed));
    expect(opened.filter(({ isClosed }) => isClosed)).toHaveLength(1);
  });

  it('end when the door closes', async () => {
    const { pool, opened } = openPool();
    await pool.use(null, later);
    pool.close();
    await until('it is closed', () => opened[0]!.isClosed);
    await expect(pool.use(null, later)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  });
});

describe('the way of HTTP to the tree', () => {
  const closing: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('refuses more requests at once than the coordinator stands, and goes on after that', async () => {
    const place = await temporaryDirectory();
    const node = await startNode(place.directory);
    closing.push(place.remove, () => node.close());
    const session = (await access(node.address).openSession(null, IGNORE))!;
    const calls = Array.from({ length: COORDINATOR_HTTP_REQUESTS_MAX + 3 }, () =>
      session.request(READ),
    );
    const outcomes = await Promise.allSettled(calls);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    expect(await session.request(READ)).toMatchObject({ kind: 'stat' });
    session.close();
  });

  it('shows who a user is before anything else, and takes no for an answer', async () => {
    const peer = await listenAsCoordinator();
    closing.push(() => peer.listener.close());
    const session = await access(peer.listener.address).openSession(user('good:password'), IGNORE);
    expect(session).not.toBeNull();
    expect(peer.packets).toEqual([
      { xid: -4, opCode: 100, scheme: 'digest', auth: 'good:password' },
    ]);
    expect(await access(peer.listener.address).openSession(user('bad:x'), IGNORE)).toBeNull();
  });

  it('tells once that a session is lost, and that what waits has no answer', async () => {
    const place = await temporaryDirectory();
    const node = await startNode(place.directory);
    closing.push(place.remove);
    let lossCount = 0;
    const onClose = (): void => {
      lossCount++;
    };
    const session = (await access(node.address).openSession(null, { ...IGNORE, onClose }))!;
    const waiting = session.request(READ);
    const closed = node.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    await closed;
    await expect(session.request(READ)).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    expect([lossCount, session.isClosed]).toEqual([1, true]);
    await expect(access(node.address).openSession(null, IGNORE)).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
    });
  });
});

const IGNORE: TreeSessionHandler = { onEvent: () => {}, onClose: () => {} };

function access(address: { host: string; port: number }): LinkTreeAccess {
  const network = { connectTcp: () => nodeNetwork.connectTcp(address) };
  return new LinkTreeAccess({ network, clock: nodeClock });
}

async function later(): Promise<string> {
  return 'done';
}

/** A pool over sessions that do nothing, on a clock that the test moves. */
function openPool() {
  const opened: { name: string; isClosed: boolean; lose(): void }[] = [];
  let refusal: Error | null | undefined;
  const treeAccess: TreeAccess = {
    openSession: async (credentials, handler) => {
      if (refusal === null) return null;
      if (refusal !== undefined) throw refusal;
      const name = credentials === null ? '' : new TextDecoder().decode(credentials.auth);
      const session = {
        name,
        isClosed: false,
        lose: () => {
          session.isClosed = true;
          handler.onClose();
        },
        request: () => Promise.reject(new Error('nothing is asked here')),
        close: () => {
          session.isClosed = true;
        },
      };
      opened.push(session);
      return session;
    },
  };
  let nowMs = 0;
  const timers = new Set<{ atMs: number; action: () => void }>();
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    soon: (action) => action(),
    schedule: (delayMs, action) => {
      const timer = { atMs: nowMs + delayMs, action };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
  };
  const pass = (byMs: number): void => {
    nowMs += byMs;
    for (const timer of [...timers]) {
      if (timer.atMs > nowMs || !timers.delete(timer)) continue;
      timer.action();
    }
  };
  const refuse = (how: Error | null | undefined): void => {
    refusal = how;
  };
  return { pool: new SessionPool(treeAccess, clock), opened, pass, refuse };
}

/** Something that shakes hands and believes everybody but `bad`, as a coordinator that has users. */
async function listenAsCoordinator() {
  const packets: object[] = [];
  const listener: Listener = await nodeNetwork.listenTcp(ANY_PORT, (tcp) => {
    const assembler = new PacketAssembler(1_000);
    let isConnected = false;
    tcp.onData = (bytes) => {
      assembler.push(bytes);
      for (let packet = assembler.next(); packet !== null; packet = assembler.next()) {
        if (!isConnected) {
          isConnected = true;
          const password = new Uint8Array(16);
          const answer = { timeoutMs: 4_000, sessionId: 7n, password, readOnly: false };
          tcp.write(packetOf((writer) => writeConnectResponse(writer, answer)));
          continue;
        }
        const reader = new ByteReader(packet, 'test: packet');
        const [xid, opCode] = [reader.int32(), reader.int32()];
        if (opCode !== 100) continue;
        reader.int32();
        const scheme = readString(reader);
        const auth = new TextDecoder().decode(readBuffer(reader)!);
        const isBad = auth.startsWith('bad');
        const result = isBad
          ? ({ kind: 'error', error: -115 } as const)
          : { kind: 'done' as const };
        tcp.write(packetOf((writer) => writeReply(writer, xid, 0n, result)));
        if (isBad) tcp.end();
        else packets.push({ xid, opCode, scheme, auth });
      }
    };
  });
  return { listener, packets };
}
