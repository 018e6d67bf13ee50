import type { EngineError } from '../errors.ts';

/** Makes the error for a pattern that is wrong, or that asks for what is not supported. */
export type Refusal = (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) => EngineError;

/** Reads a pattern character by character; places count from 1. */
export class PatternReader {
  readonly #characters: readonly string[];
  readonly #refuse: Refusal;
  #next = 0;

  constructor(pattern: string, refuse: Refusal) {
    this.#characters = Array.from(pattern);
    this.#refuse = refuse;
  }

  /** Characters read so far. */
  get offset(): number {
    return this.#next;
  }

  /** Goes back to an earlier offset. */
  rewind(offset: number): void {
    this.#next = offset;
  }

  /** The next character without reading it; empty at the end. */
  peek(): string {
    return this.#characters[this.#next] ?? '';
  }

  /** Reads one character; empty at the end. */
  take(): string {
    return this.#characters[this.#next++] ?? '';
  }

  /** Reads the text if it comes next. */
  accept(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.#characters[this.#next + index] !== text[index]) return false;
    }
    this.#next += text.length;
    return true;
  }

  /** Reads up to a character and beyond it; null, and nothing read, when it does not come. */
  takeUntil(end: string): string | null {
    const found = this.#characters.indexOf(end, this.#next);
    if (found < 0) return null;
    const text = this.#characters.slice(this.#next, found).join('');
    this.#next = found + 1;
    return text;
  }

  /** Reads digits of a kind, `countMax` at most. */
  takeDigits(pattern: RegExp, countMax: number): string {
    let digits = '';
    while (digits.length < countMax && pattern.test(this.peek())) digits += this.take();
    return digits;
  }

  /** The error for a wrong pattern; `offset` is where it goes wrong. */
  invalid(message: string, offset = this.#next): EngineError {
    return this.#refuse('INVALID_QUERY', this.#describe(message, offset));
  }

  /** The error for syntax that other engines have. */
  unsupported(what: string, offset: number): EngineError {
    return this.#refuse('NOT_SUPPORTED', this.#describe(`${what} is not supported`, offset));
  }

  #describe(message: string, offset: number): string {
    const place = Math.min(offset, this.#characters.length) + 1;
    return `regular expression: ${message}, at character ${place} of the pattern`;
  }
}
