import type { ColumnSchema } from '../base/types.ts';

/**
 * Columns that every table has without storing them, as Pinot has them: usable wherever a column is,
 * and absent from `SELECT *`. A stored column of the same name wins.
 * - `$segmentName`: the segment that holds the row.
 * - `$hostName`: the host of the server that has read the row.
 * - `$docId`: the row's number in its segment, from 0.
 */
export const VIRTUAL_COLUMNS: readonly ColumnSchema[] = [
  { name: '$segmentName', type: 'STRING' },
  { name: '$hostName', type: 'STRING' },
  { name: '$docId', type: 'INT' },
];

/** The virtual column of this name, without regard to case; undefined when there is none. */
export function findVirtualColumn(name: string): ColumnSchema | undefined {
  if (!name.startsWith('$')) return undefined;
  const folded = name.toLowerCase();
  return VIRTUAL_COLUMNS.find((column) => column.name.toLowerCase() === folded);
}
