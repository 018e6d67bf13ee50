import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { MemoryDatabase } from './memory-table.ts';

/** How a query may be run and its table be stored: none of it may change an answer. */
export interface Configuration {
  /** Worker threads beside the main one. */
  readonly threads: number;
  /** Segments that a table is cut into, as far as it has rows. */
  readonly segments: number;
  /** True for plain values where a type has an encoding without codes. */
  readonly raw: boolean;
  /** Rows that operators take at once. */
  readonly batchRows: number;
  /** True when any number of groups is gathered over several segments at once. */
  readonly spanning: boolean;
}

/**
 * What is varied. The fewest rows of a batch are 64, because masks are taken by whole words; batches
 * of one row come from tables of one row. A new way to store or to run belongs here as one more list.
 */
const DIMENSIONS = {
  threads: [0, 1, 2],
  segments: [1, 7],
  raw: [false, true],
  batchRows: [64, 1024, BATCH_ROWS],
  spanning: [false, true],
} as const;

/** Every combination. */
export const CONFIGURATIONS: readonly Configuration[] = DIMENSIONS.threads.flatMap((threads) =>
  DIMENSIONS.batchRows.flatMap((batchRows) =>
    DIMENSIONS.segments.flatMap((segments) =>
      DIMENSIONS.raw.flatMap((raw) =>
        DIMENSIONS.spanning.map((spanning) => ({ threads, segments, raw, batchRows, spanning })),
      ),
    ),
  ),
);

/** A configuration in words, for the names of tests. */
export function configurationText(configuration: Configuration): string {
  const { threads, segments, raw, batchRows, spanning } = configuration;
  return `${threads} threads, ${segments} segments, ${raw ? 'raw' : 'coded'}, batches of ${batchRows}${spanning ? ', spanning' : ''}`;
}

/** Engines by how they run: opened when they are first asked for, and shared from then on. */
export class ConfiguredDatabases {
  readonly #databases = new Map<string, Promise<MemoryDatabase>>();

  /** The engine for a configuration; others of as many threads and the same batches share it. */
  open({ threads, batchRows, spanning }: Configuration): Promise<MemoryDatabase> {
    const key = `${threads} ${batchRows} ${spanning}`;
    let database = this.#databases.get(key);
    if (database === undefined) {
      const options = { threads, batchRows, memoryBytes: MEMORY_BYTES };
      database = MemoryDatabase.open(spanning ? { ...options, spanningGroupsMin: 1 } : options);
      this.#databases.set(key, database);
    }
    return database;
  }

  /** Adds a table as a configuration stores it. */
  async addTable(
    configuration: Configuration,
    schema: TableSchema,
    rows: readonly (readonly Value[])[],
  ): Promise<MemoryDatabase> {
    const database = await this.open(configuration);
    const { segments, raw } = configuration;
    const segmentRows = Math.max(1, Math.ceil(rows.length / segments));
    database.addTable(schema, rows, { segmentRows, raw });
    return database;
  }

  async close(): Promise<void> {
    for (const database of this.#databases.values()) await (await database).close();
  }
}

const MEMORY_BYTES = 256 * 1_048_576;
