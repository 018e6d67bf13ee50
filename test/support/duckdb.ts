import {
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { byteString, bytesOfString } from '../../src/base/byte-string.ts';
import { formatDecimal } from '../../src/base/decimal.ts';
import {
  type DataType,
  decimalShape,
  isDecimal,
  type TableSchema,
  type Value,
} from '../../src/base/types.ts';

/** DuckDB in this process, one thread, nothing on disk. */
export async function openOracle(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  // It plans in a third of the time without, and has less that can be wrong.
  await connection.run('PRAGMA disable_optimizer');
  return connection;
}

/** The rows of an answer, values as Nyala has them, but a DECIMAL as `exactText` writes it. */
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

/** A DECIMAL in the shortest notation: the scale of a result is each system's own. */
export function exactText(units: bigint, scale: number): string {
  const text = formatDecimal(units, scale);
  return scale === 0 ? text : text.replace(/\.?0+$/, '');
}

/** A value as DuckDB's driver gives it. */
export function fromDuckDb(value: DuckDBValue): Value {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBDecimalValue) return exactText(value.value, value.scale);
  if (value instanceof DuckDBBlobValue) return byteString(value.bytes);
  return value as Value;
}

/** The name that DuckDB gives a type. */
export function duckDbType(type: DataType): string {
  if (type === 'STRING' || type === 'JSON') return 'VARCHAR';
  return type === 'BYTES' ? 'BLOB' : type;
}

/** By type: without it the driver takes −0 for an integer. */
function append(appender: DuckDBAppender, value: Value, type: DataType): void {
  if (value === null) appender.appendNull();
  else if (type === 'DOUBLE') appender.appendDouble(value as number);
  else if (type === 'FLOAT') appender.appendFloat(value as number);
  else if (type === 'TIMESTAMP')
    appender.appendTimestamp(new DuckDBTimestampValue(value as bigint));
  else if (type === 'DATE') appender.appendDate(new DuckDBDateValue(value as number));
  else if (type === 'BYTES') appender.appendBlob(bytesOfString(value as string));
  else if (isDecimal(type)) {
    const { precision, scale } = decimalShape(type);
    appender.appendDecimal(new DuckDBDecimalValue(value as bigint, precision, scale));
  } else appender.appendValue(value);
}
