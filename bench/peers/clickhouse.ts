import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Value } from '../../src/base/types.ts';
import type { Engine, EngineOptions, MissingEngine, PreparedQuery } from '../engine.ts';
import { DEMO_TABLE } from '../queries.ts';

/** The part of chdb (ClickHouse as a library) that is used here. It is half a gigabyte: optional. */
interface Chdb {
  readonly Session: new (directory: string) => ChdbSession;
}

interface ChdbSession {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options: { format: string }): Promise<{ text(): string }>;
  cleanup(): void;
}

const INSTALL = 'npm install --no-save chdb@3.4.0';
const FORMAT = 'JSONCompactEachRowWithNamesAndTypes';
const MICROS_PER_MILLISECOND = 1000n;

/**
 * Opens ClickHouse at its best: a MergeTree table in one part, with LowCardinality strings. It has no
 * row interface in a process, so its rows come as compact JSON, parsed inside the timing.
 */
export async function openClickHouse(options: EngineOptions): Promise<Engine | MissingEngine> {
  const chdb = await importChdb();
  if (typeof chdb === 'string') return { name: 'ClickHouse', missing: chdb };
  const directory = await mkdtemp(join(tmpdir(), 'nyala-clickhouse-'));
  const session = new chdb.Session(directory);
  for (const statement of loadStatements(options)) session.query(statement);
  const version = session.query('SELECT version()', 'TabSeparated').trim();
  const settings = ` SETTINGS max_threads = ${options.threads}`;
  return {
    name: 'ClickHouse',
    version,
    prepare: async (query) => prepare(session, (query.clickhouseSql ?? query.sql) + settings),
    close: async () => {
      session.cleanup();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function importChdb(): Promise<Chdb | string> {
  const name: string = 'chdb';
  try {
    return await import(name);
  } catch (error) {
    return `${String(error).split('\n')[0]} (to compare with it: ${INSTALL})`;
  }
}

function loadStatements({ parquetPath }: EngineOptions): string[] {
  const file = parquetPath.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const columns =
    "date DateTime64(6, 'UTC'), delay Int64, distance Int64, " +
    'origin LowCardinality(String), destination LowCardinality(String)';
  return [
    'CREATE DATABASE demo',
    `CREATE TABLE demo.${DEMO_TABLE} (${columns}) ENGINE = MergeTree ORDER BY tuple()`,
    `INSERT INTO demo.${DEMO_TABLE} SELECT * FROM file('${file}', 'Parquet')`,
    `OPTIMIZE TABLE demo.${DEMO_TABLE} FINAL`,
    'USE demo',
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
  if (/^(Nullable\()?Date/.test(type)) return timestampMicros(String(value));
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new TypeError(`benchmark: no value of Nyala for ClickHouse's ${type}`);
}

/** `2001-01-31`, `2001-01-31 10:20:30` or `2001-01-31 10:20:30.123456`. */
function timestampMicros(text: string): bigint {
  const [seconds = '', fraction = ''] = text.split('.');
  const milliseconds = Date.parse(
    `${seconds.replace(' ', 'T').padEnd(11, 'T').padEnd(19, '00:00:00')}Z`,
  );
  return BigInt(milliseconds) * MICROS_PER_MILLISECOND + BigInt(fraction.padEnd(6, '0'));
}
