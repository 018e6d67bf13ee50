import { RECORD_PARTITIONS_MAX } from '../base/limits.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import { readQueryConfig } from '../base/table-query-config.ts';
import type { TableSchema } from '../base/types.ts';
import { columnRanges } from '../coord/cluster/column-ranges.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import type { PartitionList, SegmentRecord, TimeRange } from '../coord/cluster/segment-nodes.ts';
import { type SegmentMetadata, segmentSchema } from '../segment/metadata.ts';
import { readSegmentFooter, type SegmentFooter } from '../store/segment-metadata.ts';
import type { SegmentStore, StoredSegment } from '../store/segment-store.ts';

/** What a file says about itself, as the record of its segment has it. */
export type FileRecord = Pick<
  SegmentRecord,
  'rowCount' | 'lengthBytes' | 'createdAtMs' | 'crc' | 'file' | 'partitions'
>;

/** A file in the deep store. */
export interface DescribedSegment {
  readonly name: string;
  readonly file: FileRecord;
  readonly schema: TableSchema;
  readonly metadata: SegmentMetadata;
}

/**
 * What a file in the deep store says about itself; nothing that a client claims is believed.
 *
 * @throws EngineError NOT_FOUND or CORRUPT_DATA.
 */
export function describeSegment(store: SegmentStore, key: string): Promise<DescribedSegment> {
  return withSegment(store, key, async ({ metadata, crc }, { lengthBytes }) => {
    const { name, rowCount, createdAtMs } = metadata;
    const partitions = partitionsOf(metadata);
    const file = { rowCount, lengthBytes, createdAtMs, crc, file: key, ...partitions };
    return { name, file, schema: segmentSchema(metadata), metadata };
  });
}

/**
 * What brokers go by when they leave out segments, as a table's configuration wants it: the range of its
 * time, and those of its pruner columns.
 */
export function pruningFacts(
  metadata: SegmentMetadata,
  { schema, config = {} }: Pick<TableNode, 'schema' | 'config'>,
): Pick<SegmentRecord, 'time' | 'ranges'> {
  const time = timeOf(metadata, config);
  const { prunerColumns } = readQueryConfig(config, 'table config');
  const others = prunerColumns.filter((name) => name !== time.time?.column);
  return { ...time, ...columnRanges(metadata, schema, others) };
}

/**
 * The range of a table's time column in a segment: that which Pinot's `segmentsConfig.timeColumnName`
 * names, or else the first TIMESTAMP column.
 *
 * @returns nothing when there is none, or a row without a time.
 */
function timeOf(
  { columns }: SegmentMetadata,
  config: PlainJsonRecord,
): { readonly time?: TimeRange } {
  const segmentsConfig = config.segmentsConfig as PlainJsonRecord | undefined;
  const named = segmentsConfig?.timeColumnName;
  const column =
    typeof named === 'string'
      ? columns.find(({ name }) => name === named)
      : columns.find(({ type }) => type === 'TIMESTAMP');
  if (column === undefined || column.nullCount > 0) return {};
  const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber(column.min) || !isNumber(column.max)) return {};
  const [min, max] = [Number(column.min), Number(column.max)];
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return {};
  return { time: { column: column.name, min, max } };
}

/** Only a list that rules something out, and is short enough for a record. */
function partitionsOf({ indexes }: SegmentMetadata): { readonly partitions?: PartitionList } {
  for (const { kind, columns, parameters } of indexes) {
    const { numPartitions: count, partitions: ids } = parameters;
    if (kind !== 'partition' || typeof count !== 'number' || !Array.isArray(ids)) continue;
    if (ids.length > RECORD_PARTITIONS_MAX) continue;
    return { partitions: { column: columns[0]!, count, ids: ids.map(Number) } };
  }
  return {};
}

/**
 * Opens a file of the deep store for as long as an action takes.
 *
 * @throws EngineError NOT_FOUND or CORRUPT_DATA.
 */
export async function withSegment<R>(
  store: SegmentStore,
  key: string,
  action: (footer: SegmentFooter, stored: StoredSegment) => Promise<R>,
): Promise<R> {
  const stored = await store.open(key);
  try {
    return await action(await readSegmentFooter(key, stored), stored);
  } finally {
    await stored.close();
  }
}
