import type { PlainJsonRecord } from './plain-json.ts';

/**
 * Kinds of indexes, under the names that Pinot's options have for them. `sorted` and `partition` have no
 * buffers: one says that a column's rows ascend, the other in which partitions its values are. `timestamp`
 * is over a column that only the index has, see timestamp-column.ts.
 */
export const INDEX_KINDS = [
  'sorted',
  'inverted',
  'range',
  'bloom',
  'text',
  'json',
  'timestamp',
  'startree',
  'partition',
] as const;

/** A kind of index. */
export type IndexKind = (typeof INDEX_KINDS)[number];

/** An index that segments of a table should have. */
export interface IndexConfig {
  readonly kind: IndexKind;
  /** One column, but for `startree`: its dimensions in order; none for those that suit a segment. */
  readonly columns: readonly string[];
  /** What the kind can be told, such as `fpp` of `bloom`; plain JSON. */
  readonly parameters: IndexParameters;
}

/** What an index was told or knows of itself, by name. */
export type IndexParameters = PlainJsonRecord;

/** How segments are stored and indexed. */
export interface BuildConfig {
  readonly indexes: readonly IndexConfig[];
  /**
   * Columns that are stored as plain values, without codes. BOOLEAN and STRING have no such encoding and
   * are coded all the same.
   */
  readonly rawColumns: readonly string[];
  /** The column by which a segment's rows are sorted when they are loaded; null for none. */
  readonly sortedColumn: string | null;
}

/** No index, every encoding chosen from the data, rows in the order in which they came. */
export const DEFAULT_BUILD_CONFIG: BuildConfig = {
  indexes: [],
  rawColumns: [],
  sortedColumn: null,
};

/** `inverted(word)`: how plans, statistics and errors name an index. */
export function indexName({ kind, columns }: Pick<IndexConfig, 'kind' | 'columns'>): string {
  return `${kind}(${columns.join(', ')})`;
}
