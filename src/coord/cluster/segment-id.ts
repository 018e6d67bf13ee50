import { assert } from '../../base/assert.ts';

/*
 * A segment's id in the tree, in routing and in requests to servers is its name: `visits_3`. When other
 * rows take the place of a segment's under its name, both are there for a while, so the new ones have
 * an id of their own with a number behind it: `visits_3~1`. Other indexes over the same rows are
 * another file of the same id.
 */

const SEPARATOR = '~';

/** The name of a segment, which people see, from its id. */
export function segmentName(id: string): string {
  const end = id.indexOf(SEPARATOR);
  return end < 0 ? id : id.slice(0, end);
}

/** The id for rows that take the place of those with the id `id`. */
export function nextSegmentId(id: string): string {
  const name = segmentName(id);
  const number = id === name ? 0 : Number(id.slice(name.length + 1));
  assert(Number.isSafeInteger(number), () => `${id} is a segment id`);
  return `${name}${SEPARATOR}${number + 1}`;
}
