import { readTableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import { type LoadReport, loadFiles } from '../ingest/load.ts';
import { parseSchemaFile } from '../ingest/schema-file.ts';
import { nodeClock } from '../io/node-clock.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { checkTableName } from '../store/segment-store.ts';
import type { ControllerClient, TableDescription } from './controller-client.ts';
import { jsonProgress, showProgress } from './load-progress.ts';
import { countText, durationText, note } from './terminal.ts';

/** What to load into a table. */
export interface LoadTableOptions {
  readonly table: string;
  readonly files: readonly string[];
  /** A file with the table's columns; null takes those of the table, or of the first file. */
  readonly schemaFile: string | null;
  readonly maxErrors: number;
  /** Most rows of a segment. */
  readonly segmentRows: number;
  /** What the segments' names begin with; by default the table and the time. */
  readonly segmentPrefix?: string | undefined;
  /** How progress is shown: for people, or as JSON objects, one a line, on stdout. */
  readonly progress?: 'people' | 'json' | undefined;
}

const REJECTIONS_SHOWN = 5;

/**
 * Loads files through a controller: each finished segment is sent to the deep store, and all of them
 * become visible together at the end. Shows schema, progress and result on stderr.
 */
export async function loadTable(
  controller: ControllerClient,
  options: LoadTableOptions,
): Promise<LoadReport> {
  const { table } = options;
  checkTableName(table);
  const startMs = nodeClock.monotonicMs();
  const uploaded: string[] = [];
  try {
    const report = await readAndUpload(controller, options, uploaded);
    if (uploaded.length > 0) await controller.commit(table, uploaded);
    showReport(table, report, nodeClock.monotonicMs() - startMs);
    return report;
  } catch (error) {
    // What the load's own error says matters more than an upload that stays behind.
    await Promise.allSettled(uploaded.map((object) => controller.discard(table, object)));
    throw error;
  }
}

/** @param uploaded gets the names of the objects that have reached the deep store. */
async function readAndUpload(
  controller: ControllerClient,
  options: LoadTableOptions,
  uploaded: string[],
): Promise<LoadReport> {
  const { table, files, maxErrors, segmentRows, segmentPrefix } = options;
  const existing = await controller.table(table);
  const schema = await schemaFor(existing, options);
  const view = options.progress === 'json' ? jsonProgress() : showProgress(table);
  try {
    return await loadFiles({
      table,
      files,
      schema,
      configure: (columns) =>
        readTableConfig(existing?.config ?? {}, `config of ${table}`, columns).build,
      maxErrors,
      segmentRows,
      segmentPrefix,
      disk: nodeDisk,
      clock: nodeClock,
      onProgress: (progress) => view.update(progress),
      onSegment: async ({ name, parts }) => {
        uploaded.push(await controller.upload(table, name, joined(parts)));
      },
    });
  } finally {
    view.stop();
  }
}

async function schemaFor(
  existing: TableDescription | null,
  { table, schemaFile }: LoadTableOptions,
): Promise<TableSchema | null> {
  if (schemaFile === null) return existing?.schema ?? null;
  const text = new TextDecoder().decode(await nodeDisk.readFile(schemaFile));
  return parseSchemaFile(text, schemaFile, table);
}

function joined(parts: Iterable<Uint8Array>): Uint8Array {
  const list = [...parts];
  const result = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of list) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

function showReport(table: string, report: LoadReport, elapsedMs: number): void {
  for (const line of report.notes) note(`${table}: ${line}`);
  const columns = report.schema.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  note(`${table} (${columns})`);
  for (const { file, line, column, reason } of report.rejections.slice(0, REJECTIONS_SHOWN)) {
    const place = column === null ? '' : `, column ${column}`;
    note(`${table}: rejected ${file} line ${line}${place}: ${reason}`);
  }
  const more = report.rejections.length - REJECTIONS_SHOWN;
  if (more > 0) note(`${table}: ${countText(more)} more rejected`);
  const rows = report.rowsAccepted === 1 ? 'row' : 'rows';
  note(
    `${table}: ${countText(report.rowsAccepted)} ${rows} accepted, ` +
      `${countText(report.rowsRejected)} rejected, ${countText(report.rowsRead)} read ` +
      `in ${durationText(elapsedMs)}`,
  );
}
