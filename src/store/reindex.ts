import type { IndexConfig } from '../base/index-config.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { rebuildIndexes } from '../segment/rebuild.ts';
import { type SegmentStore, type StoredSegment, segmentKey } from './segment-store.ts';

/**
 * Gives a stored segment exactly these indexes, in one step; whoever has the present object open goes
 * on to read that where the store is a folder.
 *
 * @param stored the segment, open.
 * @throws EngineError CORRUPT_DATA, and what building an index throws.
 */
export async function reindexStored(
  store: SegmentStore,
  metadata: SegmentMetadata,
  stored: StoredSegment,
  indexes: readonly IndexConfig[],
): Promise<void> {
  const { parts } = await rebuildIndexes(metadata, indexes, (into, at) => stored.read(into, at));
  await store.put(segmentKey(metadata.table, metadata.name), parts);
}
