import { z } from 'zod';
import type { Clock } from '../../io/clock.ts';
import type { Random } from '../../io/random.ts';
import { bodyParts } from '../../io/request-body.ts';
import { checkTableName, newObjectName, type SegmentStore } from '../../store/segment-store.ts';
import type { Catalog } from '../catalog.ts';
import type { ClusterState } from '../cluster-state.ts';
import { namedTable, tableMetadata, tableNames } from '../pinot-views.ts';
import { receiveSegment } from '../request-body.ts';
import { type Api, pinotJson } from './api.ts';

const tag = 'Nyala';
const path = '/v1/tables/{table}';
const object = z.string().meta({ description: 'what an upload has answered' });
const different = (what: string) =>
  z.array(z.string()).refine((list) => new Set(list).size === list.length, {
    message: `expected ${what}, a list of different names`,
  });
const summary = {
  tableName: z.string(),
  diskSizeInBytes: z.number(),
  numSegments: z.number(),
  numRows: z.number(),
};

/** Nyala's own interface: exact types, and loads of many segments that become visible at once. */
export function addOwnRoutes(
  api: Api,
  state: ClusterState,
  catalog: Catalog,
  store: SegmentStore,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): void {
  addReads(api, state);
  api.add(
    {
      ...{ method: 'put', path: `${path}/segments/{segment}`, tag, isLocal: true },
      summary: 'Upload a segment; it is part of the table when its load is committed',
      upload: 'a segment file',
      answer: z.object({ lengthBytes: z.number(), object }),
    },
    async ({ params, request }) => {
      const name = newObjectName(params.segment!, clock.nowMs(), random);
      const parts = bodyParts(request);
      const lengthBytes = await receiveSegment(store, params.table!, name, parts);
      return { lengthBytes, object: name };
    },
  );
  api.add(
    {
      ...{ method: 'delete', path: `${path}/segments/{object}`, tag, answer: z.object({}) },
      summary: 'Take an upload back that was not committed',
    },
    async ({ params }) => {
      await catalog.discardUpload(params.table!, params.object!);
      return {};
    },
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/segments`, tag },
      summary: 'Commit a load: all of it at once, in the place of what it replaces',
      body: z.object({
        segments: different('segments').min(1),
        replaces: different('replaces').default([]),
      }),
      answer: z.object({ segments: z.number(), rows: z.number() }),
    },
    ({ params, body }) => {
      checkTableName(params.table!);
      return catalog.commitLoad(params.table!, body.segments, body.replaces);
    },
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/uploads`, tag, answer: z.object({}) },
      summary: 'Commit one upload as POST /v2/segments does',
      body: z.object({ object, allowRefresh: z.boolean().default(true) }),
    },
    async ({ params, body }) => {
      checkTableName(params.table!);
      await catalog.addUpload(params.table!, body.object, body.allowRefresh);
      return {};
    },
  );
}

function addReads(api: Api, state: ClusterState): void {
  api.add(
    {
      ...{ method: 'get', path: '/v1/tables', tag, summary: 'List tables with their sizes' },
      answer: z.array(z.object(summary)),
    },
    () => tableNames(state).map((table) => tableMetadata(state, table)),
  );
  api.add(
    {
      ...{ method: 'get', path, tag, summary: 'Describe a table, with exact types' },
      answer: z.object({
        ...summary,
        schema: z.object({
          name: z.string(),
          columns: z
            .array(
              z.object({
                name: z.string(),
                type: z.string(),
                absent: z.string().nullable().optional(),
              }),
            )
            .readonly(),
        }),
        config: pinotJson,
      }),
    },
    ({ params }) => {
      const { schema, config = {} } = namedTable(state, params.table);
      return { schema, config: { ...config }, ...tableMetadata(state, schema.name) };
    },
  );
}
