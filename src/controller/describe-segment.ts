import type { IndexConfig } from '../base/index-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { SegmentNode } from '../coord/cluster/paths.ts';
import { type SegmentMetadata, segmentSchema } from '../segment/metadata.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { reindexStored } from '../store/reindex.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type SegmentStore, type StoredSegment, segmentKey } from '../store/segment-store.ts';

/**
 * What a file in the deep store says about itself; nothing that a client claims is believed.
 *
 * @throws EngineError NOT_FOUND or CORRUPT_DATA.
 */
export function describeSegment(
  store: SegmentStore,
  table: string,
  name: string,
): Promise<{ readonly node: SegmentNode; readonly schema: TableSchema }> {
  return withSegment(store, table, name, async (metadata, { lengthBytes }) => {
    const { rowCount, createdAtMs } = metadata;
    return { node: { rowCount, lengthBytes, createdAtMs }, schema: segmentSchema(metadata) };
  });
}

/**
 * Gives a segment in the deep store exactly these indexes.
 *
 * @throws EngineError NOT_FOUND or CORRUPT_DATA, and what building an index throws.
 */
export function reindexSegment(
  store: SegmentStore,
  table: string,
  name: string,
  indexes: readonly IndexConfig[],
  decode: DecodeBuffer,
): Promise<void> {
  return withSegment(store, table, name, (metadata, stored) =>
    reindexStored(store, metadata, stored, indexes, decode),
  );
}

async function withSegment<R>(
  store: SegmentStore,
  table: string,
  name: string,
  action: (metadata: SegmentMetadata, stored: StoredSegment) => Promise<R>,
): Promise<R> {
  const key = segmentKey(table, name);
  const stored = await store.open(key);
  try {
    return await action(await readSegmentMetadata(key, stored), stored);
  } finally {
    await stored.close();
  }
}
