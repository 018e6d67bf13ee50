/** What kernels share that look at UTF-8 bytes. */

export class Text {
  private constructor() {}

  /** The sign of the order of two texts by their bytes, which is that of their code points. */
  @inline static compare(left: usize, leftBytes: u32, right: usize, rightBytes: u32): i32 {
    let rest = min<u32>(leftBytes, rightBytes);
    for (; rest >= 16; rest -= 16) {
      const differing = Text.differing(v128.load(left), v128.load(right));
      if (differing !== 0) {
        const at = ctz<u32>(differing);
        return <i32>load<u8>(left + at) - <i32>load<u8>(right + at);
      }
      left += 16;
      right += 16;
    }
    for (; rest > 0; rest--) {
      const difference = <i32>load<u8>(left) - <i32>load<u8>(right);
      if (difference !== 0) return difference;
      left += 1;
      right += 1;
    }
    return <i32>leftBytes - <i32>rightBytes;
  }

  /** One bit a byte that is not the same. */
  @inline static differing(left: v128, right: v128): u32 {
    return i8x16.bitmask(v128.not(i8x16.eq(left, right)));
  }
}
