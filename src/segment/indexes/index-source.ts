import { assert } from '../../base/assert.ts';
import type { ColumnMetadata } from '../metadata.ts';
import type { ColumnBuffers } from '../read.ts';

/** The columns of a segment from which indexes are built. */
export interface IndexSource {
  readonly rowCount: number;
  /** At least those of the indexes, by name. */
  readonly columns: ReadonlyMap<string, SourceColumn>;
}

/** A column with all its buffers in memory. */
export interface SourceColumn {
  readonly metadata: Omit<ColumnMetadata, 'buffers'>;
  readonly buffers: ColumnBuffers;
}

/** A column that the source must have. */
export function sourceColumn({ columns }: IndexSource, name: string): SourceColumn {
  const column = columns.get(name);
  assert(column !== undefined, () => `the column ${name} of an index was handed in`);
  return column;
}
