import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClient, Listener } from '../../src/io/network.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };
const open: (Listener | HttpClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function serve(handler: (request: Request) => Response | Promise<Response>) {
  const listener = await nodeNetwork.serveHttp(ANY_PORT, handler);
  const client = nodeNetwork.httpClient(listener.address);
  open.push(listener, client);
  return { listener, client };
}

describe('HTTP of this machine', () => {
  it('carries bytes, headers and statuses both ways', async () => {
    const { client } = await serve(async (request) => {
      const body = new Uint8Array(await request.arrayBuffer()).reverse();
      const headers = { 'x-method': request.method, 'x-got': request.headers.get('x-sent') ?? '' };
      return new Response(body, { status: 201, headers });
    });
    const answer = await client.request({
      method: 'POST',
      path: '/a?b=c',
      headers: { 'x-sent': 'yes' },
      body: Uint8Array.of(1, 2, 250),
      timeoutMs: 5_000,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'x-method': 'POST', 'x-got': 'yes' });
    expect([...answer.body]).toEqual([250, 2, 1]);
  });

  it('refuses paths with dot segments before the handler sees them', async () => {
    const { listener } = await serve(({ url }) => new Response(new URL(url).pathname));
    const { host, port } = listener.address;
    const answerTo = (target: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(port, host, () => {
          socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        });
        let text = '';
        socket.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        socket.once('close', () => resolve(text));
        socket.once('error', reject);
      });
    const refused = ['/..', '/a/../b', '/a/%2e%2E/b', '/a/.%2e?b', '/a/./b', '/a/%2e', '/a/..#b'];
    refused.push('http://x/a/../b');
    for (const target of refused) {
      expect([target, await answerTo(target)]).toEqual([
        target,
        expect.stringMatching(/^HTTP\/1\.1 400 /),
      ]);
    }
    for (const target of ['/a/..b', '/a/...', '/a?b=/../c', '/.well-known/x', '/a/%252e%252e']) {
      expect([target, await answerTo(target)]).toEqual([
        target,
        expect.stringMatching(/^HTTP\/1\.1 200 /),
      ]);
    }
  });

  it('answers what is under way while it closes, as long as it may take', async () => {
    const { listener, client } = await serve(async ({ url }) => {
      if (url.endsWith('/never')) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      return new Response('late');
    });
    const ask = (path: string) => client.request({ method: 'GET', path, timeoutMs: 5_000 });
    const never = expect(ask('/never')).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    const late = ask('/late');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = listener.close(500);
    expect(new TextDecoder().decode((await late).body)).toBe('late');
    await expect(ask('/')).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    await never;
    await closed;
  });

  it('names the address that is taken', async () => {
    const { listener } = await serve(() => new Response());
    const { port } = listener.address;
    await expect(
      nodeNetwork.serveHttp({ host: '127.0.0.1', port }, () => new Response()),
    ).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('gives up at once when it is told to, and closes the connection', async () => {
    let isClosed = false;
    const { client } = await serve(
      (request) =>
        new Promise(() => {
          request.signal.addEventListener('abort', () => {
            isClosed = true;
          });
        }),
    );
    const abort = new AbortController();
    const { signal } = abort;
    const pending = client.request({ method: 'GET', path: '/', timeoutMs: 60_000, signal });
    setTimeout(() => abort.abort(), 50);
    await expect(pending).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => isClosed).toBe(true);
    const late = client.request({ method: 'GET', path: '/', timeoutMs: 60_000, signal });
    await expect(late).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('gives up after the time it was given, headers or not', async () => {
    const { client } = await serve(({ url }) => {
      if (url.endsWith('/headers')) return new Promise(() => {});
      return new Response(new ReadableStream({ start: (stream) => stream.enqueue(Buffer.of(1)) }));
    });
    for (const path of ['/headers', '/body']) {
      const request = client.request({ method: 'GET', path, timeoutMs: 100 });
      await expect(request).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringContaining(path),
      });
    }
  });

  it('answers those who come at once to a door that is seldom used, and those who come later', async () => {
    const listener = await nodeNetwork.serveHttp(
      ANY_PORT,
      ({ url }) => new Response(new URL(url).pathname),
      { isSeldomUsed: true },
    );
    const clients = Array.from({ length: 5 }, () => nodeNetwork.httpClient(listener.address));
    open.push(listener, ...clients);
    const ask = async (client: HttpClient, path: string): Promise<string> => {
      const { body } = await client.request({ method: 'GET', path, timeoutMs: 5_000 });
      return new TextDecoder().decode(body);
    };
    const paths = await Promise.all(clients.map((client, index) => ask(client, `/${index}`)));
    expect(paths).toEqual(['/0', '/1', '/2', '/3', '/4']);
    expect(await ask(clients[0]!, '/again')).toBe('/again');
    const late = nodeNetwork.httpClient(listener.address);
    open.push(late);
    expect(await ask(late, '/late')).toBe('/late');
  });

  it('closes a door that nobody has used, and one where somebody has just knocked', async () => {
    for (const isKnocked of [false, true]) {
      const listener = await nodeNetwork.serveHttp(ANY_PORT, () => new Response(), {
        isSeldomUsed: true,
      });
      const { host, port } = listener.address;
      const closed = new Promise((resolve) => {
        if (!isKnocked) resolve(null);
        else connect(port, host, () => void listener.close()).once('close', resolve);
      });
      if (!isKnocked) await listener.close();
      await closed;
      const again = connect(port, host);
      await expect(
        new Promise((resolve, reject) => again.once('connect', resolve).once('error', reject)),
      ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  it('says that a peer hung up', async () => {
    const listener = await nodeNetwork.listenTcp(ANY_PORT, (connection) => {
      connection.onData = () => connection.destroy();
      connection.onClose = () => {};
    });
    const client = nodeNetwork.httpClient(listener.address);
    open.push(listener, client);
    await expect(
      client.request({ method: 'GET', path: '/', timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  });

  it('ends at once, even while a request is running', async () => {
    const { listener, client } = await serve(() => new Promise(() => {}));
    const request = client.request({ method: 'GET', path: '/', timeoutMs: 10_000 });
    const failure = expect(request).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await listener.close();
    await failure;
  });

  it('answers what is not HTTP with an error and goes on', async () => {
    const { listener, client } = await serve(() => new Response('well'));
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(listener.address.port, '127.0.0.1', () =>
        socket.write('ruok\r\n\r\n'),
      );
      let received = '';
      socket.on('data', (bytes) => {
        received += bytes;
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    const answer = await client.request({ method: 'GET', path: '/', timeoutMs: 5_000 });
    expect(Buffer.from(answer.body).toString()).toBe('well');
  });
});
