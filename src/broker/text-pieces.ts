import { EngineError } from '../base/errors.ts';
import { RESPONSE_BYTES_MAX } from '../base/limits.ts';

/** Text is turned into bytes when it has grown to this: short answers never are. */
const PIECE_CHARACTERS = 65_536;

/**
 * A long text that grows by appending. JavaScript keeps what is appended to a string as a tree until
 * somebody reads it; for a hundred million characters that tree takes gigabytes and most of the time.
 */
export class TextPieces {
  readonly #encoder = new TextEncoder();
  readonly #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #text = '';

  /** @throws EngineError MEMORY_LIMIT when the text passes RESPONSE_BYTES_MAX. */
  append(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_CHARACTERS) this.#encode();
  }

  /** The whole text: as it is when it is short, else as UTF-8. */
  finish(): string | Uint8Array<ArrayBuffer> {
    if (this.#pieces.length === 0) return this.#text;
    this.#encode();
    const bytes = new Uint8Array(this.#pieceBytes);
    let next = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, next);
      next += piece.length;
    }
    return bytes;
  }

  #encode(): void {
    const piece = this.#encoder.encode(this.#text);
    this.#text = '';
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes > RESPONSE_BYTES_MAX) {
      throw new EngineError(
        'MEMORY_LIMIT',
        `broker: the answer takes more than ${RESPONSE_BYTES_MAX} bytes; ask for fewer rows with LIMIT`,
      );
    }
  }
}
