import type { DuckDBConnection } from '@duckdb/node-api';
import { compareAnswers } from '../../bench/compare-answers.ts';
import type { Value } from '../../src/base/types.ts';
import { type Configuration, ConfiguredDatabases } from '../support/configurations.ts';
import { createOracleTable, openOracle, oracleRows } from '../support/duckdb.ts';
import { exactRows } from '../support/memory-table.ts';
import { ORACLE_MACROS } from './catalogue/decimals.ts';
import { queryText, type RandomQuery, shapeOfAnswer } from './random-queries.ts';
import { RANDOM_SCHEMA } from './random-tables.ts';

/** Nyala in one configuration against DuckDB, on one table. */
export class Contest {
  readonly #oracle: DuckDBConnection;
  readonly #databases = new ConfiguredDatabases();

  private constructor(oracle: DuckDBConnection) {
    this.#oracle = oracle;
  }

  static async open(): Promise<Contest> {
    const oracle = await openOracle();
    for (const macro of ORACLE_MACROS) await oracle.run(macro);
    return new Contest(oracle);
  }

  /** Puts rows into the table of both. */
  async load(
    configurations: readonly Configuration[],
    rows: readonly (readonly Value[])[],
  ): Promise<void> {
    await createOracleTable(this.#oracle, RANDOM_SCHEMA, rows);
    for (const configuration of configurations) {
      await this.#databases.addTable(configuration, RANDOM_SCHEMA, rows, 'small');
    }
  }

  /** DuckDB's answer. @throws Error when it has none: the query is not one that both understand. */
  expected(query: RandomQuery): Promise<Value[][]> {
    return oracleRows(this.#oracle, queryText(query, 'duckdb'));
  }

  /** How Nyala's answer differs from an expected one; null when it does not. */
  async difference(
    configuration: Configuration,
    query: RandomQuery,
    expected: readonly (readonly Value[])[],
  ): Promise<string | null> {
    const database = await this.#databases.open(configuration);
    let found: Value[][];
    try {
      found = exactRows(await database.answer(queryText(query, 'nyala')));
    } catch (error) {
      return String(error instanceof Error ? error.stack : error);
    }
    return compareAnswers(found, expected, shapeOfAnswer(query));
  }

  close(): Promise<void> {
    return this.#databases.close();
  }
}
