import { byteString } from '../base/byte-string.ts';
import { type DecimalType, isDecimal, type TextType } from '../base/types.ts';
import type { EntryType } from './metadata.ts';

/** Length of a well-formed text in UTF-8, or of a byte string in bytes. */
export function textLengthBytes(type: EntryType, text: string): number {
  let lengthBytes = text.length;
  if (holdsBytes(type)) return lengthBytes;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is two units and four bytes: one more byte for each half.
    if (unit >= 0x80) lengthBytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return lengthBytes;
}

/**
 * The function that writes texts of a type to the start of some bytes, which have room for three bytes
 * a character. It returns how many it wrote.
 */
export function textWriter(type: EntryType): (text: string, into: Uint8Array) => number {
  if (!holdsBytes(type)) {
    const encoder = new TextEncoder();
    return (text, into) => encoder.encodeInto(text, into).written;
  }
  return (text, into) => {
    for (let index = 0; index < text.length; index++) into[index] = text.charCodeAt(index);
    return text.length;
  };
}

/** The function that reads a dictionary entry of a type, which has been checked. */
export function textReader(type: EntryType): (bytes: Uint8Array) => string {
  if (holdsBytes(type)) return byteString;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

/** True when texts of a type are byte strings: bytes of BYTES, or the wide keys of decimals. */
export function holdsBytes(type: TextType | DecimalType): boolean {
  return type === 'BYTES' || isDecimal(type);
}
