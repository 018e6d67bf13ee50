import type { TableSchema } from '../base/types.ts';
import type { SegmentNode } from '../coord/cluster/paths.ts';
import { segmentSchema } from '../segment/metadata.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type SegmentStore, segmentKey } from '../store/segment-store.ts';

/**
 * What a file in the deep store says about itself; nothing that a client claims is believed.
 *
 * @throws EngineError NOT_FOUND or CORRUPT_DATA.
 */
export async function describeSegment(
  store: SegmentStore,
  table: string,
  name: string,
): Promise<{ readonly node: SegmentNode; readonly schema: TableSchema }> {
  const key = segmentKey(table, name);
  const stored = await store.open(key);
  try {
    const metadata = await readSegmentMetadata(key, stored);
    const { rowCount, createdAtMs } = metadata;
    const node = { rowCount, lengthBytes: stored.lengthBytes, createdAtMs };
    return { node, schema: segmentSchema(metadata) };
  } finally {
    await stored.close();
  }
}
