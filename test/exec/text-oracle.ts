import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'vitest';
import type { Value } from '../../src/base/types.ts';
import { Evaluator, type TestColumn } from './evaluation.ts';

/** Compares expressions over columns of text and integers with what DuckDB makes of them. */
export class TextOracle {
  readonly #columns: readonly TestColumn[];
  readonly #evaluator = new Evaluator();
  #ask: (text: string) => Promise<Value[]> = async () => [];

  constructor(columns: readonly TestColumn[]) {
    this.#columns = columns;
  }

  /** Starts DuckDB in this process and gives it the columns as the table t. */
  async start(): Promise<void> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const names = this.#columns.map(({ name }) => name);
    const rows = this.#columns[0]!.values.map((_, row) => {
      const values = this.#columns.map(({ type, values }) => literalOf(type, values[row]!));
      return `(${row}, ${values.join(', ')})`;
    });
    await connection.run(
      `CREATE TABLE t AS SELECT * FROM (VALUES ${rows.join(', ')}) AS v(row_id, ${names.join(', ')})`,
    );
    this.#ask = async (text) => {
      const reader = await connection.runAndReadAll(`SELECT ${text} FROM t ORDER BY row_id`);
      return reader.getColumns()[0]!.map((value) => value as Value);
    };
  }

  /** Expects the same values, integers of any width. */
  async expectSame(ours: string, duckdb = ours): Promise<void> {
    const actual = this.#evaluator.sql(ours, this.#columns);
    expect(actual.map(widened)).toEqual((await this.#ask(duckdb)).map(widened));
  }
}

function widened(value: Value): Value {
  return Number.isInteger(value) ? BigInt(value as number) : value;
}

function literalOf(type: string, value: Value): string {
  const name = type === 'STRING' ? 'VARCHAR' : type;
  return value === null ? `NULL::${name}` : `'${String(value).replaceAll("'", "''")}'::${name}`;
}
