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

const BUILDERS: Readonly<Record<IndexKind, IndexBuilder>> = {
  sorted: buildSorted,
  inverted: buildInverted,
  range: buildRange,
  bloom: buildBloom,
  text: buildText,
  json: buildJson,
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
    return built === null ? [] : [{ ...config, ...built }];
  });
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
  return indexes.map((index) => {
    const buffers = file.place(index.buffers, (role) => indexBufferElement(index, columns, role));
    return { ...index, buffers };
  });
}
