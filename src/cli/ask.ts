import { EngineError } from '../base/errors.ts';
import type { Address, FetchHandler, HttpClient } from '../io/network.ts';
import { nodeNetwork } from '../io/node-network.ts';
import type { Ask } from './controller-client.ts';

/** Asks a role of this process, without a socket. */
export function askHandler(handler: FetchHandler): Ask {
  return async ({ method, path, headers, body }) => {
    const request = new Request(`http://local${path}`, {
      method,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    });
    const response = await handler(request);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };
}

/**
 * Runs `action` with a connection to a role in another process.
 *
 * @param url such as `http://127.0.0.1:9000`.
 * @param role the name of the role and how to start it, for the error when nobody answers.
 * @throws EngineError SERVER_UNAVAILABLE that says what to do when nobody answers.
 */
export async function withRole<R>(
  url: string,
  role: { readonly name: string; readonly option: string },
  action: (ask: Ask) => Promise<R>,
): Promise<R> {
  const address = parseUrl(url, role.option);
  const client = nodeNetwork.httpClient(address);
  try {
    return await action((request) => askOrExplain(client, url, role, request));
  } finally {
    await client.close();
  }
}

async function askOrExplain(
  client: HttpClient,
  url: string,
  role: { readonly name: string; readonly option: string },
  request: Parameters<Ask>[0],
): ReturnType<Ask> {
  try {
    return await client.request(request);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'SERVER_UNAVAILABLE') throw error;
    throw new EngineError(
      'SERVER_UNAVAILABLE',
      `no ${role.name} answers at ${url}; start one with "nyala start", or say where it is ` +
        `with ${role.option} URL`,
      { cause: error },
    );
  }
}

function parseUrl(url: string, option: string): Address {
  try {
    const { hostname, port, protocol } = new URL(url.includes('://') ? url : `http://${url}`);
    if (protocol === 'http:') return { host: hostname, port: Number(port || 80) };
  } catch {
    // Reported below, as any other text that is no URL.
  }
  throw new EngineError(
    'BAD_REQUEST',
    `expected ${option} to be a URL such as http://127.0.0.1:9000, found ${JSON.stringify(url)}`,
  );
}
