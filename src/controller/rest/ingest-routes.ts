import { z } from 'zod';
import {
  INGESTION_WAIT_MS_MAX,
  INGESTIONS_MAX,
  INGESTIONS_WAITING_MAX,
} from '../../base/controller-limits.ts';
import { EngineError } from '../../base/errors.ts';
import { readTableConfig } from '../../base/table-config.ts';
import type { TableNode } from '../../coord/cluster/paths.ts';
import { WorkGate } from '../../exec/work-gate.ts';
import type { Clock } from '../../io/clock.ts';
import { segmentOfObject } from '../../store/segment-store.ts';
import type { ClusterState } from '../cluster-state.ts';
import { namedTable } from '../pinot-views.ts';
import { fileOfForm } from '../request-body.ts';
import type { IngestJob, SegmentBuilds } from '../segment-builds.ts';
import { type Api, statusAnswer } from './api.ts';
import type { Committer } from './commit-uploads.ts';

/** What ingestion in the controller works with. */
export interface IngestOptions {
  readonly state: ClusterState;
  readonly clock: Clock;
  readonly commit: Committer;
  readonly builds: SegmentBuilds;
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
  // A file in a form is in memory: it is not read before its turn has come.
  const gate = new WorkGate({
    clock: options.clock,
    runningMax: INGESTIONS_MAX,
    waitingMax: INGESTIONS_WAITING_MAX,
    waitMsMax: INGESTION_WAIT_MS_MAX,
    bytesMax: Number.POSITIVE_INFINITY,
    refusal: (reason, retryAfterMs) =>
      new EngineError(
        'TOO_MANY_REQUESTS',
        `controller: of ingestions ${reason}; try again later, or build segments with nyala load`,
        { retryAfterMs },
      ),
  });
  const inTurn = async <R>(run: () => Promise<R>): Promise<R> => {
    const pass = await gate.enter(0);
    try {
      return await run();
    } finally {
      pass.leave();
    }
  };
  api.add(
    {
      ...{ method: 'post', path: '/ingestFromFile', tag, isLocal: true },
      ...{ summary: 'Add the rows of a file to a table', upload: 'a CSV, JSON or Parquet file' },
      ...{ query: ingestQuery, answer: statusAnswer },
    },
    ({ query, request }) =>
      inTurn(async () => {
        const { name, bytes } = await fileOfForm(request);
        return ingest(options, query, name, bytes, request);
      }),
  );
  api.add(
    {
      ...{ method: 'post', path: '/ingestFromURI', tag, isLocal: true, answer: statusAnswer },
      summary: 'Add the rows of a file on the disk of the controller to a table',
      query: ingestQuery.extend({ sourceURIStr: z.string() }),
    },
    ({ query, request }) => {
      const path = pathOf(query.sourceURIStr);
      return inTurn(() => ingest(options, query, path, path, request));
    },
  );
}

async function ingest(
  { state, builds, commit }: IngestOptions,
  { tableNameWithType, batchConfigMapStr }: z.output<typeof ingestQuery>,
  path: string,
  content: IngestJob['content'],
  request: Request,
) {
  const node = namedTable(state, tableNameWithType);
  const table = node.schema.name;
  const name = nameAs(path, batchConfigMapStr);
  const config = buildConfig(node);
  const objects = await builds.run({
    ...{ kind: 'ingest', table, schema: node.schema, config, name, content },
  });
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
