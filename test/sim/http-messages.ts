import type { TcpConnection } from '../../src/io/network.ts';

/** What comes before the body of a request or a response. */
export interface HttpHead {
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes of a body that travel together: so that a connection can break within most bodies. */
const PART_BYTES = 2_048;

/** Sends a message: its head, then its body in parts. */
export function sendMessage(tcp: TcpConnection, head: HttpHead, body: Uint8Array): void {
  tcp.write(new TextEncoder().encode(JSON.stringify({ ...head, lengthBytes: body.length })));
  for (let start = 0; start < body.length; start += PART_BYTES) {
    tcp.write(body.slice(start, start + PART_BYTES));
  }
}

/** Puts the messages of a connection together, whose writes arrive one by one as they were. */
export class HttpMessages {
  readonly #onMessage: (head: HttpHead, body: Uint8Array) => void;
  #head: (HttpHead & { readonly lengthBytes: number }) | null = null;
  #body = new Uint8Array();
  #filledBytes = 0;

  constructor(onMessage: (head: HttpHead, body: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  receive(bytes: Uint8Array): void {
    if (this.#head === null) {
      this.#head = JSON.parse(new TextDecoder().decode(bytes));
      this.#body = new Uint8Array(this.#head!.lengthBytes);
      this.#filledBytes = 0;
    } else {
      this.#body.set(bytes, this.#filledBytes);
      this.#filledBytes += bytes.length;
    }
    const head = this.#head!;
    if (this.#filledBytes < head.lengthBytes) return;
    this.#head = null;
    this.#onMessage(head, this.#body);
  }
}
