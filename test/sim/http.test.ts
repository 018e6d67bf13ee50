import { describe, expect, it } from 'vitest';
import type { FetchHandler, HttpClient, HttpRequest } from '../../src/io/network.ts';
import { SimulatedProcess } from './process.ts';
import { World } from './world.ts';

const SERVER = '10.0.0.1';
const CLIENT = '10.0.0.2';
const ADDRESS = { host: SERVER, port: 80 };

describe('simulated HTTP', () => {
  it('brings requests to a handler and its answers back', async () => {
    const { world, client } = await connected(async (request) => {
      const text = `${request.method} ${new URL(request.url).pathname} ${await request.text()}`;
      return new Response(text, { status: 201, headers: { 'x-kind': 'echo' } });
    });
    const body = 'x'.repeat(10_000);
    const response = await outcome(world, client.request(post('/a/b?c=d', body)));
    expect(response).toMatchObject({ status: 201, headers: { 'x-kind': 'echo' } });
    expect(textOf(response)).toBe(`POST /a/b ${body}`);
  });

  it('takes the same connection again, and another one beside it', async () => {
    const { world, client } = await connected(() => new Response('well'));
    const both = Promise.all([client.request(post('/1')), client.request(post('/2'))]);
    expect(await outcome(world, both)).toHaveLength(2);
    expect(textOf(await outcome(world, client.request(post('/3'))))).toBe('well');
  });

  it('refuses where nobody listens, and times out where nobody answers', async () => {
    const { world, client, server } = await connected(() => new Promise(() => {}));
    const late = await outcome(world, client.request({ ...post('/'), timeoutMs: 300 }));
    expect(late).toMatchObject({ code: 'TIMEOUT' });
    server.kill();
    world.network.abandon(server, null);
    expect(await outcome(world, client.request(post('/')))).toMatchObject(UNREACHABLE);
  });

  it('gives up reaching a host without power', async () => {
    const { world, client } = await connected(() => new Response());
    world.links.setDark(SERVER, true);
    expect(await outcome(world, client.request(post('/')))).toMatchObject(UNREACHABLE);
  });

  it('may have done what it gives no answer to', async () => {
    let count = 0;
    const { world, client } = await connected(() => {
      count++;
      world.links.block(SERVER, CLIENT);
      return new Response('done');
    });
    const late = await outcome(world, client.request({ ...post('/'), timeoutMs: 2_000 }));
    expect(late).toMatchObject({ code: 'TIMEOUT' });
    expect(count).toBe(1);
  });

  it('breaks when its server dies under a request, and is never sent again', async () => {
    let count = 0;
    const { world, client, server } = await connected(() => {
      count++;
      world.scheduler.after(1, () => {
        server.kill();
        world.network.abandon(server, null);
      });
      return new Promise(() => {});
    });
    expect(await outcome(world, client.request(post('/')))).toMatchObject(UNREACHABLE);
    expect(count).toBe(1);
  });

  it('waits while its server stands still', async () => {
    const { world, client, server } = await connected(() => new Response('at last'));
    server.pause();
    world.scheduler.after(5_000, () => server.resume());
    const late = client.request({ ...post('/'), timeoutMs: 4_000 });
    expect(await outcome(world, late)).toMatchObject({ code: 'TIMEOUT' });
    expect(textOf(await outcome(world, client.request(post('/'))))).toBe('at last');
  });

  it('answers what is under way while a door closes, and takes nothing more', async () => {
    const { world, client, listener } = await connected(
      () =>
        new Promise((resolve) => world.scheduler.after(500, () => resolve(new Response('yes')))),
    );
    const under = client.request(post('/'));
    await world.scheduler.run(world.scheduler.nowMs + 100);
    void listener.close(2_000);
    expect(textOf(await outcome(world, under))).toBe('yes');
    expect(await outcome(world, client.request(post('/')))).toMatchObject(UNREACHABLE);
  });

  it('closes a pool with what runs in it', async () => {
    const { world, client } = await connected(() => new Promise(() => {}));
    const running = client.request(post('/'));
    world.scheduler.after(100, () => void client.close());
    expect(await outcome(world, running)).toMatchObject(UNREACHABLE);
  });
});

const UNREACHABLE = { code: 'SERVER_UNAVAILABLE' };

async function connected(handler: FetchHandler) {
  const world = new World(11, 1);
  const server = new SimulatedProcess(world.scheduler, 'server');
  const user = new SimulatedProcess(world.scheduler, 'client');
  const serving = world.network.forProcess(server, SERVER).serveHttp(ADDRESS, handler);
  await world.scheduler.run(10);
  const client: HttpClient = world.network.forProcess(user, CLIENT).httpClient(ADDRESS);
  return { world, server, client, listener: await serving };
}

/** What a promise comes to, or the error, while simulated time goes on. */
async function outcome<T>(world: World, promise: Promise<T>): Promise<unknown> {
  let settled: { value: unknown } | null = null;
  const settle = (value: unknown): void => {
    settled = { value };
  };
  promise.then(settle, settle);
  await world.scheduler.run(world.scheduler.nowMs + 60_000, () => settled !== null);
  return (settled as { value: unknown } | null)?.value;
}

function post(path: string, body = ''): HttpRequest {
  return { method: 'POST', path, body, timeoutMs: 20_000 };
}

function textOf(response: unknown): string {
  return new TextDecoder().decode((response as { body: Uint8Array }).body);
}
