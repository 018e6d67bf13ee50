import { SEGMENT_PAGE_BYTES_MAX } from '../../base/limits.ts';
import type { SegmentPageNode, SegmentRecord } from './segment-nodes.ts';

/** A page's name; anything else below a table is not a page. */
const PAGE_NAME = /^(?:0|[1-9]\d*)$/;

/** True for the name of a page. */
export function isPageName(name: string): boolean {
  return PAGE_NAME.test(name);
}

/**
 * The pages that new segments go to: each the first that has room, so that the room of deleted ones is
 * used again and new pages begin only when all are full. A record that is larger than a page has one
 * to itself.
 *
 * @param pageBytes bytes of each present page.
 * @param records bytes of each new record, from `recordBytes`, by segment id.
 * @returns page → ids, in the given order.
 */
export function assignPages(
  pageBytes: ReadonlyMap<string, number>,
  records: ReadonlyMap<string, number>,
): Map<string, string[]> {
  const pages = [...pageBytes].sort(([left], [right]) => Number(left) - Number(right));
  const used = pages.map(([, bytes]) => bytes);
  const names = pages.map(([name]) => name);
  const taken = new Set(names);
  const assigned = new Map<string, string[]>();
  let first = 0;
  for (const [id, bytes] of records) {
    // A page in which the shortest record found no room is passed over for good.
    while (first < used.length && used[first]! + RECORD_BYTES_MIN > SEGMENT_PAGE_BYTES_MAX) first++;
    let at = first;
    while (at < used.length && used[at]! + bytes > SEGMENT_PAGE_BYTES_MAX) at++;
    if (at === used.length) {
      names.push(unusedName(taken));
      used.push(EMPTY_PAGE_BYTES);
    }
    used[at]! += bytes;
    const page = names[at]!;
    const list = assigned.get(page);
    if (list === undefined) assigned.set(page, [id]);
    else list.push(id);
  }
  return assigned;
}

/** Bytes that a record takes in a page, its id included. Ids and records are ASCII but for names. */
export function recordBytes(id: string, record: SegmentRecord): number {
  return utf8Length(JSON.stringify({ [id]: record })) - 1;
}

/** Bytes of a page's node. */
export function pageBytes(page: SegmentPageNode): number {
  const known = lengths.get(page);
  if (known !== undefined) return known;
  const bytes = utf8Length(JSON.stringify(page));
  lengths.set(page, bytes);
  return bytes;
}

/** Pages never change, so each is measured once. */
const lengths = new WeakMap<SegmentPageNode, number>();

/** `{"segments":{}}`. */
const EMPTY_PAGE_BYTES = 15;

/** Less than any record takes: its field names alone are longer. */
const RECORD_BYTES_MIN = 80;

function unusedName(taken: Set<string>): string {
  let number = taken.size;
  while (taken.has(String(number))) number++;
  const name = String(number);
  taken.add(name);
  return name;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
