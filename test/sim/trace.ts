/** One thing that happened; `parts` are put together into text only when somebody reads them. */
interface Note {
  readonly timeMs: number;
  readonly who: string;
  readonly parts: readonly unknown[];
}

const NOTES_KEPT = 400;
const FNV_PRIME = 0x0100_0193;

/**
 * What a simulation did: a hash over all of it, to tell whether two runs were the same, and the last
 * few hundred happenings in readable form.
 */
export class Trace {
  readonly #notes: Note[] = [];
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);
  #low = 0x811c_9dc5;
  #high = 0x9e37_79b9;
  #next = 0;

  /** Adds a number of any size to the hash. */
  mix(value: number): void {
    this.#double[0] = value;
    this.#low = Math.imul(this.#low ^ this.#words[0]!, FNV_PRIME);
    this.#high = Math.imul(this.#high ^ this.#words[1]! ^ (this.#low >>> 15), FNV_PRIME);
  }

  /** Remembers what happened, for the report of a failure. */
  note(timeMs: number, who: string, ...parts: unknown[]): void {
    this.#notes[this.#next % NOTES_KEPT] = { timeMs, who, parts };
    this.#next++;
  }

  /** Sixteen hexadecimal digits; equal for equal runs. */
  get hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  /** The last happenings, oldest first, one a line. */
  lastLines(count: number): string[] {
    const start = Math.max(0, this.#next - Math.min(count, NOTES_KEPT));
    const lines: string[] = [];
    for (let index = start; index < this.#next; index++) {
      const { timeMs, who, parts } = this.#notes[index % NOTES_KEPT]!;
      lines.push(`${(timeMs / 1_000).toFixed(6).padStart(12)} s  ${who.padEnd(9)} ${text(parts)}`);
    }
    return lines;
  }
}

/** Values of notes as one line of text: bytes as text, big numbers as they are. */
export function text(parts: readonly unknown[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : plain(part))).join(' ');
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return Number(inner);
    if (inner instanceof Uint8Array) return new TextDecoder().decode(inner);
    return inner;
  });
}
