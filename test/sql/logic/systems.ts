import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { EngineError } from '../../../src/base/errors.ts';
import type { DataType, Value } from '../../../src/base/types.ts';
import type { Answer } from '../../../src/exec/answer-steps.ts';
import type { Configuration, ConfiguredDatabases } from '../../support/configurations.ts';
import { answerRows, type MemoryDatabase } from '../../support/memory-table.ts';
import { parseDefinition, type ScriptTable } from './tables.ts';
import { numberText, textOf, valueText } from './values.ts';

/** Something that runs the statements of a script. */
export interface SqlSystem {
  /** As `onlyif` and `skipif` call it. */
  readonly name: string;
  /** What `require` may ask for. */
  readonly features: ReadonlySet<string>;
  /** Runs a statement. @throws Error whose message says what is wrong, and where. */
  statement(sql: string): Promise<void>;
  query(sql: string): Promise<SqlAnswer>;
}

/** An answer as text; `letters` has I, R or T for each column, or null where a system does not say. */
export interface SqlAnswer {
  readonly letters: readonly (string | null)[];
  readonly rows: string[][];
}

/** Nyala, as one configuration stores and runs. */
export class NyalaSystem implements SqlSystem {
  readonly name = 'nyala';
  readonly features = new Set(['nyala']);
  readonly #configuration: Configuration;
  readonly #databases: ConfiguredDatabases;
  readonly #tables = new Map<string, ScriptTable>();
  /** Tables with rows that the engine has not got yet. */
  readonly #changed = new Set<string>();

  constructor(configuration: Configuration, databases: ConfiguredDatabases) {
    this.#configuration = configuration;
    this.#databases = databases;
  }

  async statement(sql: string): Promise<void> {
    const definition = parseDefinition(sql);
    if (definition === null) {
      await this.query(sql);
      return;
    }
    const database = await this.#databases.open(this.#configuration);
    if (definition.kind === 'create') {
      this.#tables.set(definition.schema.name, { schema: definition.schema, rows: [] });
      this.#changed.add(definition.schema.name);
      return;
    }
    const table = this.#tables.get(definition.table);
    if (table === undefined) throw new Error(`no table ${definition.table}`);
    if (definition.kind === 'drop') {
      database.dropTable(definition.table);
      this.#tables.delete(definition.table);
      this.#changed.delete(definition.table);
      return;
    }
    for (const row of definition.rows) table.rows.push(await constants(database, table, row));
    this.#changed.add(definition.table);
  }

  async query(sql: string): Promise<SqlAnswer> {
    for (const name of this.#changed) {
      const { schema, rows } = this.#tables.get(name)!;
      await this.#databases.addTable(this.#configuration, schema, rows);
    }
    this.#changed.clear();
    const database = await this.#databases.open(this.#configuration);
    try {
      return textAnswer(await database.answer(sql));
    } catch (error) {
      throw error instanceof EngineError ? new Error(errorText(error), { cause: error }) : error;
    }
  }

  /** Drops what a script has left. */
  async close(): Promise<void> {
    const database = await this.#databases.open(this.#configuration);
    for (const name of this.#tables.keys()) database.dropTable(name);
  }
}

/** DuckDB, which says what is right where both mean the same. */
export class DuckDbSystem implements SqlSystem {
  readonly name = 'duckdb';
  readonly features = new Set(['duckdb']);
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async statement(sql: string): Promise<void> {
    await this.#connection.runAndReadAll(sql);
  }

  async query(sql: string): Promise<SqlAnswer> {
    const reader = await this.#connection.runAndReadAll(sql);
    const rows = reader.getRows().map((row) => row.map(duckDbText));
    return { letters: reader.columnNames().map(() => null), rows };
  }
}

async function constants(
  database: MemoryDatabase,
  { schema }: ScriptTable,
  row: readonly string[],
): Promise<Value[]> {
  const casts = schema.columns.map(({ type }, column) => `CAST(${row[column]} AS ${type})`);
  const [values] = await database.sql(`SELECT ${casts.join(', ')}`);
  return values!;
}

function errorText({ code, position, message }: EngineError): string {
  const place = position === undefined ? '' : ` at ${position.line}:${position.column}`;
  return `${code}${place}: ${message}`;
}

function textAnswer(answer: Answer): SqlAnswer {
  const types = answer.vectors.map(({ type }) => type);
  return {
    letters: types.map(letterOf),
    rows: answerRows(answer).map((row) => row.map((value, at) => valueText(value, types[at]!))),
  };
}

function letterOf(type: DataType): string {
  if (type === 'INT' || type === 'BIGINT') return 'I';
  return type === 'FLOAT' || type === 'DOUBLE' ? 'R' : 'T';
}

function duckDbText(value: DuckDBValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'number' || typeof value === 'bigint') return numberText(value);
  return String(value);
}
