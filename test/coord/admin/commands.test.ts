import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/base/errors.ts';
import { ADMIN_COMMANDS } from '../../../src/coord/admin/commands.ts';
import { type CoordinatorControl, TraceMask } from '../../../src/coord/admin/control.ts';
import { mountAdminCommands } from '../../../src/coord/admin/http.ts';
import type { CoordinatorStatus } from '../../../src/coord/status.ts';
import { utf8 } from '../harness.ts';
import { leaderStatus, RAFT } from './status-fixture.ts';

const OWNER = { authorization: 'digest owner:secret' };

/** The commands of a node whose tree belongs to `owner`. */
function open(options: { status?: CoordinatorStatus; commandUrl?: string } = {}) {
  const clock = {
    now: 0,
    monotonicMs: () => clock.now,
    nowMs: () => 0,
    schedule: never,
    soon: never,
  };
  const calls: string[] = [];
  const control: CoordinatorControl = {
    authenticate: async ({ scheme, auth }) => {
      if (scheme !== 'digest') return null;
      return [{ scheme, id: new TextDecoder().decode(auth) }];
    },
    mayAdminister: (identities) => identities.some(({ id }) => id === 'owner:secret'),
    shedConnections: (percentage) => calls.push(`shed ${percentage}`),
    takeSnapshot: async () => ({ zxid: 0x2fn, bytes: utf8('snapshot') }),
    restoreSnapshot: async (bytes) => {
      if (bytes[0] === 0) throw new EngineError('CORRUPT_DATA', 'coord: restore: no snapshot');
      calls.push(`restore ${bytes.length}`);
      return 0x2fn;
    },
  };
  const status = options.status ?? leaderStatus();
  const app = new Hono();
  const { commandUrl = '/commands' } = options;
  const traceMask = new TraceMask();
  const rateLimitIntervalMs = 300_000;
  mountAdminCommands(app, { status, control, traceMask, clock, commandUrl, rateLimitIntervalMs });
  const run = async (path: string, init: RequestInit = {}) => {
    const response = await app.request(path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  const json = async (path: string, init: RequestInit = {}) => {
    const { status, text } = await run(path, init);
    return { status, body: JSON.parse(text) };
  };
  return { run, json, clock, calls, status };
}

function never(): never {
  throw new Error('nothing is scheduled here');
}

describe('admin commands', () => {
  it('are all there, under all names', () => {
    const names = ADMIN_COMMANDS.flatMap((command) => command.names);
    expect(new Set(names).size).toBe(names.length);
    const expected =
      'connection_stat_reset crst configuration conf config connections cons dirs dump environment ' +
      'env envi hash get_trace_mask gtmk initial_configuration icfg is_read_only isro last_snapshot ' +
      'lsnp leader lead monitor mntr observer_connection_stat_reset orst restore rest ruok ' +
      'set_trace_mask stmk shed_connections shed snapshot snap server_stats srvr stats stat ' +
      'stat_reset srst observers obsr system_properties sysp voting_view watches wchc ' +
      'watches_by_path wchp watch_summary wchs zabstate';
    expect(names.sort()).toEqual(expected.split(' ').sort());
  });

  it('answer JSON with command and error, whichever name was used', async () => {
    const { json } = open();
    for (const { names, method, needsAdministrator } of ADMIN_COMMANDS) {
      if (method === 'POST' || needsAdministrator || names[0] === 'set_trace_mask') continue;
      for (const name of names) {
        const { status, body } = await json(`/commands/${name}`);
        expect([name, status, body.command, body.error]).toEqual([name, 200, names[0], null]);
      }
    }
  });

  it('are listed as links', async () => {
    const { text } = await open().run('/commands');
    const start =
      '<a href="/commands/configuration">configuration</a>\n<br/>\n' +
      '<a href="/commands/connection_stat_reset">connection_stat_reset</a>\n<br/>\n';
    expect(text.startsWith(start)).toBe(true);
  });

  it('can be somewhere else', async () => {
    const { run } = open({ commandUrl: '/admin' });
    expect((await run('/admin/ruok')).status).toBe(200);
    expect((await run('/commands/ruok')).status).toBe(404);
  });

  it('that do not exist are not found, and the nearest is named', async () => {
    expect(await open().json('/commands/statz')).toEqual({
      status: 404,
      body: { command: 'statz', error: 'Unknown command: statz (did you mean stats?)' },
    });
  });

  it('know their method', async () => {
    const { run, json } = open();
    expect(await json('/commands/ruok', { method: 'POST' })).toEqual({
      status: 405,
      body: { command: 'ruok', error: 'Expected GET' },
    });
    const wrong = await run('/commands/restore', { headers: OWNER });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('say when the node does not serve', async () => {
    const status = leaderStatus({ role: 'looking', raft: RAFT });
    const { json } = open({ status });
    const error = 'This ZooKeeper instance is not currently serving requests';
    expect(await json('/commands/stat')).toEqual({
      status: 503,
      body: { command: 'stats', error },
    });
    expect((await json('/commands/monitor')).body).toMatchObject({ server_state: 'looking' });
    expect((await json('/commands/zabstate')).body).toMatchObject({ zabstate: 'election' });
  });
});

describe('what admin commands answer', () => {
  const { json, run } = open();
  const get = async (name: string) => (await json(`/commands/${name}`)).body;

  it('connections, with all digits of 64-bit numbers', async () => {
    const { text } = await run('/commands/connections');
    expect(text).toContain('"session_id": 72057594037927937,\n');
    expect(JSON.parse(text)).toMatchObject({
      connections: [
        {
          remote_socket_address: '/10.0.0.9:51000',
          interest_ops: 1,
          outstanding_requests: 0,
          packets_received: 2,
          packets_sent: 2,
          last_operation: 'GETD',
          established: 1_700_000_000_000,
          session_timeout: 10_000,
          last_cxid: 5,
          last_zxid: 4_294_967_298,
          last_response_time: 105,
          last_latency: 1,
          min_latency: 1,
          avg_latency: 1,
          max_latency: 2,
        },
      ],
      secure_connections: [],
    });
  });

  it('configuration, initial configuration and system properties', async () => {
    expect(await get('conf')).toEqual({
      command: 'configuration',
      error: null,
      client_port: 2_181,
      data_dir: 'data',
      server_id: 1,
    });
    expect(await get('icfg')).toMatchObject({ initial_configuration: 'clientPort=2181\n' });
    expect(Object.keys(await get('sysp'))).toEqual([
      'command',
      'error',
      'host.name',
      'zookeeper.clientPort',
      'zookeeper.dataDir',
      'zookeeper.serverId',
    ]);
  });

  it('server_stats and stats', async () => {
    const stats = await get('stats');
    const { connections, secure_connections, ...server } = stats;
    expect(server).toEqual({ ...(await get('srvr')), command: 'stats' });
    expect(Object.keys(connections[0])).toHaveLength(5);
    expect(secure_connections).toEqual([]);
    expect(server).toMatchObject({
      version: '3.9.0-nyala',
      read_only: false,
      server_stats: { server_state: 'leader', avg_latency: 1.5, outstanding_requests: 3 },
      client_response: { last_buffer_size: 60, min_buffer_size: 41, max_buffer_size: 60 },
      proposal_stats: { last_buffer_size: 32, min_buffer_size: 32, max_buffer_size: 48 },
      node_count: 6,
    });
  });

  it('leader, voting view, observers and state of the ensemble', async () => {
    expect(await get('lead')).toEqual({
      command: 'leader',
      error: null,
      is_leader: true,
      leader_id: 1,
      leader_ip: '10.0.0.1',
    });
    expect((await get('voting_view')).current_config).toEqual({
      1: votingMember('10.0.0.1'),
      2: votingMember('10.0.0.2'),
    });
    expect(await get('obsr')).toMatchObject({
      synced_observers: 1,
      observers: [{ sid: 3, remote_socket_address: '/[::1]:2888' }],
    });
    expect(await get('zabstate')).toMatchObject({
      myid: 1,
      is_leader: true,
      quorum_address: '10.0.0.1:2888',
      election_address: '10.0.0.1:3888',
      client_address: '0.0.0.0:2181',
      voting: true,
      last_zxid: '0x100000002',
      zab_epoch: 1,
      zab_counter: 2,
      zabstate: 'broadcast',
    });
  });

  it('leader of a node without peers', async () => {
    const alone = open({ status: leaderStatus({ role: 'standalone', raft: null }) });
    expect((await alone.json('/commands/leader')).body).toEqual({
      command: 'leader',
      error: 'server is not initialized',
    });
  });

  it('watches, sessions, snapshots and sizes', async () => {
    expect(await get('wchs')).toMatchObject({
      num_connections: 2,
      num_paths: 2,
      num_total_watches: 3,
    });
    const { text } = await run('/commands/wchp');
    expect(text).toBe(
      '{\n  "command": "watches_by_path",\n  "error": null,\n  "path_to_session_ids": {\n' +
        '    "/a": [\n      72057594037927937,\n      72057594037927938\n    ],\n' +
        '    "/b": [\n      72057594037927937\n    ]\n  }\n}\n',
    );
    expect((await get('wchc')).session_id_to_watched_paths).toEqual({
      '72057594037927937': ['/a', '/b'],
      '72057594037927938': ['/a'],
    });
    expect((await run('/commands/dump')).text).toContain(
      '"1700000001000": [\n      -9223372036854775806\n    ]',
    );
    expect((await get('dump')).session_id_to_ephemeral_paths).toEqual({
      '72057594037927937': ['/a/e1', '/a/e2'],
    });
    expect(await get('lsnp')).toMatchObject({ zxid: '100000000', timestamp: 1_699_999_000_000 });
    expect(await get('dirs')).toMatchObject({ datadir_size: 1_234, logdir_size: 567 });
    const none = open({ status: leaderStatus({ lastSnapshot: null }) });
    expect((await none.json('/commands/lsnp')).body).toMatchObject({
      zxid: 'ffffffffffffffff',
      timestamp: -1,
    });
  });

  it('monitor, environment and trace mask', async () => {
    expect(await get('mntr')).toMatchObject({ version: '3.9.0-nyala', avg_latency: 1.5 });
    expect(await get('env')).toMatchObject({ 'zookeeper.version': '3.9.0-nyala' });
    expect(await get('gtmk')).toMatchObject({ tracemask: 306 });
    expect(await get('stmk?traceMask=7')).toMatchObject({ tracemask: 7, error: null });
    expect(await get('stmk')).toMatchObject({
      error: 'setTraceMask requires long traceMask argument',
    });
    expect(await get('stmk?traceMask=x')).toMatchObject({
      error: 'setTraceMask requires long traceMask argument, got x',
    });
    expect(await get('stmk?traceMask=9223372036854775808')).toMatchObject({
      error: 'setTraceMask requires long traceMask argument, got 9223372036854775808',
    });
    expect(await get('gtmk')).toMatchObject({ tracemask: 7 });
  });

  it('resets', async () => {
    const fresh = open();
    await fresh.json('/commands/crst');
    await fresh.json('/commands/srst');
    const { body } = await fresh.json('/commands/stat');
    expect(body.connections[0].packets_received).toBe(0);
    expect(body.server_stats.packets_received).toBe(0);
  });
});

describe('commands for administrators', () => {
  const REQUESTS = [
    ['snapshot', 'GET'],
    ['snap', 'GET'],
    ['restore', 'POST'],
    ['rest', 'POST'],
    ['shed_connections', 'POST'],
    ['shed', 'POST'],
  ] as const;

  it.each(REQUESTS)('%s needs all permissions on /', async (name, method) => {
    const { json, calls } = open();
    const body = method === 'POST' ? { body: '{"percentage":10}' } : {};
    const as = (headers: Record<string, string>) =>
      json(`/commands/${name}`, { method, headers, ...body });
    expect(await as({})).toMatchObject({
      status: 401,
      body: { error: 'Auth info is missing for the command' },
    });
    for (const authorization of ['digest', 'Basic b3duZXI6c2VjcmV0', 'digest a b', 'ip 1.2.3.4']) {
      expect(await as({ authorization })).toMatchObject({
        status: 401,
        body: { error: 'Not authenticated' },
      });
    }
    const trusted = { 'x-forwarded-for': '127.0.0.1', 'x-original-url': '/commands/ruok' };
    expect(await as({ authorization: 'digest other:secret', ...trusted })).toMatchObject({
      status: 403,
      body: { error: 'Not authorized' },
    });
    expect(calls).toEqual([]);
  });

  it('snapshot streams the state, once in the interval', async () => {
    const { run, json, clock, status } = open();
    const first = await run('/commands/snapshot', { headers: OWNER });
    expect(first.status).toBe(200);
    expect(first.text).toBe('snapshot');
    expect(first.headers.get('last_zxid')).toBe('0x2f');
    expect(first.headers.get('snapshot_size')).toBe('8');
    expect(first.headers.get('content-type')).toBe('application/octet-stream');
    clock.now += 299_999;
    expect((await json('/commands/snap', { headers: OWNER })).status).toBe(429);
    expect(status.metrics.counter('snapshot_rate_limited_count').value).toBe(1);
    clock.now += 1;
    const other = await run('/commands/snap?streaming=false', { headers: OWNER });
    expect(other.headers.get('last_zxid')).toBe('0x2f');
    expect(JSON.parse(other.text)).toEqual({ command: 'snapshot', error: null });
  });

  it('somebody without permission does not use up the interval', async () => {
    const { json } = open();
    const headers = { authorization: 'digest other:x' };
    expect((await json('/commands/restore', { method: 'POST', headers, body: 'x' })).status).toBe(
      403,
    );
    expect(
      await json('/commands/restore', { method: 'POST', headers: OWNER, body: 'abc' }),
    ).toMatchObject({ status: 200, body: { last_zxid: 47 } });
  });

  it('restore refuses what is no snapshot', async () => {
    const { json, status } = open();
    const body = new Uint8Array(3);
    expect(await json('/commands/restore', { method: 'POST', headers: OWNER, body })).toEqual({
      status: 400,
      body: { command: 'restore', error: 'coord: restore: no snapshot' },
    });
    expect(status.metrics.counter('restore_error_count').value).toBe(1);
  });

  it('shed takes a percentage', async () => {
    const { json, calls } = open();
    const shed = (body: string) => json('/commands/shed', { method: 'POST', headers: OWNER, body });
    for (const body of ['', '{}', '[]', 'null', '{"percentage":-1}', '{"percentage":101}']) {
      expect((await shed(body)).status).toBe(400);
    }
    expect((await shed(`{"percentage":1${' '.repeat(2_000)}}`)).status).toBe(400);
    expect(await shed('{"percentage":30}')).toMatchObject({
      status: 200,
      body: { command: 'shed_connections', connections_shed: 1, percentage_requested: 30 },
    });
    expect(calls).toEqual(['shed 30']);
    expect((await shed('{"percentage":30}')).status).toBe(429);
  });
});

function votingMember(host: string) {
  return {
    server_addresses: [`${host}:2888`],
    election_addresses: [`${host}:3888`],
    client_address: '0.0.0.0:2181',
    learner_type: 'participant',
  };
}
