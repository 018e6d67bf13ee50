import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../../base/limits.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import { boundedBytes } from '../../io/request-body.ts';
import type { Credentials } from '../admin/control.ts';
import { isValidPath } from '../core/path.ts';
import { badRequest, tooLarge, unauthorized } from './errors.ts';

const ANY_VERSION = -1;

/**
 * The path of the node that a URL names below a prefix. Each component is decoded once; an encoded
 * slash, a dot segment, an empty component and anything else that ZooKeeper does not allow in a path
 * is refused, so that a node has one spelling up to the choice of what is encoded.
 *
 * @throws HttpRefusal 400.
 */
export function nodePath(url: string, prefix: string): string {
  const urlPath = rawPath(url);
  const rest = urlPath.slice(prefix.length);
  const isBelow = urlPath.startsWith(prefix) && (rest === '' || rest.startsWith('/'));
  const path = isBelow ? decodedPath(rest || '/') : null;
  if (path === null || !isValidPath(path)) {
    throw badRequest(`expected the path of a node like ${prefix}/a/b, found another spelling`);
  }
  return path;
}

/** The URL's path that names a node. */
export function nodeUrl(prefix: string, path: string): string {
  return prefix + path.split('/').map(encodeURIComponent).join('/');
}

/**
 * The parameters of a URL; those without a value are empty.
 *
 * @throws HttpRefusal 400 for one that is not known or is there twice.
 */
export function queryOf<Name extends string>(
  url: string,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const [name, value] of new URL(url).searchParams) {
    const parameter = known.find((candidate) => candidate === name);
    if (parameter === undefined) {
      throw badRequest(
        `unknown parameter '${name.slice(0, 100)}'${didYouMean(name.slice(0, 100), known)}`,
      );
    }
    if (found[parameter] !== undefined) throw badRequest(`parameter '${name}' is there twice`);
    found[parameter] = value;
  }
  return found;
}

/**
 * Who sends a request: `Authorization: Basic` is ZooKeeper's digest identity, nothing is anybody. No
 * other header is believed.
 *
 * @throws HttpRefusal 401 for anything else.
 */
export function credentialsOf(request: Request): Credentials | null {
  const header = request.headers.get('authorization');
  if (header === null) return null;
  const encoded = /^Basic (?<encoded>[A-Za-z0-9+/]+={0,2})$/i.exec(header)?.groups?.encoded;
  const text = encoded === undefined ? null : textOfBase64(encoded);
  if (text === null || !text.includes(':')) {
    throw unauthorized('expected Authorization: Basic with user:password');
  }
  return { scheme: 'digest', auth: encodeUtf8(text) };
}

/**
 * The version in `If-Match: "<version>"`; -1 for `*`, null without the header.
 *
 * @throws HttpRefusal 400 for anything else.
 */
export function expectedVersion(request: Request): number | null {
  const header = request.headers.get('if-match');
  if (header === null) return null;
  if (header === '*') return ANY_VERSION;
  const digits = /^"(?<digits>\d{1,10})"$/.exec(header)?.groups?.digits;
  if (digits === undefined || Number(digits) > 0x7fff_ffff) {
    throw badRequest('expected If-Match: "<version>" or *');
  }
  return Number(digits);
}

/** A version as entity tag. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/** Whether `If-None-Match` names the version. */
export function isKnownVersion(request: Request, version: number): boolean {
  const header = request.headers.get('if-none-match');
  if (header === null) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(entityTag(version));
}

/** @throws HttpRefusal 413 when the body is longer than a packet of the coordinator. */
export async function bodyBytes(request: Request): Promise<Uint8Array> {
  const bytes = await boundedBytes(request, COORDINATOR_PACKET_BYTES_MAX);
  if (bytes === null) {
    throw tooLarge(`expected a body of at most ${COORDINATOR_PACKET_BYTES_MAX} bytes`);
  }
  return bytes;
}

/** What a base64 text holds as bytes, or null. */
export function bytesOfBase64(encoded: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** The path of a URL as it was sent. `URL` would resolve dot segments and turn backslashes around. */
function rawPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const path = start === -1 ? '/' : url.slice(start);
  return path.slice(0, /[?#]/.exec(path)?.index);
}

function decodedPath(encoded: string): string | null {
  if (/%2f/i.test(encoded) || encoded.includes('\\')) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null; // A percent sign without two hexadecimal digits, or bytes that are not UTF-8.
  }
}

function textOfBase64(encoded: string): string | null {
  const bytes = bytesOfBase64(encoded);
  if (bytes === null) return null;
  try {
    return decodeUtf8(bytes, 'coord: credentials');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return null;
  }
}
