import { EngineError } from '../base/errors.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import { nextSegmentId, segmentName } from '../coord/cluster/segment-id.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { isReplaced, isVisible } from '../coord/cluster/visibility.ts';
import type { ClusterState } from './cluster-state.ts';
import { type DescribedSegment, pruningFacts } from './describe-segment.ts';
import { countHeld, type PlacedSegment, placeSegments } from './placement.ts';
import { hostingOf, partitionOf, poolOf, serverPools } from './server-pools.ts';

/**
 * The visible segments of these names.
 *
 * @returns their ids.
 * @throws EngineError NOT_FOUND for a name that is none, CONFLICT for one that another load replaces.
 */
export function segmentsToReplace(
  state: ClusterState,
  table: string,
  names: readonly string[],
): Set<string> {
  const pending = state.segments.get(table)?.state?.pending ?? {};
  const wanted = new Set(names);
  const found = new Map<string, string>();
  for (const [id, record] of recordsOf(state, table)) {
    const name = segmentName(id);
    if (!wanted.has(name) || !isVisible(record, pending)) continue;
    if (record.replacedBy !== undefined) {
      throw new EngineError(
        'CONFLICT',
        `controller: segment ${name} of ${table} is being replaced by another load; wait for that`,
      );
    }
    found.set(name, id);
  }
  const missing = names.find((name) => !found.has(name));
  if (missing === undefined) return new Set(found.values());
  throw new EngineError('NOT_FOUND', `controller: ${table} has no segment ${missing}`);
}

/**
 * Records for the new segments of a load, on the servers that hold the fewest of those that its table
 * may be on, by their ids.
 *
 * @param replaced ids of what the load replaces: only their names may be those of new segments.
 * @throws EngineError ALREADY_EXISTS, FORBIDDEN when the table would take more than its quota,
 *   SERVER_UNAVAILABLE without a server.
 */
export function newRecords(
  state: ClusterState,
  node: TableNode,
  load: string,
  segments: readonly DescribedSegment[],
  replaced: ReadonlySet<string>,
  nowMs: number,
): Map<string, SegmentRecord> {
  const { schema, configRevision } = node;
  checkQuota(state, node, segments, replaced);
  const ids = newIds(state, schema.name, segments, replaced);
  const revision = configRevision === undefined ? {} : { configRevision };
  const records = segments.map(({ file, metadata }, index): [string, SegmentRecord] => {
    const facts = pruningFacts(metadata, node);
    return [ids[index]!, { ...file, servers: [], load, ...revision, ...facts }];
  });
  const placed = placeRecords(state, node, records, nowMs);
  return new Map(records.map(([id, record]) => [id, { ...record, servers: placed.get(id)! }]));
}

function placeRecords(
  state: ClusterState,
  node: TableNode,
  records: readonly [string, SegmentRecord][],
  nowMs: number,
): Map<string, string[]> {
  const hosting = hostingOf(node);
  const byPool = new Map<string, Map<string, PlacedSegment>>();
  for (const [id, record] of records) {
    const pool = poolOf(hosting, node, id, record, nowMs);
    const its = byPool.get(pool) ?? new Map<string, PlacedSegment>();
    byPool.set(pool, its.set(id, { servers: [], partition: partitionOf(hosting, record) }));
  }
  const own = [...recordsOf(state, node.schema.name)].map(([, record]) => record);
  const held = { own: countHeld(own), all: countHeld(allRecords(state)) };
  const pools = serverPools(state, node, false);
  const placed = [...byPool].flatMap(([pool, segments]) => [
    ...placeSegments(segments, pools[pool]!, held, hosting.replication),
  ]);
  return new Map(placed);
}

/** Pinot's quota counts one copy of each segment. */
function checkQuota(
  state: ClusterState,
  node: TableNode,
  segments: readonly DescribedSegment[],
  replaced: ReadonlySet<string>,
): void {
  const { quotaBytes } = hostingOf(node);
  if (quotaBytes === null) return;
  const table = node.schema.name;
  const pending = state.segments.get(table)?.state?.pending ?? {};
  let bytes = segments.reduce((sum, { file }) => sum + file.lengthBytes, 0);
  for (const [id, record] of recordsOf(state, table)) {
    if (!replaced.has(id) && !isReplaced(record, pending)) bytes += record.lengthBytes;
  }
  if (bytes <= quotaBytes) return;
  throw new EngineError(
    'FORBIDDEN',
    `controller: ${table} would take ${bytes} bytes, and its quota.storage is ${quotaBytes}; drop ` +
      'segments or raise it',
  );
}

/** All records of a table with their ids. */
export function* recordsOf(state: ClusterState, table: string): Generator<[string, SegmentRecord]> {
  for (const { segments } of state.segments.get(table)?.pages.values() ?? []) {
    yield* Object.entries(segments);
  }
}

/** An id for each new segment that nothing in the table has, or has just had. */
function newIds(
  state: ClusterState,
  table: string,
  segments: readonly DescribedSegment[],
  replaced: ReadonlySet<string>,
): string[] {
  const pending = state.segments.get(table)?.state?.pending ?? {};
  const names = new Set(segments.map(({ name }) => name));
  const next = new Map<string, string>();
  for (const [id, record] of recordsOf(state, table)) {
    const name = segmentName(id);
    if (!names.has(name)) continue;
    if (!replaced.has(id) && !isReplaced(record, pending)) {
      throw new EngineError('ALREADY_EXISTS', `controller: ${table} has segment ${name} already`);
    }
    const candidate = nextSegmentId(id);
    const known = next.get(name) ?? '';
    // Numbers of one length order as texts; of two, the longer one is the larger.
    const isLater = candidate.length - known.length || (candidate > known ? 1 : -1);
    if (isLater > 0) next.set(name, candidate);
  }
  return segments.map(({ name }) => next.get(name) ?? name);
}

function* allRecords(state: ClusterState): Generator<SegmentRecord> {
  for (const table of state.segments.keys()) {
    for (const [, record] of recordsOf(state, table)) yield record;
  }
}
