import { readFileSync } from 'node:fs';
import type { BuildConfig } from '../../src/base/index-config.ts';
import {
  type DataType,
  decimalShape,
  isDecimal,
  physicalType,
  type TableSchema,
  type Value,
} from '../../src/base/types.ts';
import type { Answer } from '../../src/exec/answer-steps.ts';
import { constantEvaluator } from '../../src/exec/constant-evaluator.ts';
import type { LeafOptions, LeafResult, LeafStats } from '../../src/exec/leaf-service.ts';
import { reduce } from '../../src/exec/reduce.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { SpillArea } from '../../src/io/disk.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { createNodeTasks } from '../../src/io/node-tasks.ts';
import type { Tasks } from '../../src/io/tasks.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { type ColumnChunk, decimalChunk } from '../../src/segment/column-chunk.ts';
import type { SegmentMetadata } from '../../src/segment/metadata.ts';
import { Engine } from '../../src/server/engine.ts';
import type { SegmentSource } from '../../src/server/segment-source.ts';
import { groupFinish } from '../../src/sql/plan.ts';
import { type PlannedQuery, planQuery } from '../../src/sql/query.ts';
import { exactText } from './duckdb.ts';

/** A table whose segments lie in memory, behind the real engine. */
export interface MemoryTable {
  readonly engine: Engine;
  sql(text: string): Promise<Value[][]>;
  /** The rows of a query on a table, and what the leaf part did. */
  run(text: string): Promise<MeasuredAnswer>;
  answer(text: string): Promise<Answer>;
  /** What the engine says to the leaf part of a statement. */
  execute(text: string, options?: LeafOptions): Promise<LeafResult>;
  close(): Promise<void>;
}

/** An answer, also as rows, and what the leaf part did. */
export interface MeasuredAnswer {
  readonly answer: Answer;
  readonly rows: Value[][];
  readonly stats: LeafStats;
}

/** How a table in memory is stored. */
export interface StorageOptions {
  /** Rows of a segment (default all of them). */
  readonly segmentRows?: number;
  /** True: plain values instead of codes, for the types that have both. */
  readonly raw?: boolean;
  /** Indexes, encodings and the order of rows (default: as they come, without indexes). */
  readonly config?: BuildConfig;
  /** Changes a segment's file behind the engine's back. */
  readonly damage?: (file: Uint8Array, metadata: SegmentMetadata) => void;
}

/** How an engine in memory runs. */
export interface RunOptions {
  /** Worker threads (default none); they need a build in `dist/`. */
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** Rows that operators take at once. */
  readonly batchRows?: number;
  /** Groups from which on they are gathered over several segments at once. */
  readonly spanningGroupsMin?: number;
  /** Rows up to which threads are not asked (default 0: tests that have threads are about them). */
  readonly callerRowsMax?: number;
  /** Where queries put what does not fit into memory (default nowhere). */
  readonly spill?: SpillArea;
  /** What starts threads (default `workerTasks`). */
  readonly tasks?: Tasks;
  /** What tells the engine its time (default that of Node). */
  readonly clock?: Clock;
}

/** What sets the tables of one database apart from those of others behind the same engine. */
export interface DatabaseScope {
  /** What the names of its segments start with (default nothing). */
  readonly segmentPrefix?: string;
  /** Options that every statement has unless it says otherwise (default none). */
  readonly queryOptions?: ReadonlyMap<string, string>;
}

/** Tables in memory behind one engine. */
export class MemoryDatabase {
  readonly engine: Engine;
  readonly #scope: DatabaseScope;
  readonly #tables = new Map<string, { schema: TableSchema; segments: string[] }>();

  constructor(engine: Engine, scope: DatabaseScope = {}) {
    this.engine = engine;
    this.#scope = scope;
  }

  static async open(options: RunOptions = {}): Promise<MemoryDatabase> {
    return new MemoryDatabase(await openEngine(options.threads ?? 0, options.memoryBytes, options));
  }

