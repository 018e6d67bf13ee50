import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import type { Clock } from '../../io/clock.ts';
import type { Random } from '../../io/random.ts';
import { bodyParts } from '../../io/request-body.ts';
import { newObjectName, type SegmentStore } from '../../store/segment-store.ts';
import type { ClusterState } from '../cluster-state.ts';
import { namedTable } from '../pinot-views.ts';
import { fileOfForm, receiveSegment } from '../request-body.ts';
import { type Api, statusAnswer, typeQuery } from './api.ts';
import type { Committer } from './commit-uploads.ts';

/** What uploads work with. */
export interface UploadRoutesOptions {
  readonly state: ClusterState;
  readonly store: SegmentStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly commit: Committer;
}

const uploadQuery = typeQuery.extend({
  tableName: z.string(),
  tableType: z.enum(['OFFLINE']).optional(),
  allowRefresh: z.enum(['true', 'false']).default('true'),
  segmentName: z.string().optional().meta({
    description: 'of a file that is sent as it is; in a form it is the name of the file',
  }),
});

/** Uploads of finished segments, one with each request, as Pinot's jobs push them. */
export function addUploadRoutes(
  api: Api,
  { state, store, clock, random, commit }: UploadRoutesOptions,
): void {
  for (const path of ['/v2/segments', '/segments']) {
    api.add(
      {
        ...{ method: 'post', path, tag: 'Segment', isLocal: true },
        summary: 'Upload a segment file; it takes the place of one of its name',
        upload: 'a segment file of Nyala',
        ...{ query: uploadQuery, answer: statusAnswer },
      },
      async ({ query, request }) => {
        refuseUri(request);
        const { name: table } = namedTable(state, query.tableName, query.type).schema;
        const { name, parts } = await sentSegment(request, query.segmentName);
        const object = newObjectName(name, clock.nowMs(), random);
        await receiveSegment(store, table, object, withoutArchive(parts));
        const body = { object, allowRefresh: query.allowRefresh === 'true' };
        const failed = await commit.post(request, table, 'uploads', body, [object]);
        return failed ?? { status: `Successfully uploaded segment: ${name} of table: ${table}` };
      },
    );
  }
}

/** A segment's name and bytes, from a form or as they are. */
async function sentSegment(
  request: Request,
  named: string | undefined,
): Promise<{ readonly name: string; readonly parts: AsyncIterable<Uint8Array> }> {
  const contentType = request.headers.get('content-type') ?? '';
  if (contentType.startsWith('multipart/form-data')) {
    const { name, bytes } = await fileOfForm(request);
    return { name: named ?? name.replace(/\.segment$|\.tar\.gz$/, ''), parts: once(bytes) };
  }
  if (named !== undefined) return { name: named, parts: bodyParts(request) };
  throw new EngineError(
    'BAD_REQUEST',
    'controller: expected a form with a segment file, or the parameter segmentName; found neither',
  );
}

/** Pinot's uploads without a file: where the controller should get it, or that it is there. */
function refuseUri(request: Request): void {
  const kind = request.headers.get('upload_type') ?? 'SEGMENT';
  if (kind.toUpperCase() === 'SEGMENT' && !request.headers.has('download_uri')) return;
  throw new EngineError(
    'NOT_SUPPORTED',
    `controller: UPLOAD_TYPE ${JSON.stringify(kind)} is not supported; send the segment file`,
  );
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** @throws EngineError NOT_SUPPORTED for a gzip file, as Pinot's segments are sent. */
async function* withoutArchive(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const part of parts) {
    if (isFirst && part[0] === 0x1f && part[1] === 0x8b) {
      throw new EngineError(
        'NOT_SUPPORTED',
        "controller: Pinot's segments (tar.gz) are not supported; send the rows to " +
          '/ingestFromFile, or load them with nyala load',
      );
    }
    isFirst = false;
    yield part;
  }
}
