import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RESPONSE_STALL_MS_MAX, RESPONSE_STREAM_BYTES_MIN } from '../../src/base/serving-limits.ts';
import { writeBody } from '../../src/broker/response-body.ts';
import { TextPieces } from '../../src/broker/text-pieces.ts';
import { QueryStop } from '../../src/exec/query-stop.ts';
import type { Steps } from '../../src/exec/steps.ts';
import type { FetchHandler } from '../../src/io/network.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { ManualClock, settled } from '../support/manual-clock.ts';
import { type ReplicaOptions, ROW_COUNT, replicasOfTests } from './replicas.ts';

const PIECE_BYTES = 65_536;

/** Writes lines, and counts the bytes that it has written. */
class Lines {
  readonly out = new TextPieces();
  readonly clock = new ManualClock();
  readonly abort = new AbortController();
  readonly text: string;
  bytes = 0;
  readonly #count: number;

  constructor(count: number, length = 1_000) {
    this.#count = count;
    this.text = `${'x'.repeat(length - 1)}\n`;
  }

  get wholeBytes(): number {
    return this.#count * this.text.length;
  }

  *steps(): Steps<void> {
    for (let line = 0; line < this.#count; line++) {
      this.bytes += this.text.length;
      this.out.append(this.text);
      yield;
    }
  }

  async write(stop: QueryStop | null = null) {
    const { body, sent } = await writeBody(
      this.out,
      this.steps(),
      this.clock,
      this.abort.signal,
      stop,
    );
    if (!(body instanceof ReadableStream)) throw new Error('a stream is expected');
    return { reader: body.getReader(), sent: sent! };
  }
}

