import { z } from 'zod';
import { EngineError } from '../../base/errors.ts';
import { segmentName } from '../../coord/cluster/segment-id.ts';
import type { SegmentRecord } from '../../coord/cluster/segment-nodes.ts';
import type { Clock } from '../../io/clock.ts';
import { segmentResponse } from '../../store/segment-response.ts';
import type { SegmentStore } from '../../store/segment-store.ts';
import type { Catalog } from '../catalog.ts';
import { type ClusterState, visibleSegments } from '../cluster-state.ts';
import { describeSegment } from '../describe-segment.ts';
import { namedTable } from '../pinot-views.ts';
import { type Api, pinotJson, statusAnswer, typeQuery } from './api.ts';
import { reloadJobId, reloadProgress, segmentFields, segmentHosts } from './segment-views.ts';

/** What routes about segments work with. */
export interface SegmentRoutesOptions {
  readonly state: ClusterState;
  readonly catalog: Catalog;
  readonly store: SegmentStore;
  readonly clock: Clock;
  /** Told of what fails after its request was answered. */
  readonly onError: (error: unknown) => void;
}

const tag = 'Segment';
const path = '/segments/{table}';
const names = z.array(z.string());

/** Segments: what there is of them, and changes to those that are there. */
export function addSegmentRoutes(api: Api, options: SegmentRoutesOptions): void {
  // Before paths with a table in the place of the first word.
  addReloads(api, options);
  addReplacements(api, options);
  addLists(api, options);
  addSingle(api, options);
  addDeletes(api, options);
}

function addReloads(api: Api, { state, catalog, clock, onError }: SegmentRoutesOptions): void {
  const reload = (table: string | undefined, type?: string) => {
    const node = namedTable(state, table, type);
    const { name } = node.schema;
    catalog.reload(name).catch(onError);
    const id = reloadJobId(node, clock.nowMs());
    const servers = new Set(segmentHosts(state, name).flatMap(({ record }) => record.servers));
    const job = {
      reloadJobId: id,
      reloadJobMetaZKStorageStatus: 'SUCCESS',
      numMessagesSent: String(servers.size),
    };
    // Pinot's answer is a JSON text within JSON.
    return { status: JSON.stringify({ [`${name}_OFFLINE`]: job }) };
  };
  api.add(
    {
      ...{ method: 'get', path: '/segments/segmentReloadStatus/{jobId}', tag },
      ...{ summary: 'Say how far a reload is', answer: reloadAnswer },
    },
    ({ params }) => {
      const found = reloadProgress(state, params.jobId!, clock.nowMs());
      if (found !== null) return found;
      const id = JSON.stringify(params.jobId!.slice(0, 200));
      throw new EngineError('NOT_FOUND', `controller: no reload ${id}`);
    },
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/reload`, tag, query: typeQuery, answer: statusAnswer },
      summary: 'Give all segments the indexes that their table is configured to have',
    },
    ({ params, query }) => reload(params.table, query.type),
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/{segment}/reload`, tag, answer: statusAnswer },
      summary: 'Give all segments of a table its indexes, among them this one',
    },
    ({ params }) => {
      visibleSegment(state, params);
      return reload(params.table);
    },
  );
  api.add(
    {
      ...{ method: 'get', path: `${path}/needReload`, tag, query: typeQuery },
      summary: 'Say whether some segment has not the indexes of its table',
      answer: z.object({ needReload: z.boolean() }),
    },
    ({ params, query }) => {
      const { schema, configRevision = 0 } = namedTable(state, params.table, query.type);
      const records = [...visibleSegments(state, schema.name).values()];
      return { needReload: records.some((one) => (one.configRevision ?? 0) < configRevision) };
    },
  );
}

