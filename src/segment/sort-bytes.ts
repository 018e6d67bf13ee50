/** Byte strings that lie one after the other: entry i is `bytes[offsets[i]..offsets[i + 1])`. */
export interface ByteStrings {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** Ranges of at most as many strings are sorted by insertion. */
const INSERTION_MAX = 12;
/** Bytes that are compared at a time. */
const KEY_BYTES = 4;

/**
 * Sorts byte strings: unsigned byte by byte, a prefix before what it begins. That is the order of
 * Unicode code points for UTF-8. Quicksort into three parts by four bytes at a time, which stay at hand
 * in an array (multikey quicksort, Bentley and Sedgewick 1997; cached keys after Ng and Kakehi 2007).
 *
 * @param strings all different.
 * @returns their indexes in order.
 */
export function sortBytes(strings: ByteStrings): Uint32Array {
  const count = strings.offsets.length - 1;
  const sorter = new Sorter(strings, count);
  sorter.sort();
  return sorter.order;
}

/** The strings in a given order of their indexes. */
export function arrangeBytes({ bytes, offsets }: ByteStrings, order: Uint32Array): ByteStrings {
  const arranged = new Uint8Array(offsets[order.length]!);
  const arrangedOffsets = new Uint32Array(order.length + 1);
  let end = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const index = order[rank]!;
    const last = offsets[index + 1]!;
    for (let at = offsets[index]!; at < last; at++) arranged[end++] = bytes[at]!;
    arrangedOffsets[rank + 1] = end;
  }
  return { bytes: arranged, offsets: arrangedOffsets };
}

class Sorter {
  readonly order: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #offsets: Uint32Array;
  /** The four bytes at the current depth of each string of `order`, big-endian. */
  readonly #keys: Uint32Array;
  /** Ranges to do, three numbers each: start, end, depth in bytes up to which they are equal. */
  readonly #ranges: number[] = [];

  constructor({ bytes, offsets }: ByteStrings, count: number) {
    this.order = new Uint32Array(count);
    for (let index = 0; index < count; index++) this.order[index] = index;
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.#keys = new Uint32Array(count);
  }

  sort(): void {
    const ranges = this.#ranges;
    this.#loadKeys(0, this.order.length, 0);
    ranges.push(0, this.order.length, 0);
    while (ranges.length > 0) {
      const depth = ranges.pop()!;
      const end = ranges.pop()!;
      const start = ranges.pop()!;
      if (end - start <= INSERTION_MAX) this.#insert(start, end, depth);
      else this.#split(start, end, depth);
    }
  }

  /** Splits a range by a key: less, equal, greater. The equal part goes on at its next bytes. */
  #split(start: number, end: number, depth: number): void {
    const keys = this.#keys;
    const order = this.order;
    const pivot = middleOf(keys[start]!, keys[(start + end) >>> 1]!, keys[end - 1]!);
    let less = start;
    let greater = end;
    for (let at = start; at < greater; ) {
      const key = keys[at]!;
      if (key === pivot) {
        at++;
        continue;
      }
      const other = key < pivot ? less++ : --greater;
      const index = order[at]!;
      keys[at] = keys[other]!;
      order[at] = order[other]!;
      keys[other] = key;
      order[other] = index;
      if (key < pivot) at++;
    }
    if (less - start > 1) this.#ranges.push(start, less, depth);
    if (end - greater > 1) this.#ranges.push(greater, end, depth);
    const next = depth + KEY_BYTES;
    const rest = this.#placeEnded(less, greater, next);
    if (greater - rest <= 1) return;
    this.#loadKeys(rest, greater, next);
    this.#ranges.push(rest, greater, next);
  }

  /**
   * Puts strings that end within the bytes that a range has in common to its start, by length: each is
   * a prefix of the next. Returns where the others begin.
   */
  #placeEnded(start: number, end: number, depth: number): number {
    const order = this.order;
    let ended = start;
    for (let at = start; at < end; at++) {
      const index = order[at]!;
      const length = this.#lengthOf(index);
      if (length > depth) continue;
      order[at] = order[ended]!;
      let place = ended++;
      for (; place > start && this.#lengthOf(order[place - 1]!) > length; place--) {
        order[place] = order[place - 1]!;
      }
      order[place] = index;
    }
    return ended;
  }

  #insert(start: number, end: number, depth: number): void {
    const order = this.order;
    for (let at = start + 1; at < end; at++) {
      const index = order[at]!;
      let place = at;
      for (; place > start && this.#compare(index, order[place - 1]!, depth) < 0; place--) {
        order[place] = order[place - 1]!;
      }
      order[place] = index;
    }
  }

  #compare(left: number, right: number, depth: number): number {
    const bytes = this.#bytes;
    const leftStart = this.#offsets[left]!;
    const rightStart = this.#offsets[right]!;
    const leftLength = this.#lengthOf(left);
    const rightLength = this.#lengthOf(right);
    const common = Math.min(leftLength, rightLength);
    for (let at = depth; at < common; at++) {
      const difference = bytes[leftStart + at]! - bytes[rightStart + at]!;
      if (difference !== 0) return difference;
    }
    return leftLength - rightLength;
  }

  #loadKeys(start: number, end: number, depth: number): void {
    const bytes = this.#bytes;
    const offsets = this.#offsets;
    for (let at = start; at < end; at++) {
      const index = this.order[at]!;
      const first = offsets[index]! + depth;
      const last = offsets[index + 1]!;
      let key = 0;
      if (first + KEY_BYTES <= last) {
        key =
          (bytes[first]! << 24) |
          (bytes[first + 1]! << 16) |
          (bytes[first + 2]! << 8) |
          bytes[first + 3]!;
      } else {
        for (let byte = 0; first + byte < last; byte++)
          key |= bytes[first + byte]! << (24 - 8 * byte);
      }
      this.#keys[at] = key;
    }
  }

  #lengthOf(index: number): number {
    return this.#offsets[index + 1]! - this.#offsets[index]!;
  }
}

function middleOf(first: number, second: number, third: number): number {
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}
