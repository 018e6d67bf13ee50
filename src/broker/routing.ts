import { EngineError } from '../base/errors.ts';

/** Which segments make up a table, and the servers to ask for each. */
export type SegmentServers = ReadonlyMap<string, readonly string[]>;

/**
 * Picks one live server for each segment, spreading segments over the replicas.
 *
 * @param segments what to cover.
 * @param servers the replicas of each segment.
 * @param isUsable whether a server is live and has not failed this query.
 * @param turn any number; the next query passes the next one, so that replicas take turns.
 * @returns server → its segments; together they cover each segment once.
 * @throws EngineError SEGMENT_UNAVAILABLE when a segment has no usable server.
 */
export function assignSegments(
  segments: Iterable<string>,
  servers: SegmentServers,
  isUsable: (server: string) => boolean,
  turn: number,
): Map<string, string[]> {
  const result = new Map<string, string[]>();
  let index = turn;
  for (const segment of segments) {
    const replicas = servers.get(segment) ?? [];
    const usable = replicas.filter(isUsable);
    if (usable.length === 0) throw unavailable(segment, replicas);
    const server = usable[index++ % usable.length]!;
    const list = result.get(server);
    if (list === undefined) result.set(server, [segment]);
    else list.push(segment);
  }
  return result;
}

function unavailable(segment: string, replicas: readonly string[]): EngineError {
  const where = replicas.length === 0 ? 'no server' : `only ${replicas.join(', ')}`;
  return new EngineError(
    'SEGMENT_UNAVAILABLE',
    `broker: segment ${segment} is on ${where}, and none of them answers; ` +
      'start the server again or wait until it is back',
  );
}
