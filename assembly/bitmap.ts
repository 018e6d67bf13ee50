/** Whole masks: one bit a row, least significant first, in 64-bit words. */
import { Lanes } from './lanes';

enum Operation {
  And,
  Or,
  AndNot,
}

class Bitmap {
  private constructor() {}

  @inline static combine(op: Operation, mask: usize, other: usize, wordCount: u32): void {
    for (let pairs = wordCount >> 1; pairs > 0; pairs--) {
      const left = v128.load(mask);
      const right = v128.load(other);
      if (op === Operation.And) v128.store(mask, v128.and(left, right));
      else if (op === Operation.Or) v128.store(mask, v128.or(left, right));
      else v128.store(mask, v128.andnot(left, right));
      mask += 16;
      other += 16;
    }
    if ((wordCount & 1) === 0) return;
    const left = load<u64>(mask);
    const right = load<u64>(other);
    if (op === Operation.And) store<u64>(mask, left & right);
    else if (op === Operation.Or) store<u64>(mask, left | right);
    else store<u64>(mask, left & ~right);
  }

  @inline static count(mask: usize, wordCount: u32): u32 {
    let total: u64 = 0;
    for (let fours = wordCount >> 2; fours > 0; fours--) {
      total +=
        popcnt<u64>(load<u64>(mask)) +
        popcnt<u64>(load<u64>(mask, 8)) +
        popcnt<u64>(load<u64>(mask, 16)) +
        popcnt<u64>(load<u64>(mask, 24));
      mask += 32;
    }
    for (let words = wordCount & 3; words > 0; words--) {
      total += popcnt<u64>(load<u64>(mask));
      mask += 8;
    }
    return <u32>total;
  }

  /** Ones in the lowest `rows` bits, for 1 to 63 rows. */
  @inline static lowBits(rows: u32): u64 {
    return ((<u64>1) << rows) - 1;
  }

  /** `row` to `row + 63` as u32. */
  @inline static storeRun64(indexes: usize, row: u32): void {
    let four = i32x4.add(i32x4.splat(row), i32x4(0, 1, 2, 3));
    for (let step = 0; step < 4; step++) {
      v128.store(indexes, four);
      v128.store(indexes, i32x4.add(four, i32x4.splat(4)), 16);
      v128.store(indexes, i32x4.add(four, i32x4.splat(8)), 32);
      v128.store(indexes, i32x4.add(four, i32x4.splat(12)), 48);
      four = i32x4.add(four, i32x4.splat(16));
      indexes += 64;
    }
  }

  @inline static setBits(byte: usize, bits: u32): void {
    store<u8>(byte, <u8>(<u32>load<u8>(byte) | bits));
  }

  @inline static flags16(flags: usize): u64 {
    return i8x16.bitmask(i8x16.ne(v128.load(flags), i8x16.splat(0)));
  }

  @inline static storeFlags16(flags: usize, bits: u64): void {
    v128.store(flags, v128.and(Lanes.fromBits<u8>(bits), i8x16.splat(1)));
  }
}

export function bitmapFill(mask: usize, count: u32): void {
  const fullBytes = (count >> 6) << 3;
  memory.fill(mask, 0xff, fullBytes);
  const rest = count & 63;
  if (rest !== 0) store<u64>(mask + fullBytes, Bitmap.lowBits(rest));
}

export function bitmapAnd(mask: usize, other: usize, wordCount: u32): void {
  Bitmap.combine(Operation.And, mask, other, wordCount);
}

export function bitmapOr(mask: usize, other: usize, wordCount: u32): void {
  Bitmap.combine(Operation.Or, mask, other, wordCount);
}

export function bitmapAndNot(mask: usize, other: usize, wordCount: u32): void {
  Bitmap.combine(Operation.AndNot, mask, other, wordCount);
}

