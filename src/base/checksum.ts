const POLYNOMIAL_REVERSED = 0x82f63b78;
/** Bytes that kernels take in one step; `crc32c` takes eight. */
const SLICES = 16;
const tables = buildTables();

/**
 * CRC-32C (Castagnoli), reflected, initial and final XOR 0xffffffff, as in RFC 3720 appendix B.4.
 * Eight bytes a step ("slicing", Kounavis and Berry 2005).
 *
 * @param bytes the data; may be a view of shared memory.
 * @param seed the checksum of the bytes before these, to continue it (default 0: none).
 * @returns an unsigned 32-bit number.
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as TableTuple;
  const length = bytes.length;
  let crc = ~seed;
  let index = 0;
  for (const end = length - 7; index < end; index += 8) {
    const low =
      crc ^
      (bytes[index]! |
        (bytes[index + 1]! << 8) |
        (bytes[index + 2]! << 16) |
        (bytes[index + 3]! << 24));
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[index + 4]!]! ^
      t2[bytes[index + 5]!]! ^
      t1[bytes[index + 6]!]! ^
      t0[bytes[index + 7]!]!;
  }
  for (; index < length; index++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[index]!) & 255]!;
  return ~crc >>> 0;
}

/** The tables that the kernel of the same name reads: for each of 16 bytes of a step 256 × u32. */
export function crc32cTables(): Uint32Array {
  return Uint32Array.from(tables.flatMap((table) => [...table]));
}

type TableTuple = [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function buildTables(): Int32Array[] {
  const result = Array.from({ length: SLICES }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL_REVERSED : crc >>> 1;
    }
    result[0]![byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = result[slice - 1]![byte]!;
      result[slice]![byte] = (previous >>> 8) ^ result[0]![previous & 255]!;
    }
  }
  return result;
}
