/*
 * Values of BYTES are *byte strings* inside the engine: one character, U+0000 to U+00FF, for each
 * byte. So they share the dictionaries, comparisons and hash tables of text, and order bytewise.
 */

/** Bytes in pieces that an argument list holds. */
const PIECE_BYTES = 8_192;

const HEX_BYTES = /^(?:[0-9a-f]{2})*$/i;

/** The byte string of some bytes. */
export function byteString(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(start, start + PIECE_BYTES));
  }
  return text;
}

/** The bytes of a byte string. */
export function bytesOfString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** The bytes of a byte string as lower-case hexadecimal digits, two a byte. */
export function hexOf(text: string): string {
  let digits = '';
  for (let index = 0; index < text.length; index++) {
    digits += text.charCodeAt(index).toString(16).padStart(2, '0');
  }
  return digits;
}

/** The byte string that hexadecimal digits spell; null when they are no whole bytes. */
export function parseHex(digits: string): string | null {
  if (!HEX_BYTES.test(digits)) return null;
  let text = '';
  for (let index = 0; index < digits.length; index += 2) {
    text += String.fromCharCode(Number.parseInt(digits.slice(index, index + 2), 16));
  }
  return text;
}
