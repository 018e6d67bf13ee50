const MODULUS = 65_521;
/** After so many bytes both sums still fit 32 bits: zlib's NMAX. */
const BYTES_PER_REDUCTION = 5_552;

/**
 * Adler-32 (RFC 1950, section 9).
 *
 * @returns an unsigned 32-bit number; 1 for no bytes.
 */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += BYTES_PER_REDUCTION) {
    const end = Math.min(bytes.length, start + BYTES_PER_REDUCTION);
    for (let index = start; index < end; index++) {
      low += bytes[index]!;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
