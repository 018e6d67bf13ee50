import { byteString, bytesOfString } from '../../base/byte-string.ts';
import { wellFormedText } from '../../base/text-order.ts';
import type { Implementation } from './implementation.ts';
import { bytesFunction, textFunction } from './text-apply.ts';
import { checkLength } from './text-scalars.ts';

/** Encodings of text. */
export const ENCODINGS: Readonly<Record<string, Implementation>> = {
  base64_encode: bytesFunction((call) => (bytes) => {
    checkLength(Math.ceil(bytes.length / 3) * 4, call);
    return btoa(byteString(bytes));
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

/** Padding is required (RFC 4648, section 3.2). */
function decodeBase64(text: string): string | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    const bytes = bytesOfString(atob(text));
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
