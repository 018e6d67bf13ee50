import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import { connectClient, until, utf8 } from '../harness.ts';
import { type Door, openDoor } from './door.ts';

let door: Door;
let client: CoordinatorClient;
beforeAll(async () => {
  door = await openDoor();
  client = await connectClient([door.node.address]);
});
afterAll(async () => {
  await client.close();
  await door.close();
});

/** Opens a stream of events and collects its text. */
async function listen(path: string, origin = door.origin) {
  const abort = new AbortController();
  const response = await fetch(`${origin}/v1/watch${path}`, { signal: abort.signal });
  const received = { text: '', isEnded: false };
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const part of response.body!) received.text += decoder.decode(part);
  };
  const ended = (): void => {
    received.isEnded = true;
  };
  void read().then(ended, ended);
  return { response, received, stop: () => abort.abort() };
}

async function connections(): Promise<number> {
  return (await door.ask('GET', '/health')).body.connectionCount;
}

describe('a watch over HTTP', () => {
  it('tells of all changes of a node and of its list of children', async () => {
    const { response, received, stop } = await listen('/w');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await client.create('/w', utf8(''));
    await client.create('/w/child', utf8(''));
    await client.set('/w', utf8('1'));
    await client.set('/w/child', utf8('1'));
    await client.delete('/w/child');
    await client.delete('/w');
    await until('the node is gone', () => received.text.includes('event: deleted'));
    const zxids = [...received.text.matchAll(/^id: (0x[0-9a-f]+)$/gm)].map(([, id]) => id!);
    const expected = ['created', 'childrenChanged', 'dataChanged', 'childrenChanged', 'deleted']
      .map((type, index) => {
        const data = `{"path":"/w","zxid":"${zxids[index]}"}`;
        return `id: ${zxids[index]}\nevent: ${type}\ndata: ${data}\n\n`;
      })
      .join('');
    expect(received.text).toBe(`retry: 1000\n: watching /w\n\n${expected}`);
    const numbers = zxids.map(Number);
    expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    stop();
  });

  it('?recursive tells of everything below, and not of lists of children', async () => {
    await client.create('/r', utf8(''));
    const { received, stop } = await listen('/r?recursive');
    await client.create('/r/a', utf8(''));
    await client.create('/r/a/b', utf8(''));
    await client.set('/r/a/b', utf8('1'));
    await client.delete('/r/a/b');
    await until('the node is gone', () => received.text.includes('event: deleted'));
    const events = [...received.text.matchAll(/event: (\w+)\ndata: {"path":"([^"]*)"/g)];
    expect(events.map(([, type, path]) => `${type} ${path}`)).toEqual([
      'created /r/a',
      'created /r/a/b',
      'dataChanged /r/a/b',
      'deleted /r/a/b',
    ]);
    stop();
  });

  it('has its watch set when its answer begins, and ends with its caller', async () => {
    await until('only the client is there', async () => (await connections()) === 1);
    const streams = await Promise.all(Array.from({ length: 5 }, () => listen('/end')));
    expect(await connections()).toBe(6);
    for (const { stop } of streams) stop();
    await until('their sessions are gone', async () => (await connections()) === 1);
  });

  it('leaves nothing behind when its caller goes at once, or only asks for headers', async () => {
    await until('only the client is there', async () => (await connections()) === 1);
    const { host, port } = door.node.httpAddress!;
    for (let round = 0; round < 20; round++) {
      const socket = connect(port, host, () => {
        socket.write('GET /v1/watch/x HTTP/1.1\r\nhost: x\r\n\r\n');
        setTimeout(() => socket.destroy(), round / 4);
      });
    }
    expect((await door.askRaw('HEAD', '/v1/watch/x')).status).toBe(400);
    await client.sync();
    await until('their sessions are gone', async () => (await connections()) === 1);
  });

  it('refuses other paths and parameters before it begins', async () => {
    expect((await door.ask('GET', '/v1/watch/a?recursiv')).status).toBe(400);
    expect((await door.ask('GET', '/v1/watch/a%2Fb')).status).toBe(400);
    expect((await door.ask('POST', '/v1/watch/a')).status).toBe(404);
    const headers = { authorization: 'Bearer x' };
    expect((await door.ask('GET', '/v1/watch/a', { headers })).status).toBe(401);
  });

  it('ends when the node stops', async () => {
    const other = await openDoor();
    const { received } = await listen('/a', other.origin);
    await other.close();
    await until('the stream ends', () => received.isEnded);
    expect(received.text).toBe('retry: 1000\n: watching /a\n\n');
  });
});