export function bitmapNot(mask: usize, count: u32): void {
  for (let pairs = count >> 7; pairs > 0; pairs--) {
    v128.store(mask, v128.not(v128.load(mask)));
    mask += 16;
  }
  if ((count & 64) !== 0) {
    store<u64>(mask, ~load<u64>(mask));
    mask += 8;
  }
  const rest = count & 63;
  if (rest !== 0) store<u64>(mask, ~load<u64>(mask) & Bitmap.lowBits(rest));
}

export function bitmapCount(mask: usize, wordCount: u32): u32 {
  return Bitmap.count(mask, wordCount);
}

export function bitmapToIndexes(indexes: usize, mask: usize, wordCount: u32): u32 {
  const start = indexes;
  for (let word: u32 = 0; word < wordCount; word++) {
    const row = word << 6;
    let bits = load<u64>(mask);
    mask += 8;
    if (~bits === 0) {
      Bitmap.storeRun64(indexes, row);
      indexes += 256;
      continue;
    }
    for (; bits !== 0; bits &= bits - 1) {
      store<u32>(indexes, row + <u32>ctz<u64>(bits));
      indexes += 4;
    }
  }
  return <u32>(indexes - start) >> 2;
}

export function flagsToBitmap(mask: usize, flags: usize, count: u32): void {
  for (let words = count >> 6; words > 0; words--) {
    const a = Bitmap.flags16(flags);
    const b = Bitmap.flags16(flags + 16);
    const c = Bitmap.flags16(flags + 32);
    const d = Bitmap.flags16(flags + 48);
    store<u64>(mask, a | (b << 16) | (c << 32) | (d << 48));
    mask += 8;
    flags += 64;
  }
  const rest = count & 63;
  if (rest === 0) return;
  let bits: u64 = 0;
  for (let row: u32 = 0; row < rest; row++) {
    bits |= (<u64>(load<u8>(flags + row) !== 0)) << row;
  }
  store<u64>(mask, bits);
}

export function bitmapToFlags(flags: usize, mask: usize, count: u32): void {
  for (let words = count >> 6; words > 0; words--) {
    const bits = load<u64>(mask);
    Bitmap.storeFlags16(flags, bits);
    Bitmap.storeFlags16(flags + 16, bits >> 16);
    Bitmap.storeFlags16(flags + 32, bits >> 32);
    Bitmap.storeFlags16(flags + 48, bits >> 48);
    mask += 8;
    flags += 64;
  }
  const rest = count & 63;
  if (rest === 0) return;
  const bits = load<u64>(mask);
  for (let row: u32 = 0; row < rest; row++) store<u8>(flags + row, <u8>((bits >> row) & 1));
}

export function bitmapRowCounts(counts: usize, bits: usize, wordsPerRow: u32, rowCount: u32): void {
  for (; rowCount > 0; rowCount--) {
    store<i64>(counts, <i64>Bitmap.count(bits, wordsPerRow));
    counts += 8;
    bits += wordsPerRow << 3;
  }
}

export function bitmapSetPositions(mask: usize, positions: usize, count: u32): void {
  for (; count > 0; count--) {
    const position: u32 = load<u16>(positions);
    const byte = mask + (position >> 3);
    Bitmap.setBits(byte, (<u32>1) << (position & 7));
    positions += 2;
  }
}

export function bitmapSetRuns(mask: usize, runs: usize, count: u32): void {
  for (; count > 0; count--) {
    const first: u32 = load<u16>(runs);
    const last: u32 = min<u32>(first + load<u16>(runs, 2), 65_535);
    runs += 4;
    const firstByte = mask + (first >> 3);
    const lastByte = mask + (last >> 3);
    const firstBits: u32 = 0xff << (first & 7);
    const lastBits: u32 = 0xff >> (7 - (last & 7));
    if (firstByte === lastByte) {
      Bitmap.setBits(firstByte, firstBits & lastBits);
      continue;
    }
    Bitmap.setBits(firstByte, firstBits);
    memory.fill(firstByte + 1, 0xff, lastByte - firstByte - 1);
    Bitmap.setBits(lastByte, lastBits);
  }
}
