import { request as httpRequest } from 'node:http';
import { Authentication } from '../../../src/coord/auth/authentication.ts';
import type { CoordinatorOptions } from '../../../src/coord/node.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { ANY_PORT, startNode, temporaryDirectory } from '../harness.ts';

/** A real coordinator with its HTTP door. */
export async function openDoor(options: Partial<CoordinatorOptions> = {}) {
  const place = await temporaryDirectory();
  const node = await startNode(place.directory, {
    httpAddress: ANY_PORT,
    authentication: new Authentication({ digests: nodeDigests, random: nodeRandom }),
    ...options,
  });
  const { host, port } = node.httpAddress!;
  const origin = `http://${host}:${port}`;
  return {
    node,
    origin,
    directory: place.directory,
    /** A request, with its answer's text read. */
    async ask(method: string, path: string, init: RequestInit = {}) {
      const response = await fetch(origin + path, { method, ...init });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      const body = isJson ? JSON.parse(text) : text;
      return { status: response.status, headers: response.headers, body };
    },
    /** A request whose target is sent as it is; `fetch` would tidy it up. */
    askRaw(method: string, path: string, headers: Record<string, string> = {}) {
      return new Promise<{ status: number; text: string }>((resolve, reject) => {
        const request = httpRequest({ host, port, method, path, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        });
        request.on('error', reject);
        request.end();
      });
    },
    async close() {
      await node.close();
      await place.remove();
    },
  };
}

export type Door = Awaited<ReturnType<typeof openDoor>>;
