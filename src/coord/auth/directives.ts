import { decodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';

const DIRECTIVE =
  /[ \t\r\n]*([\w-]+)[ \t\r\n]*=[ \t\r\n]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=]+))[ \t\r\n]*(?:,|$)/gsy;

/** Longer tokens are noise: names, nonces and hashes need a few hundred bytes. */
const TOKEN_BYTES_MAX = 4_096;

/**
 * The `name=value, name="value"` list of a SASL token (RFC 2831, section 7.1), by lower-case name.
 *
 * @returns null when it is no such list, or a name comes twice.
 */
export function parseDirectives(token: Uint8Array): ReadonlyMap<string, string> | null {
  const text = token.length > TOKEN_BYTES_MAX ? null : textOf(token);
  if (text === null) return null;
  const directives = new Map<string, string>();
  let end = 0;
  for (const match of text.matchAll(DIRECTIVE)) {
    const [whole, name = '', inQuotes, bare = ''] = match;
    const key = name.toLowerCase();
    if (directives.has(key)) return null;
    directives.set(key, inQuotes?.replace(/\\(.)/gs, '$1') ?? bare);
    end = match.index + whole.length;
  }
  return end === text.length ? directives : null;
}

/** A value in quotes. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function textOf(token: Uint8Array): string | null {
  try {
    return decodeUtf8(token, 'coord: sasl token');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return null;
  }
}
