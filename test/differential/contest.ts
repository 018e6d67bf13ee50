import type { DuckDBConnection } from '@duckdb/node-api';
import { compareAnswers } from '../../bench/compare-answers.ts';
import type { Value } from '../../src/base/types.ts';
import { type Configuration, ConfiguredDatabases } from '../support/configurations.ts';
import { createOracleTable, oracleRows } from '../support/duckdb.ts';
import { queryText, type RandomQuery } from './random-queries.ts';
import { RANDOM_SCHEMA, STORED_SCHEMA } from './random-tables.ts';

/** Nyala in one configuration against DuckDB, on one table. */
export class Contest {
  readonly #oracle: DuckDBConnection;
  readonly #databases = new ConfiguredDatabases();

  constructor(oracle: DuckDBConnection) {
    this.#oracle = oracle;
  }

  /** Puts rows into the table of both. */
  async load(
    configurations: readonly Configuration[],
    rows: readonly (readonly Value[])[],
  ): Promise<void> {
    await createOracleTable(this.#oracle, RANDOM_SCHEMA, rows);
    for (const configuration of configurations) {
      await this.#databases.addTable(configuration, STORED_SCHEMA, rows, 'small');
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
      found = await database.sql(queryText(query, 'nyala'));
    } catch (error) {
      return String(error instanceof Error ? error.stack : error);
    }
    const sortKeys = query.order.map(({ output }) => output);
    return compareAnswers(found, expected, {
      ordered: sortKeys.length === 0 ? 'none' : 'ties',
      sortKeys,
    });
  }

  close(): Promise<void> {
    return this.#databases.close();
  }
}
