import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noObservers } from '../../src/io/observers.ts';
import { json, TestCluster } from '../controller/cluster.ts';
import { settled } from '../support/manual-clock.ts';
import { MemoryTracing } from '../support/memory-tracing.ts';
import { CHECKSUM, CHECKSUM_ROWS, type Replicas, replicasOfTests } from './replicas.ts';

let tracing: MemoryTracing;
beforeAll(() => {
  tracing = MemoryTracing.register();
});
beforeEach(() => tracing.reset());
afterAll(() => tracing.close());

const QUERY = "SELECT kind, COUNT(*) FROM t WHERE id >= 123456 AND kind <> 'SECRET' GROUP BY kind";
/** A condition that all rows of a segment satisfy is not tested. */
const SCAN = ['scan', ['filter', 'predicate'], 'aggregate'];
const LEAF = ['leaf', 'prune', 'load', SCAN, 'merge'];

describe('a cluster', () => {
  let cluster: TestCluster;
  let ports: { readonly broker: number; readonly controller: number };
  beforeAll(async () => {
    cluster = await TestCluster.start();
    cluster.observers = { ...noObservers, tracer: tracing.tracer };
    const controller = await cluster.controller();
    await cluster.server('Server_1');
    const broker = await cluster.broker();
    const file = join(cluster.directory, 't.csv');
    await writeFile(file, `id,kind\n${Array.from({ length: 9 }, (_, id) => `${id},a\n`).join('')}`);
    await cluster.load(controller, 't', file);
    ports = { broker: broker.address.port, controller: controller.address.port };
    await json({ address: { port: ports.broker } }, '/query/sql?sql=SELECT+COUNT(*)+FROM+t');
  });
  afterAll(() => cluster.close());

  const ask = (port: number, path: string, sql: string, headers: Record<string, string> = {}) =>
    json({ address: { port } }, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ sql }),
    });

  it('makes one trace of a query, from the client on through all roles', async () => {
    const sql = "SELECT kind, COUNT(*) FROM t WHERE id <> 3 AND kind <> 'SECRET' GROUP BY kind";
    const parent = 'b'.repeat(16);
    const traceparent = `00-${'a'.repeat(32)}-${parent}-01`;
    const { body } = await ask(ports.controller, '/sql', sql, { traceparent });
    expect(body.resultTable.rows).toEqual([['a', 8]]);
    const server = ['ask server', ['server request', 'wait', LEAF]];
    const reduce = ['reduce', 'merge', 'project'];
    const query = ['SELECT t', 'plan', 'wait', server, reduce, 'write'];
    const [[controllerRequest, brokerRequest]] = tracing.tree(parent) as [unknown[]];
    expect(controllerRequest).toBe('controller request');
    expect(brokerRequest).toEqual(['broker request', query]);
    expect(new Set(tracing.done.map(({ traceId }) => traceId))).toEqual(new Set(['a'.repeat(32)]));
    expect(tracing.done).toHaveLength(tracing.begunCount);
    expect(JSON.stringify(tracing.done)).not.toContain('SECRET');
  });

  it('starts a trace for a client that has none', async () => {
    await ask(ports.broker, '/query/sql', 'SELECT COUNT(*) FROM t');
    expect(tracing.tree()).toEqual([['broker request', expect.arrayContaining(['SELECT t'])]]);
  });
});

