/** The SQL types a column can have. Each of them also has NULL. */
export type DataType =
  | 'BOOLEAN'
  | 'INT' // 32-bit signed
  | 'BIGINT' // 64-bit signed
  | 'FLOAT' // IEEE 754 single
  | 'DOUBLE' // IEEE 754 double
  | 'STRING' // Unicode text
  | 'TIMESTAMP' // microseconds since 1970-01-01T00:00:00 without a zone, 64-bit signed
  | 'DATE'; // days since 1970-01-01, 32-bit signed

/** All data types, in the order in which errors list them. */
export const DATA_TYPES: readonly DataType[] = [
  'BOOLEAN',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'TIMESTAMP',
  'DATE',
];

/**
 * One value as JavaScript holds it: BOOLEAN boolean; INT, FLOAT, DOUBLE and DATE (days) number;
 * BIGINT and TIMESTAMP (microseconds) bigint; STRING string; NULL null.
 */
export type Value = boolean | number | bigint | string | null;

/** One column of a table. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: DataType;
}

/** A table's columns in their declared order. Names are unique without regard to case. */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly ColumnSchema[];
}

/** True for types that arithmetic accepts. */
export function isNumeric(type: DataType): boolean {
  return type === 'INT' || type === 'BIGINT' || type === 'FLOAT' || type === 'DOUBLE';
}
