/** Rows of several values each: u32 offsets, one more than there are rows, say where each row's values lie. */

class Bits {
  private constructor() {}

  /** True when a bit from `start` to before `end`, which is greater, is set. */
  @inline static isAny(bits: usize, start: u32, end: u32): bool {
    const length = end - start;
    const room: u32 = 64 - (start & 63);
    const first = load<u64>(bits + ((start >> 6) << 3)) >> (start & 63);
    if (length <= room) return first << (64 - length) !== 0;
    if (first !== 0) return true;
    const last = bits + ((end >> 6) << 3);
    for (let word = bits + (((start >> 6) + 1) << 3); word < last; word += 8) {
      if (load<u64>(word) !== 0) return true;
    }
    const rest = end & 63;
    return rest !== 0 && load<u64>(last) << (64 - rest) !== 0;
  }
}

export function arrayOffsets(out: usize, offsets: usize, rows: usize, count: u32): u32 {
  let end: u32 = 0;
  store<u32>(out, 0);
  for (; count > 0; count--) {
    const row = offsets + ((<usize>load<u32>(rows)) << 2);
    end += load<u32>(row, 4) - load<u32>(row);
    store<u32>(out, end, 4);
    rows += 4;
    out += 4;
  }
  return end;
}

export function arrayPositions(out: usize, offsets: usize, rows: usize, count: u32): void {
  for (; count > 0; count--) {
    const row = offsets + ((<usize>load<u32>(rows)) << 2);
    const end = load<u32>(row, 4);
    for (let position = load<u32>(row); position < end; position++) {
      store<u32>(out, position);
      out += 4;
    }
    rows += 4;
  }
}

export function arrayRows(out: usize, offsets: usize, count: u32): void {
  for (let row: u32 = 0; row < count; row++) {
    for (let values = load<u32>(offsets, 4) - load<u32>(offsets); values > 0; values--) {
      store<u32>(out, row);
      out += 4;
    }
    offsets += 4;
  }
}

export function bitmapAnyOfArrays(
  mask: usize,
  offsets: usize,
  bits: usize,
  low: u32,
  high: u32,
  first: u32,
  end: u32,
): void {
  offsets += (<usize>first) << 2;
  for (let row = first; row < end; row++) {
    const from = max<u32>(load<u32>(offsets), low);
    const to = min<u32>(load<u32>(offsets, 4), high);
    offsets += 4;
    if (from >= to || !Bits.isAny(bits, from - low, to - low)) continue;
    const byte = mask + (row >> 3);
    store<u8>(byte, load<u8>(byte) | <u8>((<u32>1) << (row & 7)));
  }
}
