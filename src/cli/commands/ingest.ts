import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EngineError } from '../../base/errors.ts';
import type { LoadProgress } from '../../ingest/load.ts';
import { sleep } from '../../io/clock.ts';
import { nodeClock } from '../../io/node-clock.ts';
import { withRole } from '../ask.ts';
import { ControllerClient } from '../controller-client.ts';
import { filesOf, type IngestionJob, type JobFile, pathOf, readJob } from '../ingestion-job.ts';
import { showProgress } from '../load-progress.ts';
import { countText, durationText, note } from '../terminal.ts';

/** How the load of one file went. */
interface FileOutcome {
  readonly file: JobFile;
  /** Null when it is in the table. */
  readonly problem: string | null;
}

/**
 * `nyala ingest`: loads the files of a job, some at a time, each by a process of its own and all or
 * nothing of it. A file whose segments are in the table is left out, so that a job that was broken off is just given again.
 */
export async function ingest(jobPath: string): Promise<void> {
  const job = await readJob(jobPath);
  const { tableName } = job.tableSpec;
  const files = await filesOf(job);
  const existing = await segmentsOf(job);
  const missing = files.filter(({ segmentPrefix }) => !existing.has(`${segmentPrefix}_0`));
  const done = files.length - missing.length;
  if (done > 0)
    note(`${tableName}: ${countText(done)} of ${filesText(files.length)} are loaded already`);
  const startMs = nodeClock.monotonicMs();
  const outcomes = await loadAll(job, missing, existing.size === 0);
  const failed = outcomes.filter(({ problem }) => problem !== null);
  for (const { file, problem } of failed) note(`${tableName}: ${file.name}: ${problem}`);
  const took = durationText(nodeClock.monotonicMs() - startMs);
  note(`${tableName}: ${filesText(outcomes.length - failed.length)} loaded in ${took}`);
  if (failed.length === 0) return;
  throw new EngineError(
    'BAD_REQUEST',
    `ingest: ${filesText(failed.length)} of ${countText(files.length)} could not be loaded; ` +
      'mend them and give the job again, the others are in the table',
  );
}

async function segmentsOf(job: IngestionJob): Promise<Set<string>> {
  const role = { name: 'controller', option: 'pinotClusterSpecs' };
  const [cluster] = job.pinotClusterSpecs;
  const { tableName } = job.tableSpec;
  const names = await withRole(cluster!.controllerURI, role, (ask) =>
    new ControllerClient(ask).segments(tableName),
  );
  return new Set(names);
}

/** @param isFirstAlone whether the first file makes the table, which others need for their types. */
async function loadAll(
  job: IngestionJob,
  files: readonly JobFile[],
  isFirstAlone: boolean,
): Promise<FileOutcome[]> {
  const progress = new JobProgress(job.tableSpec.tableName, files);
  const outcomes: FileOutcome[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      outcomes.push({ file, problem: await loadFile(job, file, progress) });
      progress.finish(file);
    }
  };
  try {
    if (isFirstAlone && waiting.length > 1) {
      const [first] = waiting.splice(0, 1) as [JobFile];
      outcomes.push({ file: first, problem: await loadFile(job, first, progress) });
      progress.finish(first);
    }
    const workers = Math.min(job.segmentCreationJobParallelism, waiting.length);
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    progress.stop();
  }
  return outcomes;
}

/** @returns null when the file is in the table, otherwise why not. */
async function loadFile(
  job: IngestionJob,
  file: JobFile,
  progress: JobProgress,
): Promise<string | null> {
  const { pushAttempts, pushRetryIntervalMillis } = job.pushJobSpec;
  for (let attempt = 1; ; attempt++) {
    const problem = await runLoad(job, file, (read) => progress.update(file, read));
    if (problem === null || attempt >= pushAttempts) return problem;
    await sleep(nodeClock, pushRetryIntervalMillis);
  }
}

/** Runs `nyala load` for one file. */
function runLoad(
  job: IngestionJob,
  file: JobFile,
  onProgress: (progress: LoadProgress) => void,
): Promise<string | null> {
  const { tableName, schemaURI } = job.tableSpec;
  const child = spawn(process.execPath, [
    process.argv[1]!,
    ...['load', tableName, file.path, '--progress', 'json'],
    ...['--controller', job.pinotClusterSpecs[0]!.controllerURI],
    ...['--max-errors', `${job.maxErrors}`, '--segment-rows', `${job.segmentRows}`],
    ...['--segment-prefix', file.segmentPrefix],
    ...(schemaURI === undefined ? [] : ['--schema', pathOf(schemaURI)]),
  ]);
  let problem = '';
  createInterface(child.stdout).on('line', (line) => onProgress(JSON.parse(line)));
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('nyala: ')) problem = line.slice('nyala: '.length);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(code === 0 ? null : problem || `its load ended with ${signal ?? code}`),
    );
  });
}

/** How far a job is: the sum over its files. */
class JobProgress {
  readonly #view: ReturnType<typeof showProgress>;
  readonly #startMs = nodeClock.monotonicMs();
  readonly #bytesTotal: number;
  readonly #read = new Map<JobFile, { readonly rowsRead: number; readonly bytesRead: number }>();

  constructor(table: string, files: readonly JobFile[]) {
    this.#view = showProgress(table);
    this.#bytesTotal = files.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  }

  update(file: JobFile, { rowsRead, bytesRead }: LoadProgress): void {
    this.#read.set(file, { rowsRead, bytesRead });
    this.#show();
  }

  /** A file is done, whether its load said so or failed. */
  finish(file: JobFile): void {
    const rowsRead = this.#read.get(file)?.rowsRead ?? 0;
    this.#read.set(file, { rowsRead, bytesRead: file.lengthBytes });
    this.#show();
  }

  stop(): void {
    this.#view.stop();
  }

  #show(): void {
    const read = [...this.#read.values()];
    this.#view.update({
      rowsRead: read.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
      bytesRead: read.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
      bytesTotal: this.#bytesTotal,
      elapsedMs: nodeClock.monotonicMs() - this.#startMs,
    });
  }
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${countText(count)} files`;
}
