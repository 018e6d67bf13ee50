import type { Address, HttpClient, HttpClientOptions, Network } from './network.ts';
import { serveHttp } from './node-http-door.ts';
import { connectTcp, listenTcp } from './node-tcp.ts';

/**
 * The network of this machine: HTTP by Hono's Node server and undici, TCP by Node's sockets. What HTTP
 * needs is loaded when it is used: that takes longer than a coordinator needs to start.
 */
export const nodeNetwork: Network = {
  serveHttp,
  httpClient,
  listenTcp,
  connectTcp,
};

function httpClient(origin: Address, options?: HttpClientOptions): HttpClient {
  let opening: Promise<HttpClient> | null = null;
  const open = async (): Promise<HttpClient> => {
    const client = await import('./node-http-client.ts');
    return client.httpClient(origin, options);
  };
  return {
    request: async (request) => {
      opening ??= open();
      return (await opening).request(request);
    },
    close: async () => (await opening)?.close(),
  };
}
