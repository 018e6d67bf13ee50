import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';

/** DuckDB in this process, one thread, nothing on disk. */
export async function openOracle(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  // It plans in a third of the time without, and has less that can be wrong.
  await connection.run('PRAGMA disable_optimizer');
  return connection;
}

/** The rows of an answer, values as Nyala has them; a DECIMAL is a number. */
export async function oracleRows(connection: DuckDBConnection, sql: string): Promise<Value[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map(fromDuckDb));
}

/** Makes a table, in place of one of the same name. */
export async function createOracleTable(
  connection: DuckDBConnection,
  { name, columns }: TableSchema,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const list = columns.map((column) => `${column.name} ${duckDbType(column.type)}`).join(', ');
  await connection.run(`CREATE OR REPLACE TABLE ${name} (${list})`);
  const appender = await connection.createAppender(name);
  for (const row of rows) {
    row.forEach((value, column) => {
      append(appender, value, columns[column]!.type);
    });
    appender.endRow();
  }
  appender.closeSync();
}

/** A value as DuckDB's driver gives it. */
export function fromDuckDb(value: DuckDBValue): Value {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return value as Value;
}

/** The name that DuckDB gives a type. */
export function duckDbType(type: DataType): string {
  return type === 'STRING' ? 'VARCHAR' : type;
}

/** By type: without it the driver takes −0 for an integer. */
function append(appender: DuckDBAppender, value: Value, type: DataType): void {
  if (value === null) appender.appendNull();
  else if (type === 'DOUBLE') appender.appendDouble(value as number);
  else if (type === 'FLOAT') appender.appendFloat(value as number);
  else if (type === 'TIMESTAMP')
    appender.appendTimestamp(new DuckDBTimestampValue(value as bigint));
  else if (type === 'DATE') appender.appendDate(new DuckDBDateValue(value as number));
  else appender.appendValue(value);
}
