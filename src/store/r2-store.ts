import { EngineError } from '../base/errors.ts';
import { objectOfFileName, parseSegmentKey, type SegmentStore } from './segment-store.ts';

/** The part of Cloudflare's R2 binding that the store uses. */
export interface R2Bucket {
  head(key: string): Promise<{ readonly size: number } | null>;
  get(
    key: string,
    options: { readonly range: { readonly offset: number; readonly length: number } },
  ): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  put(key: string, value: Uint8Array): Promise<unknown>;
  delete(key: string): Promise<void>;
  list(options: { readonly prefix?: string; readonly cursor?: string }): Promise<R2Listing>;
}

/** One page of a listing. */
export interface R2Listing {
  readonly objects: readonly { readonly key: string }[];
  readonly truncated: boolean;
  /** Where to go on, when truncated. */
  readonly cursor?: string;
}

/** A deep store that also lists its tables. */
export interface R2Store extends SegmentStore {
  /** Tables that have a segment, sorted. */
  tables(): Promise<string[]>;
}

/** A deep store in an R2 bucket; keys are those of `segmentKey`. R2 makes an object visible whole. */
export function openR2Store(bucket: R2Bucket): R2Store {
  return {
    put: async (key, parts) => {
      parseSegmentKey(key);
      const pieces: Uint8Array[] = [];
      for await (const part of parts) pieces.push(part);
      const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let next = 0;
      for (const piece of pieces) {
        bytes.set(piece, next);
        next += piece.length;
      }
      await bucket.put(key, bytes);
      return bytes.length;
    },
    open: async (key) => {
      parseSegmentKey(key);
      const head = await bucket.head(key);
      if (head === null) throw new EngineError('NOT_FOUND', `store: the bucket has no ${key}`);
      return {
        lengthBytes: head.size,
        read: (into, offsetBytes) => readRange(bucket, key, into, offsetBytes),
        close: async () => {},
      };
    },
    list: async (table) => {
      const names = (await listKeys(bucket, `${table}/`)).map((key) =>
        objectOfFileName(key.slice(table.length + 1)),
      );
      return names.filter((name) => name !== null).sort();
    },
    tables: async () => {
      const keys = await listKeys(bucket, '');
      const tables = keys.filter((key) => key.includes('/')).map((key) => key.split('/')[0]!);
      return [...new Set(tables)].sort();
    },
    delete: (key) => bucket.delete(key),
  };
}

async function readRange(
  bucket: R2Bucket,
  key: string,
  into: Uint8Array,
  offsetBytes: number,
): Promise<void> {
  const range = { offset: offsetBytes, length: into.length };
  const object = into.length === 0 ? null : await bucket.get(key, { range });
  const bytes = object === null ? new Uint8Array() : new Uint8Array(await object.arrayBuffer());
  if (bytes.length !== into.length) {
    throw new EngineError(
      'CORRUPT_DATA',
      `store: ${key} should hold ${into.length} bytes at ${offsetBytes}, found ${bytes.length}`,
    );
  }
  into.set(bytes);
}

async function listKeys(bucket: R2Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? { prefix } : { prefix, cursor });
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}
