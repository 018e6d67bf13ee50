/** One page of the names in a bucket. */
export interface S3Listing {
  readonly keys: readonly string[];
  /** What names go on with up to the next slash, where the listing was asked to stop there. */
  readonly prefixes: readonly string[];
  /** Asks for the next page; null on the last. */
  readonly continuationToken: string | null;
}

/**
 * Reads the answer to ListObjectsV2. Its elements have no attributes and do not nest by the same
 * names, so the texts of the few that matter can be picked out.
 */
export function parseListing(body: Uint8Array): S3Listing {
  const xml = new TextDecoder().decode(body);
  const isTruncated = texts(xml, 'IsTruncated')[0] === 'true';
  const common = [...xml.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs)];
  return {
    keys: texts(xml, 'Key'),
    prefixes: common.flatMap(([, inner = '']) => texts(inner, 'Prefix')),
    continuationToken: isTruncated ? (texts(xml, 'NextContinuationToken')[0] ?? null) : null,
  };
}

/** The name under which parts of a begun upload are sent; null when the answer has none. */
export function parseUploadId(body: Uint8Array): string | null {
  return texts(new TextDecoder().decode(body), 'UploadId')[0] ?? null;
}

/**
 * S3's code of an error, such as `NoSuchKey`; null when the body is not one. The rest of an error can
 * hold what was signed, and is for nobody's eyes.
 */
export function parseErrorCode(body: Uint8Array): string | null {
  const xml = new TextDecoder().decode(body.subarray(0, 4_096));
  return /<Error\b.*?<Code>([A-Za-z0-9.]{1,64})<\/Code>/s.exec(xml)?.[1] ?? null;
}

/** The body that makes an object of uploaded parts, whose tags are in order. */
export function completionXml(tags: readonly string[]): string {
  const parts = tags.map(
    (tag, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

function texts(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(
    ([, text = '']) => unescapeXml(text),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
