import type { SegmentRecord, TableStateNode } from './segment-nodes.ts';

/**
 * Whether queries see a segment: the load that brought it is done, and one that takes it away is not.
 * So all that a load brings and takes away changes with one write: its id leaves `pending`.
 */
export function isVisible(
  { load, replacedBy }: Pick<SegmentRecord, 'load' | 'replacedBy'>,
  pending: TableStateNode['pending'],
): boolean {
  if (load !== undefined && Object.hasOwn(pending, load)) return false;
  return replacedBy === undefined || Object.hasOwn(pending, replacedBy);
}

/** Whether a segment was taken away, so that its record can go once running queries have ended. */
export function isReplaced(
  { replacedBy }: Pick<SegmentRecord, 'replacedBy'>,
  pending: TableStateNode['pending'],
): boolean {
  return replacedBy !== undefined && !Object.hasOwn(pending, replacedBy);
}
