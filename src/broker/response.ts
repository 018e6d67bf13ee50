import type { LeafStats } from '../exec/leaf-service.ts';
import type { Steps } from '../exec/steps.ts';
import type { Vector } from '../exec/vector.ts';
import type { OutputColumn } from '../sql/plan.ts';
import type { PinotException } from './error-codes.ts';
import { appendRows, pinotType } from './json-rows.ts';
import type { TextPieces } from './text-pieces.ts';

/** A finished answer: columns in order, one vector each. */
export interface ResultTable {
  readonly columns: readonly OutputColumn[];
  readonly vectors: readonly Vector[];
  readonly rowCount: number;
}

/** What a response says beyond its rows. */
export interface ResponseFacts {
  readonly timeUsedMs: number;
  readonly reduceTimeMs: number;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly brokerId: string;
  readonly tables: readonly string[];
  readonly serversQueried: number;
  readonly serversResponded: number;
  /** Segments that metadata of the cluster ruled out. */
  readonly segmentsPruned: number;
  /** Sums over all servers. */
  readonly leaf: LeafStats;
}

/** The stats of a query that reached no server. */
export const NO_LEAF_STATS: LeafStats = {
  segmentsQueried: 0,
  segmentsProcessed: 0,
  segmentsMatched: 0,
  segmentsPruned: 0,
  docsScanned: 0,
  totalDocs: 0,
  entriesScannedInFilter: 0,
  entriesScannedPostFilter: 0,
  spilledBytes: 0,
  indexesUsed: [],
};

/** The sum of two servers' stats. */
export function addLeafStats(left: LeafStats, right: LeafStats): LeafStats {
  return {
    segmentsQueried: left.segmentsQueried + right.segmentsQueried,
    segmentsProcessed: left.segmentsProcessed + right.segmentsProcessed,
    segmentsMatched: left.segmentsMatched + right.segmentsMatched,
    segmentsPruned: left.segmentsPruned + right.segmentsPruned,
    docsScanned: left.docsScanned + right.docsScanned,
    totalDocs: left.totalDocs + right.totalDocs,
    entriesScannedInFilter: left.entriesScannedInFilter + right.entriesScannedInFilter,
    entriesScannedPostFilter: left.entriesScannedPostFilter + right.entriesScannedPostFilter,
    spilledBytes: left.spilledBytes + right.spilledBytes,
    indexesUsed: [...new Set([...left.indexesUsed, ...right.indexesUsed])].sort(),
  };
}

/**
 * Appends the JSON body of Pinot's `BrokerResponse` for the single-stage engine, with its fields in Pinot's
 * order. `resultTable` is left out when there is no answer.
 *
 * @param table the answer, or null after an error.
 * @param exceptions empty for a whole answer; beside an answer they say what is not in it.
 */
export function* appendResponse(
  out: TextPieces,
  table: ResultTable | null,
  exceptions: readonly PinotException[],
  facts: ResponseFacts,
): Steps<void> {
  out.append('{');
  if (table !== null) {
    out.append(tableHead(table.columns));
    yield* appendRows(out, table.vectors, table.rowCount);
    out.append('},');
  }
  out.append(restOfResponse(table?.rowCount ?? 0, exceptions, facts, {}));
}

/** A part of the rows of an answer, as JSON, and what to say about the part. */
export interface ResponsePage {
  readonly columns: readonly OutputColumn[];
  /** `[[…],[…]]`. */
  readonly rows: string;
  /** Rows of the whole answer. */
  readonly rowCount: number;
  readonly cursor: object;
}

/** The JSON body of a response with some of the rows of an answer: Pinot's `CursorResponse`. */
export function encodePage(
  { columns, rows, rowCount, cursor }: ResponsePage,
  exceptions: readonly PinotException[],
  facts: ResponseFacts,
): string {
  const rest = restOfResponse(rowCount, exceptions, facts, cursor);
  return `{${tableHead(columns)}${rows}},${rest}`;
}

