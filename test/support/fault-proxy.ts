import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request on its way. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** The answer is late by so much. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** The connection breaks in the middle of the body. */
  | { readonly kind: 'cut' }
  /** The answer ends early, as if that were all. */
  | { readonly kind: 'short' }
  /** One bit of the body is another. */
  | { readonly kind: 'flip' }
  /** The request arrives and is done, and the connection breaks before its answer. */
  | { readonly kind: 'lost answer' };

/** A request as the proxy sees it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A proxy in front of a server, which spoils what the test wants to be spoilt. */
export interface FaultProxy {
  readonly port: number;
  /** Every request so far. */
  readonly seen: SeenRequest[];
  /** Says what goes wrong with a request (default: nothing). */
  fault: (seen: SeenRequest) => Fault | null;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port of this machine. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const seen = { method, url, headers };
    proxy.seen.push(seen);
    const fault = proxy.fault(seen);
    if (fault?.kind !== 'status') {
      forward(targetPort, incoming, outgoing, fault);
      return;
    }
    incoming.resume().on('end', () => outgoing.writeHead(fault.status).end(fault.body ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    seen: [],
    fault: () => null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}

function forward(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | null,
): void {
  const { method, url, headers } = incoming;
  const onward = request(
    { ...{ host: '127.0.0.1', port }, method, path: url, headers },
    (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => reply(outgoing, answer, Buffer.concat(pieces), fault));
    },
  );
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

function reply(
  outgoing: ServerResponse,
  { statusCode = 500, headers }: IncomingMessage,
  body: Buffer,
  fault: Fault | null,
): void {
  const half = body.length >> 1;
  if (fault?.kind === 'lost answer') {
    outgoing.destroy();
  } else if (fault?.kind === 'cut') {
    outgoing.writeHead(statusCode, headers);
    outgoing.write(body.subarray(0, half), () => outgoing.destroy());
  } else if (fault?.kind === 'short') {
    outgoing.writeHead(statusCode, { ...headers, 'content-length': half });
    outgoing.end(body.subarray(0, half));
  } else {
    if (fault?.kind === 'flip') body[half]! ^= 1;
    outgoing.writeHead(statusCode, headers);
    setTimeout(() => outgoing.end(body), fault?.kind === 'slow' ? fault.delayMs : 0);
  }
}
