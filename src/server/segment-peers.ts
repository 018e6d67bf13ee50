import { EngineError } from '../base/errors.ts';
import { SEGMENT_PEER_TIMEOUT_MS } from '../base/store-limits.ts';
import { type Address, type HttpClient, hostAndPort, type Network } from '../io/network.ts';
import { SEGMENT_KEY_HEADER } from '../store/segment-response.ts';
import { parseSegmentKey, type StoredSegment } from '../store/segment-store.ts';
import type { SegmentSupplier } from './segment-fetch.ts';

/** Where servers have the files of segments. */
export const SEGMENT_FILE_PATH = '/v1/segments/:table/:segment/file';

/**
 * Another server, which may have the same files.
 *
 * @param id names it in messages.
 */
export function peerSupplier(network: Network, id: string, address: Address): SegmentSupplier {
  return {
    name: `${id} (${hostAndPort(address)})`,
    open: async (key) => {
      const client = network.httpClient(address);
      try {
        return await openAtPeer(client, key);
      } catch (error) {
        await client.close();
        throw error;
      }
    },
  };
}

async function openAtPeer(client: HttpClient, key: string): Promise<StoredSegment> {
  const { table, segment } = parseSegmentKey(key);
  const ask = (start: number, end: number) =>
    client.request({
      method: 'GET',
      path: `/v1/segments/${table}/${segment}/file?key=${encodeURIComponent(key)}`,
      headers: { range: `bytes=${start}-${end - 1}` },
      timeoutMs: SEGMENT_PEER_TIMEOUT_MS,
    });
  const { status, headers } = await ask(0, 1);
  const [, length] = /^bytes 0-0\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? [];
  if (status !== 206 || length === undefined || headers[SEGMENT_KEY_HEADER] !== key) {
    throw new EngineError('NOT_FOUND', `does not have it (answered ${status})`);
  }
  return {
    lengthBytes: Number(length),
    read: async (into, offsetBytes) => {
      const answer = await ask(offsetBytes, offsetBytes + into.length);
      if (answer.status !== 206 || answer.body.length !== into.length) {
        const found = `status ${answer.status} and ${answer.body.length} bytes`;
        throw new EngineError('IO', `expected ${into.length} bytes, found ${found}`);
      }
      into.set(answer.body);
    },
    close: () => client.close(),
  };
}
