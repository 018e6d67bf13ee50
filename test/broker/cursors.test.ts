import { afterEach, describe, expect, it } from 'vitest';
import { Replicas, ROW_COUNT } from './replicas.ts';

const open: Replicas[] = [];
async function replicas() {
  const cluster = await Replicas.open([['a']]);
  open.push(cluster);
  return cluster;
}
afterEach(async () => {
  for (const cluster of open.splice(0)) {
    await cluster.close();
    expect(cluster.clock.timerCount).toBe(0);
    expect(cluster.errors).toEqual([]);
  }
});

const ALL = `SELECT id, kind || 'ä' FROM t ORDER BY id LIMIT ${ROW_COUNT}`;
const HOUR_MS = 3_600_000;

describe('a cursor', () => {
  it('reads an answer page by page, forth and back', async () => {
    const cluster = await replicas();
    const first = await cluster.query(ALL, '/query/sql?getCursor=true&numRows=3');
    const now = cluster.clock.nowMs();
    expect(first).toMatchObject({
      numRowsResultSet: ROW_COUNT,
      exceptions: [],
      offset: 0,
      numRows: 3,
      submissionTimeMs: now,
      expirationTimeMs: now + HOUR_MS,
      brokerHost: 'broker',
      brokerPort: 80,
    });
    expect(first.resultTable.dataSchema.columnDataTypes).toEqual(['LONG', 'STRING']);
    expect(first.resultTable.rows).toEqual([
      [0, 'kind0ä'],
      [1, 'kind1ä'],
      [2, 'kind2ä'],
    ]);
    const page = async (offset: number, numRows: number) => {
      const path = `/responseStore/${first.requestId}/results?offset=${offset}&numRows=${numRows}`;
      const { body } = await cluster.get(path);
      return [body.offset, body.numRows, body.resultTable.rows.map(([id]: [number]) => id)];
    };
    expect(await page(3, 2)).toEqual([3, 2, [3, 4]]);
    expect(await page(0, 1)).toEqual([0, 1, [0]]);
    expect(await page(398, 10)).toEqual([398, 2, [398, 399]]);
    const whole = await cluster.query(ALL);
    const { body } = await cluster.get(`/responseStore/${first.requestId}/results`);
    expect(body.resultTable).toEqual(whole.resultTable);
    expect(await cluster.get(`/responseStore/${first.requestId}/results?offset=400`)).toMatchObject(
      {
        status: 400,
        body: { error: expect.stringContaining('below 400') },
      },
    );
  });

  it('is wanted by an option, too, and one of nothing has no rows', async () => {
    const cluster = await replicas();
    const sql = `SET getCursor = true; SET cursorNumRows = 2; ${ALL}`;
    expect((await cluster.query(sql)).resultTable.rows).toHaveLength(2);
    const empty = 'SELECT id FROM t WHERE id < 0';
    const body = await cluster.query(empty, '/query/sql?getCursor=true');
    expect(body).toMatchObject({ numRowsResultSet: 0, numRows: 0, resultTable: { rows: [] } });
    const path = `/responseStore/${body.requestId}/results`;
    expect((await cluster.get(path)).body.resultTable.rows).toEqual([]);
  });

  it('is listed, and gone when it is deleted or too old', async () => {
    const cluster = await replicas();
    const ids: string[] = [];
    for (let at = 0; at < 3; at++) {
      ids.push((await cluster.query(ALL, '/query/sql?getCursor=true&numRows=1')).requestId);
      await cluster.clock.advance(HOUR_MS / 4);
    }
    const listed = async () =>
      (await cluster.get('/responseStore')).body.map((one: { requestId: string }) => one.requestId);
    expect(await listed()).toEqual(ids);
    const { body: metadata } = await cluster.get(`/responseStore/${ids[0]}`);
    expect(metadata).toMatchObject({ requestId: ids[0], numRowsResultSet: ROW_COUNT });
    expect(metadata.resultTable).toBeUndefined();
    expect((await cluster.get(`/responseStore/${ids[1]}`, 'DELETE')).status).toBe(200);
    expect((await cluster.get(`/responseStore/${ids[1]}`, 'DELETE')).status).toBe(404);
    await cluster.clock.advance(HOUR_MS / 4);
    expect(await listed()).toEqual([ids[2]]);
    expect((await cluster.get(`/responseStore/${ids[0]}/results`)).status).toBe(404);
    const soon = cluster.clock.nowMs() + HOUR_MS;
    const removed = await cluster.get(`/responseStore?expiredBefore=${soon}`, 'DELETE');
    expect(removed.text).toBe('Number of query results deleted: 1');
    expect(await listed()).toEqual([]);
    await cluster.clock.advance(HOUR_MS);
  });

  it('of a failed query is none, and bad numbers are refused', async () => {
    const cluster = await replicas();
    const failed = await cluster.query('SELECT nothing FROM t', '/query/sql?getCursor=true');
    expect(failed.exceptions[0].errorCode).toBe(710);
    expect((await cluster.get('/responseStore')).body).toEqual([]);
    expect((await cluster.send(ALL, '/query/sql?getCursor=true&numRows=x')).status).toBe(400);
  });

  it('finds no room when others take all of it', async () => {
    const cluster = await replicas();
    let last = await cluster.query('SELECT 1', '/query/sql?getCursor=true');
    for (let at = 1; at <= 1_000; at++) {
      last = await cluster.query('SELECT 1', '/query/sql?getCursor=true');
    }
    expect(last.exceptions).toMatchObject([
      { errorCode: 245, message: expect.stringContaining('DELETE /responseStore/{id}') },
    ]);
  });
});
