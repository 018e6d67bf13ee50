import type { Rows } from '../compare-answers.ts';
import type { BenchQuery, Suite } from '../suite.ts';

/** An engine as a library: what can be done with it before a table is there. */
export interface EngineKind {
  /** As people call it. */
  readonly name: string;
  /** What is installed, or why it is not here. */
  probe(): Promise<EngineVersion | MissingEngine>;
  /** False when its tables are always in memory, so that it is never cold. */
  readonly hasFiles: boolean;
  /** True when it can answer something of the suite. */
  takesPart(suite: Suite): boolean;
  /** Loads the table into an empty folder, where `open` finds it. */
  load(table: BenchTable, options: EngineOptions): Promise<void>;
  /** Opens what `load` left. */
  open(table: BenchTable, options: EngineOptions): Promise<Engine>;
}

/** What is installed. */
export interface EngineVersion {
  readonly version: string;
  /** Changes whenever files may be written in another way; letters, digits and dots. */
  readonly build: string;
}

/** An engine that is not here, and why: its column stays empty. */
export interface MissingEngine {
  readonly missing: string;
}

/** The table of a suite in one size, as a Parquet file. */
export interface BenchTable {
  readonly suite: Suite;
  readonly rowCount: number;
  readonly parquetPath: string;
}

/** Where and how to run. */
export interface EngineOptions {
  /** The engine's own copy of the data. */
  readonly folder: string;
  /** Threads that one query may use. */
  readonly threads: number;
}

/** An engine with a suite's table, ready to be timed. */
export interface Engine {
  /**
   * Whatever can be done once for a query, is done here, outside of the timing.
   *
   * @returns null when the engine does not take part in this query.
   */
  prepare(query: BenchQuery): Promise<PreparedQuery | null>;
  close(): Promise<void>;
}

/** Runs the query until all of its rows are JavaScript values. This call is what is timed. */
export type PreparedQuery = () => Promise<EngineAnswer>;

/** An answer in the engine's own values. */
export interface EngineAnswer {
  /** The rows in Nyala's values (`Value`), for comparing; not timed. */
  rows(): Rows;
}
