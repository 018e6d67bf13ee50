import { describe, expect, it } from 'vitest';
import { settled } from '../support/manual-clock.ts';
import { CHECKSUM, CHECKSUM_ROWS, type Replicas, ROW_COUNT, replicasOfTests } from './replicas.ts';

/** Six segments, each on two of three servers. */
const SPREAD = [
  ['a', 'b'],
  ['b', 'c'],
  ['c', 'a'],
  ['a', 'b'],
  ['b', 'c'],
  ['c', 'a'],
];
/** Four segments, each on the same two servers. */
const PAIR = Array.from({ length: 4 }, () => ['a', 'b']);
const ALONE = [['a'], ['b']];

const replicas = replicasOfTests();

/** A whole answer, however it came about. */
const WHOLE = {
  resultTable: expect.objectContaining({ rows: CHECKSUM_ROWS }),
  exceptions: [],
  partialResult: false,
  totalDocs: ROW_COUNT,
  numDocsScanned: ROW_COUNT,
};

/** A query that a test watches while time passes. */
function start(cluster: Replicas, sql = CHECKSUM) {
  const state: { body: { [key: string]: unknown } | null } = { body: null };
  const done = cluster.query(sql).then((body) => {
    state.body = body;
    return body;
  });
  return { state, done };
}

