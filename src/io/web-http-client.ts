import { EngineError, errorMessage } from '../base/errors.ts';
import { type Address, type HttpClient, type HttpClientOptions, hostAndPort } from './network.ts';

/** A client for one peer over `fetch`, for workers and browsers; whose connections are theirs to pool. */
export function webHttpClient(
  origin: Address,
  { isEncrypted = false }: HttpClientOptions = {},
): HttpClient {
  const where = hostAndPort(origin);
  return {
    request: async ({ method, path, headers, body, timeoutMs }) => {
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
      try {
        const response = await fetch(`${isEncrypted ? 'https' : 'http'}://${where}${path}`, {
          method,
          signal,
          redirect: 'manual',
          ...(headers && { headers }),
          ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> | string }),
        });
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: new Uint8Array(await response.arrayBuffer()),
        };
      } catch (error) {
        throw signal.aborted
          ? new EngineError('TIMEOUT', `http: ${where} did not answer within ${timeoutMs} ms`, {
              cause: error,
            })
          : new EngineError(
              'SERVER_UNAVAILABLE',
              `http: cannot reach ${where}: ${errorMessage(error)}`,
              { cause: error },
            );
      }
    },
    close: async () => {},
  };
}
