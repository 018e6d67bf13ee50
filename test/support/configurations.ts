import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_BUILD_CONFIG,
  type IndexConfig,
  type IndexKind,
} from '../../src/base/index-config.ts';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import { GRANULARITIES, timestampColumnName } from '../../src/base/timestamp-column.ts';
import {
  type DataType,
  isArray,
  isDecimal,
  isInteger,
  type TableSchema,
  type Value,
} from '../../src/base/types.ts';
import { nodeSpillDisk } from '../../src/io/node-spill.ts';
import type { Engine } from '../../src/server/engine.ts';
import { type BuiltSegment, buildSegments, MemoryDatabase, openEngine } from './memory-table.ts';

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
  /** True for every index that a column can have, used even where a scan costs less. */
  readonly indexes: boolean;
  /** True for so little memory that whatever can be spilled is spilled. */
  readonly spilling: boolean;
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
  indexes: [false, true],
  spilling: [false, true],
} as const;

/** Every combination. */
export const CONFIGURATIONS: readonly Configuration[] = DIMENSIONS.threads.flatMap((threads) =>
  DIMENSIONS.batchRows.flatMap((batchRows) =>
    DIMENSIONS.segments.flatMap((segments) =>
      DIMENSIONS.raw.flatMap((raw) =>
        DIMENSIONS.spanning.flatMap((spanning) =>
          DIMENSIONS.indexes.flatMap((indexes) =>
            DIMENSIONS.spilling.map((spilling) => {
              return { threads, segments, raw, batchRows, spanning, indexes, spilling };
            }),
          ),
        ),
      ),
    ),
  ),
);

/** A configuration in words, for the names of tests. */
export function configurationText(configuration: Configuration): string {
  const { threads, segments, raw, batchRows, spanning, indexes, spilling } = configuration;
  return [
    `${threads} threads`,
    `${segments} segments`,
    raw ? 'raw' : 'coded',
    `batches of ${batchRows}`,
    ...(spanning ? ['spanning'] : []),
    ...(indexes ? ['indexes'] : []),
    ...(spilling ? ['spilling'] : []),
  ].join(', ');
}

/**
 * Engines by how they run, opened when they are first asked for, and before each of them the tables of
 * every configuration that runs so.
 */
export class ConfiguredDatabases {
  readonly #engines = new Map<string, Promise<Engine>>();
  readonly #databases = new Map<string, Promise<MemoryDatabase>>();
  readonly #built = new WeakMap<object, Map<string, BuiltSegment[]>>();

  /** The tables of a configuration. */
  open(configuration: Configuration): Promise<MemoryDatabase> {
    const key = configurationText(configuration);
    let database = this.#databases.get(key);
    if (database === undefined) {
      const scope = {
        segmentPrefix: segmentPrefix(configuration),
        queryOptions: new Map([
          ...(configuration.indexes ? FORCED_INDEXES : []),
          ...(configuration.spilling ? LITTLE_MEMORY : []),
        ]),
      };
      database = this.#engine(configuration).then((engine) => new MemoryDatabase(engine, scope));
      this.#databases.set(key, database);
    }
    return database;
  }

  /**
   * Adds a table as a configuration stores it.
   *
   * @param sortedColumn what raw rows with indexes are sorted by; null for the order in which they come.
   */
  async addTable(
    configuration: Configuration,
    schema: TableSchema,
    rows: readonly (readonly Value[])[],
    sortedColumn: string | null = null,
  ): Promise<MemoryDatabase> {
    const database = await this.open(configuration);
    database.attachTable(schema, this.#segments(configuration, schema, rows, sortedColumn));
    return database;
  }

  /** Engines that run differently share the segments of the same rows. */
  #segments(
    configuration: Configuration,
    schema: TableSchema,
    rows: readonly (readonly Value[])[],
    sortedColumn: string | null,
  ): readonly BuiltSegment[] {
    const { segments, raw, indexes } = configuration;
    const ofRows = this.#built.get(rows) ?? new Map<string, BuiltSegment[]>();
    this.#built.set(rows, ofRows);
    const prefix = segmentPrefix(configuration);
    const key = `${schema.name} ${prefix}${sortedColumn}`;
    let built = ofRows.get(key);
    if (built === undefined) {
      const segmentRows = Math.max(1, Math.ceil(rows.length / segments));
      const config = indexes
        ? { indexes: everyIndex(schema), rawColumns: [], sortedColumn: raw ? sortedColumn : null }
        : DEFAULT_BUILD_CONFIG;
      built = buildSegments(schema, rows, { segmentRows, raw, config }, prefix);
      ofRows.set(key, built);
    }
    return built;
  }

  async close(): Promise<void> {
    for (const engine of this.#engines.values()) await (await engine).close();
  }

  #engine({ threads, batchRows, spanning }: Configuration): Promise<Engine> {
    const key = `${threads} ${batchRows} ${spanning}`;
    let engine = this.#engines.get(key);
    if (engine === undefined) {
      engine = openEngine(threads, MEMORY_BYTES, {
        batchRows,
        spill: { disk: nodeSpillDisk, folder: join(tmpdir(), 'nyala-tests-spill') },
        ...(spanning ? { spanningGroupsMin: 1 } : {}),
      });
      this.#engines.set(key, engine);
    }
    return engine;
  }
}

function segmentPrefix({ segments, raw, indexes, spilling }: Configuration): string {
  return `${segments}-${raw}-${indexes}-${spilling}-`;
}

/** Small tables would never use an index of their own accord. */
const FORCED_INDEXES: ReadonlyMap<string, string> = new Map([['useIndexes', 'always']]);

/** A batch of a few rows is more than a thread holds before it spills. */
const LITTLE_MEMORY: ReadonlyMap<string, string> = new Map([['maxQueryMemoryBytes', '10000']]);

/** Every index that a column can have; builders leave out those that its encoding has no use for. */
function everyIndex(schema: TableSchema): IndexConfig[] {
  const columns = schema.columns.filter(({ type }) => !isArray(type));
  const ofColumns = columns.flatMap(({ name, type }) =>
    indexKinds(type).map((kind) => ({ kind, columns: [name], parameters: {} })),
  );
  const moments = schema.columns.filter(({ type }) => type === 'TIMESTAMP');
  const truncated = moments.flatMap(({ name: column }) =>
    GRANULARITIES.map((granularity): IndexConfig => {
      const columns = [timestampColumnName({ column, granularity })];
      return { kind: 'timestamp', columns, parameters: {} };
    }),
  );
  return [...ofColumns, ...truncated, starTree({ ...schema, columns })];
}

/** A tree over the first columns that keeps of all columns what can be kept exactly. */
function starTree({ columns }: TableSchema): IndexConfig {
  const functionColumnPairs = columns.flatMap(({ name, type }) => [
    `MINMAXRANGE__${name}`,
    ...(isInteger(type) || isDecimal(type) ? [`SUM__${name}`] : []),
  ]);
  return {
    kind: 'startree',
    columns: columns.slice(0, STAR_TREE_DIMENSIONS).map(({ name }) => name),
    parameters: { functionColumnPairs, maxLeafRecords: 3 },
  };
}

const STAR_TREE_DIMENSIONS = 4;

function indexKinds(type: DataType): readonly IndexKind[] {
  if (isDecimal(type)) return [];
  if (type === 'BOOLEAN' || type === 'BYTES' || type === 'JSON') return ['inverted'];
  return type === 'STRING' ? ['inverted', 'bloom', 'text', 'json'] : ['inverted', 'bloom', 'range'];
}

const MEMORY_BYTES = 256 * 1_048_576;