describe('a server that fails', () => {
  it.each(['refused', 'breaks off'] as const)('and %s costs no query', async (fault) => {
    const cluster = await replicas(SPREAD);
    cluster.server('b').fault = fault;
    for (let round = 0; round < 4; round++) {
      const body = await cluster.query(CHECKSUM);
      expect(body).toMatchObject(WHOLE);
      expect(body.numServersResponded).toBe(body.numServersQueried);
    }
  });

  it('is avoided until it says that it is well', async () => {
    const cluster = await replicas(PAIR);
    const b = cluster.server('b');
    b.fault = 'refused';
    await cluster.query(CHECKSUM);
    expect(cluster.runner.health.isTrusted('b')).toBe(false);
    b.fault = 'none';
    for (let round = 0; round < 4; round++) await cluster.query(CHECKSUM);
    expect(b.asked).toEqual([]);
    await cluster.clock.advance(100);
    expect(b.requests).toEqual(['GET /health']);
    expect(cluster.runner.health.isTrusted('b')).toBe(true);
    await cluster.query(CHECKSUM);
    expect(b.asked).toHaveLength(1);
  });

  it('is probed at growing intervals', async () => {
    const probes: number[] = [];
    const cluster: Replicas = await replicas(PAIR, {
      probe: async () => {
        probes.push(cluster.clock.monotonicMs());
        throw new Error('refused');
      },
    });
    cluster.server('b').fault = 'refused';
    await cluster.query(CHECKSUM);
    await cluster.clock.advance(20_000);
    const pauses = probes.map((at, index) => at - (probes[index - 1] ?? 0));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('is asked all the same when nobody else has the segments', async () => {
    const cluster = await replicas(ALONE);
    const a = cluster.server('a');
    a.fault = 'refused';
    const failed = start(cluster);
    await cluster.clock.advance(50);
    expect(await failed.done).toMatchObject({ exceptions: [{ errorCode: 427 }] });
    a.fault = 'none';
    expect(cluster.runner.health.isTrusted('a')).toBe(false);
    expect(await cluster.query(CHECKSUM)).toMatchObject(WHOLE);
    expect(cluster.runner.health.isTrusted('a')).toBe(true);
  });

  it('for a moment only is asked once more before the query fails', async () => {
    const cluster = await replicas(ALONE);
    const a = cluster.server('a');
    a.fault = 'refused';
    const { state, done } = start(cluster);
    await cluster.clock.advance(40);
    expect(state.body).toBeNull();
    a.fault = 'none';
    await cluster.clock.advance(10);
    expect(await done).toMatchObject(WHOLE);
  });

  it('fails the query with what it said when there is no other', async () => {
    const cluster = await replicas(PAIR);
    for (const server of cluster.servers.values()) server.fault = 'refused';
    const { done } = start(cluster);
    await cluster.clock.advance(50);
    const body = await done;
    expect(body).toMatchObject({ partialResult: true, exceptions: [{ errorCode: 427 }] });
    expect(body).not.toHaveProperty('resultTable');
  });

  it('is not asked when it is not in the tree', async () => {
    const cluster = await replicas(SPREAD);
    cluster.gone.add('a');
    expect(await cluster.query(CHECKSUM)).toMatchObject({ ...WHOLE, numServersQueried: 2 });
    cluster.gone.add('b');
    const body = await cluster.query(CHECKSUM);
    expect(body.exceptions[0]).toMatchObject({ errorCode: 305 });
    expect(body.exceptions[0].message).toMatch(/segment s\d is on only a, b/);
  });
});

describe('an error of the query itself', () => {
  it('is told at once and not asked of others', async () => {
    const cluster = await replicas(PAIR);
    const body = await cluster.query('SELECT SUM(id * 9223372036854775807) FROM t');
    expect(body.exceptions[0]).toMatchObject({ errorCode: 200 });
    const asked = [...cluster.servers.values()].map((server) => server.asked.length);
    expect(asked).toEqual([1, 1]);
    expect(cluster.runner.health.isTrusted('a') && cluster.runner.health.isTrusted('b')).toBe(true);
  });
});

describe('a segment that a server does not hold', () => {
  it('is asked of others, and the rest of the same server again', async () => {
    const cluster = await replicas([['a', 'b'], ['a'], ['a', 'b'], ['a']]);
    cluster.server('a').engine.removeSegment('t', 's0');
    for (let round = 0; round < 4; round++) {
      expect(await cluster.query(CHECKSUM)).toMatchObject(WHOLE);
    }
    expect(cluster.runner.health.isTrusted('a')).toBe(true);
  });

  it('anywhere fails the query with its name', async () => {
    const cluster = await replicas(PAIR);
    for (const { engine } of cluster.servers.values()) engine.removeSegment('t', 's2');
    const body = await cluster.query(CHECKSUM);
    expect(body.exceptions[0]).toMatchObject({ errorCode: 305 });
    expect(body.exceptions[0].message).toContain('s2');
  });

  it('is looked for where it has gone while the query runs', async () => {
    const cluster = await replicas([['a', 'b'], ['b']]);
    const a = cluster.server('a');
    cluster.routing = new Map([...cluster.routing, ['s0', ['a']]]);
    a.fault = 'held';
    const { done } = start(cluster);
    await settled();
    cluster.routing = new Map([...cluster.routing, ['s0', ['b']]]);
    a.engine.removeSegment('t', 's0');
    a.resume();
    expect(await done).toMatchObject(WHOLE);
  });
});

describe('replica groups', () => {
  it('take turns, query by query', async () => {
    const config = { routing: { instanceSelectorType: 'replicaGroup' } };
    const cluster = await replicas(PAIR, { config });
    for (let round = 0; round < 10; round++) {
      expect(await cluster.query(CHECKSUM)).toMatchObject(WHOLE);
    }
    const asked = ['a', 'b'].map((id) => cluster.server(id).asked.length);
    expect(asked).toEqual([5, 5]);
  });
});

describe('a server that is stopped', () => {
  it('costs no query: others are asked after a while', async () => {
    const cluster = await replicas(SPREAD);
    cluster.server('b').fault = 'stopped';
    const { state, done } = start(cluster);
    await cluster.clock.advance(499);
    expect(state.body).toBeNull();
    await cluster.clock.advance(1);
    expect(await done).toMatchObject({ ...WHOLE, numServersResponded: 2, numServersQueried: 2 });
  });

  it('is found out by its silence, after which it is avoided', async () => {
    const cluster = await replicas(PAIR);
    const b = cluster.server('b');
    b.fault = 'stopped';
    expect(start(cluster).state.body).toBeNull();
    await cluster.clock.advance(500 + 500);
    expect(cluster.runner.health.isTrusted('b')).toBe(false);
    const before = b.waitingCount;
    for (let round = 0; round < 3; round++) {
      expect(await cluster.query(CHECKSUM)).toMatchObject({ ...WHOLE, numServersQueried: 1 });
    }
    expect(b.waitingCount).toBe(before);
    b.resume();
    await cluster.clock.advance(5_000);
    expect(cluster.runner.health.isTrusted('b')).toBe(true);
  });

  it('does not count when it answers late', async () => {
    const cluster = await replicas(SPREAD);
    const b = cluster.server('b');
    b.fault = 'stopped';
    const { done } = start(cluster);
    await cluster.clock.advance(500);
    expect(await done).toMatchObject(WHOLE);
    b.resume();
    await settled();
    // What was cancelled when it could not hear it is cancelled when it can.
    expect(b.requests.filter((one) => one.startsWith('DELETE')).length).toBeGreaterThan(0);
    expect(await cluster.query(CHECKSUM)).toMatchObject(WHOLE);
  });

  it('holds up a query that nobody else can answer, until its time is over', async () => {
    const cluster = await replicas(ALONE);
    cluster.server('a').fault = 'stopped';
    const { state, done } = start(cluster, `SET timeoutMs = 3000; ${CHECKSUM}`);
    await cluster.clock.advance(2_999);
    expect(state.body).toBeNull();
    await cluster.clock.advance(1);
    expect(await done).toMatchObject({ exceptions: [{ errorCode: 250 }] });
  });
});

describe('a hedge', () => {
  /** Both servers are late; the hedges of both parts go to the other one. */
  async function late() {
    const cluster = await replicas(PAIR);
    const [a, b] = [cluster.server('a'), cluster.server('b')];
    a.fault = b.fault = 'held';
    const query = start(cluster);
    await cluster.clock.advance(500);
    expect([a.waitingCount, b.waitingCount]).toEqual([2, 2]);
    return { cluster, a, b, ...query };
  }

  it('counts once when both answer, in whatever order', async () => {
    for (const isFirstA of [true, false]) {
      const { a, b, done } = await late();
      (isFirstA ? a : b).resume();
      await settled();
      expect(await done).toMatchObject(WHOLE);
      (isFirstA ? b : a).resume();
      await settled();
    }
  });

  it('that loses is cancelled', async () => {
    const { a, b, done } = await late();
    a.resume();
    expect(await done).toMatchObject(WHOLE);
    b.resume();
    await settled();
    expect(b.requests.filter((one) => one.startsWith('DELETE'))).toHaveLength(2);
  });

  it('ends with its query when that is cancelled', async () => {
    const { cluster, a, b, done } = await late();
    const [id] = Object.keys((await cluster.get('/queries')).body);
    expect((await cluster.get('/v1/queries')).body).toMatchObject([
      { requestId: id, state: 'RUNNING', tables: ['t'], hedges: 2, serversQueried: ['a', 'b'] },
    ]);
    expect((await cluster.get(`/query/${id}`, 'DELETE')).status).toBe(200);
    expect(await done).toMatchObject({ exceptions: [{ errorCode: 503 }] });
    a.resume();
    b.resume();
    await settled();
    const cancels = [...a.requests, ...b.requests].filter((one) => one.startsWith('DELETE'));
    expect(cancels).toHaveLength(4);
    expect((await cluster.get('/queries')).body).toEqual({});
  });

  it('comes after the p95 of what requests about the table have taken lately', async () => {
    const cluster = await replicas(PAIR);
    for (let round = 0; round < 10; round++) await cluster.query(CHECKSUM);
    cluster.server('b').fault = 'stopped';
    const { state, done } = start(cluster);
    // The clock stood still while others answered; so the least wait holds.
    await cluster.clock.advance(9);
    expect(state.body).toBeNull();
    await cluster.clock.advance(1);
    expect(await done).toMatchObject(WHOLE);
  });

  it('is sent for a bounded share of requests only', async () => {
    const cluster = await replicas(PAIR, { probe: async () => {} });
    const b = cluster.server('b');
    b.fault = 'held';
    const queries = Array.from({ length: 60 }, () => start(cluster));
    await cluster.clock.advance(1_000);
    const answered = queries.filter(({ state }) => state.body !== null).length;
    // What was saved up, and a tenth of the requests of these queries.
    expect(answered).toBeGreaterThanOrEqual(20);
    expect(answered).toBeLessThanOrEqual(20 + (60 * 2) / 10);
    b.resume();
    for (const { done } of queries) expect(await done).toMatchObject(WHOLE);
  });

  it('is not sent to replicas that are as busy as the server that is late', async () => {
    const cluster = await replicas(PAIR, { probe: async () => {} });
    const all = [cluster.server('a'), cluster.server('b')];
    for (const server of all) server.fault = 'held';
    const queries = Array.from({ length: 10 }, () => start(cluster));
    await cluster.clock.advance(1_000);
    expect(all.map(({ waitingCount }) => waitingCount)).toEqual([10, 10]);
    for (const server of all) server.resume();
    for (const { done } of queries) expect(await done).toMatchObject(WHOLE);
  });

  it('is free when the server turns out not to be well', async () => {
    const cluster = await replicas(PAIR);
    cluster.server('b').fault = 'stopped';
    const queries = Array.from({ length: 60 }, () => start(cluster));
    await cluster.clock.advance(1_000);
    for (const { done } of queries) expect(await done).toMatchObject(WHOLE);
  });
});

describe('groups', () => {
  const sql =
    'SELECT kind, COUNT(*) FROM t GROUP BY kind HAVING COUNT(*) = 100 ORDER BY kind LIMIT 2';
  const rows = [
    ['kind0', 100],
    ['kind1', 100],
  ];

  it('are finished by a server that has all rows of them, and by no other', async () => {
    const cluster = await replicas([['a'], ['a', 'b'], ['a', 'b']]);
    const [a, b] = [cluster.server('a'), cluster.server('b')];
    b.fault = 'breaks off';
    expect((await cluster.query(sql)).resultTable.rows).toEqual(rows);
    // Its own share, and that of the server that has failed.
    expect(a.finishes).toEqual([false, false]);
    expect(b.finishes).toEqual([false]);
    expect((await cluster.query(sql)).resultTable.rows).toEqual(rows);
    expect(a.finishes).toEqual([false, false, true]);
  });
});

describe('a partial answer', () => {
  const PARTIAL = `SET allowPartialResults = true; ${CHECKSUM}`;

  it.each(['allowPartialResults', 'skipUnavailableServers'])(
    'is given for %s, and says what is not in it',
    async (option) => {
      const cluster = await replicas(ALONE);
      cluster.gone.add('a');
      const response = await cluster.send(`SET ${option} = true; ${CHECKSUM}`);
      expect(response.headers.get('x-pinot-error-code')).toBe('305');
      const body = JSON.parse(await response.text());
      expect(body).toMatchObject({
        partialResult: true,
        resultTable: { rows: [[200, (399 * 400) / 2 - (199 * 200) / 2]] },
        exceptions: [{ errorCode: 305, message: expect.stringContaining('(left out: s0)') }],
        numServersQueried: 1,
        numServersResponded: 1,
      });
    },
  );

  it('leaves out servers that cannot be reached', async () => {
    const cluster = await replicas(ALONE);
    cluster.server('b').fault = 'refused';
    const { done } = start(cluster, PARTIAL);
    await cluster.clock.advance(50);
    expect(await done).toMatchObject({
      partialResult: true,
      resultTable: { rows: [[200, (199 * 200) / 2]] },
      exceptions: [{ errorCode: 427 }],
    });
  });

  it('comes before the time is over when a server is silent', async () => {
    const cluster = await replicas(ALONE);
    cluster.server('b').fault = 'stopped';
    const { state, done } = start(cluster, `SET timeoutMs = 3000; ${PARTIAL}`);
    await cluster.clock.advance(2_699);
    expect(state.body).toBeNull();
    await cluster.clock.advance(1);
    expect(await done).toMatchObject({
      partialResult: true,
      resultTable: { rows: [[200, (199 * 200) / 2]] },
      exceptions: [{ errorCode: 427, message: expect.stringContaining('server b') }],
      numServersQueried: 2,
      numServersResponded: 1,
    });
  });

  it('is whole when others answer', async () => {
    const cluster = await replicas(SPREAD);
    cluster.server('b').fault = 'refused';
    expect(await cluster.query(PARTIAL)).toMatchObject(WHOLE);
  });

  it('of nothing is an error', async () => {
    const cluster = await replicas(ALONE);
    for (const id of ['a', 'b']) cluster.gone.add(id);
    const body = await cluster.query(PARTIAL);
    expect(body).not.toHaveProperty('resultTable');
    expect(body.exceptions).toMatchObject([{ errorCode: 305 }]);
  });
});