/** The beginning of the table, up to its rows. */
function tableHead(columns: readonly OutputColumn[]): string {
  const schema = JSON.stringify({
    columnNames: columns.map(({ name }) => name),
    columnDataTypes: columns.map(({ type }) => pinotType(type)),
  });
  return `"resultTable":{"dataSchema":${schema},"rows":`;
}

/** Everything behind the table, with the brace that closes the object. */
function restOfResponse(
  rowCount: number,
  exceptions: readonly PinotException[],
  facts: ResponseFacts,
  cursor: object,
): string {
  const rest = JSON.stringify({
    numRowsResultSet: rowCount,
    partialResult: exceptions.length > 0,
    exceptions,
    ...groupFacts,
    ...requestFacts(facts),
    ...scanFacts(facts),
    ...closingFacts(facts),
    ...cursor,
  });
  return rest.slice(1);
}

/** Nyala never cuts groups or distinct rows off, so these are always false. */
const groupFacts = {
  numGroupsLimitReached: false,
  numGroupsWarningLimitReached: false,
  maxRowsInDistinctReached: false,
  maxRowsWithoutChangeInDistinctReached: false,
  maxExecutionTimeInDistinctReached: false,
};

function requestFacts(facts: ResponseFacts) {
  return {
    timeUsedMs: Math.round(facts.timeUsedMs),
    requestId: facts.requestId,
    clientRequestId: facts.clientRequestId,
    brokerId: facts.brokerId,
  };
}

function scanFacts({ leaf, serversQueried, serversResponded, segmentsPruned }: ResponseFacts) {
  return {
    numDocsScanned: leaf.docsScanned,
    totalDocs: leaf.totalDocs,
    numEntriesScannedInFilter: leaf.entriesScannedInFilter,
    numEntriesScannedPostFilter: leaf.entriesScannedPostFilter,
    numServersQueried: serversQueried,
    numServersResponded: serversResponded,
    numSegmentsQueried: leaf.segmentsQueried,
    numSegmentsProcessed: leaf.segmentsProcessed,
    numSegmentsMatched: leaf.segmentsMatched,
    numConsumingSegmentsQueried: 0,
    numConsumingSegmentsProcessed: 0,
    numConsumingSegmentsMatched: 0,
    minConsumingFreshnessTimeMs: 0,
    numSegmentsPrunedByBroker: segmentsPruned,
    numSegmentsPrunedByServer: leaf.segmentsPruned,
    numSegmentsPrunedInvalid: 0,
    numSegmentsPrunedByLimit: 0,
    numSegmentsPrunedByValue: leaf.segmentsPruned,
  };
}

/** CPU and allocation counters are not measured; Pinot shows 0 for these as well by default. */
function closingFacts(facts: ResponseFacts) {
  return {
    brokerReduceTimeMs: Math.round(facts.reduceTimeMs),
    offlineThreadCpuTimeNs: 0,
    realtimeThreadCpuTimeNs: 0,
    offlineSystemActivitiesCpuTimeNs: 0,
    realtimeSystemActivitiesCpuTimeNs: 0,
    offlineResponseSerializationCpuTimeNs: 0,
    realtimeResponseSerializationCpuTimeNs: 0,
    offlineTotalCpuTimeNs: 0,
    realtimeTotalCpuTimeNs: 0,
    explainPlanNumEmptyFilterSegments: 0,
    explainPlanNumMatchAllFilterSegments: 0,
    traceInfo: {},
    tablesQueried: facts.tables,
    offlineThreadMemAllocatedBytes: 0,
    realtimeThreadMemAllocatedBytes: 0,
    offlineResponseSerMemAllocatedBytes: 0,
    realtimeResponseSerMemAllocatedBytes: 0,
    offlineTotalMemAllocatedBytes: 0,
    realtimeTotalMemAllocatedBytes: 0,
    pools: [],
    rlsFiltersApplied: false,
    groupsTrimmed: false,
    materializedViewQueried: null,
    serverStats: null,
    // Ours, and not in Pinot's response.
    spilledBytes: facts.leaf.spilledBytes,
  };
}
