import { afterEach, describe, expect, it } from 'vitest';
import type { Log, LogFields } from '../../src/io/log.ts';
import { nodeMetrics } from '../../src/io/node-metrics.ts';
import { leafGate } from '../../src/server/http.ts';
import { settled } from '../support/manual-clock.ts';
import { CHECKSUM, CHECKSUM_ROWS, type ReplicaOptions, Replicas } from './replicas.ts';

const PAIR = [
  ['a', 'b'],
  ['a', 'b'],
];

const open: Replicas[] = [];
async function replicas(options: ReplicaOptions = {}) {
  const cluster = await Replicas.open(PAIR, options);
  open.push(cluster);
  return cluster;
}
afterEach(async () => {
  for (const cluster of open.splice(0)) {
    for (const server of cluster.servers.values()) server.resume();
    await settled();
    await cluster.close();
    expect(cluster.errors).toEqual([]);
  }
});

/** Queries that wait for servers, until these are resumed. */
async function busy(cluster: Replicas, count: number) {
  for (const server of cluster.servers.values()) server.fault = 'held';
  const queries = Array.from({ length: count }, () => cluster.query(CHECKSUM));
  await settled();
  return queries;
}

describe('a broker with more queries than it can answer', () => {
  it('lets some wait, refuses more at once, and says when to try again', async () => {
    const cluster = await replicas({ settings: { runningMax: 2, waitingMax: 1 } });
    const accepted = await busy(cluster, 3);
    const states = (await cluster.get('/v1/queries')).body.map(
      ({ state }: { state: string }) => state,
    );
    expect(states).toEqual(['RUNNING', 'RUNNING', 'WAITING']);
    const response = await cluster.send(CHECKSUM);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-pinot-error-code')).toBe('429');
    const body = JSON.parse(await response.text());
    expect(body.exceptions).toMatchObject([
      { errorCode: 429, message: expect.stringContaining('2 run and 1 wait') },
    ]);
    for (const server of cluster.servers.values()) server.resume();
    for (const query of accepted) {
      expect((await query).resultTable.rows).toEqual(CHECKSUM_ROWS);
    }
    expect((await cluster.query(CHECKSUM)).resultTable.rows).toEqual(CHECKSUM_ROWS);
  });

  it('refuses what has waited too long, and nothing waits longer than its own time', async () => {
    const cluster = await replicas({ settings: { runningMax: 1 } });
    const [first] = await busy(cluster, 1);
    const waiting = cluster.query(CHECKSUM);
    const hurried = cluster.query(`SET timeoutMs = 300; ${CHECKSUM}`);
    await cluster.clock.advance(300);
    expect((await hurried).exceptions[0].errorCode).toBe(429);
    await cluster.clock.advance(2_700);
    expect((await waiting).exceptions[0].message).toContain('waited 3000 ms');
    for (const server of cluster.servers.values()) server.resume();
    expect((await first).resultTable.rows).toEqual(CHECKSUM_ROWS);
  });

  it('cancels one that waits', async () => {
    const cluster = await replicas({ settings: { runningMax: 1 } });
    await busy(cluster, 1);
    const waiting = cluster.query(`SET clientQueryId = 'mine'; ${CHECKSUM}`);
    await settled();
    expect((await cluster.get('/query/mine?client=true', 'DELETE')).status).toBe(200);
    expect((await waiting).exceptions[0].errorCode).toBe(503);
  });

  it('lets in less when answers take more memory', async () => {
    const cluster = await replicas({ settings: { bytesMax: 2 * 1_048_576 } });
    const queries = await busy(cluster, 3);
    const states = (await cluster.get('/v1/queries')).body.map(
      ({ state }: { state: string }) => state,
    );
    expect(states).toEqual(['RUNNING', 'RUNNING', 'WAITING']);
    for (const server of cluster.servers.values()) server.resume();
    await Promise.all(queries);
  });
});

describe('a server with more to do than it takes on', () => {
  it('is not blamed: another replica is asked', async () => {
    const cluster = await replicas();
    const full = leafGate(cluster.clock);
    const passes = await Promise.all(Array.from({ length: 64 }, () => full.enter(0)));
    for (let at = 0; at < 256; at++) full.enter(0).catch(() => undefined);
    cluster.server('b').gate = full;
    for (let round = 0; round < 2; round++) {
      expect((await cluster.query(CHECKSUM)).resultTable.rows).toEqual(CHECKSUM_ROWS);
    }
    expect(cluster.runner.health.isTrusted('b')).toBe(true);
    cluster.server('a').gate = full;
    const response = await cluster.send(CHECKSUM);
    expect(response.status).toBe(429);
    expect(JSON.parse(await response.text()).exceptions[0]).toMatchObject({ errorCode: 211 });
    for (const pass of passes) pass.leave();
    await cluster.clock.advance(5_000);
    cluster.server('a').gate = cluster.server('b').gate = undefined;
  });
});

