import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createServer,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { EngineError, errorMessage } from '../base/errors.ts';
import { leadsToAuthority } from './certificate-chain.ts';
import type { TlsClientOptions, TlsIdentity, TlsRules, TlsServerOptions } from './network.ts';
import { subjectOfCertificate } from './x500-name.ts';

// A resumed session would outlive the certificates and authorities that it was judged by.
const SERVER_FLAGS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/**
 * The server's side of TLS over sockets that somebody else has accepted. A handshake that fails or
 * takes too long ends its socket and is counted.
 */
export class TlsDoor {
  readonly #server: Server;
  #options: TlsServerOptions;
  #failedHandshakeCount = 0;

  /** @throws EngineError BAD_REQUEST when the certificates cannot be used. */
  constructor(
    options: TlsServerOptions,
    handshakeTimeoutMs: number,
    onSecure: (socket: TLSSocket) => void,
  ) {
    this.#options = options;
    this.#server = usable(() =>
      createServer({ ...serverOptions(options), handshakeTimeout: handshakeTimeoutMs }),
    );
    this.#server.on('secureConnection', (socket) => {
      if (this.#isForged(socket)) this.#refuse(socket);
      else this.#hand(socket, onSecure);
    });
    this.#server.on('tlsClientError', (_error, socket) => this.#refuse(socket));
  }

  get failedHandshakeCount(): number {
    return this.#failedHandshakeCount;
  }

  /** Begins a handshake on a socket whose bytes nobody has taken. */
  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  /** @throws EngineError BAD_REQUEST when the certificates cannot be used; the old ones stay. */
  renew(options: TlsServerOptions): void {
    const { clientCertificate } = this.#options;
    if (options.clientCertificate !== clientCertificate) {
      throw new EngineError(
        'BAD_REQUEST',
        `tls: expected clientCertificate '${clientCertificate}' as before, ` +
          `found '${options.clientCertificate}'; restart to change it`,
      );
    }
    usable(() => this.#server.setSecureContext(serverOptions(options)));
    this.#options = options;
  }

  /** A certificate may be optional; one that no authority vouches for is still refused. */
  #isForged(socket: TLSSocket): boolean {
    const { clientCertificate, identity, authorities = '' } = this.#options;
    if (clientCertificate === 'none') return false;
    if (socket.getPeerX509Certificate() === undefined) return false;
    if (!socket.authorized) return true;
    const peer = socket.getPeerCertificate(true);
    return identity.kind === 'pkcs12' && !leadsToAuthority(peer, authorities);
  }

  #hand(socket: TLSSocket, onSecure: (socket: TLSSocket) => void): void {
    try {
      onSecure(socket);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#refuse(socket); // Its certificate has a subject that OpenSSL reads and we do not.
    }
  }

  #refuse(socket: TLSSocket): void {
    this.#failedHandshakeCount++;
    socket.destroy();
  }
}

/**
 * What Node's `tls.connect` is told.
 *
 * @param host the name that the certificate must show, unless the options say another.
 * @throws EngineError BAD_REQUEST when no authority is named: then nothing would be checked.
 */
export function clientOptions(options: TlsClientOptions, host: string): ConnectionOptions {
  const { authorities, identity, serverName = host, isServerNameChecked = true } = options;
  return {
    ...(identity === undefined ? {} : identityOptions(identity)),
    ca: requireAuthorities(authorities),
    ...ruleOptions(options),
    servername: isIP(serverName) === 0 ? serverName : '',
    checkServerIdentity: (_host, certificate) => {
      if (identity?.kind === 'pkcs12' && !leadsToAuthority(certificate, authorities)) {
        return new Error('no authority vouches for the certificate');
      }
      // By the name that we asked for and nothing else: DNS is not evidence.
      return isServerNameChecked ? checkServerIdentity(serverName, certificate) : undefined;
    },
  };
}

/** Runs what makes OpenSSL read certificates. @throws EngineError BAD_REQUEST when it cannot. */
export function usable<T>(build: () => T): T {
  try {
    return build();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'BAD_REQUEST',
      `tls: expected a certificate, its private key and its passphrase, ` +
        `found something that OpenSSL refuses: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

/** The subject of the certificate that the peer has proved to own, or null. */
export function subjectOfPeer(socket: TLSSocket): string | null {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? null : subjectOfCertificate(certificate.raw);
}

function serverOptions(options: TlsServerOptions): TlsOptions {
  const { identity, authorities, clientCertificate } = options;
  const isAsked = clientCertificate !== 'none';
  return {
    ...identityOptions(identity),
    ...(isAsked ? { ca: requireAuthorities(authorities) } : {}),
    requestCert: isAsked,
    rejectUnauthorized: clientCertificate === 'need',
    ...ruleOptions(options),
    secureOptions: SERVER_FLAGS,
  };
}

function ruleOptions({ minVersion = 'TLSv1.2', cipherSuites }: TlsRules): SecureContextOptions {
  return {
    minVersion,
    ...(cipherSuites === undefined ? {} : { ciphers: cipherSuites.join(':') }),
  };
}

function identityOptions(identity: TlsIdentity): SecureContextOptions {
  const { passphrase } = identity;
  const secret = passphrase === undefined ? {} : { passphrase };
  if (identity.kind === 'pkcs12') return { pfx: Buffer.from(identity.bytes), ...secret };
  return { cert: identity.certificateChain, key: identity.privateKey, ...secret };
}

// Without authorities Node would trust those of the public web.
function requireAuthorities(authorities: string | undefined): string {
  if (authorities?.includes('-----BEGIN CERTIFICATE-----')) return authorities;
  throw new EngineError(
    'BAD_REQUEST',
    'tls: expected PEM certificates of the authorities that the peer is checked against, found none',
  );
}
