import type { ClusterView } from '../broker/cluster-view.ts';
import type { LiveNode } from '../coord/cluster/paths.ts';
import { segmentSchema } from '../segment/metadata.ts';
import { checkSameSchema } from '../segment/same-schema.ts';
import type { Engine } from '../server/engine.ts';
import type { R2Store } from '../store/r2-store.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { segmentKey } from '../store/segment-store.ts';

/** The one server of an isolate. */
export const EDGE_SERVER = 'edge';

/**
 * Makes every segment of a bucket known to an engine.
 *
 * @returns a view in which this isolate serves all of them.
 * @throws EngineError CORRUPT_DATA for a damaged segment, SCHEMA_MISMATCH when the segments of a
 *   table differ in their columns.
 */
export async function openCatalog(store: R2Store, engine: Engine): Promise<ClusterView> {
  const tables = await store.tables();
  const opened = await Promise.all(
    tables.map(async (table) => {
      const segments = await store.list(table);
      const metadata = await Promise.all(
        segments.map(async (segment) => {
          const key = segmentKey(table, segment);
          const stored = await store.open(key);
          const read = await readSegmentMetadata(key, stored);
          void engine.addSegment(read, stored);
          return read;
        }),
      );
      checkSameSchema(metadata);
      return { table, segments, schema: segmentSchema(metadata[0]!) };
    }),
  );
  const schemas = new Map(opened.map(({ table, schema }) => [table, schema]));
  const routes = new Map(
    opened.map(({ table, segments }) => [
      table,
      new Map(segments.map((segment) => [segment, [EDGE_SERVER]])),
    ]),
  );
  const servers = new Map<string, LiveNode>();
  return {
    tableNames: () => tables,
    schema: (table) => schemas.get(table) ?? null,
    routing: (table) => routes.get(table) ?? null,
    segment: () => null,
    routingVersion: () => 0,
    indexes: () => [],
    servers: () => servers,
  };
}
