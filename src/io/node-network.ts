import type { Network } from './network.ts';
import { httpClient, serveHttp } from './node-http.ts';
import { connectTcp, listenTcp } from './node-tcp.ts';

/** The network of this machine: HTTP by Hono's Node server and undici, TCP by Node's sockets. */
export const nodeNetwork: Network = { serveHttp, httpClient, listenTcp, connectTcp };
