import { wellFormedText } from '../../base/text-order.ts';
import type { Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';
import { checkLength } from './text-scalars.ts';

/** Encodings of text. */
export const ENCODINGS: Readonly<Record<string, Implementation>> = {
  base64_encode: textFunction((call) => (text: string) => {
    const bytes = new TextEncoder().encode(text);
    checkLength(Math.ceil(bytes.length / 3) * 4, call);
    return btoa(binaryOf(bytes));
  }),
  base64_decode: textFunction(() => decodeBase64),
  url_encode: textFunction((call) => (text: string) => {
    const encoded = encodeForm(text);
    checkLength(encoded.length, call);
    return encoded;
  }),
  url_decode: textFunction(() => (text: string) => decodePercents(text.replaceAll('+', ' '))),
};

/** The text with `%41` and the like resolved, or null when they are wrong or make no UTF-8. */
export function decodePercents(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Bytes in pieces that an argument list holds. */
const PIECE_BYTES = 8_192;

function binaryOf(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + PIECE_BYTES));
  }
  return binary;
}

/** Padding is required (RFC 4648, section 3.2). */
function decodeBase64(text: string): string | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** application/x-www-form-urlencoded as java.net.URLEncoder writes it. */
function encodeForm(text: string): string {
  const encoded = encodeURIComponent(wellFormedText(text));
  return encoded
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
