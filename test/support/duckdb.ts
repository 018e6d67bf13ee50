import {
  ANY,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  VARCHAR,
} from '@duckdb/node-api';
import { arrayElements, arrayText, type Element } from '../../src/base/array-text.ts';
import { byteString, bytesOfString } from '../../src/base/byte-string.ts';
import { formatDecimal } from '../../src/base/decimal.ts';
import {
  type DataType,
  decimalShape,
  elementType,
  isArray,
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
  if (value instanceof DuckDBListValue) {
    return arrayText(value.items.map((item) => fromDuckDb(item) as Element));
  }
  return value as Value;
}

/** The name that DuckDB gives a type. */
export function duckDbType(type: DataType): string {
  if (isArray(type)) return `${duckDbType(elementType(type))}[]`;
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
  } else if (isArray(type)) {
    const elements = arrayElements(type, String(value));
    const items = elements.map((one) => toDuckDb(one, elementType(type)));
    appender.appendList(items, LIST(LIST_TYPES[elementType(type)] ?? ANY));
  } else appender.appendValue(value);
}

/** What the driver has to be told of the elements of a list. */
const LIST_TYPES: Readonly<Partial<Record<DataType, DuckDBType>>> = {
  BOOLEAN,
  INT: INTEGER,
  BIGINT,
  DOUBLE,
  STRING: VARCHAR,
  DATE,
};

function toDuckDb(value: Element, type: DataType): DuckDBValue {
  return type === 'DATE' ? new DuckDBDateValue(value as number) : value;
}
