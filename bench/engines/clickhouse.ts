import type { Value } from '../../src/base/types.ts';
import type { GeneratedColumn, GeneratedType } from '../suite.ts';
import type { BenchTable, EngineKind, PreparedQuery } from './engine.ts';

/** The part of chdb (ClickHouse as a library) that is used here. It is half a gigabyte: optional. */
interface Chdb {
  readonly Session: new (directory: string) => ChdbSession;
}

interface ChdbSession {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options: { format: string }): Promise<{ text(): string }>;
  close(): void;
}

const INSTALL = 'npm install --no-save chdb@3.4.0';
const FORMAT = 'JSONCompactEachRowWithNamesAndTypes';
const DATABASE = 'bench';
const MICROS_PER_MILLISECOND = 1000n;
const MILLISECONDS_PER_DAY = 86_400_000;

const PLAIN_TYPES: Readonly<Record<GeneratedType, string>> = {
  SMALLINT: 'Int16',
  INT: 'Int32',
  BIGINT: 'Int64',
  DOUBLE: 'Float64',
  STRING: 'String',
  DATE: 'Date32',
  TIMESTAMP: "DateTime64(6, 'UTC')",
};

/**
 * ClickHouse at its best: a MergeTree table in one part, with LowCardinality strings. It has no row
 * interface in a process, so its rows come as compact JSON, parsed inside the timing.
 */
export const clickHouse: EngineKind = {
  name: 'ClickHouse',
  hasFiles: true,
  probe: async () => {
    const chdb = await importChdb();
    if (typeof chdb === 'string') return { missing: chdb };
    const session = new chdb.Session('');
    const version = session.query('SELECT version()', 'TabSeparated').trim();
    session.close();
    return { version, build: version };
  },
  takesPart: () => true,
  load: async (table, { folder, threads }) => {
    const session = await openSession(folder);
    for (const statement of loadStatements(table, threads)) session.query(statement);
    session.close();
  },
  open: async (_, { folder, threads }) => {
    const session = await openSession(folder);
    session.query(`USE ${DATABASE}`);
    const settings = ` SETTINGS max_threads = ${threads}, output_format_json_quote_64bit_integers = 1`;
    return {
      prepare: async ({ clickhouseSql, sql }) =>
        prepare(session, (clickhouseSql ?? sql) + settings),
      close: async () => session.close(),
    };
  },
};

async function openSession(folder: string): Promise<ChdbSession> {
  const chdb = await importChdb();
  if (typeof chdb === 'string') throw new Error(chdb);
  return new chdb.Session(folder);
}

async function importChdb(): Promise<Chdb | string> {
  const name: string = 'chdb';
  try {
    return await import(name);
  } catch (error) {
    return `${String(error).split('\n')[0]} (to compare with it: ${INSTALL})`;
  }
}

function loadStatements({ suite, parquetPath }: BenchTable, threads: number): string[] {
  const file = parquetPath.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const table = `${DATABASE}.${suite.table}`;
  const type = (column: GeneratedColumn) => column.clickhouse ?? PLAIN_TYPES[column.type];
  const columns = suite.source.columns.map((column) => `${column.name} ${type(column)}`);
  const order = suite.clickhouseOrderBy?.join(', ') ?? '';
  return [
    `CREATE DATABASE ${DATABASE}`,
    `CREATE TABLE ${table} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY tuple(${order})`,
    `INSERT INTO ${table} SELECT * FROM file('${file}', 'Parquet') SETTINGS max_threads = ${threads}`,
    `OPTIMIZE TABLE ${table} FINAL`,
  ];
}

function prepare(session: ChdbSession, sql: string): PreparedQuery {
  return async () => {
    const text = (await session.queryAsync(sql, { format: FORMAT })).text();
    const [, types, ...rows] = parseLines(text);
    return { rows: () => rows.map((row) => row.map((value, at) => toValue(value, types?.[at]))) };
  };
}

function parseLines(text: string): unknown[][] {
  return JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`);
}

function toValue(value: unknown, typeName: unknown): Value {
  const type = String(typeName);
  if (value === null) return null;
  if (/^(Nullable\()?U?Int(64|128|256)/.test(type)) return BigInt(String(value));
  if (/^(Nullable\()?DateTime/.test(type)) return timestampMicros(String(value));
  if (/^(Nullable\()?Date/.test(type)) return Date.parse(String(value)) / MILLISECONDS_PER_DAY;
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new TypeError(`benchmark: no value of Nyala for ClickHouse's ${type}`);
}

/** `2001-01-31 10:20:30` or `2001-01-31 10:20:30.123456`. */
function timestampMicros(text: string): bigint {
  const [seconds = '', fraction = ''] = text.split('.');
  const milliseconds = Date.parse(`${seconds.replace(' ', 'T')}Z`);
  return BigInt(milliseconds) * MICROS_PER_MILLISECOND + BigInt(fraction.padEnd(6, '0'));
}
