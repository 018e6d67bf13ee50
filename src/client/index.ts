import { EngineError } from '../base/errors.ts';
import { type IndexConfig, indexName } from '../base/index-config.ts';
import { SEGMENT_ROWS_DEFAULT } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import { NO_TABLE_CONFIG, readTableConfig, type TableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import { explainTable } from '../broker/explain.ts';
import { brokerContext, type Reducer, reducerOver } from '../broker/reducer.ts';
import { NO_LEAF_STATS, type ResultTable } from '../broker/response.ts';
import { functionsTable } from '../broker/show-functions.ts';
import { constantEvaluator } from '../exec/constant-evaluator.ts';
import type { LeafStats } from '../exec/leaf-service.ts';
import { emptyLeafProfile } from '../exec/profile.ts';
import { analyzedPlan } from '../exec/profile-text.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { ReduceProfile } from '../exec/reduce-profile.ts';
import { checkedSteps, runInSlices, runSteps } from '../exec/steps.ts';
import { type LoadProgress, type LoadReport, loadFiles } from '../ingest/load.ts';
import { engineWorkerEntry, loadKernelModule } from '../io/node-assets.ts';
import { nodeClock } from '../io/node-clock.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { defaultMemoryBytes } from '../io/node-machine.ts';
import { nodeRandom } from '../io/node-random.ts';
import { nodeSpillDisk, removeStaleSpill } from '../io/node-spill.ts';
import { createNodeTasks } from '../io/node-tasks.ts';
import { randomBits } from '../io/random.ts';
import { bufferDecoder } from '../kernels/buffer-decoder.ts';
import type { DecodeBuffer } from '../segment/rebuild.ts';
import { Engine } from '../server/engine.ts';
import { groupFinish, type OutputColumn } from '../sql/plan.ts';
import { PlanCache } from '../sql/plan-cache.ts';
import type { PlannedQuery } from '../sql/query.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import { type FolderStore, openFolderStore } from '../store/folder-store.ts';
import { checkTableName, segmentKey } from '../store/segment-store.ts';
import {
  type OpenSegment,
  type OpenTable,
  openSegment,
  openTables,
  reindexSegment,
  writeCatalog,
} from './catalog.ts';
import { type Cell, rowsOf } from './rows.ts';

export { EngineError } from '../base/errors.ts';
export type { TableSchema, Value } from '../base/types.ts';
export type { LoadProgress, LoadReport } from '../ingest/load.ts';
export type { Cell } from './rows.ts';

/** How to open an embedded database. */
export interface DatabaseOptions {
  /** Its folder; created when it is missing. One process at a time may load into it. */
  readonly dataDirectory: string;
  /** Memory for columns and queries (default: half of the machine's). */
  readonly memoryBytes?: number | undefined;
  /** Worker threads (default: one a core). */
  readonly threads?: number | undefined;
  /**
   * Folder for what queries spill, and for nothing else (default: `spill` in `dataDirectory`, made when it is
   * needed); null: queries fail that pass their memory.
   */
  readonly spillDirectory?: string | null | undefined;
}

/** The answer to a statement. */
export interface Answer {
  readonly columns: readonly OutputColumn[];
  /** Values in the order of `columns`; see `Value` for how each type looks; BYTES as hexadecimal
   * digits, DECIMAL as text, arrays as arrays of these. */
  readonly rows: Cell[][];
  readonly stats: LeafStats;
}

/** What may go with a statement. */
export interface SqlOptions {
  /** Cancels the statement when it is aborted. */
  readonly signal?: AbortSignal;
}

/** How to load files. */
export interface LoadFilesOptions {
  /** The columns; default: those of the table, or of the first file. */
  readonly schema?: TableSchema;
  /** How a table that is created is to be stored: a table configuration in Pinot's words. */
  readonly config?: unknown;
  /** Rows that may be left out as wrong (default 0). */
  readonly maxErrors?: number;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** A table and its size. */
export interface TableInfo {
  readonly schema: TableSchema;
  readonly rowCount: number;
  readonly segmentCount: number;
}

/** Nyala inside this process: no ports, no other processes, data in one folder. */
export interface Database {
  /**
   * Runs one statement.
   *
   * @throws EngineError with the position of what is wrong; CANCELLED after the signal.
   */
  sql(text: string, options?: SqlOptions): Promise<Answer>;
  /**
   * Loads files into a table, which is created when it is missing. After an error nothing of them is
   * in the table.
   */
  load(table: string, files: readonly string[], options?: LoadFilesOptions): Promise<LoadReport>;
  /**
   * Configures a table: `config` is a table configuration in Pinot's words, as JSON has it. Segments get
   * exactly its indexes before the promise resolves, and queries meanwhile answer as ever; encodings
   * and the sorting of rows are for segments that are loaded later.
   *
   * @throws EngineError UNKNOWN_TABLE, and what `readTableConfig` throws.
   */
  configure(table: string, config: unknown): Promise<void>;
  /** A table's configuration as it was given, `{}` without one. @throws EngineError UNKNOWN_TABLE. */
  tableConfig(table: string): PlainJsonRecord;
  /** All tables, by name. */
  tables(): TableInfo[];
  /** Ends the threads; the process can end then. */
  close(): Promise<void>;
}

/**
 * Opens the embedded engine on a folder of segments.
 *
 * @throws EngineError MEMORY_LIMIT, CORRUPT_DATA or IO when the folder cannot be used.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const kernelModule = await loadKernelModule();
  const tasks = createNodeTasks(engineWorkerEntry);
  const { spillDirectory: folder = `${options.dataDirectory}/spill` } = options;
  if (folder !== null) await removeStaleSpill(nodeDisk, folder);
  const engine = await Engine.start({
    kernelModule,
    sharedMemory: true,
    tasks,
    threadCount: options.threads ?? tasks.coreCount,
    memoryBytes: options.memoryBytes ?? defaultMemoryBytes(),
    clock: nodeClock,
    spill: folder === null ? null : { disk: nodeSpillDisk, folder },
  });
  try {
    const { dataDirectory } = options;
    const store = await openFolderStore(nodeDisk, `${dataDirectory}/segments`);
    const catalogPath = `${dataDirectory}/catalog.json`;
    const tables = await openTables(nodeDisk, catalogPath, store);
    const context = brokerContext(kernelModule);
    const reduce = reducerOver(context, nodeClock);
    const evaluateConstant = constantEvaluator(context);
    const decode = bufferDecoder(kernelModule);
    const parts = { engine, reduce, evaluateConstant, decode, store, dataDirectory, catalogPath };
    return new EmbeddedDatabase(parts, tables);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

interface Parts {
  readonly engine: Engine;
  readonly reduce: Reducer;
  readonly evaluateConstant: EvaluateConstant;
  readonly decode: DecodeBuffer;
  readonly store: FolderStore;
  readonly dataDirectory: string;
  readonly catalogPath: string;
}

class EmbeddedDatabase implements Database {
  readonly #parts: Parts;
  readonly #tables: Map<string, OpenTable>;
  readonly #plans = new PlanCache();
  /** Segments whose files were replaced: queries of that time may still read them. */
  readonly #replaced: OpenSegment[] = [];
  /** The end of the loads so far: they happen one after the other. */
  #loads: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts, tables: Map<string, OpenTable>) {
    this.#parts = parts;
    this.#tables = tables;
    for (const { segments } of tables.values()) this.#show(segments);
  }

  async sql(text: string, { signal }: SqlOptions = {}): Promise<Answer> {
    const planned = this.#plans.plan(text, {
      resolveTable: (name) => this.#tables.get(name)?.schema ?? null,
      tableNames: () => this.#tables.keys(),
      nowMs: nodeClock.nowMs(),
      randomBits: () => randomBits(nodeRandom),
      tableIndexes: (name) => indexesOf(this.#tables.get(name)?.segments ?? []),
      evaluateConstant: this.#parts.evaluateConstant,
    });
    if (planned.kind === 'explain') return answerOf(explainTable(planned.explain), NO_LEAF_STATS);
    if (planned.kind === 'functions') {
      return answerOf(functionsTable(planned.pattern), NO_LEAF_STATS);
    }
    const stop = new QueryStop(nodeClock, planned.limits.timeoutMs, signal);
    try {
      return await this.#run(planned, stop, signal);
    } finally {
      stop.dispose();
    }
  }

  load(
    table: string,
    files: readonly string[],
    options: LoadFilesOptions = {},
  ): Promise<LoadReport> {
    const result = this.#loads.then(() => this.#load(table, files, options));
    this.#loads = result.catch(() => undefined);
    return result;
  }

  configure(table: string, config: unknown): Promise<void> {
    const result = this.#loads.then(() => this.#configure(table, config));
    this.#loads = result.catch(() => undefined);
    return result;
  }

  tableConfig(table: string): PlainJsonRecord {
    return this.#table(table).config.json;
  }

  tables(): TableInfo[] {
    return [...this.#tables.values()].map(({ schema, segments }) => ({
      schema,
      rowCount: segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0),
      segmentCount: segments.length,
    }));
  }

  async close(): Promise<void> {
    await this.#loads;
    await this.#parts.engine.close();
    for (const { segments } of this.#tables.values()) {
      for (const { stored } of segments) await stored.close();
    }
    for (const { stored } of this.#replaced.splice(0)) await stored.close();
    this.#tables.clear();
  }

  async #run(
    { plan, limits, kind }: PlannedQuery,
    stop: QueryStop,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const { engine, reduce } = this.#parts;
    const isProfiled = kind === 'analyze';
    const profile = isProfiled ? new ReduceProfile(nodeClock) : null;
    const options = { limits, signal, isProfiled, finish: groupFinish(plan.reduce) };
    const leaf =
      plan.leaf === null
        ? null
        : await engine.execute(
            plan.leaf,
            this.#segmentNames(plan.leaf.table),
            stop.leftMs,
            options,
          );
    const partials = leaf === null ? [] : [leaf.partial];
    const stats = leaf?.stats ?? NO_LEAF_STATS;
    try {
      const table = await reduce(plan, partials, limits, stop, profile);
      if (profile === null) {
        const steps = checkedSteps(rowsOf(table.vectors, table.rowCount), () => stop.check());
        return { columns: table.columns, rows: await runInSlices(steps, nodeClock), stats };
      }
      const measured = leaf && { stats, profile: leaf.profile ?? emptyLeafProfile() };
      return answerOf(explainTable(analyzedPlan(plan, measured, profile, table.rowCount)), stats);
    } finally {
      leaf?.release();
    }
  }

  #segmentNames(table: string): string[] {
    return (this.#tables.get(table)?.segments ?? []).map(({ metadata }) => metadata.name);
  }

  async #load(
    table: string,
    files: readonly string[],
    { schema, config, maxErrors = 0, onProgress }: LoadFilesOptions,
  ): Promise<LoadReport> {
    checkTableName(table);
    await this.#refuseClusterFolder();
    const existing = this.#tables.get(table);
    const written: string[] = [];
    let tableConfig = existing?.config ?? NO_TABLE_CONFIG;
    if (existing !== undefined && config !== undefined) {
      throw new EngineError('CONFLICT', `database: table ${table} exists; use configure()`);
    }
    try {
      const report = await loadFiles({
        table,
        files,
        schema: existing?.schema ?? schema ?? null,
        configure: (columns) => {
          if (config !== undefined) tableConfig = readTableConfig(config, 'table config', columns);
          return tableConfig.build;
        },
        maxErrors,
        segmentRows: SEGMENT_ROWS_DEFAULT,
        disk: nodeDisk,
        clock: nodeClock,
        onProgress: onProgress ?? ignore,
        onSegment: async ({ name, parts }) => {
          const key = segmentKey(table, name);
          await this.#parts.store.put(key, parts);
          written.push(key);
        },
      });
      await this.#publish(report, tableConfig, table);
      return report;
    } catch (error) {
      for (const key of written) await this.#parts.store.delete(key);
      throw error;
    }
  }

  /** Makes the segments of a load part of the table: on the disk, then for queries. */
  async #publish(report: LoadReport, config: TableConfig, table: string): Promise<void> {
    const { store, catalogPath } = this.#parts;
    const added = await Promise.all(
      report.segments.map(({ name }) => openSegment(store, table, name)),
    );
    if (added.length === 0) return;
    const segments = [...(this.#tables.get(table)?.segments ?? []), ...added];
    const next = { schema: report.schema, config, segments };
    await writeCatalog(nodeDisk, catalogPath, new Map(this.#tables).set(table, next));
    this.#show(added);
    this.#tables.set(table, next);
  }

  async #configure(name: string, json: unknown): Promise<void> {
    await this.#refuseClusterFolder();
    const { store, catalogPath, decode } = this.#parts;
    const table = this.#table(name);
    const config = readTableConfig(json, 'table config', table.schema);
    const segments: OpenSegment[] = [];
    try {
      for (const segment of table.segments) {
        segments.push(await reindexSegment(store, segment, config.build.indexes, decode));
      }
      const next = new Map(this.#tables).set(name, { ...table, config, segments });
      await writeCatalog(nodeDisk, catalogPath, next);
    } catch (error) {
      for (const { stored } of segments) await stored.close();
      throw error;
    }
    this.#show(segments);
    this.#tables.set(name, { ...table, config, segments });
    this.#replaced.push(...table.segments);
  }

  #table(name: string): OpenTable {
    const table = this.#tables.get(name);
    if (table !== undefined) return table;
    const near = didYouMean(name, this.#tables.keys());
    throw new EngineError('UNKNOWN_TABLE', `database: no table ${JSON.stringify(name)}${near}`);
  }

  /** The folder of a running or stopped cluster may be read, but only its controller writes to it. */
  async #refuseClusterFolder(): Promise<void> {
    const { dataDirectory } = this.#parts;
    if ((await nodeDisk.list(`${dataDirectory}/coord`)).length === 0) return;
    throw new EngineError(
      'NOT_SUPPORTED',
      `database: ${dataDirectory} belongs to a cluster; load with "nyala load" while it runs`,
    );
  }

  #show(segments: readonly OpenSegment[]): void {
    for (const { metadata, stored } of segments) {
      void this.#parts.engine.addSegment(metadata, stored);
    }
  }
}

/** The indexes that any of the segments has. */
function indexesOf(segments: readonly OpenSegment[]): readonly IndexConfig[] {
  const all = segments.flatMap(({ metadata }) => metadata.indexes);
  return [...new Map(all.map((index) => [indexName(index), index])).values()];
}

function answerOf({ columns, vectors, rowCount }: ResultTable, stats: LeafStats): Answer {
  return { columns, rows: runSteps(rowsOf(vectors, rowCount)), stats };
}

function ignore(): void {}
