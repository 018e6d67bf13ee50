import type { HttpRequest, HttpResponse, Network } from '../../../../src/io/network.ts';

/** Sends a request on. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** A network whose HTTP clients do something else with requests. */
export function networkWithHttp(
  network: Network,
  request: (request: HttpRequest, send: Send) => Promise<HttpResponse>,
): Network {
  return {
    ...network,
    httpClient: (origin) => {
      const client = network.httpClient(origin);
      return {
        request: (sent) => request(sent, (passed) => client.request(passed)),
        close: () => client.close(),
      };
    },
  };
}
