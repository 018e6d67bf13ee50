/**
 * What ORDER BY says about an answer: `total`: every row has its place; `ties`: rows with equal sort
 * keys may change places, and a LIMIT may cut among them; `none`: a set of rows.
 */
export type AnswerOrder = 'total' | 'ties' | 'none';

/** One query over the demo table, in the words of each engine. */
export interface DemoQuery {
  /** Unique; letters and underscores. */
  readonly name: string;
  /** Standard SQL; what every engine runs that has no text of its own. */
  readonly sql: string;
  readonly duckdbSql?: string;
  readonly clickhouseSql?: string;
  readonly ordered: AnswerOrder;
  /** Positions of the ORDER BY columns in the answer; only for `ties`. */
  readonly sortKeys?: readonly number[];
  /** The LIMIT, if there is one: the rows that share the last sort key may then differ. */
  readonly limit?: number;
}

/**
 * The demo table `flights(date TIMESTAMP, delay BIGINT, distance BIGINT, origin STRING, destination
 * STRING)`: 3,000,000 flights in the United States in 2001 (vega-datasets, flights-3m.parquet). `delay`
 * is in minutes and may be negative, `distance` in miles.
 */
export const DEMO_TABLE = 'flights';

/** The twelve: from a bare count over group-bys of every size to a top-N over whole rows. */
export const DEMO_QUERIES: readonly DemoQuery[] = [
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
