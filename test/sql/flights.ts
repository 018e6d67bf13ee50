import type { TableSchema } from '../../src/base/types.ts';
import { type PlannedQuery, planQuery } from '../../src/sql/query.ts';

/** A table with a column of every type, and names that differ from what people type. */
export const FLIGHTS: TableSchema = {
  name: 'flights',
  columns: [
    { name: 'origin', type: 'STRING' },
    { name: 'destination', type: 'STRING' },
    { name: 'delay', type: 'INT' },
    { name: 'distance', type: 'BIGINT' },
    { name: 'price', type: 'DOUBLE' },
    { name: 'ratio', type: 'FLOAT' },
    { name: 'cancelled', type: 'BOOLEAN' },
    { name: 'departed', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'FlightId', type: 'BIGINT' },
  ],
};

/** When statements come in: 2024-02-29 12:34:56.789 UTC. */
const NOW_MS = 1_709_210_096_789;

/** Plans a statement over FLIGHTS, with options as a request would pass them. */
export function plan(text: string, options: Readonly<Record<string, string>> = {}): PlannedQuery {
  return planQuery(text, {
    resolveTable: (name) => (name === 'flights' ? FLIGHTS : null),
    tableNames: () => ['flights', 'airports'],
    nowMs: NOW_MS,
    options: new Map(Object.entries(options)),
  });
}