  /** Adds a table, in place of one of the same name. */
  addTable(
    schema: TableSchema,
    rows: readonly (readonly Value[])[],
    options: StorageOptions = {},
  ): void {
    this.attachTable(schema, buildSegments(schema, rows, options, this.#scope.segmentPrefix));
  }

  /** Adds a table of segments that are built, in place of one of the same name. */
  attachTable(schema: TableSchema, built: readonly BuiltSegment[]): void {
    this.dropTable(schema.name);
    for (const { metadata, file } of built) {
      this.engine.addSegment(metadata, memorySource(file));
    }
    const segments = built.map(({ metadata }) => metadata.name);
    this.#tables.set(schema.name.toLowerCase(), { schema, segments });
  }

  dropTable(name: string): void {
    const table = this.#tables.get(name.toLowerCase());
    if (table === undefined) return;
    for (const segment of table.segments) this.engine.removeSegment(table.schema.name, segment);
    this.#tables.delete(name.toLowerCase());
  }

  async answer(text: string): Promise<Answer> {
    const { plan, limits } = this.#plan(text);
    const { mainContext } = this.engine;
    if (plan.leaf === null) return reduce(plan, [], mainContext);
    const options = { finish: groupFinish(plan.reduce), limits };
    const { partial, release } = await this.execute(text, options);
    try {
      return reduce(plan, [partial], mainContext);
    } finally {
      release();
    }
  }

  /** What the engine says to the leaf part of a statement. */
  execute(text: string, options: LeafOptions = {}): Promise<LeafResult> {
    const leaf = this.#plan(text).plan.leaf!;
    const { segments } = this.#tables.get(leaf.table.toLowerCase())!;
    return this.engine.execute(leaf, segments, 60_000, options);
  }

  #plan(text: string): PlannedQuery {
    return planQuery(text, {
      resolveTable: (name) => this.#tables.get(name.toLowerCase())?.schema ?? null,
      tableNames: () => [...this.#tables.values()].map(({ schema }) => schema.name),
      nowMs: 0,
      evaluateConstant: constantEvaluator(this.engine.mainContext),
      ...(this.#scope.queryOptions === undefined ? {} : { options: this.#scope.queryOptions }),
    });
  }

  /** The rows, and what the leaf part did. */
  async run(text: string): Promise<MeasuredAnswer> {
    const { plan, limits } = this.#plan(text);
    const { partial, stats, release } = await this.execute(text, {
      finish: groupFinish(plan.reduce),
      limits,
    });
    try {
      const answer = reduce(plan, [partial], this.engine.mainContext);
      return { answer, rows: answerRows(answer), stats };
    } finally {
      release();
    }
  }

  async sql(text: string): Promise<Value[][]> {
    return answerRows(await this.answer(text));
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

/** The file of a segment. */
export interface BuiltSegment {
  readonly metadata: SegmentMetadata;
  readonly file: Uint8Array;
}

/** Segments of rows, their names being a prefix and a number. */
export function buildSegments(
  schema: TableSchema,
  rows: readonly (readonly Value[])[],
  options: StorageOptions = {},
  prefix = '',
): BuiltSegment[] {
  const segmentRows = options.segmentRows ?? Math.max(1, rows.length);
  const config = {
    ...options.config,
    ...(options.raw ? { rawColumns: schema.columns.map(({ name }) => name) } : {}),
  };
  const built: BuiltSegment[] = [];
  for (let start = 0; start < rows.length; start += segmentRows) {
    const piece = rows.slice(start, start + segmentRows);
    const builder = new SegmentBuilder(schema, config);
    builder.append(schema.columns.map(({ type }, column) => chunkOf(type, piece, column)));
    const { metadata, parts } = builder.build(`${prefix}s${built.length}`, 0);
    const file = new Uint8Array(Buffer.concat(parts));
    options.damage?.(file, metadata);
    built.push({ metadata, file });
  }
  return built;
}

/** One table behind an engine of its own. */
export async function openMemoryTable(
  schema: TableSchema,
  rows: readonly (readonly Value[])[],
  options: StorageOptions & RunOptions = {},
): Promise<MemoryTable> {
  const database = await MemoryDatabase.open(options);
  database.addTable(schema, rows, options);
  return database;
}

/** Threads of the build in `dist/`. */
export const workerTasks: Tasks = createNodeTasks(
  new URL('../../dist/src/cli/engine-worker.js', import.meta.url),
);

/** An engine with nothing in it. */
export function openEngine(
  threads: number,
  memoryBytes = 512 * 1_048_576,
  options: RunOptions = {},
): Promise<Engine> {
  const { batchRows, spanningGroupsMin, callerRowsMax = 0, spill } = options;
  const { tasks = workerTasks, clock = nodeClock } = options;
  const build = threads === 0 ? 'unshared' : 'shared';
  const wasm = readFileSync(new URL(`../../dist/kernels.${build}.wasm`, import.meta.url));
  return Engine.start({
    kernelModule: new WebAssembly.Module(wasm),
    sharedMemory: threads > 0,
    tasks: threads === 0 ? null : tasks,
    threadCount: threads,
    memoryBytes,
    clock,
    ...(batchRows === undefined ? {} : { batchRows }),
    spanningGroupsMin,
    callerRowsMax,
    spill: spill ?? null,
  });
}

/** A segment's bytes as the engine reads them. */
export function memorySource(bytes: Uint8Array): SegmentSource {
  return {
    read: async (into, offsetBytes) => {
      into.set(bytes.subarray(offsetBytes, offsetBytes + into.length));
    },
  };
}

/** An answer as rows of values. */
export function answerRows({ vectors, rowCount }: Answer): Value[][] {
  return Array.from({ length: rowCount }, (_, row) =>
    vectors.map((vector) => valueAt(vector, row)),
  );
}

/** The same rows in which a DECIMAL is as DuckDB's is read. */
export function exactRows(answer: Answer): Value[][] {
  const scales = answer.vectors.map(({ type }) =>
    isDecimal(type) ? decimalShape(type).scale : null,
  );
  const rows = answerRows(answer);
  if (scales.every((scale) => scale === null)) return rows;
  return rows.map((row) =>
    row.map((value, column) => {
      const scale = scales[column]!;
      return scale === null || value === null ? value : exactText(BigInt(value), scale);
    }),
  );
}

function chunkOf(type: DataType, rows: readonly (readonly Value[])[], column: number): ColumnChunk {
  const values = rows.map((row) => row[column] as Value);
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 1 : 0))
    : null;
  if (isDecimal(type))
    return decimalChunk(
      values.map((value) => BigInt(value ?? 0)),
      nulls,
    );
  switch (physicalType(type)) {
    case 'flag':
      return { kind: 'booleans', values: Uint8Array.from(values, Number), nulls };
    case 'i32':
      return { kind: 'integers', values: Int32Array.from(values, Number), nulls };
    case 'i64':
      return {
        kind: 'integers',
        values: BigInt64Array.from(values, (value) => BigInt(value ?? 0)),
        nulls,
      };
    case 'f32':
    case 'f64':
      return { kind: 'floats', values: Float64Array.from(values, Number), nulls };
    case 'text':
      return { kind: 'texts', values: values.map((value) => (value ?? '') as string), nulls };
  }
}
