import { EngineError } from '../../base/errors.ts';
import { bytesOf, type EncodedBuffer } from '../encoded-column.ts';
import { encodeRoaring } from './roaring.ts';

const BITMAPS_BYTES_MAX = 2 ** 32 - 1;

/** Rows in groups: those of group g are `rows[starts[g]] … rows[starts[g + 1]]`, ascending. */
export interface GroupedRows {
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
}

/**
 * Sorts rows by their groups, keeping their order within.
 *
 * @param groupOf the group of each row; a row whose group is `groupCount` is in none.
 */
export function groupRows(groupOf: ArrayLike<number>, groupCount: number): GroupedRows {
  const starts = new Uint32Array(groupCount + 2);
  for (let row = 0; row < groupOf.length; row++) starts[groupOf[row]! + 1]!++;
  for (let group = 0; group <= groupCount; group++) starts[group + 1]! += starts[group]!;
  const next = starts.slice();
  const rows = new Uint32Array(groupOf.length);
  for (let row = 0; row < groupOf.length; row++) rows[next[groupOf[row]!]!++] = row;
  return { rows, starts: starts.subarray(0, groupCount + 1) };
}

/*
 *   offsets │ u32 × (groups + 1): group g is at offsets[g] … offsets[g + 1] of `bitmaps`
 *   bitmaps │ one Roaring bitmap a group, one behind the other without padding
 */

/**
 * The buffers `offsets` and `bitmaps` of an index that has a set of rows for each of its groups.
 *
 * @throws EngineError NOT_SUPPORTED when the sets take more than 4 GiB.
 */
export function bitmapBuffers({ rows, starts }: GroupedRows): EncodedBuffer<string>[] {
  const offsets = new Uint32Array(starts.length);
  const sets: Uint8Array[] = [];
  let lengthBytes = 0;
  for (let group = 0; group + 1 < starts.length; group++) {
    const set = encodeRoaring(rows.subarray(starts[group]!, starts[group + 1]!));
    sets.push(set);
    lengthBytes += set.length;
    if (lengthBytes > BITMAPS_BYTES_MAX) {
      throw new EngineError(
        'NOT_SUPPORTED',
        `segment: an index takes more than ${BITMAPS_BYTES_MAX} bytes; put fewer rows into a segment`,
      );
    }
    offsets[group + 1] = lengthBytes;
  }
  const bitmaps = new Uint8Array(lengthBytes);
  sets.forEach((set, group) => {
    bitmaps.set(set, offsets[group]);
  });
  return [
    { role: 'offsets', bytes: bytesOf(offsets) },
    { role: 'bitmaps', bytes: bitmaps },
  ];
}
