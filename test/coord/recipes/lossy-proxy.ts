import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../../src/io/network.ts';

/** A TCP proxy that loses what a test wants lost. */
export class LossyProxy {
  readonly #server: Server;
  readonly #target: Address;
  readonly #sockets = new Set<Socket>();
  /** Answers that were lost so far. */
  lostReplies = 0;
  #isCutOff = false;
  #cutsAtReply: ((request: Uint8Array) => boolean) | null = null;

  private constructor(target: Address) {
    this.#target = target;
    this.#server = createServer((client) => this.#forward(client));
  }

  static async start(target: Address): Promise<LossyProxy> {
    const proxy = new LossyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): Address {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy is closed');
    return { host: '127.0.0.1', port: address.port };
  }

  /** Lets the next request with this operation reach the server, and cuts instead of its answer. */
  loseReplyTo(opCode: number): void {
    this.#cutsAtReply = (bytes) =>
      bytes.length >= 12 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(8) === opCode;
  }

  /** Cuts everything and lets nobody through until `heal`. */
  cutOff(): void {
    this.#isCutOff = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#isCutOff = false;
  }

  async close(): Promise<void> {
    this.cutOff();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket): void {
    if (this.#isCutOff) {
      client.destroy();
      return;
    }
    const server = connectTo(this.#target.port, this.#target.host);
    let isCutting = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.#cutsAtReply?.(bytes)) {
        isCutting = true;
        this.#cutsAtReply = null;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (!isCutting) {
        client.write(bytes);
        return;
      }
      this.lostReplies++;
      client.destroy();
    });
  }
}
