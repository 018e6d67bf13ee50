import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import { SEGMENT_ROWS_DEFAULT } from '../../base/limits.ts';
import { readTableConfig } from '../../base/table-config.ts';
import type { TableNode } from '../../coord/cluster/paths.ts';
import { loadFiles } from '../../ingest/load.ts';
import type { DiskFile, FileOpener } from '../../io/disk.ts';
import { newObjectName, segmentKey, segmentOfObject } from '../../store/segment-store.ts';
import { namedTable } from '../pinot-views.ts';
import { fileOfForm } from '../request-body.ts';
import { type Api, statusAnswer } from './api.ts';
import type { UploadRoutesOptions } from './upload-routes.ts';

/** What ingestion in the controller works with. */
export interface IngestOptions extends UploadRoutesOptions {
  /** For `file:` URIs. */
  readonly disk: FileOpener;
}

const tag = 'Ingestion';
const ingestQuery = z.object({
  tableNameWithType: z.string(),
  batchConfigMapStr: z
    .string()
    .default('{}')
    .meta({ description: 'JSON, such as {"inputFormat":"csv"}; default: by the name of the file' }),
});

/** Builds segments in the controller, of a few rows: `nyala load` builds them where the data is. */
export function addIngestRoutes(api: Api, options: IngestOptions): void {
  api.add(
    {
      ...{ method: 'post', path: '/ingestFromFile', tag, isLocal: true },
      ...{ summary: 'Add the rows of a file to a table', upload: 'a CSV, JSON or Parquet file' },
      ...{ query: ingestQuery, answer: statusAnswer },
    },
    async ({ query, request }) => {
      const { name, bytes } = await fileOfForm(request);
      return ingest(options, query, name, memoryFile(bytes), request);
    },
  );
  api.add(
    {
      ...{ method: 'post', path: '/ingestFromURI', tag, isLocal: true, answer: statusAnswer },
      summary: 'Add the rows of a file on the disk of the controller to a table',
      query: ingestQuery.extend({ sourceURIStr: z.string() }),
    },
    ({ query, request }) =>
      ingest(options, query, pathOf(query.sourceURIStr), options.disk, request),
  );
}

async function ingest(
  { state, store, clock, random, commit }: IngestOptions,
  { tableNameWithType, batchConfigMapStr }: z.output<typeof ingestQuery>,
  path: string,
  disk: FileOpener,
  request: Request,
) {
  const node = namedTable(state, tableNameWithType);
  const table = node.schema.name;
  const objects: string[] = [];
  try {
    const name = nameAs(path, batchConfigMapStr);
    await loadFiles({
      table,
      // Read under another name where its own does not say what it is.
      files: [name],
      disk: { open: (_, mode) => disk.open(path, mode) },
      schema: node.schema,
      configure: () => buildConfig(node),
      maxErrors: 0,
      segmentRows: SEGMENT_ROWS_DEFAULT,
      clock,
      onProgress: () => undefined,
      onSegment: async (segment) => {
        const object = newObjectName(segment.name, clock.nowMs(), random);
        objects.push(object);
        await store.put(segmentKey(table, object), segment.parts);
      },
    });
  } catch (error) {
    for (const object of objects) await store.delete(segmentKey(table, object));
    throw error;
  }
  const body = { segments: objects };
  const failed = await commit.post(request, table, 'segments', body, objects);
  const segments = objects.map(segmentOfObject).join(', ');
  const status = `Successfully ingested file into table: ${table}_OFFLINE as segment: ${segments}`;
  return failed ?? { status };
}

function buildConfig({ schema, config = {} }: TableNode) {
  return readTableConfig(config, `config of ${schema.name}`, schema).build;
}

/** Formats by Pinot's names, as extensions of file names. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  csv: '.csv',
  json: '.json',
  parquet: '.parquet',
};
/** Delimiters that the reader finds out by itself. */
const DELIMITERS = [',', '\t', ';', '|'];

/** The file's name, with the extension of the format that Pinot's batch configuration names. */
function nameAs(path: string, batchConfig: string): string {
  const { inputFormat, ...rest } = batchConfigOf(batchConfig);
  for (const [key, value] of Object.entries(rest)) {
    const isSame =
      (key === 'recordReader.prop.delimiter' && DELIMITERS.includes(value)) ||
      (key === 'recordReader.prop.multiValueDelimiter' && value === ';');
    if (isSame) continue;
    throw new EngineError(
      'NOT_SUPPORTED',
      `controller: batchConfigMapStr: ${key} ${JSON.stringify(value)} is not supported`,
    );
  }
  if (inputFormat === undefined) return path;
  const extension = EXTENSIONS[inputFormat.toLowerCase()];
  if (extension === undefined) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `controller: inputFormat ${JSON.stringify(inputFormat)} is not supported; use ` +
        Object.keys(EXTENSIONS).join(', '),
    );
  }
  const packed = path.toLowerCase().endsWith('.gz') ? '.gz' : '';
  const plain = path.slice(0, path.length - packed.length);
  return plain.toLowerCase().endsWith(extension) ? path : `${plain}${extension}${packed}`;
}

function batchConfigOf(text: string): Readonly<Record<string, string>> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch (cause) {
    throw new EngineError(
      'BAD_REQUEST',
      'controller: batchConfigMapStr: expected a JSON object of texts, such as {"inputFormat":"csv"}',
      { cause },
    );
  }
}

/** The path of a `file:` URI. */
function pathOf(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url?.protocol === 'file:' && url.host === '') return decodeURIComponent(url.pathname);
  throw new EngineError(
    'NOT_SUPPORTED',
    `controller: sourceURIStr: only file:///… is supported, found ${JSON.stringify(uri.slice(0, 200))}`,
  );
}

/** The bytes as the only file there is. */
function memoryFile(bytes: Uint8Array): FileOpener {
  const refused = (): never => {
    throw new EngineError('IO', 'controller: a file that was sent is only read');
  };
  const file: DiskFile = {
    read: async (into, positionBytes) => {
      const part = bytes.subarray(positionBytes, positionBytes + into.length);
      into.set(part);
      return part.length;
    },
    sizeBytes: async () => bytes.length,
    close: async () => undefined,
    write: refused,
    sync: refused,
    truncate: refused,
  };
  return { open: async () => file };
}
