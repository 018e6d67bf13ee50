import { EngineError } from '../base/errors.ts';
import { inParallel } from '../base/parallel.ts';
import {
  S3_LIST_KEYS_MAX,
  S3_PART_BYTES,
  S3_PART_UPLOADS_MAX,
  SEGMENT_READ_BYTES,
  SEGMENT_READS_MAX,
} from '../base/store-limits.ts';
import { randomHex } from '../io/random.ts';
import { S3Client, type S3Options } from './s3-client.ts';
import { completionXml, parseListing, parseUploadId, type S3Listing } from './s3-xml.ts';
import {
  type ByteParts,
  checkTableName,
  objectOfFileName,
  parseSegmentKey,
  type SegmentStore,
  type StoredSegment,
} from './segment-store.ts';
import { ranges } from './stored-bytes.ts';

/** A deep store that also lists its tables. */
export interface S3Store extends SegmentStore {
  /** Tables that have a segment, sorted. */
  tables(): Promise<string[]>;
}

/**
 * A deep store in a bucket that speaks S3; keys are those of `segmentKey` behind the location's
 * prefix. S3 makes an object visible whole. An upload that was cut off by the end of the process
 * leaves invisible parts: have the bucket's lifecycle remove incomplete uploads.
 */
export function openS3Store(options: S3Options): S3Store {
  const client = new S3Client(options);
  const { prefix } = options.location;
  const objectKey = (name: string) => (prefix === '' ? name : `${prefix}/${name}`);
  return {
    put: async (key, parts) => {
      parseSegmentKey(key);
      return put(client, objectKey(key), parts, randomHex(options.random, 8));
    },
    open: async (key) => {
      parseSegmentKey(key);
      return openObject(client, objectKey(key));
    },
    list: async (table) => {
      checkTableName(table);
      const folder = objectKey(`${table}/`);
      const { keys } = await listAll(client, folder);
      const names = keys.map((key) => objectOfFileName(key.slice(folder.length)));
      return names.filter((name) => name !== null).sort();
    },
    tables: async () => {
      const folder = objectKey('');
      const { prefixes } = await listAll(client, folder);
      return prefixes.map((name) => name.slice(folder.length, -1)).sort();
    },
    delete: async (key) => {
      parseSegmentKey(key);
      await withoutNotFound(client.send({ method: 'DELETE', key: objectKey(key) }));
    },
  };
}

async function put(client: S3Client, key: string, parts: ByteParts, mark: string): Promise<number> {
  const blocks = blocksOf(parts);
  const { value: first } = await blocks.next();
  if (first?.bytes.length === S3_PART_BYTES) return putInParts(client, key, first, blocks, mark);
  const body = first?.bytes ?? new Uint8Array();
  await client.send({ method: 'PUT', key, body });
  return body.length;
}

/** A multipart upload: the object is there once all its parts are. */
async function putInParts(
  client: S3Client,
  key: string,
  first: Block,
  rest: AsyncGenerator<Block>,
  mark: string,
): Promise<number> {
  const headers = { [MARK_HEADER]: mark };
  const begun = await client.send({ method: 'POST', key, query: { uploads: '' }, headers });
  const uploadId = parseUploadId(begun.body);
  if (uploadId === null) throw new EngineError('IO', `store: ${key}: an upload without its id`);
  const tags: string[] = [];
  let lengthBytes = 0;
  const send = async ({ index, bytes }: Block): Promise<void> => {
    lengthBytes += bytes.length;
    const query = { partNumber: `${index + 1}`, uploadId };
    const answer = await client.send({ method: 'PUT', key, query, body: bytes });
    tags[index] = answer.headers.etag ?? '';
  };
  try {
    await send(first);
    await inParallel(rest, S3_PART_UPLOADS_MAX, send);
    await complete(client, key, uploadId, tags, mark);
    return lengthBytes;
  } catch (error) {
    // What the caller must know is the first error; the bucket's lifecycle removes what stays.
    await client.send({ method: 'DELETE', key, query: { uploadId } }).catch(() => undefined);
    throw error;
  }
}

