import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { NodeStat } from '../../../src/coord/core/model.ts';
import { nameOf, parentPath } from '../../../src/coord/core/path.ts';
import type { History, Operation } from '../history.ts';
import { SafetyViolation } from '../violation.ts';
import { describeOperation } from './describe.ts';
import type { Change, Timeline } from './timeline.ts';

const NAME = 'snapshot-reads';

/**
 * Every read shows the tree as it was at the zxid that its answer names: nothing that was acknowledged
 * up to then is missing, nothing later is there, and what one write changed in several places is
 * there everywhere or nowhere.
 */
export function checkSnapshotReads(history: History, timeline: Timeline): void {
  const childrenOf = knownChildren(timeline);
  for (const operation of history.operations) {
    const { request, answer } = operation;
    if (answer === null || !('path' in request)) continue;
    const { result, zxid } = answer;
    const { path } = request;
    switch (request.kind) {
      case 'getData':
      case 'exists':
        if (result.kind === 'data' || result.kind === 'stat') {
          expectPresent(timeline, operation, path, result.stat);
        } else if (result.kind === 'error' && result.error === ErrorNumber.NO_NODE) {
          expectAbsent(timeline, operation, path, zxid);
        }
        break;
      case 'getChildren':
      case 'getChildren2':
        if (result.kind !== 'children') break;
        expectCount(operation, result.names, result.stat);
        expectChildren(timeline, operation, childrenOf.get(path) ?? [], new Set(result.names));
        break;
    }
  }
}

function expectPresent(
  timeline: Timeline,
  operation: Operation,
  path: string,
  stat: NodeStat,
): void {
  const { zxid } = operation.answer!;
  if (stat.mzxid > zxid || stat.czxid > stat.mzxid) fail('shows the future', operation);
  const latest = timeline.latestAt(path, zxid);
  if (latest !== null && latest.zxid > stat.mzxid) fail(`misses ${told(latest)}`, operation);
}

function expectAbsent(timeline: Timeline, operation: Operation, path: string, zxid: bigint): void {
  const latest = timeline.latestAt(path, zxid);
  if (latest === null || latest.value === null) return;
  // Ephemeral nodes go without anybody's request; see the check of ephemerals.
  if (isEphemeral(timeline, path, latest) || timeline.mayBeDeleted(path)) return;
  fail(`misses ${told(latest)}`, operation);
}

function expectCount(operation: Operation, names: readonly string[], stat: NodeStat | null): void {
  if (stat === null || stat.childCount === names.length) return;
  fail(`counts ${stat.childCount} children and names ${names.length}`, operation);
}

function expectChildren(
  timeline: Timeline,
  operation: Operation,
  paths: readonly string[],
  names: ReadonlySet<string>,
): void {
  const { zxid } = operation.answer!;
  for (const path of paths) {
    const isNamed = names.has(nameOf(path));
    if (!isNamed) expectAbsent(timeline, operation, path, zxid);
    else {
      const latest = timeline.latestAt(path, zxid);
      if (latest?.value === null && !timeline.mayBeCreated(path)) {
        fail(`still has ${path} after ${told(latest)}`, operation);
      }
    }
  }
}

function isEphemeral(timeline: Timeline, path: string, latest: Change): boolean {
  if (latest.owner !== 0n) return true;
  const creations = timeline.changesOf(path).filter((change) => change.isCreation);
  return creations.some(({ owner, zxid }) => owner !== 0n && zxid <= latest.zxid);
}

function knownChildren(timeline: Timeline): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const path of timeline.paths) {
    const parent = parentPath(path);
    const list = children.get(parent) ?? [];
    children.set(parent, list);
    list.push(path);
  }
  return children;
}

function told(change: Change): string {
  return change.value === null
    ? `the deletion at ${change.zxid}`
    : `'${change.value}' of ${change.zxid}`;
}

function fail(what: string, operation: Operation): never {
  throw new SafetyViolation(NAME, `a read ${what}: ${describeOperation(operation)}`);
}