describe('the body of a response', () => {
  it('is whole when it is short', async () => {
    const lines = new Lines(10);
    const { signal } = lines.abort;
    const result = await writeBody(lines.out, lines.steps(), lines.clock, signal, null);
    expect(result).toEqual({ body: lines.text.repeat(10), sent: null });
  });

  it('is never written further ahead of its reader than one piece', async () => {
    const lines = new Lines(20_000);
    const { reader, sent } = await lines.write();
    expect(lines.bytes).toBeLessThan(RESPONSE_STREAM_BYTES_MIN + 2 * PIECE_BYTES);
    let readBytes = 0;
    let chunks = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      readBytes += value.length;
      chunks++;
      await settled();
      expect(lines.bytes - readBytes).toBeLessThanOrEqual(2 * PIECE_BYTES);
    }
    await sent;
    expect(readBytes).toBe(lines.wholeBytes);
    expect(chunks).toBeGreaterThan(250);
    expect(lines.clock.timerCount).toBe(0);
  });

  it('ends when its reader takes nothing for long, and lets others take their time', async () => {
    const lines = new Lines(5_000);
    const stop = new QueryStop(lines.clock, 10_000);
    const { reader, sent } = await lines.write(stop);
    for (let round = 0; round < 10; round++) {
      await lines.clock.advance(RESPONSE_STALL_MS_MAX - 1);
      expect((await reader.read()).done).toBe(false);
    }
    const ended = expect(sent).rejects.toMatchObject({ code: 'TIMEOUT' });
    await lines.clock.advance(RESPONSE_STALL_MS_MAX);
    await ended;
    await expect(reader.read()).rejects.toMatchObject({ code: 'TIMEOUT' });
    stop.dispose();
    expect(lines.clock.timerCount).toBe(0);
  });

  it('ends when it is cancelled or nobody reads it any more, and is not written further', async () => {
    for (const end of ['cancel', 'close'] as const) {
      const lines = new Lines(5_000);
      const { reader, sent } = await lines.write();
      await reader.read();
      const ended = expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
      if (end === 'cancel') {
        lines.abort.abort();
        await expect(reader.read()).rejects.toMatchObject({ code: 'CANCELLED' });
      } else await reader.cancel();
      await ended;
      await settled();
      expect(lines.bytes).toBeLessThan(RESPONSE_STREAM_BYTES_MIN + 2 * PIECE_BYTES);
      expect(lines.clock.timerCount).toBe(0);
    }
  });

  it('is an error as long as nothing of it is sent', async () => {
    const lines = new Lines(5_000);
    const stop = new QueryStop(lines.clock, 10);
    await lines.clock.advance(10);
    const { signal } = lines.abort;
    const writing = writeBody(lines.out, lines.steps(), lines.clock, signal, stop);
    await expect(writing).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('a large answer', () => {
  const open = replicasOfTests();
  const replicas = (options: ReplicaOptions = {}) => open([['a'], ['b']], options);
  /** Some 40 MB of JSON from four texts. */
  const SQL = 'SELECT id, REPEAT(kind, 20000) FROM t ORDER BY id LIMIT 1000';
  const TEXT_LENGTH = 100_000;

  it('is what it would be in one piece', async () => {
    const cluster = await replicas();
    const body = await cluster.query(SQL);
    expect(body.resultTable.rows).toHaveLength(ROW_COUNT);
    expect(body.resultTable.rows[3]).toEqual([3, 'kind3'.repeat(20_000)]);
    expect(body).toMatchObject({
      numRowsResultSet: ROW_COUNT,
      exceptions: [],
      numServersQueried: 2,
    });
    await settled();
    expect(cluster.runner.running.list()).toEqual([]);
  });

  it('is a running query until it is sent, and can be cancelled until then', async () => {
    const cluster = await replicas();
    const response = await cluster.send(SQL);
    const reader = response.body!.getReader();
    await reader.read();
    const [query] = cluster.runner.running.list();
    expect(query).toMatchObject({ state: 'WRITING', sql: SQL });
    await cluster.clock.advance(20_000);
    expect((await reader.read()).done).toBe(false);
    expect((await cluster.get(`/query/${query!.requestId}`, 'DELETE')).status).toBe(200);
    await expect(reader.read()).rejects.toMatchObject({ code: 'CANCELLED' });
    await settled();
    expect(cluster.runner.running.list()).toEqual([]);
  });

  it('keeps no other query waiting while its client reads slowly', async () => {
    const cluster = await replicas({ settings: { runningMax: 1 } });
    const response = await cluster.send(SQL);
    expect(await cluster.query('SELECT COUNT(*) FROM t WHERE id >= 0')).toMatchObject({
      resultTable: { rows: [[ROW_COUNT]] },
    });
    await response.body!.cancel();
    await settled();
    expect(cluster.runner.running.list()).toEqual([]);
  });

  it('waits for a client that does not read, and goes on when it does', async () => {
    const cluster = await replicas();
    let takenBytes = 0;
    const counted: FetchHandler = async (request) => {
      const response = await cluster.handler(request);
      const reader = response.body!.getReader();
      const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
        const { done, value } = await reader.read();
        takenBytes += value?.length ?? 0;
        if (done) controller.close();
        else controller.enqueue(value);
      };
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), response);
    };
    const listener = await nodeNetwork.serveHttp({ host: '127.0.0.1', port: 0 }, counted);
    const socket = connect(listener.address.port, '127.0.0.1');
    const path = `/query/sql?sql=${encodeURIComponent(SQL)}`;
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    socket.pause();
    let before = -1;
    while (takenBytes === 0 || takenBytes !== before) {
      before = takenBytes;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const wholeBytes = ROW_COUNT * TEXT_LENGTH;
    // What lies in the buffers of both sockets.
    expect(takenBytes).toBeLessThan(wholeBytes / 2);
    expect(cluster.runner.running.list()).toHaveLength(1);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('latin1');
    expect(text.length).toBeGreaterThan(wholeBytes);
    expect(text).toContain('"numRowsResultSet":400');
    expect(text.endsWith('\r\n0\r\n\r\n')).toBe(true);
    await listener.close();
    expect(cluster.runner.running.list()).toEqual([]);
  });

  it('that is cancelled while it is sent is nothing that a client could take for an answer', async () => {
    const cluster = await replicas();
    const listener = await nodeNetwork.serveHttp({ host: '127.0.0.1', port: 0 }, cluster.handler);
    const door = `http://127.0.0.1:${listener.address.port}`;
    const response = await fetch(`${door}/query/sql?sql=${encodeURIComponent(SQL)}`);
    const [query] = cluster.runner.running.list();
    await fetch(`${door}/query/${query!.requestId}`, { method: 'DELETE' });
    await expect(response.json()).rejects.toThrow();
    await listener.close();
  });

  it('whose client goes away is let go of', async () => {
    const cluster = await replicas();
    const listener = await nodeNetwork.serveHttp({ host: '127.0.0.1', port: 0 }, cluster.handler);
    const { port } = listener.address;
    const response = await fetch(
      `http://127.0.0.1:${port}/query/sql?sql=${encodeURIComponent(SQL)}`,
    );
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-pinot-error-code')).toBe('-1');
    await response.body!.cancel();
    while (cluster.runner.running.list().length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await listener.close();
  });
});
