import type { ColumnTable } from 'arquero';
import type { AnswerShape, Rows } from './compare-answers.ts';

/** A table and the questions asked of it. */
export interface Suite {
  /** As `--suite` takes it. */
  readonly name: string;
  /** The table's name in the queries. */
  readonly table: string;
  readonly source: GeneratedTable | FileTable;
  readonly queries: readonly BenchQuery[];
  /**
   * Asked first of an opened database, because engines go on opening behind the caller's back: over
   * one small column that few queries read.
   */
  readonly openingSql: string;
  /** Columns that ClickHouse sorts by, where the benchmark's rules ask for it; else it sorts nothing. */
  readonly clickhouseOrderBy?: readonly string[];
}

/** A table that a seeded generator makes, the same on every machine. */
export interface GeneratedTable {
  /** To be raised with every change of the values, so that no older cache is used. */
  readonly version: number;
  readonly rowsAtScale1: number;
  readonly columns: readonly GeneratedColumn[];
  /** Makes exactly so many rows, in batches of at most `BATCH_ROWS`; nothing else stays in memory. */
  batches(rowCount: number): Generator<Batch>;
}

/** A table that comes as a Parquet file, in one size. */
export interface FileTable {
  readonly parquetPath: string;
  readonly rowCount: number;
  readonly columns: readonly GeneratedColumn[];
}

/** A column of a suite's table; none has NULLs. */
export interface GeneratedColumn {
  readonly name: string;
  readonly type: GeneratedType;
  /** ClickHouse's type, where it has a better one than the plain counterpart. */
  readonly clickhouse?: string;
}

/** DATE is days since 1970, TIMESTAMP microseconds. */
export type GeneratedType =
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'DOUBLE'
  | 'STRING'
  | 'DATE'
  | 'TIMESTAMP';

/** Values of one column in a batch: as its type asks for. */
export type BatchColumn = Int32Array | BigInt64Array | Float64Array | string[];

/** Some rows, one array a column, in the order of the columns. */
export interface Batch {
  readonly rowCount: number;
  readonly columns: readonly BatchColumn[];
}

/** Rows of a batch, which becomes a row group of the Parquet file. */
export const BATCH_ROWS = 131_072;

/** One query, in the words of each engine. */
export interface BenchQuery extends AnswerShape {
  /** Unique in its suite; letters, digits, dots and underscores. */
  readonly name: string;
  /** Standard SQL; what every engine runs that has no text of its own. */
  readonly sql: string;
  readonly nyalaSql?: string;
  readonly duckdbSql?: string;
  readonly clickhouseSql?: string;
  /** Where Arquero takes part: the same question in its words. */
  readonly arquero?: ArqueroQuery | undefined;
  /** How and why the text differs from the original benchmark's. */
  readonly adaptation?: string;
}

/** A question in Arquero's words. */
export interface ArqueroQuery {
  /** The columns it needs; only these are loaded. */
  readonly columns: readonly string[];
  /** Answers in the order of the SQL's columns. */
  run(table: ColumnTable): Rows;
}

/** The rows of a suite's table at a scale; a file's table has one size. */
export function rowsAtScale(source: Suite['source'], scale: number): number {
  if ('parquetPath' in source) return source.rowCount;
  return Math.max(1, Math.round(source.rowsAtScale1 * scale));
}
