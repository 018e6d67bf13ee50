import type { IndexConfig } from '../base/index-config.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { type DecodeBuffer, rebuildIndexes } from '../segment/rebuild.ts';
import { type SegmentStore, type StoredSegment, segmentKey } from './segment-store.ts';

/**
 * Stores a segment with exactly these indexes, in one step. Under the same key, whoever has the present
 * object open goes on to read that where the store is a folder.
 *
 * @param stored the segment, open.
 * @param key where the result goes.
 * @throws EngineError CORRUPT_DATA, and what building an index throws.
 */
export async function reindexStored(
  store: SegmentStore,
  metadata: SegmentMetadata,
  stored: StoredSegment,
  indexes: readonly IndexConfig[],
  decode: DecodeBuffer,
  key = segmentKey(metadata.table, metadata.name),
): Promise<void> {
  const read = (into: Uint8Array, at: number): Promise<void> => stored.read(into, at);
  const { parts } = await rebuildIndexes(metadata, indexes, read, decode);
  await store.put(key, parts);
}
