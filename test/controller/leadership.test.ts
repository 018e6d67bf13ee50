import { afterEach, beforeEach, expect, it } from 'vitest';
import { LeaderTerm } from '../../src/controller/leader-term.ts';
import { seekLeadership } from '../../src/controller/leadership.ts';
import { CatalogCluster } from './catalog-cluster.ts';

let cluster: CatalogCluster;

beforeEach(() => {
  cluster = new CatalogCluster();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

const self = (id: string, incarnation = id) => ({ id, host: id, port: 1, incarnation });
const LEADER = '/nyala/leader/controller';

it('one controller leads, and the next one when its session has ended', async () => {
  const [one, two] = [await cluster.connect(), await cluster.connect()];
  const first = await seekLeadership(one, self('a'));
  expect(first).not.toBeNull();
  expect(await seekLeadership(two, self('b'))).toBeNull();
  expect(await seekLeadership(one, self('a'))).toBe(first);
  await one.close();
  expect(await seekLeadership(two, self('b'))).toBeGreaterThan(first!);
});

it('a term goes on in a new session when nobody has led meanwhile', async () => {
  const [one, two, three] = [
    await cluster.connect(),
    await cluster.connect(),
    await cluster.connect(),
  ];
  const number = await seekLeadership(one, self('a'));
  const term = new LeaderTerm(one, number!);
  // The node of the session before is there until the coordinator notices.
  expect(await seekLeadership(two, self('a'))).toBe(number);
  await two.close();
  expect(await seekLeadership(three, self('a'))).toBe(number);
  await term.update('/nyala/x', () => ({ n: 1 }));
  expect(await three.exists('/nyala/x')).not.toBeNull();
});

it('a term is over once another one has led, also when that has gone', async () => {
  const [one, two] = [await cluster.connect(), await cluster.connect()];
  const number = await seekLeadership(one, self('a'));
  const term = new LeaderTerm(one, number!);
  await two.delete(LEADER);
  expect(await seekLeadership(two, self('b'))).toBe(number! + 1);
  await two.close();
  expect(await seekLeadership(one, self('a'))).toBe(number! + 2);
  await expect(term.update('/nyala/x', () => ({ n: 1 }))).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
  });
  expect(term.signal.aborted).toBe(true);
  expect(await one.exists('/nyala/x')).toBeNull();
  await expect(term.remove('/nyala/leader')).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
});

it('a controller that was killed takes its own node over when it is back', async () => {
  const [one, two] = [await cluster.connect(), await cluster.connect()];
  const number = await seekLeadership(one, self('a', 'before'));
  const again = await seekLeadership(two, self('a', 'after'));
  expect(again).toBe(number! + 1);
  expect((await two.exists(LEADER))?.ephemeralOwner).toBe(two.sessionId);
});

it('an update is made of what is there, and done once', async () => {
  const client = await cluster.connect();
  const term = new LeaderTerm(client, (await seekLeadership(client, self('a')))!);
  const count = (current: { n: number } | null) => ({ n: (current?.n ?? 0) + 1 });
  expect(await term.update('/nyala/x', count)).toEqual({ n: 1 });
  const seen: unknown[] = [];
  const raced = await term.update<{ n: number }>('/nyala/x', (current) => {
    seen.push(current);
    // Somebody else is faster than the first attempt.
    if (seen.length === 1) void client.set('/nyala/x', new TextEncoder().encode('{"n":10}'));
    return count(current);
  });
  expect(raced).toEqual({ n: 11 });
  expect(seen).toEqual([{ n: 1 }, { n: 10 }]);
  expect(await term.update('/nyala/x', () => null)).toEqual({ n: 11 });
  await term.remove('/nyala/x');
  await term.remove('/nyala/x');
  expect(await term.update('/nyala/x', () => null)).toBeNull();
});
