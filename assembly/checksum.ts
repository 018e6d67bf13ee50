/** Checksums of bytes that lie in memory. */
import { CHECKSUM_SLICES } from './layout';

class Slices {
  private constructor() {}

  /** The share of one byte of `word` in the checksum of the bytes from it to the end of a step. */
  @inline static share(tables: usize, slice: u32, word: u32, shift: u32): u32 {
    return load<u32>(tables + ((slice << 10) | (((word >> shift) & 0xff) << 2)));
  }

  @inline static word(tables: usize, slice: u32, word: u32): u32 {
    return (
      Slices.share(tables, slice + 3, word, 0) ^
      Slices.share(tables, slice + 2, word, 8) ^
      Slices.share(tables, slice + 1, word, 16) ^
      Slices.share(tables, slice, word, 24)
    );
  }
}

/**
 * CRC-32C with the tables of `src/base/checksum.ts`, sixteen bytes a step ("slicing", Kounavis and Berry 2005): the
 * lookups of a step do not wait for each other.
 */
export function crc32c(tables: usize, bytes: usize, count: u32): u32 {
  let crc: u32 = ~0;
  for (let steps = count / CHECKSUM_SLICES; steps > 0; steps--) {
    crc =
      Slices.word(tables, 12, crc ^ load<u32>(bytes)) ^
      Slices.word(tables, 8, load<u32>(bytes, 4)) ^
      Slices.word(tables, 4, load<u32>(bytes, 8)) ^
      Slices.word(tables, 0, load<u32>(bytes, 12));
    bytes += CHECKSUM_SLICES;
  }
  for (let rest = count % CHECKSUM_SLICES; rest > 0; rest--) {
    crc = (crc >> 8) ^ Slices.share(tables, 0, crc ^ load<u8>(bytes), 0);
    bytes++;
  }
  return ~crc;
}