function addReplacements(api: Api, { state, catalog }: SegmentRoutesOptions): void {
  const entryQuery = typeQuery.extend({ segmentLineageEntryId: z.string() });
  api.add(
    {
      ...{ method: 'post', path: `${path}/startReplaceSegments`, tag, query: typeQuery },
      summary: 'Begin to replace segments by others, all at once when it ends',
      body: z.object({ segmentsFrom: names.default([]), segmentsTo: names.default([]) }),
      answer: z.object({ segmentLineageEntryId: z.string() }),
    },
    async ({ params, query, body: { segmentsFrom, segmentsTo } }) => {
      const { name } = namedTable(state, params.table, query.type).schema;
      const id = await catalog.startReplacement(name, segmentsFrom, segmentsTo);
      return { segmentLineageEntryId: id };
    },
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/endReplaceSegments`, tag, query: entryQuery },
      ...{ summary: 'End a replacement: queries see it', answer: statusAnswer },
    },
    async ({ params, query: { segmentLineageEntryId: id, type } }) => {
      await catalog.endReplacement(namedTable(state, params.table, type).schema.name, id);
      return { status: `Replacement ${id} ended` };
    },
  );
  api.add(
    {
      ...{ method: 'post', path: `${path}/revertReplaceSegments`, tag, query: entryQuery },
      ...{ summary: 'Take a replacement back that has not ended', answer: statusAnswer },
    },
    async ({ params, query: { segmentLineageEntryId: id, type } }) => {
      await catalog.revertReplacement(namedTable(state, params.table, type).schema.name, id);
      return { status: `Replacement ${id} reverted` };
    },
  );
}

function addLists(api: Api, { state }: SegmentRoutesOptions): void {
  const list = <A extends z.ZodType>(
    place: string,
    summary: string,
    answer: A,
    of: (table: string) => z.input<A>,
  ) =>
    api.add(
      { method: 'get', path: place, tag, summary, query: typeQuery, answer },
      ({ params, query }) => of(namedTable(state, params.table, query.type).schema.name),
    );
  const byName = <T>(table: string, of: (record: SegmentRecord, name: string) => T) =>
    Object.fromEntries(
      segmentHosts(state, table).map(({ name, record }) => [name, of(record, name)]),
    );
  list(path, 'List segments', z.array(z.object({ OFFLINE: names })), (table) => [
    { OFFLINE: segmentHosts(state, table).map(({ name }) => name) },
  ]);
  list(`${path}/crc`, 'Get the checksums of segments', z.record(z.string(), z.string()), (table) =>
    byName(table, ({ crc }) => String(crc)),
  );
  list(`${path}/zkmetadata`, 'Describe all segments', z.record(z.string(), pinotJson), (table) =>
    byName(table, (record, name) => segmentFields(table, name, record)),
  );
  list(`${path}/servers`, 'List segments by server', serversAnswer, (table) => {
    const hosts = segmentHosts(state, table);
    const servers = new Set(hosts.flatMap(({ record }) => record.servers));
    const on = (server: string) =>
      hosts.filter(({ record }) => record.servers.includes(server)).map(({ name }) => name);
    const byServer = Object.fromEntries([...servers].map((server) => [server, on(server)]));
    return [{ tableName: `${table}_OFFLINE`, serverToSegmentsMap: byServer }];
  });
  list(`${path}/lineage`, 'List replacements that are under way', lineageAnswer, (table) => {
    const pending = state.segments.get(table)?.state?.pending ?? {};
    return Object.entries(pending).map(([id, { startedAtMs, brings = [] }]) => ({
      segmentLineageEntryId: id,
      segmentsTo: [...brings],
      state: 'IN_PROGRESS',
      timestamp: startedAtMs,
    }));
  });
}

function addSingle(api: Api, { state, store }: SegmentRoutesOptions): void {
  api.add(
    {
      ...{ method: 'get', path: `${path}/{segment}/metadata`, tag, answer: pinotJson },
      summary: 'Describe a segment; with columns=* or names also its columns',
      query: z.object({ columns: z.string().optional() }),
    },
    async ({ params, query: { columns } }) => {
      const { table, name, record } = visibleSegment(state, params);
      const fields = segmentFields(table, name, record);
      if (columns === undefined) return fields;
      const { metadata } = await describeSegment(store, record.file);
      const wanted = columns.split(',');
      const described = metadata.columns
        .filter((column) => columns === '*' || wanted.includes(column.name))
        .map(({ name: columnName, type, nullCount, min, max, encoding }) => {
          const ends = { minValue: textOf(min), maxValue: textOf(max) };
          return { columnName, dataType: type, nullCount, ...ends, encoding: encoding.kind };
        });
      const indexes = metadata.indexes.map((index) => `${index.kind}(${index.columns.join(', ')})`);
      return { ...fields, columns: described, indexes };
    },
  );
  api.add(
    {
      ...{ method: 'get', path: `${path}/{segment}`, tag, summary: 'Download a segment' },
      ...{ answer: z.string(), contentType: 'application/octet-stream' },
    },
    async ({ params, request }) => {
      const { record } = visibleSegment(state, params);
      return segmentResponse(record.file, await store.open(record.file), request);
    },
  );
}

function addDeletes(api: Api, { state, catalog }: SegmentRoutesOptions): void {
  api.add(
    {
      ...{ method: 'delete', path, tag, answer: statusAnswer },
      summary: 'Delete all segments of a table, or those that are named, all at once',
      query: typeQuery.extend({
        segments: z.string().optional().meta({ description: 'names with a comma between' }),
      }),
    },
    async ({ params, query, request }) => {
      const { name } = namedTable(state, params.table, query.type).schema;
      const given = new URL(request.url).searchParams.getAll('segments');
      const all = [...visibleSegments(state, name).keys()].map(segmentName);
      const wanted = given.length === 0 ? all : given.flatMap((text) => text.split(','));
      if (wanted.length > 0) await catalog.dropSegments(name, [...new Set(wanted)]);
      return { status: `All segments of table ${name}_OFFLINE deleted` };
    },
  );
  api.add(
    {
      ...{ method: 'delete', path: `${path}/{segment}`, tag, summary: 'Delete a segment' },
      answer: statusAnswer,
    },
    async ({ params }) => {
      const { name } = namedTable(state, params.table).schema;
      await catalog.dropSegments(name, [params.segment!]);
      return { status: `Segment ${params.segment} deleted` };
    },
  );
}

const reloadAnswer = z.object({
  totalSegmentCount: z.number(),
  successCount: z.number(),
  totalServersQueried: z.number(),
  totalServerCallsFailed: z.number(),
  timeElapsedInMinutes: z.number(),
  estimatedTimeRemainingInMinutes: z.number().meta({ description: '-1 when it is not known' }),
  metadata: z.object({
    jobId: z.string(),
    jobType: z.string(),
    tableName: z.string(),
    submissionTimeMs: z.string(),
  }),
});

const serversAnswer = z.array(
  z.object({ tableName: z.string(), serverToSegmentsMap: z.record(z.string(), names) }),
);

const lineageAnswer = z.array(
  z.object({
    segmentLineageEntryId: z.string(),
    segmentsTo: names,
    state: z.string(),
    timestamp: z.number(),
  }),
);

/** The segment that a path names, which queries see. */
function visibleSegment(state: ClusterState, params: Readonly<Record<string, string>>) {
  const table = namedTable(state, params.table).schema.name;
  const wanted = params.segment ?? '';
  for (const [id, record] of visibleSegments(state, table)) {
    if (segmentName(id) === wanted) return { table, name: wanted, record };
  }
  const name = JSON.stringify(wanted.slice(0, 200));
  throw new EngineError('NOT_FOUND', `controller: ${table} has no segment ${name}`);
}

/** JSON has no 64-bit integers. */
function textOf(value: unknown): string | null {
  return value === null ? null : String(value);
}
