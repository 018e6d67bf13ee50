/**
 * Decodes Parquet's hybrid of run lengths and bit packing
 * (https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE).
 *
 * @param bytes holds the runs in [start, end), without a length prefix.
 * @param bitWidth bits of one value, 0 to 32.
 * @param count values to decode; runs may hold more, as padding.
 * @throws RangeError when the runs end too early.
 */
export function decodeRleHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  bitWidth: number,
  count: number,
): Uint32Array {
  const values = new Uint32Array(count);
  if (bitWidth === 0) return values;
  if (bitWidth > 32) throw new RangeError(`expected at most 32 bits a value, found ${bitWidth}`);
  const valueBytes = (bitWidth + 7) >> 3;
  let offset = start;
  let done = 0;
  while (done < count) {
    let header = 0;
    let shift = 0;
    let byte: number;
    do {
      if (offset >= end) throw new RangeError(`expected ${count} values, found ${done}`);
      byte = bytes[offset++]!;
      header += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    const runCount = Math.floor(header / 2) * (header % 2 === 1 ? 8 : 1);
    const taken = Math.min(runCount, count - done);
    if (header % 2 === 1) {
      const lastByte = offset + Math.ceil((taken * bitWidth) / 8);
      if (lastByte > end)
        throw new RangeError(`expected ${taken} packed values, found fewer bytes`);
      unpack(bytes, offset, bitWidth, values, done, done + taken);
      offset += (runCount / 8) * bitWidth;
    } else {
      if (offset + valueBytes > end)
        throw new RangeError('expected a repeated value, found the end');
      let value = 0;
      for (let index = 0; index < valueBytes; index++) value += bytes[offset++]! * 2 ** (8 * index);
      values.fill(value, done, done + taken);
    }
    done += taken;
  }
  return values;
}

/** Writes `values[from..to)` from values packed least significant bit first. */
function unpack(
  bytes: Uint8Array,
  start: number,
  bitWidth: number,
  values: Uint32Array,
  from: number,
  to: number,
): void {
  let offset = start;
  let available = 0;
  if (bitWidth <= 24) {
    // At most 31 bits are held, so 32-bit operations do.
    const mask = (1 << bitWidth) - 1;
    let bits = 0;
    for (let index = from; index < to; index++) {
      while (available < bitWidth) {
        bits |= bytes[offset++]! << available;
        available += 8;
      }
      values[index] = bits & mask;
      bits >>>= bitWidth;
      available -= bitWidth;
    }
    return;
  }
  const modulus = 2 ** bitWidth;
  let bits = 0;
  for (let index = from; index < to; index++) {
    while (available < bitWidth) {
      bits += bytes[offset++]! * 2 ** available;
      available += 8;
    }
    values[index] = bits % modulus;
    bits = Math.floor(bits / modulus);
    available -= bitWidth;
  }
}
