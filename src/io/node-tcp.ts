import { createServer, type Server, Socket } from 'node:net';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import { TCP_CONNECT_TIMEOUT_MS, TCP_SEND_QUEUE_BYTES_MAX } from '../base/limits.ts';
import type { Address, Listener, TcpConnection } from './network.ts';

/**
 * Accepts TCP connections with Node's sockets; see `Network.listenTcp`.
 *
 * @param address port 0 picks a free port.
 * @throws EngineError ADDRESS_IN_USE when the port is taken, IO when the system refuses otherwise.
 */
export function listenTcp(
  address: Address,
  onConnection: (connection: TcpConnection) => void,
): Promise<Listener> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    onConnection(new NodeTcpConnection(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(address, error)));
    server.listen(address.port, address.host, () => {
      server.removeAllListeners('error');
      resolve({ address: boundAddress(server, address), close: () => closeServer(server, open) });
    });
  });
}

/**
 * Opens a TCP connection with Node's sockets; see `Network.connectTcp`.
 *
 * @throws EngineError SERVER_UNAVAILABLE when the peer refuses, TIMEOUT when it does not answer.
 */
export function connectTcp(address: Address): Promise<TcpConnection> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    const text = `${address.host}:${address.port}`;
    const fail = (code: ErrorCode, message: string, cause?: unknown): void => {
      socket.destroy();
      reject(new EngineError(code, `tcp: cannot connect to ${text}: ${message}`, { cause }));
    };
    socket.setTimeout(TCP_CONNECT_TIMEOUT_MS, () =>
      fail('TIMEOUT', `no answer within ${TCP_CONNECT_TIMEOUT_MS} ms`),
    );
    socket.once('error', (error) => fail('SERVER_UNAVAILABLE', errorMessage(error), error));
    socket.connect(address.port, address.host, () => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.removeAllListeners('error');
      resolve(new NodeTcpConnection(socket));
    });
  });
}

class NodeTcpConnection implements TcpConnection {
  readonly remote: Address;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
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

  end(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
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
