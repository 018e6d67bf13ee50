import { readFileSync } from 'node:fs';
import type { BuildConfig } from '../../src/base/index-config.ts';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';
import { NO_LEAF_STATS } from '../../src/broker/response.ts';
import type { LeafStats } from '../../src/exec/leaf-service.ts';
import { type Answer, reduce } from '../../src/exec/reduce.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { createNodeTasks } from '../../src/io/node-tasks.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { ColumnChunk } from '../../src/segment/column-chunk.ts';
import type { SegmentMetadata } from '../../src/segment/metadata.ts';
import { Engine } from '../../src/server/engine.ts';
import type { SegmentSource } from '../../src/server/segment-source.ts';
import { planQuery } from '../../src/sql/query.ts';

/** A table whose segments lie in memory, behind the real engine. */
export interface MemoryTable {
  readonly engine: Engine;
  sql(text: string): Promise<Value[][]>;
  /** The rows, and what the leaf part did. */
  run(text: string): Promise<{ readonly rows: Value[][]; readonly stats: LeafStats }>;
  answer(text: string): Promise<Answer>;
  close(): Promise<void>;
}

/** How a table in memory is laid out and run. */
export interface MemoryTableOptions {
  readonly segmentRows?: number;
  readonly threads?: number;
  readonly memoryBytes?: number;
  readonly spanningGroupsMin?: number;
  readonly config?: BuildConfig;
  /** Changes a segment's file behind the engine's back. */
  readonly damage?: (file: Uint8Array, metadata: SegmentMetadata) => void;
}

/** Builds segments of `segmentRows` rows and opens an engine on them. */
export async function openMemoryTable(
  schema: TableSchema,
  rows: readonly (readonly Value[])[],
  options: MemoryTableOptions = {},
): Promise<MemoryTable> {
  const threads = options.threads ?? 0;
  const engine = await openEngine(threads, options.memoryBytes, options.spanningGroupsMin);
  const segmentRows = options.segmentRows ?? Math.max(1, rows.length);
  const names: string[] = [];
  for (let start = 0; start < rows.length; start += segmentRows) {
    const piece = rows.slice(start, start + segmentRows);
    const builder = new SegmentBuilder(schema, options.config);
    builder.append(schema.columns.map(({ type }, column) => chunkOf(type, piece, column)));
    const name = `s${names.length}`;
    const { metadata, parts } = builder.build(name, 0);
    const file = new Uint8Array(Buffer.concat(parts));
    options.damage?.(file, metadata);
    engine.addSegment(metadata, memorySource(file));
    names.push(name);
  }
  const execute = async (text: string): Promise<{ answer: Answer; stats: LeafStats }> => {
    const { plan } = planQuery(text, {
      resolveTable: (name) => (name === schema.name ? schema : null),
      tableNames: () => [schema.name],
      nowMs: 0,
    });
    const results = plan.leaf === null ? [] : [await engine.execute(plan.leaf, names, 60_000)];
    try {
      const partials = results.map(({ partial }) => partial);
      const stats = results[0]?.stats ?? NO_LEAF_STATS;
      return { answer: reduce(plan, partials, engine.mainContext), stats };
    } finally {
      for (const { release } of results) release();
    }
  };
  const answer = async (text: string): Promise<Answer> => (await execute(text)).answer;
  return {
    engine,
    answer,
    sql: async (text) => answerRows(await answer(text)),
    run: async (text) => {
      const found = await execute(text);
      return { rows: answerRows(found.answer), stats: found.stats };
    },
    close: () => engine.close(),
  };
}

/** An engine with nothing in it. Threads need a build in `dist/`. */
export function openEngine(
  threads: number,
  memoryBytes = 512 * 1_048_576,
  spanningGroupsMin?: number,
): Promise<Engine> {
  const build = threads === 0 ? 'unshared' : 'shared';
  const wasm = readFileSync(new URL(`../../dist/kernels.${build}.wasm`, import.meta.url));
  const entry = new URL('../../dist/src/cli/engine-worker.js', import.meta.url);
  return Engine.start({
    kernelModule: new WebAssembly.Module(wasm),
    sharedMemory: threads > 0,
    tasks: threads === 0 ? null : createNodeTasks(entry),
    threadCount: threads,
    memoryBytes,
    clock: nodeClock,
    spanningGroupsMin,
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

function chunkOf(type: DataType, rows: readonly (readonly Value[])[], column: number): ColumnChunk {
  const values = rows.map((row) => row[column] as Value);
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 1 : 0))
    : null;
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'booleans', values: Uint8Array.from(values, Number), nulls };
    case 'INT':
    case 'DATE':
      return { kind: 'integers', values: Int32Array.from(values, Number), nulls };
    case 'BIGINT':
    case 'TIMESTAMP':
      return {
        kind: 'integers',
        values: BigInt64Array.from(values, (value) => BigInt(value ?? 0)),
        nulls,
      };
    case 'FLOAT':
    case 'DOUBLE':
      return { kind: 'floats', values: Float64Array.from(values, Number), nulls };
    case 'STRING':
      return { kind: 'texts', values: values.map((value) => (value ?? '') as string), nulls };
  }
}
