import { EngineError } from '../base/errors.ts';
import { type Random, randomHex } from '../io/random.ts';

/**
 * The deep store: where finished segment files live for good. Keys come from `segmentKey`. A cluster
 * never puts a key again: a segment with other indexes or rows is another object (`newObjectName`).
 * An embedded database puts a segment again under its name, with other indexes over the same rows.
 *
 * Caller must: `put` a key by one caller at a time. Keeps: after `put` resolves, the object survives a power cut and is
 * visible whole; before, it is not visible at all. Errors are `EngineError` NOT_FOUND, IO and, for a
 * name that is not one, BAD_REQUEST.
 */
export interface SegmentStore {
  /** Stores an object from its bytes in order; returns its length in bytes. */
  put(key: string, parts: ByteParts): Promise<number>;
  /** Opens an object for reading. */
  open(key: string): Promise<StoredSegment>;
  /** Names of a table's objects, as `segmentKey` takes them, sorted; empty when it has none. */
  list(table: string): Promise<string[]>;
  /** Removes an object; no error when it is not there. */
  delete(key: string): Promise<void>;
}

/** Bytes that arrive piece by piece, at once or over time. */
export type ByteParts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * An open object of the deep store.
 *
 * Caller must: close it.
 */
export interface StoredSegment {
  readonly lengthBytes: number;
  /**
   * Fills all of `into`, which may be shared memory, from `offsetBytes` on.
   *
   * @throws EngineError CORRUPT_DATA when the object ends before that.
   */
  read(into: Uint8Array, offsetBytes: number): Promise<void>;
  /**
   * There where what is read may be a copy: throws it away, because bytes of it are wrong. The next read
   * has other bytes.
   */
  discardCopy?(): Promise<void>;
  close(): Promise<void>;
}

const NAME = /^(?!__)[A-Za-z0-9_][A-Za-z0-9_-]{0,199}$/;
const VERSION = /^[0-9a-f]{16}$/;
/** A version is the second since 1970 and a random number, of as many bytes each. */
const VERSION_PART_BYTES = 4;
const SUFFIX = '.segment';

/**
 * The key of a segment's object: `<table>/<object>.segment`, where an object is named as its segment
 * or, in a cluster, `<segment>~<version>`.
 *
 * @throws EngineError BAD_REQUEST when a name is not made of letters, digits, `_` and `-`.
 */
export function segmentKey(table: string, object: string): string {
  checkTableName(table);
  segmentOfObject(object);
  return `${table}/${object}${SUFFIX}`;
}

/**
 * A name for an object of a segment that no object has had before. It says when that was and is random
 * otherwise, since the content, of which a checksum could be taken, is only known when it has been sent.
 *
 * @throws EngineError BAD_REQUEST when the text cannot name a segment.
 */
export function newObjectName(segment: string, nowMs: number, random: Random): string {
  checkSegmentName(segment);
  const seconds = Math.floor(nowMs / 1_000) % 2 ** (8 * VERSION_PART_BYTES);
  const moment = seconds.toString(16).padStart(2 * VERSION_PART_BYTES, '0');
  return `${segment}~${moment}${randomHex(random, VERSION_PART_BYTES)}`;
}

/** Milliseconds since 1970 at which an object was named; null for one that is named as its segment. */
export function objectNamedAtMs(object: string): number | null {
  const [, version] = object.split('~');
  if (version === undefined) return null;
  return Number.parseInt(version.slice(0, 2 * VERSION_PART_BYTES), 16) * 1_000;
}

/**
 * The segment whose object has this name.
 *
 * @throws EngineError BAD_REQUEST when the text cannot name an object.
 */
export function segmentOfObject(object: string): string {
  const [segment = '', version, ...rest] = object.split('~');
  checkSegmentName(segment);
  if (rest.length === 0 && (version === undefined || VERSION.test(version))) return segment;
  throw new EngineError(
    'BAD_REQUEST',
    'store: an object is named as its segment, or segment~version with 16 hexadecimal digits; ' +
      `found ${JSON.stringify(object.slice(0, 80))}`,
  );
}

/** What `segmentKey` has put together. */
export interface SegmentKeyParts {
  readonly table: string;
  readonly object: string;
  readonly segment: string;
}

/**
 * Splits what `segmentKey` made.
 *
 * @throws EngineError BAD_REQUEST for anything else, so that no path can leave the store's folder.
 */
export function parseSegmentKey(key: string): SegmentKeyParts {
  const [table = '', file = '', ...rest] = key.split('/');
  if (rest.length > 0 || !file.endsWith(SUFFIX)) {
    throw new EngineError(
      'BAD_REQUEST',
      `store: expected a name like table/segment${SUFFIX}, found ${JSON.stringify(key)}`,
    );
  }
  const object = file.slice(0, -SUFFIX.length);
  checkTableName(table);
  return { table, object, segment: segmentOfObject(object) };
}

/** The name of the object that a file of a table's folder is, or null when it is some other file. */
export function objectOfFileName(fileName: string): string | null {
  if (!fileName.endsWith(SUFFIX)) return null;
  const [segment = '', version, ...rest] = fileName.slice(0, -SUFFIX.length).split('~');
  const isObject = rest.length === 0 && (version === undefined || VERSION.test(version));
  return isObject && NAME.test(segment) ? fileName.slice(0, -SUFFIX.length) : null;
}

/** Whether the text can name a table. */
export function isTableName(table: string): boolean {
  return NAME.test(table);
}

/** @throws EngineError BAD_REQUEST when the text cannot name a table in files, URLs and the tree. */
export function checkTableName(table: string): void {
  checkName('table', table);
}

/** @throws EngineError BAD_REQUEST when the text cannot name a segment. */
export function checkSegmentName(segment: string): void {
  checkName('segment', segment);
}

function checkName(what: string, name: string): void {
  if (!NAME.test(name)) {
    throw new EngineError(
      'BAD_REQUEST',
      `store: a ${what} name has 1 to 200 letters, digits, _ and -, not beginning with - or __; ` +
        `found ${JSON.stringify(name.slice(0, 80))}`,
    );
  }
}
