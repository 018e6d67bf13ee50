/** A query to begin with. */
export interface Sample {
  readonly title: string;
  readonly sql: string;
}

/** The table that `nyala start --demo` loads, which the samples ask. */
export const SAMPLE_TABLE = 'flights';

/** Queries on the demo table, from simple to less so. */
export const SAMPLES: readonly Sample[] = [
  {
    title: 'Busiest airports',
    sql: `SELECT origin, COUNT(*) AS flights, AVG(delay) AS average_delay
FROM flights
GROUP BY origin
ORDER BY flights DESC
LIMIT 20`,
  },
  {
    title: 'Flights and delays by month',
    sql: `SELECT DATE_TRUNC('month', date) AS month,
       COUNT(*) AS flights,
       AVG(delay) AS average_delay,
       MAX(delay) AS longest_delay
FROM flights
GROUP BY month
ORDER BY month`,
  },
  {
    title: 'Worst routes',
    sql: `SELECT origin, destination,
       COUNT(*) AS flights,
       AVG(CASE WHEN delay > 30 THEN 100.0 ELSE 0.0 END) AS percent_late
FROM flights
GROUP BY origin, destination
HAVING COUNT(*) >= 1000
ORDER BY percent_late DESC
LIMIT 20`,
  },
  {
    title: 'Delays by distance',
    sql: `SELECT FLOOR(distance / 250) * 250 AS miles_from,
       COUNT(*) AS flights,
       AVG(delay) AS average_delay
FROM flights
GROUP BY miles_from
ORDER BY miles_from`,
  },
  {
    title: 'Longest delays out of Seattle',
    sql: `SELECT date, destination, delay
FROM flights
WHERE origin = 'SEA' AND delay > 0
ORDER BY delay DESC
LIMIT 50`,
  },
];
