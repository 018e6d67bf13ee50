/** Text is turned into bytes when it has grown to this: short answers never are. */
const PIECE_CHARACTERS = 65_536;

/**
 * A long text that grows by appending. JavaScript keeps what is appended to a string as a tree until
 * somebody reads it; for a hundred million characters that tree takes gigabytes and most of the time.
 */
export class TextPieces {
  readonly #encoder = new TextEncoder();
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #pieceBytes = 0;
  #text = '';

  /** Bytes that are ready to be taken. */
  get readyBytes(): number {
    return this.#pieceBytes;
  }

  /** @returns whether that has made more bytes ready. */
  append(text: string): boolean {
    this.#text += text;
    if (this.#text.length < PIECE_CHARACTERS) return false;
    this.#encode();
    return true;
  }

  /** All of it that was not taken: as it is when it is short, else as UTF-8. */
  finish(): string | Uint8Array<ArrayBuffer> {
    return this.#pieces.length === 0 ? this.#text : this.take();
  }

  /** What there is so far, which goes. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#text !== '') this.#encode();
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 ? only! : new Uint8Array(this.#pieceBytes);
    if (bytes !== only) {
      let next = 0;
      for (const piece of this.#pieces) {
        bytes.set(piece, next);
        next += piece.length;
      }
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    return bytes;
  }

  #encode(): void {
    const piece = this.#encoder.encode(this.#text);
    this.#text = '';
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }
}