describe('a query', () => {
  const open = replicasOfTests();
  const replicas = (placement: readonly (readonly string[])[]) =>
    open(placement, { tracer: tracing.tracer });
  const reasons = () =>
    tracing.named('ask server').map(({ attributes, status }) => ({
      server: attributes['nyala.server.id'],
      reason: attributes['nyala.request.reason'],
      isCancelled: attributes['nyala.request.is_cancelled'] ?? false,
      isError: status.code === SpanStatusCode.ERROR,
    }));

  it('says what it was and what it cost, without the values in it', async () => {
    const cluster = await replicas([['a'], ['b']]);
    await cluster.query(QUERY);
    const [query] = tracing.named('SELECT t');
    expect(query?.attributes).toMatchObject({
      'db.system.name': 'nyala',
      'db.operation.name': 'SELECT',
      'db.collection.name': 't',
      'db.query.summary': 'SELECT t',
      'db.query.text': 'SELECT kind, COUNT(*) FROM t WHERE id >= ? AND kind <> ? GROUP BY kind',
      'db.response.returned_rows': 0,
      'nyala.servers': 2,
      'nyala.segments': 2,
      'nyala.segments_pruned_by_server': 2,
    });
    const asked = tracing.named('ask server');
    expect(asked.map(({ kind, parentId }) => [kind, parentId])).toEqual([
      [SpanKind.CLIENT, query?.id],
      [SpanKind.CLIENT, query?.id],
    ]);
    expect(asked.map(({ attributes }) => attributes['nyala.server.id']).sort()).toEqual(['a', 'b']);
    expect(JSON.stringify(tracing.done)).not.toMatch(/SECRET|123456/);
  });

  it('is measured on servers, by step', async () => {
    const cluster = await replicas([['a']]);
    const body = await cluster.query(QUERY.replace('123456', '100'));
    const counts = body.resultTable.rows.map(([, count]: [string, number]) => count);
    expect(counts).toEqual([75, 75, 75, 75]);
    const [ask] = tracing.named('ask server');
    expect(tracing.tree(ask?.id)).toEqual([LEAF]);
    expect(tracing.named('leaf')[0]?.attributes).toMatchObject({
      'db.collection.name': 't',
      'nyala.segments': 1,
      'nyala.rows_scanned': 300,
    });
    const [filter] = tracing.named('filter');
    expect(filter?.attributes).toMatchObject({ 'nyala.rows_in': 400, 'nyala.rows_out': 300 });
    const [predicate] = tracing.named('predicate');
    expect(predicate?.attributes['nyala.predicate']).toBe('consecutive rows');
  });

  it('is measured without the values of its expressions', async () => {
    const cluster = await replicas([['a']]);
    await cluster.query("SELECT COUNT(*) FROM t WHERE CONCAT(kind, id, 'SECRET') <> 'x' OR id = 3");
    const [predicate] = tracing.named('predicate');
    expect(predicate?.attributes['nyala.predicate']).toMatch(/expression .*CONCAT.*\?/i);
    expect(JSON.stringify(tracing.done)).not.toContain('SECRET');
  });

  it('shows what was asked again after a failure', async () => {
    const cluster = await replicas([['a', 'b']]);
    for (const server of cluster.servers.values()) server.fault = 'breaks off';
    const done = cluster.query(CHECKSUM);
    await settled();
    cluster.server('b').fault = 'none';
    await cluster.clock.advance(50);
    const { resultTable } = await done;
    expect(resultTable.rows).toEqual(CHECKSUM_ROWS);
    const all = reasons();
    expect(all[0]).toMatchObject({ reason: 'first', isError: true });
    expect(all.slice(1).map(({ reason }) => reason)).toContain('retry');
    expect(all.at(-1)).toEqual({
      server: 'b',
      reason: 'retry',
      isCancelled: false,
      isError: false,
    });
    const failed = tracing.named('ask server')[0];
    expect(failed?.attributes['error.type']).toBe('SERVER_UNAVAILABLE');
    expect(tracing.named('SELECT t')[0]?.status.code).toBe(SpanStatusCode.UNSET);
    expect(tracing.done).toHaveLength(tracing.begunCount);
  });

  it('shows who was asked beside a server that is late, and that the other was only slower', async () => {
    const cluster = await replicas([['a', 'b']]);
    for (const server of cluster.servers.values()) server.fault = 'held';
    const done = cluster.query(CHECKSUM);
    await settled();
    const late = [...cluster.servers.values()].find((server) => server.waitingCount === 1);
    const other = [...cluster.servers.values()].find((server) => server !== late);
    other!.fault = 'none';
    await cluster.clock.advance(1_000);
    const { resultTable } = await done;
    expect(resultTable.rows).toEqual(CHECKSUM_ROWS);
    expect(reasons()).toEqual(
      expect.arrayContaining([
        { server: late?.id, reason: 'first', isCancelled: true, isError: false },
        { server: other?.id, reason: 'hedge', isCancelled: false, isError: false },
      ]),
    );
  });

  it('passes on what its client is part of when nobody keeps spans', async () => {
    const passedOn: unknown[] = [];
    const cluster: Replicas = await open([['a']], {
      leafService: (id) => ({
        execute: (plan, segments, timeoutMs, { parent, ...options } = {}) => {
          passedOn.push(parent?.traceParent);
          return cluster.server(id).engine.execute(plan, segments, timeoutMs, options);
        },
      }),
    });
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    await cluster.query(CHECKSUM, '/query/sql', { traceparent });
    await cluster.query(CHECKSUM, '/query/sql', { traceparent: 'nonsense' });
    expect(passedOn).toEqual([traceparent, null]);
    expect(tracing.begunCount).toBe(0);
  });

  it('that fails is an error with its code, and its text may be no SQL', async () => {
    const cluster = await replicas([['a']]);
    await cluster.query("SELECT nothing FROM t WHERE kind = 'SECRET'");
    await cluster.query("'SECRET");
    expect(tracing.named('query').map(({ attributes, status }) => [attributes, status])).toEqual([
      [
        expect.objectContaining({
          'error.type': 'UNKNOWN_COLUMN',
          'db.response.status_code': '710',
          'db.query.text': 'SELECT nothing FROM t WHERE kind = ?',
        }),
        { code: SpanStatusCode.ERROR, message: 'UNKNOWN_COLUMN' },
      ],
      [
        expect.objectContaining({ 'db.query.text': '(7 characters that are no SQL)' }),
        expect.objectContaining({ code: SpanStatusCode.ERROR }),
      ],
    ]);
    expect(JSON.stringify(tracing.done)).not.toContain('SECRET');
  });
});
