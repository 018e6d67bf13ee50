/*
 * What ZooKeeper's authentication providers say of the ids in access lists: which are well formed
 * and which a client matches.
 */

interface Scheme {
  /** True when an access list may hold the id. */
  isValid(id: string): boolean;
  /** True when a client who is `proved` is meant by `listed`. */
  matches(proved: string, listed: string): boolean;
}

// Of X.520 and RFC 2253, as far as Java's X500Principal knows them by name.
const NAME_ATTRIBUTES = new Set(
  (
    'CN C L S ST O OU T IP STREET DC DNQUALIFIER DNQ SURNAME GIVENNAME INITIALS GENERATION ' +
    'EMAIL EMAILADDRESS UID SERIALNUMBER'
  ).split(' '),
);
const OBJECT_IDENTIFIER = /^(?:OID\.)?\d+(?:\.\d+)+$/;

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['ip', { isValid: (id: string) => parseNetwork(id) !== null, matches: isInNetwork }],
  ['digest', { isValid: isDigest, matches: isSame }],
  ['x509', { isValid: isDistinguishedName, matches: isSame }],
  [
    'sasl',
    {
      isValid: isKerberosName,
      matches: (proved: string, listed: string) => proved === 'super' || proved === listed,
    },
  ],
]);

/** True when an access list may hold the id. `world` and `auth` are not looked up here. */
export function isValidId(scheme: string, id: string): boolean {
  return SCHEMES.get(scheme)?.isValid(id) ?? false;
}

/** True when a client who has proved to be `proved` is meant by `listed`, both of one scheme. */
export function matchesId(scheme: string, proved: string, listed: string): boolean {
  return SCHEMES.get(scheme)?.matches(proved, listed) ?? false;
}

/** True for what an `auth` entry stands for: proved by the client, not seen on its connection. */
export function isProved(scheme: string): boolean {
  return scheme !== 'ip' && SCHEMES.has(scheme);
}

/** The name in an identity, as whoAmI shows it; empty when its scheme names nobody. */
export function userOf(scheme: string, id: string): string {
  if (!SCHEMES.has(scheme)) return '';
  return scheme === 'digest' ? (id.split(':')[0] ?? '') : id;
}

function isSame(proved: string, listed: string): boolean {
  return proved === listed;
}

// Exactly two parts, where Java's split drops empty ones from the end.
function isDigest(id: string): boolean {
  const parts = id.split(':');
  while (parts.at(-1) === '') parts.pop();
  return parts.length === 2;
}

// Java's KerberosName: `service[/host]@realm`, or anything without an `@`.
function isKerberosName(id: string): boolean {
  return !id.includes('@') || /^[^/@]*(?:\/[^/@]*)?@[^/@]*$/.test(id);
}

function isDistinguishedName(id: string): boolean {
  if (id.trim() === '') return true;
  // A separator counts unless it is escaped or inside quotes.
  const parts = id.match(/(?:\\.|"(?:\\.|[^"\\])*"|[^\\",;+])+|[,;+]/g) ?? [];
  if (parts.join('') !== id || parts.length % 2 === 0) return false;
  return parts.every((part, index) =>
    index % 2 === 1 ? /^[,;+]$/.test(part) : isAttribute(part.trim()),
  );
}

function isAttribute(text: string): boolean {
  const equals = text.indexOf('=');
  if (equals < 1) return false;
  const name = text.slice(0, equals).trim().toUpperCase();
  return NAME_ATTRIBUTES.has(name) || OBJECT_IDENTIFIER.test(name);
}

interface Network {
  readonly address: readonly number[];
  readonly bits: number;
}

function isInNetwork(proved: string, listed: string): boolean {
  const network = parseNetwork(listed);
  const address = parseAddress(proved);
  if (network === null || address?.length !== network.address.length) return false;
  return address.every((byte, index) => {
    const mask = 0xff00 >> Math.min(Math.max(network.bits - 8 * index, 0), 8);
    return ((byte ^ network.address[index]!) & mask & 0xff) === 0;
  });
}

// An address, and how many of its bits count: all unless it says otherwise.
function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === null) return null;
  const bits = slash === -1 ? 8 * address.length : parseInteger(text.slice(slash + 1), 10);
  return bits === null || bits < 0 || bits > 8 * address.length ? null : { address, bits };
}

function parseAddress(text: string): number[] | null {
  return text.includes(':') ? parseVersion6(text) : parseVersion4(text);
}

function parseVersion4(text: string): number[] | null {
  const bytes: number[] = [];
  for (const part of text.split('.')) {
    const byte = parseInteger(part, 10);
    if (byte === null || byte < 0 || byte > 255) return null;
    bytes.push(byte);
  }
  return bytes.length === 4 ? bytes : null;
}

// Eight groups of up to four hexadecimal digits; one `::` stands for the groups that are missing.
function parseVersion6(text: string): number[] | null {
  const [before = '', after, ...more] = text.split('::');
  if (more.length > 0) return null;
  const head = parseGroups(before, after !== undefined);
  const tail = after === undefined ? [] : parseGroups(after, true);
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 2) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, mayBeEmpty: boolean): number[] | null {
  if (text === '') return mayBeEmpty ? [] : null;
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const value = group.length > 4 ? null : parseInteger(group, 16);
    if (value === null) return null;
    bytes.push((value >> 8) & 255, value & 255);
  }
  return bytes;
}

// As Java's Integer.parseInt, which takes a sign.
function parseInteger(text: string, radix: 10 | 16): number | null {
  const digits = radix === 10 ? /^[+-]?\d{1,10}$/ : /^[+-]?[\da-f]{1,8}$/i;
  return digits.test(text) ? Number.parseInt(text, radix) : null;
}
