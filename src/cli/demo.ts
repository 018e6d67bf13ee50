import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EngineError } from '../base/errors.ts';

/** The table that `nyala start --demo` loads: 3,000,000 flights within the United States. */
export const DEMO_TABLE = 'flights';

/** What to ask it first. */
export const demoQuery =
  'SELECT origin, COUNT(*) AS flights, AVG(delay) AS average_delay FROM flights ' +
  'GROUP BY origin ORDER BY flights DESC LIMIT 5';

/**
 * The demo's Parquet file, which comes with the package vega-datasets.
 *
 * @throws EngineError NOT_FOUND when that package is not installed.
 */
export function demoFile(): string {
  const folders = createRequire(import.meta.url).resolve.paths(PACKAGE) ?? [];
  const paths = folders.map((folder) => join(folder, PACKAGE, 'data', 'flights-3m.parquet'));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new EngineError(
    'NOT_FOUND',
    `the demo needs the package ${PACKAGE}; install it with npm install ${PACKAGE}`,
  );
}

const PACKAGE = 'vega-datasets';
