import type { ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';

const LENGTH_BYTES = 4;
const CAPACITY_BYTES_MIN = 1_024;
const NONE = new Uint8Array();

/**
 * Cuts a stream of bytes into packets: `int32 length` and that many bytes. Memory is only held for
 * bytes that have arrived, at most twice of it, and each byte is copied a bounded number of times
 * however small the pieces are in which it comes.
 */
export class PacketAssembler {
  readonly #lengthBytesMax: number;
  /** What has arrived and was not taken lies in [start, end). */
  #bytes: Uint8Array = NONE;
  #start = 0;
  #end = 0;
  /** True when #bytes is ours to write on after `end`; what lies before is never changed. */
  #isOwned = false;

  /** @param lengthBytesMax a peer that claims a longer packet is refused. */
  constructor(lengthBytesMax: number) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  /** Adds bytes as they arrived; keeps a reference to them. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#start === this.#end) {
      this.#bytes = bytes;
      this.#start = 0;
      this.#end = bytes.length;
      this.#isOwned = false;
      return;
    }
    const heldBytes = this.#end - this.#start;
    if (!this.#isOwned || this.#end + bytes.length > this.#bytes.length) {
      const capacity = Math.max(CAPACITY_BYTES_MIN, 2 * (heldBytes + bytes.length));
      const grown = new Uint8Array(capacity);
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#start = 0;
      this.#end = heldBytes;
      this.#isOwned = true;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The first four bytes that are held, without taking them, or null while there are fewer. */
  peekInt32(): number | null {
    if (this.#end - this.#start < LENGTH_BYTES) return null;
    const [a = 0, b = 0, c = 0, d = 0] = this.#bytes.subarray(this.#start, this.#start + 4);
    return (a << 24) | (b << 16) | (c << 8) | d;
  }

  /** The first bytes that are held, whatever they mean, or null until so many have arrived. */
  takeBytes(countBytes: number): Uint8Array | null {
    if (this.#end - this.#start < countBytes) return null;
    this.#start += countBytes;
    return this.#bytes.subarray(this.#start - countBytes, this.#start);
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
    const packetStart = this.#start + LENGTH_BYTES;
    if (this.#end < packetStart + length) return null;
    this.#start = packetStart + length;
    return this.#bytes.subarray(packetStart, this.#start);
  }
}

/** A packet with its length in front. */
export function framed(body: Uint8Array): Uint8Array {
  const packet = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(packet.buffer).setInt32(0, body.length);
  packet.set(body, LENGTH_BYTES);
  return packet;
}

/** Begins a packet among others; what is written until `endPacket` is its body. */
export function beginPacket(writer: ByteWriter): number {
  const start = writer.lengthBytes;
  writer.int32(0);
  return start;
}

/** Writes the length of the packet that began at `start` in front of it. */
export function endPacket(writer: ByteWriter, start: number): void {
  writer.patchUint32(start, writer.lengthBytes - start - LENGTH_BYTES);
}