/** A word of the upload's own, which the object has if that upload made it. */
const MARK_HEADER = 'x-amz-meta-nyala-upload';

/**
 * The one request that does fail when it is sent again after it succeeded and its answer was lost: the
 * upload is not there then, but the object is.
 */
async function complete(
  client: S3Client,
  key: string,
  uploadId: string,
  tags: readonly string[],
  mark: string,
): Promise<void> {
  const body = new TextEncoder().encode(completionXml(tags));
  try {
    await client.send({ method: 'POST', key, query: { uploadId }, body });
  } catch (error) {
    const found = await client.send({ method: 'HEAD', key }).catch(() => null);
    if (found?.headers[MARK_HEADER] !== mark) throw error;
  }
}

async function openObject(client: S3Client, key: string): Promise<StoredSegment> {
  const { headers } = await client.send({ method: 'HEAD', key });
  const lengthBytes = Number(headers['content-length']);
  if (!Number.isSafeInteger(lengthBytes)) {
    throw new EngineError('IO', `store: ${key}: the bucket does not say how long it is`);
  }
  // Two reads of one open object must not see two objects.
  const match: Readonly<Record<string, string>> = headers.etag ? { 'if-match': headers.etag } : {};
  return {
    lengthBytes,
    read: (into, offsetBytes) =>
      inParallel(
        ranges(offsetBytes, into.length, SEGMENT_READ_BYTES),
        SEGMENT_READS_MAX,
        async ({ start, end }) => {
          checkRange(key, lengthBytes, end);
          const range = `bytes=${start}-${end - 1}`;
          const { body } = await client.send({
            ...{ method: 'GET', key, headers: { ...match, range } },
            answerBytes: end - start,
          });
          into.set(body, start - offsetBytes);
        },
      ),
    close: async () => {},
  };
}

function checkRange(key: string, lengthBytes: number, end: number): void {
  if (end <= lengthBytes) return;
  throw new EngineError(
    'CORRUPT_DATA',
    `store: ${key} should hold ${end} bytes, found ${lengthBytes}; ` +
      'restore the object or delete the segment',
  );
}

/** All names below a folder, and its folders. */
async function listAll(
  client: S3Client,
  folder: string,
): Promise<Pick<S3Listing, 'keys' | 'prefixes'>> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let continuation: Readonly<Record<string, string>> | null = {};
  while (continuation !== null) {
    const query: Readonly<Record<string, string>> = {
      ...{ 'list-type': '2', delimiter: '/', 'max-keys': `${S3_LIST_KEYS_MAX}` },
      ...(folder !== '' && { prefix: folder }),
      ...continuation,
    };
    const page = parseListing((await client.send({ method: 'GET', key: '', query })).body);
    keys.push(...page.keys);
    prefixes.push(...page.prefixes);
    const token = page.continuationToken;
    continuation = token === null ? null : { 'continuation-token': token };
  }
  return { keys, prefixes };
}

async function withoutNotFound(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'NOT_FOUND') throw error;
  }
}

/** A part of an object. */
interface Block {
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The same bytes in blocks of `S3_PART_BYTES`, of which the last may be shorter. */
async function* blocksOf(parts: ByteParts): AsyncGenerator<Block, undefined> {
  let pieces: Uint8Array[] = [];
  let lengthBytes = 0;
  let index = 0;
  for await (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const piece = part.subarray(from, from + S3_PART_BYTES - lengthBytes);
      from += piece.length;
      lengthBytes += piece.length;
      pieces.push(piece);
      if (lengthBytes < S3_PART_BYTES) continue;
      yield { index: index++, bytes: concatenate(pieces, lengthBytes) };
      pieces = [];
      lengthBytes = 0;
    }
  }
  if (lengthBytes > 0) yield { index, bytes: concatenate(pieces, lengthBytes) };
}

function concatenate(pieces: readonly Uint8Array[], lengthBytes: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(lengthBytes);
  let next = 0;
  for (const piece of pieces) {
    block.set(piece, next);
    next += piece.length;
  }
  return block;
}
