import { EngineError } from '../base/errors.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';

/**
 * Chooses servers for new segments: each time the live servers that hold the fewest segments so far,
 * ties in the order of their ids, so that the same state gives the same placement.
 *
 * @param segments the new segments.
 * @param liveServers ids of servers that can take segments.
 * @param heldCounts segments that each server holds already; absent means none.
 * @param replication copies of each segment, as far as there are that many servers.
 * @returns segment → its servers.
 * @throws EngineError SERVER_UNAVAILABLE when no server is live.
 */
export function placeSegments(
  segments: readonly string[],
  liveServers: readonly string[],
  heldCounts: ReadonlyMap<string, number>,
  replication: number,
): Map<string, string[]> {
  if (liveServers.length === 0) {
    throw new EngineError(
      'SERVER_UNAVAILABLE',
      'controller: no server is running that could hold the segments; start one: nyala server',
    );
  }
  const counts = new Map([...liveServers].sort().map((id) => [id, heldCounts.get(id) ?? 0]));
  const copies = Math.min(replication, counts.size);
  const placed = new Map<string, string[]>();
  for (const segment of segments) {
    const chosen = [...counts]
      .sort(([, left], [, right]) => left - right)
      .slice(0, copies)
      .map(([id]) => id);
    for (const id of chosen) counts.set(id, counts.get(id)! + 1);
    placed.set(segment, chosen);
  }
  return placed;
}

/** Segments that each server should hold. */
export function countHeld(records: Iterable<Pick<SegmentRecord, 'servers'>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { servers } of records) {
    for (const server of servers) counts.set(server, (counts.get(server) ?? 0) + 1);
  }
  return counts;
}
