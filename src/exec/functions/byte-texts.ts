import { STRING_BYTES_MAX } from '../../base/limits.ts';
import type { Call } from '../../sql/expression.ts';
import { checkLength } from './text-scalars.ts';

/** Texts that are decoded in one call, so that few calls do for many short ones. */
const PENDING_TEXTS_MAX = 128;
const PENDING_BYTES = 65_536;
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const UNIT_BYTES_MAX = 3;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Makes texts from pieces of UTF-8. A text that is the same as the one before it is not made again: what
 * comes from the entries of a sorted dictionary often is.
 */
export class ByteTexts {
  /** The texts by their numbers, complete after `flush`; then empty ones, up to the capacity. */
  readonly texts: string[];
  readonly #call: Call;
  /** Texts that are complete. */
  #count = 0;
  #bytes = new Uint8Array(4096);
  /** Bounds of the text before and start of the one that is being made, in `#bytes`. */
  #previous = -1;
  #start = 0;
  #end = 0;
  /** Where texts start that are not decoded yet; they lie one behind the other. */
  #pending: number[] = [];

  /**
   * @param call the function that makes the texts, for errors.
   * @param capacity texts that there will be at most where `texts` must not grow, else 0.
   */
  constructor(call: Call, capacity: number) {
    this.#call = call;
    this.texts = new Array<string>(capacity).fill('');
  }

  /** Appends a piece to the text that is being made. @throws EngineError MEMORY_LIMIT when it is too long. */
  append(source: Uint8Array, from: number, end: number): void {
    const length = end - from;
    if (this.#end + length > this.#bytes.length) this.#grow(this.#end + length);
    const target = this.#bytes;
    let place = this.#end;
    for (let index = from; index < end; index++) target[place++] = source[index]!;
    this.#end = place;
    const unitsMin = Math.floor((place - this.#start) / UNIT_BYTES_MAX);
    if (unitsMin > STRING_BYTES_MAX) checkLength(unitsMin, this.#call);
  }

  /** Ends the text that is being made; returns its number. */
  finish(): number {
    if (this.#isPrevious()) {
      this.#end = this.#start;
      return this.#count + this.#pending.length - 1;
    }
    this.#pending.push(this.#start);
    this.#previous = this.#start;
    this.#start = this.#end;
    if (this.#pending.length === PENDING_TEXTS_MAX || this.#start > PENDING_BYTES) this.flush();
    return this.#count + this.#pending.length - 1;
  }

  /** Adds a text as it is; returns its number. */
  add(text: string): number {
    this.flush();
    this.#previous = -1;
    this.texts[this.#count] = text;
    return this.#count++;
  }

  /** Completes `texts`: decodes what is pending, all at once where characters are bytes. */
  flush(): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const whole = decoder.decode(this.#bytes.subarray(first, this.#start));
    const hasSameOffsets = whole.length === this.#start - first;
    this.#pending.forEach((from, index) => {
      const end = this.#pending[index + 1] ?? this.#start;
      const text = hasSameOffsets
        ? whole.slice(from - first, end - first)
        : decoder.decode(this.#bytes.subarray(from, end));
      checkLength(text.length, this.#call);
      this.texts[this.#count++] = text;
    });
    this.#pending = [];
    // The last text stays, for the next one to be compared with.
    this.#bytes.copyWithin(0, this.#previous, this.#start);
    this.#start -= this.#previous;
    this.#end = this.#start;
    this.#previous = 0;
  }

  #isPrevious(): boolean {
    const length = this.#end - this.#start;
    if (this.#previous < 0 || this.#start - this.#previous !== length) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      if (bytes[this.#previous + index] !== bytes[this.#start + index]) return false;
    }
    return true;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(2 * length);
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
