import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import { enterBarrier } from '../../../src/coord/recipes/barrier.ts';
import { CachedSubtree } from '../../../src/coord/recipes/cached-subtree.ts';
import { currentLeader, standForElection } from '../../../src/coord/recipes/election.ts';
import { joinGroup } from '../../../src/coord/recipes/group.ts';
import type { Hold } from '../../../src/coord/recipes/hold.ts';
import { acquireLock, acquireReadLock, acquireWriteLock } from '../../../src/coord/recipes/lock.ts';
import { DistributedQueue } from '../../../src/coord/recipes/queue.ts';
import { OpCode } from '../../../src/coord/zk/opcodes.ts';
import type { Address } from '../../../src/io/network.ts';
import { nodeClock } from '../../../src/io/node-clock.ts';
import { connectClient, text, until, utf8 } from '../harness.ts';
import { LossyProxy } from './lossy-proxy.ts';

/** A coordinator with an empty tree, whose sessions may be as short as SESSION_TIMEOUT_MS. */
export interface SuiteServer {
  readonly address: Address;
  close(): Promise<void>;
}

export const SESSION_TIMEOUT_MS = 1_000;

/** What recipes promise, on whatever coordinator. */
export function recipeSuite(start: () => Promise<SuiteServer>): void {
  let server: SuiteServer;
  let proxy: LossyProxy;
  const clients: CoordinatorClient[] = [];

  beforeEach(async () => {
    server = await start();
    proxy = await LossyProxy.start(server.address);
  }, 60_000);

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await proxy.close();
    await server.close();
  });

  async function connect(address: Address = server.address): Promise<CoordinatorClient> {
    const client = await connectClient([address], { sessionTimeoutMs: SESSION_TIMEOUT_MS });
    clients.push(client);
    return client;
  }

  async function namesIn(path: string): Promise<string[]> {
    const client = await connect();
    return (await client.exists(path)) === null ? [] : client.children(path);
  }

  it('a lock is held by one client at a time, in the order of asking, with growing tokens', async () => {
    const contenders = await Promise.all([0, 1, 2, 3, 4].map(() => connect()));
    const first = await acquireLock(contenders[0]!, '/lock');
    const order: number[] = [];
    const tokens = [first.token];
    let holders = 1;
    const waiting: Promise<void>[] = [];
    for (const [index, client] of contenders.entries()) {
      if (index === 0) continue;
      waiting.push(
        acquireLock(client, '/lock').then(async (hold) => {
          expect(++holders).toBe(1);
          order.push(index);
          tokens.push(hold.token);
          await client.sync();
          holders--;
          await hold.release();
        }),
      );
      await until('it waits', async () => (await namesOf(client, '/lock')).length === index + 1);
    }
    holders--;
    await first.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(tokens).toEqual([...tokens].sort((left, right) => (left < right ? -1 : 1)));
    expect(await namesIn('/lock')).toEqual([]);
  });

  it('a lock stands below containers, which go away when nobody uses them any more', async () => {
    const client = await connect();
    const ensured: string[] = [];
    const hold = await acquireLock(client, '/deep/lock');
    for (const path of ['/deep', '/deep/lock']) {
      // Containers alone are so versatile: their owner is hidden, and children are allowed.
      const stat = await client.exists(path);
      if (stat?.ephemeralOwner === 0n && stat.childCount === 1) ensured.push(path);
    }
    await hold.release();
    expect(ensured).toEqual(['/deep', '/deep/lock']);
  });

  it('a lock whose node was created without an answer is taken with that node', async () => {
    const client = await connect(proxy.address);
    await (await acquireLock(client, '/lock')).release();
    proxy.loseReplyTo(OpCode.CREATE);
    const hold = await acquireLock(client, '/lock');
    expect(proxy.lostReplies).toBe(1);
    expect(await namesIn('/lock')).toHaveLength(1);
    await hold.release();
    expect(await namesIn('/lock')).toEqual([]);
  });

  it('a lock is lost with the session, at once and without the network', async () => {
    const client = await connect(proxy.address);
    const other = await connect();
    const hold = await acquireLock(client, '/lock', { data: utf8('me') });
    expect(hold.signal.aborted).toBe(false);
    proxy.cutOff();
    await aborted(hold.signal);
    expect(hold.signal.reason).toMatchObject({ code: 'SESSION_EXPIRED' });
    const next = await acquireLock(other, '/lock');
    expect(next.token).toBeGreaterThan(hold.token);
    proxy.heal();
    await hold.release();
    await next.release();
    await until('nothing is left', async () => (await namesIn('/lock')).length === 0);
    const again = await acquireLock(client, '/lock');
    expect(again.signal.aborted).toBe(false);
    await again.release();
  }, 20_000);

  it('a lock is lost when somebody deletes its node', async () => {
    const client = await connect();
    const hold = await acquireLock(client, '/lock');
    const [name] = await namesOf(client, '/lock');
    await client.delete(`/lock/${name}`);
    await aborted(hold.signal);
    await hold.release();
  });

  it('giving up leaves nothing behind and holds up nobody', async () => {
    const [one, two, three] = [await connect(), await connect(), await connect()];
    const hold = await acquireLock(one, '/lock');
    const giveUp = new AbortController();
    const refused = acquireLock(two, '/lock', { signal: giveUp.signal });
    await until('it waits', async () => (await namesOf(one, '/lock')).length === 2);
    const waiting = acquireLock(three, '/lock');
    await until('it waits', async () => (await namesOf(one, '/lock')).length === 3);
    giveUp.abort(new Error('enough'));
    await expect(refused).rejects.toThrow('enough');
    await hold.release();
    await (await waiting).release();
    expect(await namesIn('/lock')).toEqual([]);
  });

  it('readers share a lock, writers do not, and nobody overtakes a writer', async () => {
    const client = await connect();
    const readers = [await acquireReadLock(client, '/rw'), await acquireReadLock(client, '/rw')];
    const events: string[] = [];
    const note = (name: string) => (hold: Hold) => {
      events.push(name);
      return hold;
    };
    const writer = acquireWriteLock(client, '/rw').then(note('writer'));
    await until('the writer waits', async () => (await namesOf(client, '/rw')).length === 3);
    const late = acquireReadLock(client, '/rw').then(note('reader'));
    await until('the reader waits', async () => (await namesOf(client, '/rw')).length === 4);
    for (const reader of readers) await reader.release();
    await (await writer).release();
    await (await late).release();
    expect(events).toEqual(['writer', 'reader']);
    expect(await namesIn('/rw')).toEqual([]);
  });

  it('an election has one leader, and another when that one leaves or vanishes', async () => {
    const far = await connect(proxy.address);
    const near = await connect();
    const leading: string[] = [];
    const stand = (client: CoordinatorClient, name: string) =>
      standForElection({
        ...{ client, clock: nodeClock, path: '/election', data: utf8(name) },
        lead: async ({ signal }) => {
          leading.push(name);
          await aborted(signal);
          leading.splice(leading.indexOf(name), 1);
        },
        onError: () => {},
      });
    const one = stand(far, 'far');
    await until('far leads', () => leading.includes('far'));
    const two = stand(near, 'near');
    const first = await currentLeader(near, '/election');
    expect(text(first!.data)).toBe('far');
    proxy.cutOff();
    await until('near leads', () => leading.join() === 'near');
    expect((await currentLeader(near, '/election'))!.token).toBeGreaterThan(first!.token);
    proxy.heal();
    await until('far stands again', async () => (await namesOf(near, '/election')).length === 2);
    await two.close();
    await until('far leads again', () => leading.join() === 'far');
    await one.close();
    expect(leading).toEqual([]);
    expect(await currentLeader(near, '/election')).toBeNull();
  }, 20_000);

  it('a barrier opens when all are there and again when all have left', async () => {
    const members = [await connect(), await connect(), await connect()];
    const events: string[] = [];
    await Promise.all(
      members.map(async (client, index) => {
        if (index === 2) {
          await until('two wait', async () => (await namesOf(client, '/barrier')).length === 2);
        }
        events.push('come');
        const passed = await enterBarrier(client, '/barrier', 3);
        events.push('in');
        await passed.leave();
        events.push('out');
      }),
    );
    expect(events.slice(0, 3)).toEqual(['come', 'come', 'come']);
    expect(events.indexOf('out')).toBeGreaterThan(events.lastIndexOf('in'));
    expect(await namesIn('/barrier')).toEqual([]);
  });

  it('whoever gives up waiting at a barrier is not counted', async () => {
    const client = await connect();
    const giveUp = new AbortController();
    const waiting = enterBarrier(client, '/barrier', 2, giveUp.signal);
    await until('it waits', async () => (await namesOf(client, '/barrier')).length === 1);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await namesIn('/barrier')).toEqual([]);
  });

  it('a queue gives each item to one taker, in order', async () => {
    const queue = new DistributedQueue(await connect(), '/queue');
    expect(await queue.poll()).toBeNull();
    for (let item = 0; item < 12; item++) await queue.offer(utf8(String(item)));
    expect(text((await queue.poll())!)).toBe('0');
    expect(text(await queue.take())).toBe('1');
    const takers = await Promise.all([0, 1, 2].map(() => connect()));
    const taken = await Promise.all(
      takers.map(async (client) => {
        const items: number[] = [];
        const own = new DistributedQueue(client, '/queue');
        for (let data = await own.poll(); data !== null; data = await own.poll()) {
          items.push(Number(text(data)));
        }
        return items;
      }),
    );
    for (const items of taken) expect(items).toEqual([...items].sort((a, b) => a - b));
    expect(taken.flat().sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const waiting = queue.take();
    await queue.offer(utf8('late'));
    expect(text(await waiting)).toBe('late');
    expect(await namesIn('/queue/receipts')).toEqual([]);
  });

  it('a queue neither doubles nor loses items when answers are lost', async () => {
    const queue = new DistributedQueue(await connect(proxy.address), '/queue');
    await queue.offer(utf8('a'));
    proxy.loseReplyTo(OpCode.MULTI);
    await queue.offer(utf8('b'));
    expect(await namesIn('/queue/items')).toHaveLength(2);
    proxy.loseReplyTo(OpCode.MULTI);
    expect(text((await queue.poll())!)).toBe('a');
    expect(text((await queue.poll())!)).toBe('b');
    expect(await queue.poll()).toBeNull();
    expect(proxy.lostReplies).toBe(2);
    expect(await namesIn('/queue/receipts')).toEqual([]);
  });

  it('a member is in its group for as long as it wants, over sessions', async () => {
    const client = await connect(proxy.address);
    const other = await connect();
    const member = await joinGroup({
      ...{ client, clock: nodeClock, path: '/group', name: 'a', data: utf8('x') },
      onError: () => {},
    });
    const before = client.sessionId;
    expect(await namesOf(other, '/group')).toEqual(['a']);
    proxy.cutOff();
    await until('it is gone', async () => (await namesOf(other, '/group')).length === 0);
    proxy.heal();
    await until('it is back', async () => (await namesOf(other, '/group')).length === 1);
    expect(client.sessionId).not.toBe(before);
    await member.leave();
    expect(await namesIn('/group')).toEqual([]);
  }, 20_000);

  it('a cached subtree follows what happens, also while it was cut off', async () => {
    const client = await connect(proxy.address);
    const other = await connect();
    await other.ensurePath('/cache/deep');
    const subtree = await CachedSubtree.start<string>({
      ...{ client, root: '/cache', onChange: () => {}, onError: () => {} },
      decode: (_, data) => text(data),
    });
    const content = () => Object.fromEntries(subtree.nodes);
    expect(content()).toEqual({ deep: '' });
    await other.create('/cache/deep/a', utf8('1'));
    await until('it is seen', () => subtree.nodes.get('deep/a') === '1');
    proxy.cutOff();
    await other.set('/cache/deep/a', utf8('2'));
    await other.create('/cache/b', utf8('3'));
    await other.transaction([{ kind: 'create', path: '/cache/c', data: utf8('4') }]);
    await other.delete('/cache/c');
    proxy.heal();
    await until('it has caught up', () => subtree.nodes.get('b') === '3');
    expect(content()).toEqual({ deep: '', 'deep/a': '2', b: '3' });
    await subtree.close();
  });

  it('a cached subtree tells which nodes have changed, and from what to what', async () => {
    const client = await connect();
    const other = await connect();
    await other.ensurePath('/told');
    await other.create('/told/a', utf8('1'));
    const seen: unknown[] = [];
    const subtree = await CachedSubtree.start<string>({
      ...{ client, root: '/told', onError: () => {} },
      onChange: (changes) => {
        seen.push(...changes.map(({ name, before, after }) => [name, before, after]));
      },
      decode: (_, data) => text(data),
    });
    await other.set('/told/a', utf8('2'));
    await other.create('/told/b', utf8('3'));
    await other.delete('/told/a');
    await until('it has followed', () => !subtree.nodes.has('a') && subtree.nodes.has('b'));
    await subtree.settled();
    expect(seen[0]).toEqual(['a', null, '1']);
    const last = new Map<unknown, unknown>();
    for (const [name, before, after] of seen as [string, string | null, string | null][]) {
      expect(before).toBe(last.get(name) ?? null);
      last.set(name, after);
    }
    expect(Object.fromEntries(last)).toEqual({ a: null, b: '3' });
    await subtree.close();
  });

  it('the nodes of a group are in a cached subtree as they were at one moment', async () => {
    const client = await connect();
    const other = await connect();
    for (const name of ['first', 'group', 'group/x', 'group/y', 'group/z']) {
      await other.ensurePath(`/moments/${name}`);
    }
    const wrong: unknown[] = [];
    const follow = (root: string, onChange: () => void) =>
      CachedSubtree.start<number>({
        ...{ client, root, onChange, onError: (error) => wrong.push(error) },
        ...(root.endsWith('group') ? { groupOf: () => 'all' } : {}),
        decode: (_, data) => Number(text(data)),
      });
    const before = await follow('/moments', () => {});
    let after: CachedSubtree<number> | null = null;
    const number = (name: string) => after?.nodes.get(name) ?? 0;
    after = await follow('/moments/group', () => {
      const numbers = ['x', 'y', 'z'].map(number);
      const [x = 0, y = 0, z = 0] = numbers;
      const first = before.nodes.get('first') ?? 0;
      // They are written in this order, so each is as far as the next, or one step further.
      if (!(first >= x && x >= y && y >= z)) wrong.push([first, ...numbers]);
    });
    for (let round = 1; round <= 200; round++) {
      for (const name of ['first', 'group/x', 'group/y', 'group/z']) {
        const written = other.set(`/moments/${name}`, utf8(`${round}`));
        if (round % 10 === 0) await written;
      }
    }
    await until('it has followed', () => number('z') === 200);
    expect(wrong).toEqual([]);
    await before.close();
    await after.close();
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function namesOf(client: CoordinatorClient, path: string): Promise<string[]> {
  return (await client.exists(path)) === null ? [] : client.children(path);
}
