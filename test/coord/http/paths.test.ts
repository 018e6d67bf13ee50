import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import { connectClient, utf8 } from '../harness.ts';
import { type Door, openDoor } from './door.ts';

let door: Door;
let client: CoordinatorClient;
beforeAll(async () => {
  door = await openDoor();
  client = await connectClient([door.node.address]);
  await client.create('/a', utf8(''));
  await client.create('/a/b', utf8('data of b'));
  await client.create('/b', utf8('other data'));
  await client.create('/a/%62', utf8('percent'));
  await client.create('/a/b;x', utf8('semicolon'));
  await client.create('/a/b\\c', utf8('backslash'));
});
afterAll(async () => {
  await client.close();
  await door.close();
});

const REFUSED = [
  '/v1/tree/a/./b',
  '/v1/tree/a/../b',
  '/v1/tree/..',
  '/v1/tree/a/..',
  '/v1/tree/a/%2e/b',
  '/v1/tree/a/%2e%2e/b',
  '/v1/tree/a/.%2E/b',
  '/v1/tree/a/%2e%2E',
  '/v1/tree/../tree/a/b',
  '/v1/metrics/../tree/a/b',
  '/v1/tree//a/b',
  '/v1/tree/a//b',
  '/v1/tree/a/b/',
  '/v1/tree/a/b//',
  '/v1/tree/a%2fb',
  '/v1/tree/a%2Fb',
  '/v1/tree%2fa/b',
  '/v1%2ftree/a/b',
  '/%76%31/tree/a/b',
  '/v1/%74ree/a/b',
  '/v1/tree/a\\b',
  '/v1/tree\\a\\b',
  '/v1/tree/a/b%00',
  '/v1/tree/%00',
  '/v1/tree/a/b%0d%0aX:y',
  '/v1/tree/a/%',
  '/v1/tree/a/%zz',
  '/v1/tree/a/%c3',
  '/v1/tree/a/%c0%ae%c0%ae/b',
  '/v1/tree/a/%ed%a0%80',
  '/v1/tree/a/%ef%bf%bf',
  '/v1/tree;/a/b',
  '/v1/tree;.js/a/b',
  '/v1;x=y/tree/a/b',
  '/;/v1/tree/a/b',
  '/v1/tree.css/a/b',
  '/V1/tree/a/b',
  '/v1/Tree/a/b',
  '//v1/tree/a/b',
  '/v1//tree/a/b',
  '/v1/tree/a/b?.css',
  '/v1/tree/a/b?x=/../b',
];

describe('the path of a node in a URL', () => {
  it.each(REFUSED)('is not %s', async (path) => {
    const { status, text } = await door.askRaw('GET', path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    for (const data of ['data of b', 'other data']) expect(text).not.toContain(data);
  });

  it('is decoded once', async () => {
    expect((await door.askRaw('GET', '/v1/tree/a/%2562?raw')).text).toBe('percent');
    expect((await door.askRaw('GET', '/v1/tree/a/%62?raw')).text).toBe('data of b');
    expect((await door.askRaw('GET', '/v1/tree/a/%252e%252e/b')).status).toBe(404);
  });

  it('takes a semicolon and an encoded backslash as parts of a name', async () => {
    expect((await door.askRaw('GET', '/v1/tree/a/b;x?raw')).text).toBe('semicolon');
    expect((await door.askRaw('GET', '/v1/tree/a/b%3Bx?raw')).text).toBe('semicolon');
    expect((await door.askRaw('GET', '/v1/tree/a/b;y?raw')).status).toBe(404);
    expect((await door.askRaw('GET', '/v1/tree/a/b%5Cc?raw')).text).toBe('backslash');
  });

  it('is that of the request, whatever headers say', async () => {
    const headers = {
      'x-original-url': '/v1/tree/b?raw',
      'x-rewrite-url': '/v1/tree/b?raw',
      'x-http-method-override': 'DELETE',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-forwarded-prefix': '/..',
    };
    expect(await door.askRaw('GET', '/v1/tree/a/b?raw', headers)).toEqual({
      status: 200,
      text: 'data of b',
    });
    expect((await client.get('/a/b')).data).toEqual(utf8('data of b'));
  });

  it('is refused in every method alike', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']) {
      for (const path of ['/v1/tree/a/%2e%2e/b', '/v1/tree/a%2fb', '/v1/tree/a/b/']) {
        expect([method, path, (await door.askRaw(method, path)).status]).toEqual([
          method,
          path,
          400,
        ]);
      }
    }
    expect((await client.get('/b')).stat.version).toBe(0);
  });
});
