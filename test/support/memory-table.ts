import { readFileSync } from 'node:fs';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';
import { type Answer, reduce } from '../../src/exec/reduce.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { createNodeTasks } from '../../src/io/node-tasks.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { ColumnChunk } from '../../src/segment/column-chunk.ts';
import { Engine } from '../../src/server/engine.ts';
import type { SegmentSource } from '../../src/server/segment-source.ts';
import { planQuery } from '../../src/sql/query.ts';

/** A table whose segments lie in memory, behind the real engine. */
export interface MemoryTable {
  readonly engine: Engine;
  sql(text: string): Promise<Value[][]>;
  answer(text: string): Promise<Answer>;
  close(): Promise<void>;
}

/** How a table in memory is stored and read. */
export interface MemoryTableOptions {
  /** Rows of a segment (default all of them). */
  readonly segmentRows?: number;
  /** Worker threads (default none). */
  readonly threads?: number;
  readonly memoryBytes?: number;
  /** Rows that the engine takes at once. */
  readonly batchRows?: number;
  /** True: no dictionary and no affine codes for a type that has another encoding. */
  readonly raw?: boolean;
  /** Groups from which on they are gathered over several segments at once. */
  readonly spanningGroupsMin?: number;
}

/** Builds segments of `segmentRows` rows and opens an engine on them. */
export async function openMemoryTable(
  schema: TableSchema,
  rows: readonly (readonly Value[])[],
  options: MemoryTableOptions = {},
): Promise<MemoryTable> {
  const threads = options.threads ?? 0;
  const { memoryBytes, spanningGroupsMin, batchRows } = options;
  const engine = await openEngine(threads, memoryBytes, spanningGroupsMin, batchRows);
  const segmentRows = options.segmentRows ?? Math.max(1, rows.length);
  const names: string[] = [];
  const rawColumns = options.raw ? schema.columns.map(({ name }) => name) : [];
  for (let start = 0; start < rows.length; start += segmentRows) {
    const piece = rows.slice(start, start + segmentRows);
    const builder = new SegmentBuilder(schema, { rawColumns });
    builder.append(schema.columns.map(({ type }, column) => chunkOf(type, piece, column)));
    const name = `s${names.length}`;
    const { metadata, parts } = builder.build(name, 0);
    engine.addSegment(metadata, memorySource(Buffer.concat(parts)));
    names.push(name);
  }
  const answer = async (text: string): Promise<Answer> => {
    const { plan } = planQuery(text, {
      resolveTable: (name) => (name === schema.name ? schema : null),
      tableNames: () => [schema.name],
      nowMs: 0,
    });
    const results = plan.leaf === null ? [] : [await engine.execute(plan.leaf, names, 60_000)];
    try {
      return reduce(
        plan,
        results.map(({ partial }) => partial),
        engine.mainContext,
      );
    } finally {
      for (const { release } of results) release();
    }
  };
  return {
    engine,
    answer,
    sql: async (text) => answerRows(await answer(text)),
    close: () => engine.close(),
  };
}

/** An engine with nothing in it. Threads need a build in `dist/`. */
export function openEngine(
  threads: number,
  memoryBytes = 512 * 1_048_576,
  spanningGroupsMin?: number,
  batchRows = BATCH_ROWS,
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
    batchRows,
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
