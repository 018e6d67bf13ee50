import { ByteReader } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';

/** Attribute types that RFC 2253 has names for; others are written as numbers. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
]);

/** ASN.1 tags of UTF8, Printable, T61, IA5, General, Universal and BMP strings. */
const STRING_TAGS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1c, 0x1e]);

const VERSION_TAG = 0xa0;

/**
 * The subject of an X.509 certificate as Java's `X500Principal.getName()` writes it, because access
 * lists compare x509 identities as text: RFC 2253 with the last component first, attributes without
 * a keyword as `1.2.3=#hex`, and `,=+<>#;"\` and outer spaces escaped by backslashes.
 *
 * @param certificate the certificate in DER.
 * @throws EngineError CORRUPT_DATA when it is none.
 */
export function subjectOfCertificate(certificate: Uint8Array): string {
  const fields = children(readElement(new ByteReader(certificate, 'tls: certificate')))[0];
  if (fields === undefined) throw notCertificate();
  const ordered = children(fields).filter(({ tag }) => tag !== VERSION_TAG);
  const subject = ordered[4]; // After serial number, signature, issuer and validity.
  if (subject === undefined) throw notCertificate();
  return children(subject).map(componentText).reverse().join(',');
}

/** An element of ASN.1 in DER. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
}

function componentText(component: Element): string {
  return children(component).map(attributeText).join('+');
}

function attributeText(attribute: Element): string {
  const [type, value] = children(attribute);
  if (type === undefined || value === undefined) throw notCertificate();
  const number = objectIdentifier(type.content);
  const keyword = KEYWORDS.get(number);
  if (keyword === undefined || !STRING_TAGS.has(value.tag)) {
    const hex = Array.from(value.whole, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${keyword ?? number}=#${hex}`;
  }
  // Java reads every kind of string as UTF-8 here.
  return `${keyword}=${escaped(new TextDecoder('utf-8', { ignoreBOM: true }).decode(value.content))}`;
}

function escaped(text: string): string {
  const inner = text.replace(/[,=+<>#;"\\]/g, '\\$&').replaceAll('\0', '\\00');
  return inner.replace(/^[ \r]+|[ \r]+$/g, (spaces) => spaces.replace(/[ \r]/g, '\\$&'));
}

function objectIdentifier(content: Uint8Array): string {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length === 0) {
      const first = value < 80n ? value / 40n : 2n;
      numbers.push(first, value - first * 40n);
    } else numbers.push(value);
    value = 0n;
  }
  return numbers.join('.');
}

function children(parent: Element): Element[] {
  const reader = new ByteReader(parent.content, 'tls: certificate');
  const elements: Element[] = [];
  while (reader.remainingBytes > 0) elements.push(readElement(reader));
  return elements;
}

function readElement(reader: ByteReader): Element {
  const header = reader.offsetBytes;
  const tag = reader.uint8();
  let lengthBytes = reader.uint8();
  if (lengthBytes >= 0x80) {
    const digits = lengthBytes & 0x7f;
    if (digits > 4) throw notCertificate();
    lengthBytes = 0;
    for (let left = digits; left > 0; left--) lengthBytes = lengthBytes * 256 + reader.uint8();
  }
  const headerBytes = reader.offsetBytes - header;
  const content = reader.view(lengthBytes);
  const start = content.byteOffset - headerBytes;
  const whole = new Uint8Array(content.buffer, start, headerBytes + lengthBytes);
  return { tag, content, whole };
}

function notCertificate(): EngineError {
  return new EngineError('CORRUPT_DATA', 'tls: expected a certificate in DER, found other bytes');
}
