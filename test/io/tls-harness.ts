import { readFileSync } from 'node:fs';
import type {
  TcpConnection,
  TcpListener,
  TcpListenOptions,
  TlsClientOptions,
  TlsIdentity,
  TlsServerOptions,
} from '../../src/io/network.ts';
import { connectTcp, listenTcp } from '../../src/io/node-tcp.ts';

/** A file beside the script that made it. */
export function certificateFile(name: string): Buffer {
  return readFileSync(new URL(`../coord/auth/certificates/${name}`, import.meta.url));
}

export const pem = (name: string): string => certificateFile(`${name}.pem`).toString();

export function identity(name: string): TlsIdentity {
  return { kind: 'pem', certificateChain: pem(name), privateKey: pem(`${name}.key`) };
}

export function pkcs12(name: string): TlsIdentity {
  return { kind: 'pkcs12', bytes: certificateFile(`${name}.p12`), passphrase: 'secret' };
}

/** A server that asks every client for a certificate of the test authority. */
export const MUTUAL: TlsServerOptions = {
  identity: identity('server'),
  authorities: pem('authority'),
  clientCertificate: 'need',
};

/** A client that shows the certificate of alice. */
export const ALICE: TlsClientOptions = {
  authorities: pem('authority'),
  identity: identity('client'),
};

/** A listener that echoes, and keeps what it accepted. */
export async function echo(options: TcpListenOptions): Promise<{
  listener: TcpListener;
  accepted: TcpConnection[];
}> {
  const accepted: TcpConnection[] = [];
  const onConnection = (connection: TcpConnection): void => {
    accepted.push(connection);
    connection.onData = (bytes) => connection.write(bytes);
  };
  const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, onConnection, options);
  return { listener, accepted };
}

/** Sends bytes over a new connection and gives what comes back, or null when it was cut off. */
export async function ask(
  listener: TcpListener,
  sent: string,
  tls?: TlsClientOptions,
): Promise<string | null> {
  const connection = await connectTcp(listener.address, tls === undefined ? {} : { tls });
  const answer = await new Promise<string | null>((resolve) => {
    let received = '';
    connection.onData = (bytes) => {
      received += new TextDecoder().decode(bytes);
      if (received.length >= sent.length) resolve(received);
    };
    connection.onClose = () => resolve(null);
    connection.write(new TextEncoder().encode(sent));
  });
  connection.destroy();
  return answer;
}
