import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rows } from './compare-answers.ts';
import type { DemoQuery } from './queries.ts';

/** An engine with the demo table loaded, ready to be timed. */
export interface Engine {
  /** As people call it. */
  readonly name: string;
  readonly version: string;
  /** Whatever can be done once for a query, is done here, outside of the timing. */
  prepare(query: DemoQuery): Promise<PreparedQuery>;
  /** Ends the engine and removes its files. */
  close(): Promise<void>;
}

/** Runs the query until all of its rows are JavaScript values. This call is what is timed. */
export type PreparedQuery = () => Promise<EngineAnswer>;

/** An answer in the engine's own values. */
export interface EngineAnswer {
  /** The rows in Nyala's values (`Value`), for comparing; not timed. */
  rows(): Rows;
}

/** An engine that is not here, and why: its column stays empty. */
export interface MissingEngine {
  readonly name: string;
  readonly missing: string;
}

/** How to open an engine for the benchmark. */
export interface EngineOptions {
  /** The demo table's Parquet file. */
  readonly parquetPath: string;
  /** Threads that one query may use. */
  readonly threads: number;
}

/** The demo table's Parquet file, as its npm package brings it. */
export function demoParquetPath(): string {
  return join(repositoryRoot(), 'node_modules/vega-datasets/data/flights-3m.parquet');
}

/** The checkout's folder, whether this runs from its sources or from dist/. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
