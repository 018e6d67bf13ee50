/**
 * Questions to the leader how far the log is committed (ReadIndex), each for everybody who asked in
 * the same step. A question whose answer is lost is asked again under another number.
 */
export class Questions<T> {
  #unasked: T[] = [];
  readonly #asked = new Map<number, T[]>();
  #nextNumber = 1;

  /** Somebody wants to know. */
  add(ticket: T): void {
    this.#unasked.push(ticket);
  }

  /** The number of a question for all who have come since the last one, or null for none. */
  take(): number | null {
    if (this.#unasked.length === 0) return null;
    const number = this.#nextNumber++;
    this.#asked.set(number, this.#unasked);
    this.#unasked = [];
    return number;
  }

  /** Those to whom an answer goes; none when it comes twice. */
  answered(number: number): T[] {
    const tickets = this.#asked.get(number) ?? [];
    this.#asked.delete(number);
    return tickets;
  }

  /** Everything that is not answered is to be asked again. */
  askAgain(): void {
    for (const tickets of this.#asked.values()) this.#unasked.push(...tickets);
    this.#asked.clear();
  }
}
