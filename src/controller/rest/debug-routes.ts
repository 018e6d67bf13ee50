import { z } from 'zod';
import type { IndexKind } from '../../base/index-config.ts';
import { SEGMENT_LOADS_MAX } from '../../base/limits.ts';
import { inParallel } from '../../base/parallel.ts';
import type { SegmentMetadata } from '../../segment/metadata.ts';
import type { SegmentStore } from '../../store/segment-store.ts';
import type { ClusterState } from '../cluster-state.ts';
import { describeSegment } from '../describe-segment.ts';
import { namedTable, tableInstances } from '../pinot-views.ts';
import { type Api, typeQuery } from './api.ts';
import {
  externalView,
  idealState,
  type SegmentHosts,
  segmentHosts,
  tableSize,
} from './segment-views.ts';

/** Views of tables for those who look for the reason of something. */
export function addDebugRoutes(api: Api, state: ClusterState, store: SegmentStore): void {
  api.add(
    {
      ...{ method: 'get', path: '/tables/{table}/indexes', tag: 'Table', query: typeQuery },
      summary:
        'Count the segments that have an index, by column and index; reads all their footers',
      answer: z.object({
        totalOnlineSegments: z.number(),
        columnToIndexesCount: z.record(z.string(), z.record(z.string(), z.number())),
      }),
    },
    async ({ params, query }) => {
      const hosts = segmentHosts(state, namedTable(state, params.table, query.type).schema.name);
      const counts = new Map<string, Map<string, number>>();
      await inParallel(hosts, SEGMENT_LOADS_MAX, async ({ record }) => {
        const { metadata } = await describeSegment(store, record.file);
        for (const [column, index] of indexNames(metadata)) {
          const its = counts.get(column) ?? new Map<string, number>();
          counts.set(column, its.set(index, (its.get(index) ?? 0) + 1));
        }
      });
      const entries = [...counts].map(
        ([column, its]) => [column, Object.fromEntries(its)] as const,
      );
      return {
        totalOnlineSegments: hosts.length,
        columnToIndexesCount: Object.fromEntries(entries),
      };
    },
  );
  api.add(
    {
      ...{ method: 'get', path: '/debug/tables/{table}', tag: 'Table', answer: debugAnswer },
      summary: 'Say which segments are not held as they should be, and why',
      query: typeQuery.extend({
        verbosity: z.coerce.number().int().min(0).default(0).meta({
          description: 'above 0 also segments with which nothing is wrong',
        }),
      }),
    },
    ({ params, query }) => {
      const { name } = namedTable(state, params.table, query.type).schema;
      return [debugInfo(state, name, query.verbosity > 0)];
    },
  );
}

/** Pinot's names of indexes. What a segment has besides is none of a column, or none in Pinot. */
const INDEX_NAMES: Partial<Record<IndexKind, string>> = {
  inverted: 'inverted_index',
  range: 'range_index',
  bloom: 'bloom_filter',
  text: 'text_index',
  json: 'json_index',
};

/** Columns with what they have, as Pinot calls it. */
function* indexNames({ columns, indexes }: SegmentMetadata): Generator<[string, string]> {
  for (const { name, encoding, nullCount } of columns) {
    yield [name, 'forward_index'];
    if (encoding.kind === 'dictionary') yield [name, 'dictionary'];
    if (nullCount > 0) yield [name, 'nullvalue_vector'];
  }
  for (const { kind, columns: over } of indexes) {
    const index = INDEX_NAMES[kind];
    // A column that is a timestamp index is a column as any other in Pinot.
    if (kind === 'timestamp') yield [over[0]!, 'forward_index'];
    if (index !== undefined) yield [over[0]!, index];
  }
}

function debugInfo(state: ClusterState, table: string, isVerbose: boolean) {
  const hosts = segmentHosts(state, table);
  const ideal = idealState(state, table).OFFLINE;
  const found = externalView(state, table).OFFLINE;
  const isWrong = ({ record, served }: SegmentHosts) =>
    record.servers.some((server) => !served.includes(server));
  const { brokers, server: servers } = tableInstances(state, table);
  const { reportedSizeInBytes, estimatedSizeInBytes } = tableSize(state, table);
  return {
    tableName: `${table}_OFFLINE`,
    numSegments: hosts.length,
    numServers: servers[0]!.instances.length,
    numBrokers: brokers[0]!.instances.length,
    segmentDebugInfos: hosts
      .filter((segment) => isVerbose || isWrong(segment))
      .map(({ name, record, failed }) => ({
        segmentName: name,
        serverState: Object.fromEntries(
          record.servers.map((server) => [
            server,
            {
              idealState: ideal[name]![server]!,
              externalView: found[name]![server] ?? 'OFFLINE',
              segmentSize: String(record.lengthBytes),
              errorInfo: failed.has(server) ? { errorMessage: failed.get(server)! } : null,
            },
          ]),
        ),
      })),
    tableSize: {
      reportedSize: String(reportedSizeInBytes),
      estimatedSize: String(estimatedSizeInBytes),
    },
  };
}

const debugAnswer = z.array(
  z.object({
    tableName: z.string(),
    numSegments: z.number(),
    numServers: z.number(),
    numBrokers: z.number(),
    segmentDebugInfos: z.array(
      z.object({
        segmentName: z.string(),
        serverState: z.record(
          z.string(),
          z.object({
            idealState: z.string(),
            externalView: z.string(),
            segmentSize: z.string().meta({ description: 'in bytes' }),
            errorInfo: z.object({ errorMessage: z.string() }).nullable(),
          }),
        ),
      }),
    ),
    tableSize: z.object({ reportedSize: z.string(), estimatedSize: z.string() }),
  }),
);
