/**
 * The distinct 64-bit values of a column, numbered from 0 in order of first appearance: an
 * open-addressing hash table with linear probing, at most half full. Values are pairs of 32-bit words
 * (low, high), so that it serves integers and the bit patterns of floats without BigInt arithmetic.
 */
export class DistinctWords {
  readonly #countMax: number;
  readonly #slots: Int32Array;
  readonly #entries: Int32Array;
  #count = 0;

  /** @param countMax distinct values that it can hold. */
  constructor(countMax: number) {
    this.#countMax = countMax;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * countMax + 1)));
    this.#entries = new Int32Array(2 * countMax);
  }

  /** Distinct values so far. */
  get count(): number {
    return this.#count;
  }

  /** The distinct values in order of their ids, two words each; a view of the table's memory. */
  get entries(): Int32Array {
    return this.#entries.subarray(0, 2 * this.#count);
  }

  /**
   * The id of every row; a NULL row gets `count` as it stands at the end.
   *
   * @param words two a row: low, high.
   * @param nulls one byte a row, or null.
   * @returns null as soon as there are more than `countMax` distinct values.
   */
  addAll(words: Int32Array, nulls: Uint8Array | null): Uint32Array | null {
    const rowCount = words.length / 2;
    const ids = new Uint32Array(rowCount);
    let id = 0;
    let low = 0;
    let high = 0;
    let known = false;
    for (let row = 0; row < rowCount; row++) {
      if (nulls !== null && nulls[row] !== 0) continue;
      const nextLow = words[2 * row]!;
      const nextHigh = words[2 * row + 1]!;
      if (!known || nextLow !== low || nextHigh !== high) {
        low = nextLow;
        high = nextHigh;
        known = true;
        id = this.#add(low, high);
        if (id < 0) return null;
      }
      ids[row] = id;
    }
    if (nulls !== null) {
      for (let row = 0; row < rowCount; row++) if (nulls[row] !== 0) ids[row] = this.#count;
    }
    return ids;
  }

  /** The id of a value, or −1 when it is not there. */
  idOf(low: number, high: number): number {
    return this.#slots[this.#find(low, high)]! - 1;
  }

  #add(low: number, high: number): number {
    const slot = this.#find(low, high);
    if (this.#slots[slot] !== 0) return this.#slots[slot]! - 1;
    if (this.#count === this.#countMax) return -1;
    const id = this.#count++;
    this.#entries[2 * id] = low;
    this.#entries[2 * id + 1] = high;
    this.#slots[slot] = id + 1;
    return id;
  }

  /** The slot that holds the value, or the empty slot where it belongs. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high ^ (high >>> 15), 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    for (;;) {
      const entry = 2 * (slots[slot]! - 1);
      if (entry < 0 || (entries[entry] === low && entries[entry + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
