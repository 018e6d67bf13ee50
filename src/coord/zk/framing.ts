import { EngineError } from '../../base/errors.ts';

const LENGTH_BYTES = 4;

/**
 * Cuts a stream of bytes into packets: `int32 length` and that many bytes. Memory is only held for
 * bytes that have arrived.
 */
export class PacketAssembler {
  readonly #lengthBytesMax: number;
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;

  /** @param lengthBytesMax a peer that claims a longer packet is refused. */
  constructor(lengthBytesMax: number) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  /** Adds bytes as they arrived; keeps a reference to them. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#heldBytes += bytes.length;
  }

  /** The first four bytes that are held, without taking them, or null while there are fewer. */
  peekInt32(): number | null {
    if (this.#heldBytes < LENGTH_BYTES) return null;
    let value = 0;
    let needed = LENGTH_BYTES;
    for (const chunk of this.#chunks) {
      for (let index = 0; index < chunk.length && needed > 0; index++, needed--) {
        value = (value << 8) | chunk[index]!;
      }
      if (needed === 0) break;
    }
    return value;
  }

  /**
   * The next whole packet without its length, or null until it has arrived.
   *
   * @throws EngineError CORRUPT_DATA when the claimed length is negative or too long.
   */
  next(): Uint8Array | null {
    const length = this.peekInt32();
    if (length === null) return null;
    if (length < 0 || length > this.#lengthBytesMax) {
      throw new EngineError(
        'CORRUPT_DATA',
        `coord: packet length: expected 0 to ${this.#lengthBytesMax}, found ${length}`,
      );
    }
    if (this.#heldBytes < LENGTH_BYTES + length) return null;
    return this.#take(LENGTH_BYTES + length).subarray(LENGTH_BYTES);
  }

  #take(countBytes: number): Uint8Array {
    const whole = this.#chunks.length === 1 ? this.#chunks[0]! : concat(this.#chunks);
    const rest = whole.subarray(countBytes);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#heldBytes = rest.length;
    return whole.subarray(0, countBytes);
  }
}

/** A packet with its length in front. */
export function framed(body: Uint8Array): Uint8Array {
  const packet = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(packet.buffer).setInt32(0, body.length);
  packet.set(body, LENGTH_BYTES);
  return packet;
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
