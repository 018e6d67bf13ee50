import type { DateUnit } from './date-units.ts';

/** What a timestamp index truncates to, under Pinot's names. */
export const GRANULARITIES = [
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
] as const;

/** One of them. */
export type Granularity = (typeof GRANULARITIES)[number];

/** The moments of a TIMESTAMP column, each as the begin of the unit that holds it. */
export interface TimestampColumn {
  readonly column: string;
  readonly granularity: Granularity;
}

/** `$at$DAY`: Pinot's name of such a column. */
export function timestampColumnName({ column, granularity }: TimestampColumn): string {
  return `$${column}$${granularity}`;
}

/** What the name of such a column says; null for other names. */
export function readTimestampColumn(name: string): TimestampColumn | null {
  const [, column, unit] = /^\$(.+)\$([A-Z]+)$/s.exec(name) ?? [];
  const granularity = GRANULARITIES.find((one) => one === unit);
  return column === undefined || granularity === undefined ? null : { column, granularity };
}

/** The unit of DATE_TRUNC that a granularity is. */
export function unitOfGranularity(granularity: Granularity): DateUnit {
  return UNITS[granularity];
}

const UNITS: Readonly<Record<Granularity, DateUnit>> = {
  MILLISECOND: 'millisecond',
  SECOND: 'second',
  MINUTE: 'minute',
  HOUR: 'hour',
  DAY: 'day',
  WEEK: 'week',
  MONTH: 'month',
  QUARTER: 'quarter',
  YEAR: 'year',
};
