import { afterEach, describe, expect, it } from 'vitest';
import { ServerPool } from '../../src/broker/server-pool.ts';
import type { LiveNode } from '../../src/coord/cluster/paths.ts';
import type { FetchHandler, Listener } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { planQuery } from '../../src/sql/query.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };
const { leaf } = planQuery('SELECT COUNT(*) FROM t', {
  resolveTable: () => ({ name: 't', columns: [{ name: 'id', type: 'BIGINT' }] }),
  tableNames: () => ['t'],
  nowMs: 0,
}).plan;

const listeners: Listener[] = [];
const errors: unknown[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
  expect(errors).toEqual([]);
});

async function serve(handler: FetchHandler): Promise<Listener> {
  const listener = await nodeNetwork.serveHttp(ANY_PORT, handler);
  listeners.push(listener);
  return listener;
}

function openPool(): ServerPool {
  return new ServerPool({
    network: nodeNetwork,
    clock: nodeClock,
    localEngines: new Map(),
    onError: (error) => errors.push(error),
  });
}

function live(listener: Listener, incarnation = '1'): ReadonlyMap<string, LiveNode> {
  return new Map([['a', { id: 'a', ...listener.address, incarnation }]]);
}

function failure(): Response {
  const body = { code: 'TIMEOUT', message: 'answered', position: null };
  return Response.json(body, { status: 408 });
}

describe('the servers that a broker knows', () => {
  it('still answer what is under way when they leave', async () => {
    let answer: (response: Response) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const listener = await serve(
      () =>
        new Promise((resolve) => {
          const ready = answer;
          answer = resolve;
          ready(new Response());
        }),
    );
    const pool = openPool();
    expect(pool.setServers(live(listener))).toEqual([]);
    const pending = pool.get('a')!.execute(leaf!, ['s0'], 10_000);
    await asked;
    expect(pool.setServers(new Map())).toEqual(['a']);
    expect(pool.get('a')).toBeNull();
    answer(failure());
    await expect(pending).rejects.toMatchObject({ code: 'TIMEOUT', message: 'answered' });
    await pool.close();
  });

  it('are others when another process has their name', async () => {
    const first = await serve(() => new Response('OK'));
    const second = await serve(() => new Response('no', { status: 503 }));
    const pool = openPool();
    pool.setServers(live(first));
    await pool.probe('a', 5_000);
    expect(pool.setServers(live(first))).toEqual([]);
    expect(pool.setServers(live(second, '2'))).toEqual(['a']);
    await expect(pool.probe('a', 5_000)).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      message: expect.stringContaining('HTTP status 503'),
    });
    await expect(pool.probe('b', 5_000)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    await pool.close();
  });
});
