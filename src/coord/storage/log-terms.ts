import { assert } from '../../base/assert.ts';

/** Where the log stands and which entry has which term, as one run for each term. */
export class LogTerms {
  /** Each goes up to the next; the first begins at the position that the log goes on after. */
  #runs: { readonly firstIndex: number; readonly term: number }[];
  #lastIndex: number;

  /** A log that is empty and goes on after a position. */
  constructor(index: number, term: number) {
    this.#runs = [{ firstIndex: index, term }];
    this.#lastIndex = index;
  }

  get lastIndex(): number {
    return this.#lastIndex;
  }

  get lastTerm(): number {
    return this.#runs.at(-1)!.term;
  }

  /** Empties the log, to go on after a position. */
  reset(index: number, term: number): void {
    this.#runs = [{ firstIndex: index, term }];
    this.#lastIndex = index;
  }

  /** Adds an entry; when it is not the next one, those from its index on go first. */
  append(index: number, term: number): void {
    assert(index <= this.#lastIndex + 1, 'the log has no gaps');
    while (this.#runs.length > 0 && this.#runs.at(-1)!.firstIndex >= index) this.#runs.pop();
    if (this.#runs.at(-1)?.term !== term) this.#runs.push({ firstIndex: index, term });
    this.#lastIndex = index;
  }

  /** The term of an entry, null when the log has none there. */
  termAt(index: number): number | null {
    if (index > this.#lastIndex) return null;
    return this.#runs.findLast(({ firstIndex }) => firstIndex <= index)?.term ?? null;
  }
}
