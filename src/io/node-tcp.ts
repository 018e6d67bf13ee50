import { createServer, type Server, Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import {
  TCP_CONNECT_TIMEOUT_MS,
  TCP_SEND_QUEUE_BYTES_MAX,
  TLS_HANDSHAKE_TIMEOUT_MS,
} from '../base/limits.ts';
import type {
  Address,
  TcpConnection,
  TcpConnectOptions,
  TcpListener,
  TcpListenOptions,
} from './network.ts';
import { clientOptions, subjectOfPeer, TlsDoor, usable } from './node-tls.ts';

/** The first byte of a TLS handshake; no packet or word of ZooKeeper's begins with it. */
const TLS_HANDSHAKE_BYTE = 0x16;

/**
 * Accepts TCP connections with Node's sockets; see `Network.listenTcp`.
 *
 * @param address port 0 picks a free port.
 * @throws EngineError ADDRESS_IN_USE when the port is taken, BAD_REQUEST when certificates cannot be
 *   used, IO when the system refuses otherwise.
 */
export async function listenTcp(
  address: Address,
  onConnection: (connection: TcpConnection) => void,
  options: TcpListenOptions = {},
): Promise<TcpListener> {
  const door = new Door(onConnection, options);
  const server = createServer((socket) => door.accept(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(address, error)));
    server.listen(address.port, address.host, resolve);
  });
  server.removeAllListeners('error');
  return {
    address: boundAddress(server, address),
    get failedHandshakeCount() {
      return door.tls?.failedHandshakeCount ?? 0;
    },
    renewCertificates: (tls) => door.tls?.renew(tls),
    close: () => closeServer(server, door.open),
  };
}

/**
 * Opens a TCP connection with Node's sockets; see `Network.connectTcp`.
 *
 * @throws EngineError SERVER_UNAVAILABLE when the peer refuses or is not who it should be, TIMEOUT
 *   when it does not answer, BAD_REQUEST when our certificates cannot be used.
 */
export function connectTcp(
  address: Address,
  options: TcpConnectOptions = {},
): Promise<TcpConnection> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const { tls } = options;
    const socket =
      tls === undefined
        ? new Socket().connect(port, host)
        : usable(() => connectTls({ ...clientOptions(tls, host), host, port }));
    const fail = (code: ErrorCode, message: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = `tcp: cannot connect to ${host}:${port}: ${message}`;
      reject(new EngineError(code, text, { cause }));
    };
    const onTimeout = (): void => fail('TIMEOUT', `no answer within ${TCP_CONNECT_TIMEOUT_MS} ms`);
    const onError = (error: Error): void => fail('SERVER_UNAVAILABLE', errorMessage(error), error);
    // For the whole of a TLS handshake, so that a server cannot draw it out byte by byte.
    const timer = setTimeout(onTimeout, TCP_CONNECT_TIMEOUT_MS);
    socket.once('error', onError);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(new NodeTcpConnection(socket));
    });
  });
}

/** Lets connections in: admission first, then TLS or not, then whoever listens. */
class Door {
  /** Sockets that are open, whatever they are in the middle of. */
  readonly open = new Set<Socket>();
  /** Null when all is plaintext. */
  readonly tls: TlsDoor | null;
  readonly #options: TcpListenOptions;
  readonly #handshakeTimeoutMs: number;
  readonly #onSocket: (socket: Socket) => void;

  constructor(onConnection: (connection: TcpConnection) => void, options: TcpListenOptions) {
    this.#options = options;
    this.#onSocket = (socket) => onConnection(new NodeTcpConnection(socket));
    const { tls, handshakeTimeoutMs = TLS_HANDSHAKE_TIMEOUT_MS } = options;
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.tls = tls === undefined ? null : new TlsDoor(tls, handshakeTimeoutMs, this.#onSocket);
  }

  accept(socket: Socket): void {
    const { admission, isPlaintextAllowed = false } = this.#options;
    const { host } = remoteAddress(socket);
    socket.on('error', () => {}); // Whoever uses the socket listens too; until then it just ends.
    if (admission?.admit(host) === false) {
      socket.destroy();
      return;
    }
    this.open.add(socket);
    socket.once('close', () => {
      this.open.delete(socket);
      admission?.release(host);
    });
    if (this.tls === null) this.#onSocket(socket);
    else if (isPlaintextAllowed) this.#decideByFirstByte(socket, this.tls);
    else this.tls.accept(socket);
  }

  #decideByFirstByte(socket: Socket, tls: TlsDoor): void {
    const onTimeout = (): void => void socket.destroy();
    socket.setTimeout(this.#handshakeTimeoutMs, onTimeout);
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.setTimeout(0, onTimeout);
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE_BYTE) tls.accept(socket);
      else this.#onSocket(socket);
    });
  }
}

class NodeTcpConnection implements TcpConnection {
  readonly remote: Address;
  readonly isEncrypted: boolean;
  readonly peerCertificateSubject: string | null;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = remoteAddress(socket);
    this.isEncrypted = socket instanceof TLSSocket;
    this.peerCertificateSubject = socket instanceof TLSSocket ? subjectOfPeer(socket) : null;
    let failure: Error | null = null;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.on('data', (bytes) => this.onData(bytes));
    socket.on('error', (error) => {
      failure = new EngineError(
        'SERVER_UNAVAILABLE',
        `tcp: connection with ${this.remote.host}:${this.remote.port}: ${errorMessage(error)}`,
        { cause: error },
      );
    });
    socket.once('close', () => this.onClose(failure));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > TCP_SEND_QUEUE_BYTES_MAX) {
      this.#socket.destroy(
        new Error(`expected the peer to read, found ${this.#socket.writableLength} bytes waiting`),
      );
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

// IPv4 clients of an IPv6 socket appear as ::ffff:1.2.3.4; to everybody else they are 1.2.3.4.
function remoteAddress(socket: Socket): Address {
  const host = socket.remoteAddress ?? '';
  return { host: host.replace(/^::ffff:(?=[\d.]+$)/i, ''), port: socket.remotePort ?? 0 };
}

function boundAddress(server: Server, asked: Address): Address {
  const bound = server.address();
  return { host: asked.host, port: typeof bound === 'object' && bound ? bound.port : asked.port };
}

function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroy();
  });
}

function listenError(address: Address, error: Error): EngineError {
  const taken = 'code' in error && error.code === 'EADDRINUSE';
  const text = `tcp: cannot listen on ${address.host}:${address.port}: ${errorMessage(error)}`;
  return new EngineError(taken ? 'ADDRESS_IN_USE' : 'IO', text, { cause: error });
}
