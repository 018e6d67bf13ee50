/**
 * Looks at the texts of a dictionary: UTF-8 bytes behind `count` + 1 offsets. Searching compares the first
 * and the last byte of what is looked for at 16 places at once, then the bytes between (Muła, SIMD-friendly
 * algorithms for substring searching, 2016).
 */
import { PART_BYTES } from './layout';
import { Text } from './text';

class Search {
  private constructor() {}

  @inline static isAt(place: usize, part: usize, length: u32): bool {
    for (; length >= 16; length -= 16) {
      if (Text.differing(v128.load(place), v128.load(part)) !== 0) return false;
      place += 16;
      part += 16;
    }
    for (; length > 0; length--) {
      if (load<u8>(place) !== load<u8>(part)) return false;
      place += 1;
      part += 1;
    }
    return true;
  }

  /**
   * Address of the first occurrence that ends at `end` or before, or 0.
   *
   * @param readable end of the bytes that may be read.
   */
  @inline static find(place: usize, end: usize, readable: usize, part: usize, length: u32): usize {
    const last = length - 1;
    const firsts = i8x16.splat(load<u8>(part));
    const lasts = i8x16.splat(load<u8>(part + last));
    while (place + length <= end) {
      if (place + last + 16 > readable) {
        if (Search.isAt(place, part, length)) return place;
        place += 1;
        continue;
      }
      const starts = i8x16.eq(v128.load(place), firsts);
      let hits = i8x16.bitmask(v128.and(starts, i8x16.eq(v128.load(place + last), lasts)));
      while (hits !== 0) {
        const hit = place + ctz<u32>(hits);
        if (hit + length > end) return 0;
        if (Search.isAt(hit, part, length)) return hit;
        hits &= hits - 1;
      }
      place += 16;
    }
    return 0;
  }

  @inline static partStart(parts: usize, index: u32): usize {
    return load<u32>(parts + index * PART_BYTES);
  }

  @inline static partLength(parts: usize, index: u32): u32 {
    return load<u32>(parts + index * PART_BYTES, 4);
  }

  /** Whether a text has the parts in their order; the first and the last one at its ends. */
  static matches(start: usize, end: usize, readable: usize, parts: usize, partCount: u32): bool {
    const first = Search.partLength(parts, 0);
    const last = Search.partLength(parts, partCount - 1);
    if (<usize>first + <usize>last > end - start) return false;
    if (!Search.isAt(start, Search.partStart(parts, 0), first)) return false;
    if (!Search.isAt(end - last, Search.partStart(parts, partCount - 1), last)) return false;
    let place = start + first;
    const limit = end - last;
    for (let index: u32 = 1; index < partCount - 1; index++) {
      const length = Search.partLength(parts, index);
      place = Search.find(place, limit, readable, Search.partStart(parts, index), length);
      if (place === 0) return false;
      place += length;
    }
    return true;
  }
}

export function matchTexts(
  set: usize,
  offsets: usize,
  bytes: usize,
  count: u32,
  parts: usize,
  partCount: u32,
): void {
  const readable = bytes + load<u32>(offsets + (count << 2));
  let word: u64 = 0;
  for (let text: u32 = 0; text < count; text++) {
    const start = bytes + load<u32>(offsets);
    const end = bytes + load<u32>(offsets, 4);
    if (Search.matches(start, end, readable, parts, partCount))
      word |= (<u64>1) << (<u64>(text & 63));
    if ((text & 63) === 63) {
      store<u64>(set + ((text >> 6) << 3), word);
      word = 0;
    }
    offsets += 4;
  }
  if ((count & 63) !== 0) store<u64>(set + ((count >> 6) << 3), word);
}

export function textLengths(lengths: usize, offsets: usize, bytes: usize, count: u32): void {
  for (; count > 0; count--) {
    let place = bytes + load<u32>(offsets);
    const end = bytes + load<u32>(offsets, 4);
    // Bytes that continue a character are those below 0xc0, signed: −128 to −65.
    let length: u32 = 0;
    for (; place + 16 <= end; place += 16) {
      length += popcnt<u32>(i8x16.bitmask(i8x16.gt_s(v128.load(place), i8x16.splat(-65))));
    }
    for (; place < end; place++) length += <u32>(<i32>load<i8>(place) > -65);
    store<u32>(lengths, length);
    lengths += 4;
    offsets += 4;
  }
}
