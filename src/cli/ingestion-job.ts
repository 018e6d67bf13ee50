import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import picomatch from 'picomatch';
import { z } from 'zod';
import { EngineError } from '../base/errors.ts';
import { SEGMENT_ROWS_DEFAULT } from '../base/limits.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { DEFAULT_PORTS } from './ports.ts';
import { parseYaml } from './yaml-file.ts';

/** Job types of Pinot that end with the segments in the table, which is all that a job does here. */
const JOB_TYPES = [
  'SegmentCreationAndTarPush',
  'SegmentCreationAndUriPush',
  'SegmentCreationAndMetadataPush',
] as const;

/** What Pinot's jobs say and what has no meaning here, since jobs run in this program. */
const meaningless = z.unknown().optional();

/** A job, in Pinot's words as far as they go; the keys of the second part are Nyala's. */
const jobSchema = z.strictObject({
  jobType: z.enum(JOB_TYPES).default('SegmentCreationAndTarPush'),
  inputDirURI: z.string().min(1),
  includeFileNamePattern: z.string().default('glob:**/*'),
  excludeFileNamePattern: z.string().optional(),
  tableSpec: z.strictObject({
    tableName: z.string().min(1),
    schemaURI: z.string().optional(),
    tableConfigURI: meaningless,
  }),
  pinotClusterSpecs: z
    .array(z.strictObject({ controllerURI: z.string().min(1) }))
    .length(1)
    .default([{ controllerURI: `http://127.0.0.1:${DEFAULT_PORTS.controller}` }]),
  pushJobSpec: z
    .strictObject({
      pushAttempts: z.int().min(1).max(100).default(3),
      pushRetryIntervalMillis: z.int().min(0).default(1_000),
      pushParallelism: meaningless,
      segmentUriPrefix: meaningless,
      segmentUriSuffix: meaningless,
    })
    .prefault({}),
  segmentCreationJobParallelism: z.int().min(1).max(256).default(availableParallelism()),
  recordReaderSpec: meaningless,
  executionFrameworkSpec: meaningless,
  pinotFSSpecs: meaningless,
  outputDirURI: meaningless,
  overwriteOutput: meaningless,
  segmentNameGeneratorSpec: meaningless,

  /** Rows of a file that may be left out as wrong. */
  maxErrors: z.int().min(0).default(0),
  segmentRows: z.int().min(1).default(SEGMENT_ROWS_DEFAULT),
});

/** A job with every default filled in. */
export type IngestionJob = z.output<typeof jobSchema>;

/** A file of a job. */
export interface JobFile {
  /** Below the input folder, for people. */
  readonly name: string;
  readonly path: string;
  readonly lengthBytes: number;
  /**
   * What the names of its segments begin with. It follows from the file's name, length and time of change, so
   * that a job which is given again knows what is done.
   */
  readonly segmentPrefix: string;
}

/**
 * Reads a job's file.
 *
 * @throws EngineError NOT_FOUND, and as `parseYaml`.
 */
export async function readJob(path: string): Promise<IngestionJob> {
  const text = new TextDecoder().decode(await nodeDisk.readFile(path));
  return parseYaml(path, text, jobSchema);
}

/** A path from a `file:` URI or a path. */
export function pathOf(uri: string): string {
  if (uri.startsWith('file:')) return fileURLToPath(uri);
  const scheme = /^([a-z0-9]+):\/\//i.exec(uri)?.[1];
  if (scheme === undefined) return resolve(uri);
  throw new EngineError('NOT_SUPPORTED', `ingest: ${scheme}: URIs, only file: ones: ${uri}`);
}

/**
 * The files that a job reads, in the order of their names.
 *
 * @throws EngineError NOT_FOUND when there is none.
 */
export async function filesOf(job: IngestionJob): Promise<JobFile[]> {
  const directory = pathOf(job.inputDirURI);
  const isIncluded = matcher(job.includeFileNamePattern);
  const isExcluded =
    job.excludeFileNamePattern === undefined ? () => false : matcher(job.excludeFileNamePattern);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw new EngineError('NOT_FOUND', `ingest: there is no folder ${directory}`, {
        cause: error,
      });
    },
  );
  const files: JobFile[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path
      .slice(directory.length + 1)
      .split(sep)
      .join('/');
    if (!entry.isFile() || !isIncluded(name) || isExcluded(name)) continue;
    const { size, mtimeMs } = await stat(path);
    const identity = JSON.stringify([name, size, Math.floor(mtimeMs)]);
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
    const segmentPrefix = `${job.tableSpec.tableName}_${hash}`;
    files.push({ name, path, lengthBytes: size, segmentPrefix });
  }
  if (files.length > 0) return files.sort((left, right) => (left.name < right.name ? -1 : 1));
  throw new EngineError(
    'NOT_FOUND',
    `ingest: no file in ${directory} is named as ${job.includeFileNamePattern} says`,
  );
}

/** Java's path matchers: `glob:` or `regex:` and a pattern. */
function matcher(pattern: string): (name: string) => boolean {
  // Unlike Java's, this `**/` may be no folder at all: those who write jobs mean files at the top too.
  if (pattern.startsWith('glob:')) return picomatch(pattern.slice('glob:'.length));
  if (pattern.startsWith('regex:')) {
    const expression = new RegExp(`^(?:${pattern.slice('regex:'.length)})$`);
    return (name) => expression.test(name);
  }
  throw new EngineError(
    'BAD_REQUEST',
    `ingest: expected a pattern that begins with glob: or regex:, found ${JSON.stringify(pattern)}`,
  );
}
