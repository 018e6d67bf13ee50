import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEGMENT_FILES_SENT_MAX } from '../../src/base/store-limits.ts';
import type { Listener } from '../../src/io/network.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { SegmentFiles } from '../../src/server/segment-file.ts';
import { ANY_PORT, until } from '../coord/harness.ts';

const LENGTH_BYTES = 64 * 1_048_576;
let listener: Listener;
let opened = 0;
let closed = 0;

beforeAll(async () => {
  const files = new SegmentFiles(async () => {
    opened++;
    const stored = {
      lengthBytes: LENGTH_BYTES,
      read: async (into: Uint8Array) => void into.fill(1),
      close: async () => {
        closed++;
      },
    };
    return { key: 't/s.segment', stored };
  });
  listener = await nodeNetwork.serveHttp(ANY_PORT, async (request) => {
    try {
      return await files.send('t', 's', null, request);
    } catch {
      return new Response(null, { status: 503 });
    }
  });
});

afterAll(() => listener.close());

/** Asks for a file, takes the beginning of the answer and no more. */
function begin(): Promise<() => void> {
  return new Promise((resolve) => {
    const { port, host } = listener.address;
    const socket = connect(port, host, () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    socket.once('data', () => {
      socket.pause();
      resolve(() => socket.destroy());
    });
  });
}

const status = async (headers: Record<string, string> = {}) => {
  const url = `http://127.0.0.1:${listener.address.port}/`;
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return response.status;
};

describe('files that a server sends', () => {
  it('are a bounded number at the same time; whoever goes away makes room', async () => {
    const ends = await Promise.all(Array.from({ length: SEGMENT_FILES_SENT_MAX }, begin));
    expect(await status()).toBe(503);
    for (const end of ends) end();
    await until('all are closed', () => closed === opened);
    for (let count = 0; count < 2 * SEGMENT_FILES_SENT_MAX; count++) {
      expect(await status({ range: 'bytes=0-9' })).toBe(206);
    }
    expect(closed).toBe(opened);
  });
});
