import type { IndexConfig, IndexKind } from '../../base/index-config.ts';
import type { FileParts } from '../file-parts.ts';
import { indexBufferElement } from '../layout.ts';
import type { ColumnMetadata, SegmentIndex } from '../metadata.ts';
import { buildBloom } from './bloom.ts';
import type { EncodedIndex, IndexBuilder } from './index-builder.ts';
import type { IndexSource } from './index-source.ts';
import { buildInverted } from './inverted.ts';
import { buildJson } from './json.ts';
import { buildPartition } from './partition.ts';
import { buildRange } from './range.ts';
import { buildSorted } from './sorted.ts';
import { buildStarTree } from './star-tree.ts';
import { buildText } from './terms.ts';
import { buildTimestamp, timestampSource } from './timestamp.ts';

const BUILDERS: Readonly<Record<IndexKind, IndexBuilder>> = {
  sorted: buildSorted,
  inverted: buildInverted,
  range: buildRange,
  bloom: buildBloom,
  text: buildText,
  json: buildJson,
  timestamp: buildTimestamp,
  startree: buildStarTree,
  partition: buildPartition,
};

/**
 * Builds indexes over a segment's columns.
 *
 * @throws EngineError NOT_SUPPORTED or BAD_REQUEST for what a star-tree cannot keep.
 */
export function buildIndexes(
  configs: readonly IndexConfig[],
  source: IndexSource,
): readonly EncodedIndex[] {
  return configs.flatMap((config) => {
    const built = BUILDERS[config.kind](config, source);
    if (built === null) return [];
    const index = { ...config, ...built };
    return config.kind === 'timestamp' ? [index, ...indexesOver(index, source.rowCount)] : [index];
  });
}

/** What a column that is an index has itself: whether it is sorted, and ranges where it has no codes. */
function indexesOver(index: EncodedIndex, rowCount: number): readonly EncodedIndex[] {
  const [name] = index.columns;
  const source = { rowCount, columns: new Map([[name!, timestampSource(index)]]) };
  const configs = (['sorted', 'range'] as const).map((kind) => {
    return { kind, columns: [name!], parameters: {} };
  });
  return buildIndexes(configs, source);
}

/** These indexes, and for each of the columns the one that tells whether it is sorted. */
export function withSorted(
  configs: readonly IndexConfig[],
  columns: Iterable<string>,
): readonly IndexConfig[] {
  const isListed = (name: string): boolean =>
    configs.some((config) => config.kind === 'sorted' && config.columns[0] === name);
  const missing = [...columns].filter((name) => !isListed(name));
  const sorted = missing.map((name) => {
    return { kind: 'sorted', columns: [name], parameters: {} } as const;
  });
  return [...configs, ...sorted];
}

/** Appends the buffers of indexes over some of the columns to a file. */
export function placeIndexes(
  indexes: readonly EncodedIndex[],
  columns: readonly ColumnMetadata[],
  file: FileParts,
): SegmentIndex[] {
  const timestamps = indexes.filter(({ kind }) => kind === 'timestamp');
  const all = [...columns, ...timestamps.map((index) => timestampSource(index).metadata)];
  return indexes.map((index) => {
    const buffers = file.place(index.buffers, (role) => indexBufferElement(index, all, role));
    return { ...index, buffers };
  });
}
