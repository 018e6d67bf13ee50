import type { IndexConfig, IndexParameters } from '../../base/index-config.ts';
import type { EncodedBuffer } from '../encoded-column.ts';
import type { IndexSource } from './index-source.ts';

/** An index before its buffers have a place in the file. */
export interface EncodedIndex extends IndexConfig {
  readonly buffers: readonly EncodedBuffer<string>[];
}

/** What a builder makes of a configuration; null when the segment has no use for the index. */
export type IndexBuilder = (
  config: IndexConfig,
  source: IndexSource,
) => { readonly parameters: IndexParameters; readonly buffers: EncodedIndex['buffers'] } | null;