describe('a quota', () => {
  const config = { quota: { maxQueriesPerSecond: '4' } };

  it('of a table is shared by all brokers', async () => {
    const cluster = await replicas({ config });
    cluster.brokerCount = 2;
    for (let at = 0; at < 2; at++) expect((await cluster.send(CHECKSUM)).status).toBe(200);
    const refused = await cluster.send(CHECKSUM);
    expect(refused.status).toBe(429);
    const [exception] = JSON.parse(await refused.text()).exceptions;
    expect(exception.errorCode).toBe(429);
    expect(exception.message).toContain('table t may have 4 queries a second');
    await cluster.clock.advance(500);
    expect((await cluster.send(CHECKSUM)).status).toBe(200);
    expect((await cluster.send(CHECKSUM)).status).toBe(429);
    // Plans are not counted.
    expect((await cluster.send(`EXPLAIN PLAN FOR ${CHECKSUM}`)).status).toBe(200);
  });

  it('of a table over a minute may be used up at once', async () => {
    const quota = { rateLimits: 6, rateLimiterDuration: 1, rateLimiterUnit: 'MINUTES' };
    const cluster = await replicas({ config: { quota } });
    for (let at = 0; at < 6; at++) expect((await cluster.send(CHECKSUM)).status).toBe(200);
    const refused = await cluster.send(CHECKSUM);
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('table t may have 6 queries in 60 s');
    await cluster.clock.advance(10_000);
    expect((await cluster.send(CHECKSUM)).status).toBe(200);
    expect((await cluster.send(CHECKSUM)).status).toBe(429);
  });

  it('of an application, or of an address, holds only that one back', async () => {
    const applications = new Map([['batch', 1]]);
    const quotas = { application: null, applications, address: 2 };
    const cluster = await replicas({ settings: { quotas } });
    const batch = `SET applicationName = 'batch'; ${CHECKSUM}`;
    expect((await cluster.send(batch)).status).toBe(200);
    expect((await cluster.send(batch)).status).toBe(429);
    const from = (address: string) =>
      cluster.send(CHECKSUM, '/query/sql', { 'X-Forwarded-For': `${address}, 10.0.0.1` });
    const statuses: number[] = [];
    for (const address of ['1.1.1.1', '1.1.1.1', '1.1.1.1', '2.2.2.2']) {
      statuses.push((await from(address)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200]);
    expect((await cluster.send(CHECKSUM)).status).toBe(200);
  });
});

describe('the metrics of a broker', () => {
  it('count how queries end, what was asked again, and whom it avoids', async () => {
    const metrics = nodeMetrics({ withProcess: false });
    const cluster = await replicas({ metrics, settings: { runningMax: 1, waitingMax: 0 } });
    cluster.server('b').fault = 'refused';
    await cluster.query(CHECKSUM);
    await cluster.query('SELECT nothing FROM t');
    cluster.server('a').fault = 'held';
    const running = cluster.query(CHECKSUM);
    await settled();
    await cluster.query(CHECKSUM);
    const lines = (await metrics.text()).body.split('\n');
    for (const line of [
      'nyala_broker_queries_total{outcome="ok"} 1',
      'nyala_broker_queries_total{outcome="failed"} 1',
      'nyala_broker_queries_total{outcome="refused"} 1',
      'nyala_broker_parts_asked_again_total{why="failed"} 1',
      'nyala_broker_queries_running 1',
      'nyala_broker_queries_waiting 0',
      'nyala_broker_queries_held_bytes 1048576',
      'nyala_broker_servers_avoided 1',
    ]) {
      expect(lines.join('\n')).toContain(line);
    }
    cluster.server('a').resume();
    await running;
  });
});

describe('the log of slow queries', () => {
  it('has those that took long, without the values in them', async () => {
    const lines: [string, LogFields | undefined][] = [];
    const log: Log = {
      info: () => {},
      warn: (message, fields) => lines.push([message, fields]),
      error: () => {},
    };
    const cluster = await replicas({ log, settings: { slowQueryMs: 100 } });
    await cluster.query(CHECKSUM);
    expect(lines).toEqual([]);
    for (const server of cluster.servers.values()) server.fault = 'held';
    const query = cluster.query("SELECT COUNT(*) FROM t WHERE kind = 'secret'");
    await cluster.clock.advance(120);
    for (const server of cluster.servers.values()) server.resume();
    await query;
    expect(lines).toEqual([
      [
        'slow query',
        expect.objectContaining({
          sql: 'SELECT COUNT(*) FROM t WHERE kind = ?',
          tables: ['t'],
          timeUsedMs: 120,
          errorCode: null,
        }),
      ],
    ]);
  });
});
