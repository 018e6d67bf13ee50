import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { isWrite, type NodeStat } from '../../../src/coord/core/model.ts';
import { nameOf, parentPath } from '../../../src/coord/core/path.ts';
import { type Connection, connectionsBySession, type History, type Operation } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';
import { freshSince } from './fresh-reads.ts';
import type { Change, Timeline } from './timeline.ts';

const NAME = 'ephemerals';

/**
 * Ephemeral nodes live exactly as long as their session: nobody sees one after its session's end
 * could be seen, and none is gone while its session goes on.
 */
export function checkEphemerals(history: History, timeline: Timeline): void {
  const sessions = connectionsBySession(history);
  const ends = expiriesTold(history);
  for (const operation of history.operations) {
    const stat = statOf(operation);
    if (stat !== null && stat.ephemeralOwner !== 0n) {
      expectAlive(operation, stat.ephemeralOwner, timeline, ends);
    }
    expectNotGoneEarly(operation, timeline, sessions);
  }
}

/** A node that is there says that its owner had not ended. */
function expectAlive(
  operation: Operation,
  owner: bigint,
  timeline: Timeline,
  ends: ReadonlyMap<bigint, number>,
): void {
  const { zxid } = operation.answer!;
  const end = timeline.endOf(owner);
  if (end !== null && zxid >= end) fail(`its session had ended at ${end}`, operation);
  const told = ends.get(owner);
  const since = isWrite(operation.request) ? operation.invoked : freshSince(operation);
  if (told !== undefined && since !== null && told < since) {
    fail(`its owner had been told of its session's end before (stamp ${told})`, operation);
  }
}

/** A node that is not there, and was not deleted, says that its owner had ended. */
function expectNotGoneEarly(
  operation: Operation,
  timeline: Timeline,
  sessions: ReadonlyMap<bigint, readonly Connection[]>,
): void {
  for (const path of pathsShownAbsent(operation, timeline)) {
    const { zxid } = operation.answer!;
    const latest = timeline.latestAt(path, zxid);
    if (latest === null || latest.owner === 0n || latest.value === null) continue;
    if (timeline.mayBeDeleted(path)) continue;
    const sign = signOfLife(sessions.get(latest.owner) ?? [], zxid);
    if (sign === null) continue;
    fail(`${path} of ${latest.zxid} is gone, its session is alive at ${sign}`, operation);
  }
}

/** A zxid at or after another at which a session was still served; null when there is none. */
function signOfLife(connections: readonly Connection[], since: bigint): bigint | null {
  for (const { received } of connections) {
    for (const item of received) {
      if (item.kind === 'event') continue;
      if (item.kind === 'answer' && item.operation.request.kind === 'closeSession') continue;
      if (item.kind === 'answer' && isExpired(item.operation)) continue;
      const zxid = item.kind === 'ping' ? item.zxid : item.operation.answer!.zxid;
      if (zxid > since) return zxid;
    }
  }
  return null;
}

function isExpired({ answer }: Operation): boolean {
  const result = answer?.result;
  return result?.kind === 'error' && result.error === ErrorNumber.SESSION_EXPIRED;
}

/** Paths of known ephemeral nodes that an answer says are not there. */
function pathsShownAbsent({ request, answer }: Operation, timeline: Timeline): string[] {
  if (answer === null || !('path' in request)) return [];
  const { result } = answer;
  const { path } = request;
  switch (request.kind) {
    case 'getData':
    case 'exists':
      return result.kind === 'error' && result.error === ErrorNumber.NO_NODE ? [path] : [];
    case 'getChildren':
    case 'getChildren2':
      if (result.kind !== 'children') return [];
      return ephemeralsBelow(path, timeline).filter(
        (child) => !result.names.includes(nameOf(child)),
      );
    default:
      return [];
  }
}

function ephemeralsBelow(parent: string, timeline: Timeline): string[] {
  const isOwned = ({ owner }: Change): boolean => owner !== 0n;
  return [...timeline.paths].filter(
    (path) => parentPath(path) === parent && timeline.changesOf(path).some(isOwned),
  );
}

/** For each session the stamp at which a client was told that it had expired. */
function expiriesTold(history: History): Map<bigint, number> {
  const told = new Map<bigint, number>();
  for (const { resumed, refused } of history.connections) {
    if (refused !== null && resumed !== 0n && !told.has(resumed)) told.set(resumed, refused);
  }
  return told;
}

function statOf({ answer }: Operation): NodeStat | null {
  const result = answer?.result;
  return result?.kind === 'data' || result?.kind === 'stat' ? result.stat : null;
}

function fail(why: string, operation: Operation): never {
  throw new SafetyViolation(NAME, `${why}: ${describeOperation(operation)}`);
}
