import { EngineError } from '../base/errors.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import { nextSegmentId, segmentName } from '../coord/cluster/segment-id.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { isReplaced, isVisible } from '../coord/cluster/visibility.ts';
import type { ClusterState } from './cluster-state.ts';
import { type DescribedSegment, timeOf } from './describe-segment.ts';
import { countHeld, placeSegments } from './placement.ts';

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
 * Records for the new segments of a load, on the servers that hold the fewest, by their ids.
 *
 * @param replaced ids of what the load replaces: only their names may be those of new segments.
 * @throws EngineError ALREADY_EXISTS, SERVER_UNAVAILABLE without a server.
 */
export function newRecords(
  state: ClusterState,
  { schema: { name: table }, replication, config, configRevision }: TableNode,
  load: string,
  segments: readonly DescribedSegment[],
  replaced: ReadonlySet<string>,
): Map<string, SegmentRecord> {
  const ids = newIds(state, table, segments, replaced);
  const held = countHeld(allRecords(state));
  const placed = placeSegments(ids, [...state.liveServers.keys()], held, replication);
  const records = segments.map(({ file, metadata }, index): [string, SegmentRecord] => {
    const id = ids[index]!;
    const revision = configRevision === undefined ? {} : { configRevision };
    const time = timeOf(metadata, config);
    return [id, { ...file, servers: placed.get(id)!, load, ...revision, ...time }];
  });
  return new Map(records);
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
