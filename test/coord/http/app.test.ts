import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/base/errors.ts';
import { type CoordinatorControl, TraceMask } from '../../../src/coord/admin/control.ts';
import type { ClientRequest, Result } from '../../../src/coord/core/model.ts';
import { createCoordinatorHttp } from '../../../src/coord/http/app.ts';
import type { TreeAccess } from '../../../src/coord/http/tree-access.ts';
import type { CoordinatorStatus } from '../../../src/coord/status.ts';
import { nodeClock } from '../../../src/io/node-clock.ts';
import { leaderStatus } from '../admin/status-fixture.ts';
import { until } from '../harness.ts';
import { type Door, openDoor } from './door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());

describe('the HTTP door of a coordinator', () => {
  it('says in short what there is', async () => {
    const { status, body } = await door.ask('GET', '/v1');
    expect(status).toBe(200);
    expect(Object.keys(body)).toContain('/v1/watch/{path}');
  });

  it('is healthy and ready', async () => {
    expect(await door.ask('GET', '/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', zxid: expect.stringMatching(/^0x/), nodeCount: 4 },
    });
    expect(await door.ask('GET', '/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('has metrics', async () => {
    await door.ask('GET', '/v1/tree/');
    const { body, headers } = await door.ask('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toMatch(/^op_count_get_data 1$/m);
    expect(body).toMatch(/^fsynctime_count [1-9]/m);
    expect(body).toMatch(/^znode_count 4$/m);
  });

  it('has ZooKeeper’s admin commands', async () => {
    const { body } = await door.ask('GET', '/commands/conf');
    expect(body).toMatchObject({
      command: 'configuration',
      error: null,
      client_port: door.node.address.port,
    });
    const headers = { authorization: 'digest a:b' };
    const snapshot = await door.ask('GET', '/commands/snapshot', { headers });
    expect(snapshot.status).toBe(200);
    expect(Number(snapshot.headers.get('snapshot_size'))).toBeGreaterThan(100);
    const restore = await door.ask('POST', '/commands/restore', { headers, body: 'x' });
    expect(restore.status).toBe(501);
    expect(restore.body.error).toContain('use nyala coord restore');
  });

  it('sheds connections of clients', async () => {
    await door.ask('GET', '/v1/tree/');
    const body = '{"percentage":100}';
    const headers = { authorization: 'digest a:b' };
    const { body: answer } = await door.ask('POST', '/commands/shed', { headers, body });
    expect(answer.connections_shed).toBeGreaterThan(0);
    await until('the door has a new session', async () => {
      return (await door.ask('GET', '/v1/tree/')).status === 200;
    });
  });

  it('knows no other paths', async () => {
    for (const path of ['/', '/v1/', '/v2', '/v1/tre', '/metrics/', '/commands/', '/health/x']) {
      expect([path, (await door.ask('GET', path)).status]).toEqual([path, 404]);
    }
    expect((await door.ask('PATCH', '/v1/tree/a')).status).toBe(404);
  });

  it('refuses credentials that are none', async () => {
    const encoded = (text: string) => Buffer.from(text, 'latin1').toString('base64');
    const headers = ['Bearer x', 'Basic', 'Basic !', `Basic ${encoded('no colon')}`, 'digest a:b'];
    headers.push(`Basic ${encoded('\xff:x')}`, `Basic ${encoded('a:b')} x`);
    for (const authorization of headers) {
      const init = { headers: { authorization } };
      const answer = await door.ask('GET', '/v1/tree/', init);
      expect([authorization, answer.status]).toEqual([authorization, 401]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    }
  });
});

describe('what the HTTP door makes of the coordinator’s answers', () => {
  const asked: string[] = [];
  const doorOf = (
    perform: (request: ClientRequest) => Promise<Result>,
    status: CoordinatorStatus = leaderStatus(),
  ) => {
    const access: TreeAccess = {
      openSession: async (credentials) => {
        asked.push(credentials === null ? '-' : new TextDecoder().decode(credentials.auth));
        if (credentials?.scheme === 'digest' && credentials.auth[0] === 0x21) return null;
        return { isClosed: false, request: perform, close: () => {} };
      },
    };
    const reported: unknown[] = [];
    const http = createCoordinatorHttp({
      status,
      control: null as unknown as CoordinatorControl,
      access,
      traceMask: new TraceMask(),
      clock: nodeClock,
      commandUrl: null,
      rateLimitIntervalMs: 0,
      onInternalError: (error) => reported.push(error),
    });
    const send = async (path: string, init: RequestInit = {}) => {
      const response = await http.handler(new Request(`http://localhost${path}`, init));
      const text = await response.text();
      return { status: response.status, headers: response.headers, text };
    };
    return { send, reported, close: () => http.close() };
  };
  const basic = (text: string) => ({
    headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
  });

  it.each([
    [-4, 503, 'CONNECTION_LOSS'],
    [-6, 501, 'UNIMPLEMENTED'],
    [-8, 400, 'BAD_ARGUMENTS'],
    [-101, 404, 'NO_NODE'],
    [-102, 403, 'NO_AUTH'],
    [-103, 412, 'BAD_VERSION'],
    [-108, 409, 'NO_CHILDREN_FOR_EPHEMERALS'],
    [-110, 409, 'NODE_EXISTS'],
    [-111, 409, 'NOT_EMPTY'],
    [-112, 503, 'SESSION_EXPIRED'],
    [-114, 400, 'INVALID_ACL'],
    [-115, 401, 'AUTH_FAILED'],
    [-119, 503, 'NOT_READ_ONLY'],
    [-125, 403, 'QUOTA_EXCEEDED'],
    [-127, 503, 'THROTTLED'],
    [-999, 500, 'FAILED'],
  ])('error %i is status %i and %s', async (error, status, reason) => {
    const { send, close } = doorOf(async () => ({ kind: 'error', error }));
    const answer = await send('/v1/tree/a?name=b', { method: 'POST' });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toBe(reason);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    close();
  });

  it('a lost connection is 503 with a time to try again', async () => {
    const { send, close } = doorOf(async () => {
      throw new EngineError('CONNECTION_LOSS', 'coord: gone');
    });
    const answer = await send('/v1/tree/a');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(answer.text)).toEqual({ error: 'CONNECTION_LOSS', message: 'coord: gone' });
    close();
  });

  it('a defect is reported, and callers learn nothing of it', async () => {
    const { send, reported, close } = doorOf(async () => {
      throw new TypeError('secret detail');
    });
    const answer = await send('/v1/tree/a');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect(reported).toHaveLength(1);
    close();
  });

  it('gives each user a session, and refuses those whom the coordinator refuses', async () => {
    asked.length = 0;
    const { send, close } = doorOf(async () => ({ kind: 'error', error: -101 }));
    for (const user of ['a:1', 'a:2', 'a:1', 'b:1']) await send('/v1/tree/x', basic(user));
    await send('/v1/tree/x');
    expect(asked).toEqual(['a:1', 'a:2', 'b:1', '-']);
    const refused = await send('/v1/tree/x', basic('!:x'));
    expect([refused.status, JSON.parse(refused.text).error]).toEqual([401, 'AUTH_FAILED']);
    expect((await send('/v1/watch/x', basic('!:x'))).status).toBe(401);
    close();
  });

  it('is neither healthy nor ready without a leader, and only healthy while it only reads', async () => {
    const looking = doorOf(async () => ({ kind: 'done' }), leaderStatus({ role: 'looking' }));
    expect((await looking.send('/health')).status).toBe(503);
    expect((await looking.send('/ready')).status).toBe(503);
    const reading = doorOf(async () => ({ kind: 'done' }), leaderStatus({ role: 'read-only' }));
    expect((await reading.send('/health')).status).toBe(200);
    expect(await reading.send('/ready')).toMatchObject({
      status: 503,
      text: '{"status":"read-only"}',
    });
    expect((await reading.send('/commands/ruok')).status).toBe(404);
  });
});
