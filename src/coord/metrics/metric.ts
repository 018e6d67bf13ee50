/** A number that only grows. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(amount = 1): void {
    this.#value += amount;
  }

  /** Starts again from 0, for the statistics that an operator may reset. */
  reset(): void {
    this.#value = 0;
  }
}

/** As many as ZooKeeper's reservoir; percentiles are those of so many most recent values. */
const RECENT_VALUES = 1_024;

/**
 * Count, sum, least and greatest of all values since the start or the last reset, and, when it is
 * asked for, percentiles of the most recent ones. Taking a value in allocates nothing.
 */
export class Summary {
  readonly #recent: Float64Array | null;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(options: { readonly hasPercentiles: boolean } = { hasPercentiles: false }) {
    this.#recent = options.hasPercentiles ? new Float64Array(RECENT_VALUES) : null;
  }

  get hasPercentiles(): boolean {
    return this.#recent !== null;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** 0 while there is no value, as the following ones. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  get max(): number {
    return this.#count === 0 ? 0 : this.#max;
  }

  /** With at most four decimals, as ZooKeeper rounds it. */
  get average(): number {
    return this.#count === 0 ? 0 : Math.round((this.#sum / this.#count) * 10_000) / 10_000;
  }

  add(value: number): void {
    if (this.#recent !== null) this.#recent[this.#count % RECENT_VALUES] = value;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /**
   * The values below which the given shares of the recent values lie, by nearest rank.
   *
   * @param shares between 0 and 1.
   */
  percentiles(shares: readonly number[]): number[] {
    const held = Math.min(this.#count, RECENT_VALUES);
    if (this.#recent === null || held === 0) return shares.map(() => 0);
    const sorted = this.#recent.slice(0, held).sort();
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * held) - 1)]!);
  }

  reset(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
  }
}

/** The last, smallest and largest size in bytes of something; -1 while there was none. */
export class SizeStatistics {
  #last = -1;
  #min = -1;
  #max = -1;

  get last(): number {
    return this.#last;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  add(lengthBytes: number): void {
    this.#last = lengthBytes;
    if (this.#min === -1 || lengthBytes < this.#min) this.#min = lengthBytes;
    if (lengthBytes > this.#max) this.#max = lengthBytes;
  }

  reset(): void {
    this.#last = -1;
    this.#min = -1;
    this.#max = -1;
  }
}
