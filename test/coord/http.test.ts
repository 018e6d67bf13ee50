import { describe, expect, it } from 'vitest';
import { createCoordinatorHttp } from '../../src/coord/http.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { Bench, bytes, create } from './core/bench.ts';
import { ANY_PORT, startNode, temporaryDirectory } from './harness.ts';

describe('the HTTP view', () => {
  const bench = new Bench();
  const connection = bench.open();
  bench.ask(connection, create('/a', { data: bytes('grüß') }));
  bench.ask(connection, create('/a/ä b', { data: Uint8Array.of(0xff, 0xfe), flags: 1 }));
  bench.ask(
    connection,
    create('/a/hidden', { acl: [{ permissions: 2, scheme: 'world', id: 'anyone' }] }),
  );
  const app = createCoordinatorHttp(bench.machine);
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: await response.json() };
  };

  it('shows a node with its data, stat and sorted children', async () => {
    expect(await get('/v1/tree/a')).toMatchObject({
      status: 200,
      body: {
        path: '/a',
        data: 'grüß',
        dataEncoding: 'utf8',
        stat: { czxid: '0x2', version: 0, childVersion: 2, ephemeralOwner: '0x0' },
        children: ['hidden', 'ä b'],
      },
    });
    expect(await get('/v1/tree/')).toMatchObject({
      body: { path: '/', children: ['a', 'zookeeper'] },
    });
  });

  it('shows data that is no text as base64', async () => {
    const { body } = await get('/v1/tree/a/%C3%A4%20b');
    expect(body).toMatchObject({ data: '//4=', dataEncoding: 'base64', path: '/a/ä b' });
    expect(body).not.toMatchObject({ stat: { ephemeralOwner: '0x0' } });
  });

  it('says what is missing, malformed or not readable', async () => {
    expect(await get('/v1/tree/x')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
    expect(await get('/v1/tree/%00')).toMatchObject({ status: 400 });
    expect(await get('/v1/tree/%')).toMatchObject({ status: 400 });
    expect(await get('/v1/tree/a/hidden')).toMatchObject({ status: 403 });
  });

  it('is served by a node that is given an HTTP address', async () => {
    const place = await temporaryDirectory();
    const node = await startNode(place.directory, { httpAddress: ANY_PORT });
    const client = nodeNetwork.httpClient(node.httpAddress!);
    const answer = await client.request({ method: 'GET', path: '/health', timeoutMs: 5_000 });
    expect(answer.status).toBe(200);
    expect(JSON.parse(new TextDecoder().decode(answer.body))).toMatchObject({
      status: 'ok',
      nodeCount: 4,
    });
    await client.close();
    await node.close();
    await place.remove();
  });
});
