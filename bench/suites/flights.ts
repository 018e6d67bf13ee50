import { join } from 'node:path';
import type { BenchTable } from '../engines/engine.ts';
import { repositoryRoot } from '../root.ts';
import type { BenchQuery, Suite } from '../suite.ts';

/**
 * The demo table `flights(date TIMESTAMP, delay BIGINT, distance BIGINT, origin STRING, destination
 * STRING)`: 3,000,000 flights in the United States in 2001 (vega-datasets, flights-3m.parquet). `delay`
 * is in minutes and may be negative, `distance` in miles.
 */
export const DEMO_TABLE = 'flights';

/** The twelve: from a bare count over group-bys of every size to a top-N over whole rows. */
export const DEMO_QUERIES: readonly BenchQuery[] = [
  {
    name: 'count',
    sql: 'SELECT COUNT(*) AS flights FROM flights',
    ordered: 'total',
  },
  {
    name: 'count_by_origin',
    sql: 'SELECT origin, COUNT(*) AS flights FROM flights GROUP BY origin',
    ordered: 'none',
  },
  {
    name: 'delays_of_busiest',
    sql: `SELECT origin, COUNT(*) AS flights, SUM(delay) AS total_delay, AVG(delay) AS mean_delay,
       MIN(delay) AS least_delay, MAX(delay) AS greatest_delay
FROM flights GROUP BY origin ORDER BY COUNT(*) DESC LIMIT 10`,
    ordered: 'ties',
    sortKeys: [1],
    limit: 10,
  },
  {
    name: 'long_and_late',
    sql: 'SELECT COUNT(*) AS flights FROM flights WHERE distance > 2000 AND delay > 60',
    ordered: 'total',
  },
  {
    name: 'delay_histogram',
    sql: `SELECT FLOOR(delay / 10) * 10 AS bucket, COUNT(*) AS flights
FROM flights GROUP BY FLOOR(delay / 10) * 10 ORDER BY FLOOR(delay / 10) * 10`,
    ordered: 'total',
  },
  {
    name: 'count_by_month',
    sql: `SELECT DATE_TRUNC('month', date) AS month_start, COUNT(*) AS flights
FROM flights GROUP BY DATE_TRUNC('month', date) ORDER BY DATE_TRUNC('month', date)`,
    clickhouseSql: `SELECT toDateTime64(DATE_TRUNC('month', date), 6) AS month_start,
  COUNT(*) AS flights
FROM flights GROUP BY DATE_TRUNC('month', date) ORDER BY DATE_TRUNC('month', date)`,
    ordered: 'total',
  },
  {
    name: 'busiest_routes',
    sql: `SELECT origin, destination, COUNT(*) AS flights
FROM flights GROUP BY origin, destination ORDER BY COUNT(*) DESC LIMIT 20`,
    ordered: 'ties',
    sortKeys: [2],
    limit: 20,
  },
  {
    name: 'destinations_by_origin',
    sql: `SELECT origin, COUNT(DISTINCT destination) AS destinations
FROM flights GROUP BY origin`,
    ordered: 'none',
  },
  {
    name: 'origins_with_s',
    sql: `SELECT origin, COUNT(*) AS flights
FROM flights WHERE origin LIKE 'S%' GROUP BY origin`,
    ordered: 'none',
  },
  {
    name: 'five_airports',
    sql: `SELECT AVG(delay) AS mean_delay, MAX(distance) AS greatest_distance
FROM flights WHERE origin IN ('ATL', 'ORD', 'DFW', 'LAX', 'PHX')`,
    ordered: 'total',
  },
  {
    name: 'bad_months',
    sql: `SELECT origin, DATE_TRUNC('month', date) AS month_start, SUM(delay) AS total_delay
FROM flights GROUP BY origin, DATE_TRUNC('month', date) HAVING SUM(delay) > 100000`,
    clickhouseSql: `SELECT origin, toDateTime64(DATE_TRUNC('month', date), 6) AS month_start,
  SUM(delay) AS total_delay
FROM flights GROUP BY origin, DATE_TRUNC('month', date) HAVING SUM(delay) > 100000`,
    ordered: 'none',
  },
  {
    name: 'latest_flights',
    sql: `SELECT date, delay, distance, origin, destination
FROM flights ORDER BY delay DESC LIMIT 100`,
    ordered: 'ties',
    sortKeys: [1],
    limit: 100,
  },
];

/** The demo table's Parquet file, as its npm package brings it. */
export function demoParquetPath(): string {
  return join(repositoryRoot(), 'node_modules/vega-datasets/data/flights-3m.parquet');
}

/** The demo table and the twelve. */
export const FLIGHTS: Suite = {
  name: 'flights',
  table: DEMO_TABLE,
  source: {
    parquetPath: demoParquetPath(),
    rowCount: 3_000_000,
    columns: [
      { name: 'date', type: 'TIMESTAMP' },
      { name: 'delay', type: 'BIGINT' },
      { name: 'distance', type: 'BIGINT' },
      { name: 'origin', type: 'STRING', clickhouse: 'LowCardinality(String)' },
      { name: 'destination', type: 'STRING', clickhouse: 'LowCardinality(String)' },
    ],
  },
  openingSql: 'SELECT SUM(delay) FROM flights',
  queries: DEMO_QUERIES,
};

/** The demo table as engines load it. */
export const DEMO_TABLE_FILE: BenchTable = {
  suite: FLIGHTS,
  rowCount: 3_000_000,
  parquetPath: demoParquetPath(),
};
