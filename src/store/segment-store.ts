import { EngineError } from '../base/errors.ts';

/**
 * The deep store: where finished segment files live for good. Names come from `segmentKey`. The rows
 * of an object never change; its indexes may, when it is put again under its name.
 *
 * Caller must: `put` a name by one caller at a time. Keeps: after `put` resolves, the object survives a power cut and is
 * visible whole; before, it is not visible at all. Errors are `EngineError` NOT_FOUND, IO and, for a
 * name that is not one, BAD_REQUEST.
 */
export interface SegmentStore {
  /** Stores an object from its bytes in order; returns its length in bytes. */
  put(key: string, parts: ByteParts): Promise<number>;
  /** Opens an object for reading. */
  open(key: string): Promise<StoredSegment>;
  /** Segment names of a table, sorted; empty when the table has none. */
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
  close(): Promise<void>;
}

const NAME = /^(?!__)[A-Za-z0-9_][A-Za-z0-9_-]{0,199}$/;
const SUFFIX = '.segment';

/**
 * The name of a segment's object: `<table>/<segment>.segment`.
 *
 * @throws EngineError BAD_REQUEST when a part is not made of letters, digits, `_` and `-`.
 */
export function segmentKey(table: string, segment: string): string {
  checkTableName(table);
  checkSegmentName(segment);
  return `${table}/${segment}${SUFFIX}`;
}

/**
 * Splits what `segmentKey` made.
 *
 * @throws EngineError BAD_REQUEST for anything else, so that no path can leave the store's folder.
 */
export function parseSegmentKey(key: string): { table: string; segment: string } {
  const [table = '', file = '', ...rest] = key.split('/');
  if (rest.length > 0 || !file.endsWith(SUFFIX)) {
    throw new EngineError(
      'BAD_REQUEST',
      `store: expected a name like table/segment${SUFFIX}, found ${JSON.stringify(key)}`,
    );
  }
  const segment = file.slice(0, -SUFFIX.length);
  checkTableName(table);
  checkSegmentName(segment);
  return { table, segment };
}

/** The segment that a file of a table's folder holds, or null when it is some other file. */
export function segmentOfFileName(fileName: string): string | null {
  if (!fileName.endsWith(SUFFIX)) return null;
  const segment = fileName.slice(0, -SUFFIX.length);
  return NAME.test(segment) ? segment : null;
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
