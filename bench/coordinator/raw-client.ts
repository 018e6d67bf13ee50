import { connect, type Socket } from 'node:net';
import type { Address } from '../../src/io/network.ts';

const CREATE = 1;
const GET_DATA = 4;
const SET_DATA = 5;
/** Brings a server up to date. */
export const SYNC = 9;

/** Told of each reply, in the order of the requests. `body` is only valid during the call. */
export type OnReply = (error: number, body: Buffer) => void;

const HEADER_BYTES = 16;
const NOTIFICATION_XID = -1;

/**
 * A session on one server over a raw connection: almost no work per request, so that the server is
 * what is measured. Requests are numbered here; replies come in their order.
 */
export class RawClient {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #nextXid = 1;
  #onHandshake: (error: Error | null) => void = () => {};
  /** Gets all replies. */
  onReply: OnReply = () => {};
  /** Told once when the connection has ended. */
  onEnd: () => void = () => {};

  private constructor(address: Address) {
    this.#socket = connect(address.port, address.host);
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#onHandshake(new Error('the server hung up'));
      this.onEnd();
    });
  }

  /** Opens a session. @throws Error when the server does not let us in within the time. */
  static async open(address: Address, timeoutMs: number): Promise<RawClient> {
    const client = new RawClient(address);
    client.#socket.write(connectRequest());
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
        client.#onHandshake = (error) => {
          clearTimeout(timer);
          if (error === null) resolve();
          else reject(error);
        };
      });
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Sends a frame from `requestFrame`. */
  send(frame: Buffer): void {
    frame.writeInt32BE(this.#nextXid, 4);
    this.#nextXid = this.#nextXid === 0x7fff_ffff ? 1 : this.#nextXid + 1;
    this.#socket.write(frame);
  }

  /** Sends one request and waits for its reply. @throws Error when none comes within the time. */
  ask(frame: Buffer, timeoutMs: number): Promise<{ error: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
      this.onEnd = () => {
        clearTimeout(timer);
        reject(new Error('the server hung up'));
      };
      this.onReply = (error, body) => {
        clearTimeout(timer);
        resolve({ error, body: Buffer.from(body) });
      };
      this.send(frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= 4) {
      const end = at + 4 + all.readInt32BE(at);
      if (end > all.length) break;
      this.#packet(all, at + 4, end);
      at = end;
    }
    this.#rest = all.subarray(at);
  }

  #packet(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      const timeoutMs = bytes.readInt32BE(start + 4);
      this.#onHandshake(timeoutMs > 0 ? null : new Error('the session has expired'));
    } else if (bytes.readInt32BE(start) !== NOTIFICATION_XID) {
      this.onReply(bytes.readInt32BE(start + 12), bytes.subarray(start + HEADER_BYTES, end));
    }
  }
}

/** A request with its length; its number is filled in when it is sent. */
export function requestFrame(type: number, path: string, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat([withLength(Buffer.from(path)), ...fields]);
  const head = Buffer.alloc(12);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(type, 8);
  return Buffer.concat([head, body]);
}

/** A getData request. */
export function getFrame(path: string): Buffer {
  return requestFrame(GET_DATA, path, Buffer.of(0));
}

/** A setData request for any version. */
export function setFrame(path: string, data: Buffer): Buffer {
  return requestFrame(SET_DATA, path, withLength(data), int32(-1));
}

/** A create request for a persistent node that is open to everybody. */
export function createFrame(path: string, data: Buffer): Buffer {
  const acl = [int32(1), int32(31), withLength(Buffer.from('world'))];
  const anyone = withLength(Buffer.from('anyone'));
  return requestFrame(CREATE, path, withLength(data), ...acl, anyone, int32(0));
}

/** Bytes with their count in front. */
function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([int32(bytes.length), bytes]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function connectRequest(): Buffer {
  const body = Buffer.alloc(45);
  body.writeInt32BE(30_000, 12);
  body.writeInt32BE(16, 24);
  return withLength(body);
}
