import { CLUSTER_NODE_BYTES_MAX } from '../base/limits.ts';
import { REBALANCE_BATCH_SEGMENTS } from '../base/placement-limits.ts';
import type { RebalanceJob } from '../coord/cluster/placement-nodes.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { pageBytes, recordBytes } from '../coord/cluster/segment-pages.ts';
import type { CatalogWork } from './catalog-work.ts';
import { servingOf } from './cluster-state.ts';
import { editRecords } from './page-edits.ts';
import {
  beginMove,
  finishMove,
  type PlannedMove,
  plannedMoves,
  settledServers,
  targetPlacement,
  undoMove,
} from './rebalance-moves.ts';
import { existingTable } from './table-changes.ts';

/*
 * A rebalance, segment by segment, and what whoever leads then makes of what it finds:
 *
 *     not begun   the record is as it was                      begins, when the job is under way
 *     begun       `servers` has the old and the new ones, and  waits until the new ones serve it; without
 *                 `move` says which are which                   a job under way it takes the new ones out,
 *                                                               or the old ones when only the new serve
 *     done        `servers` has the new ones, `move` is gone    nothing: the old ones let go of it after
 *                                                               their grace time, for queries under way
 *
 * So each segment is served by as many as before at all times, and the records alone tell how far it is.
 */

/** What a pass over a rebalance has found and done. */
export interface PassResult {
  /** Segments that move, or have begun to. */
  readonly moving: number;
  /** Segments that have come to where they should be by this pass. */
  readonly finished: number;
  /** Segments that have not begun. */
  readonly waiting: number;
}

/**
 * Takes a rebalance as far as it goes now: what has arrived lets go of its old servers, and as many
 * begin to move as may. Can be done again.
 *
 * @param needed servers that must serve a segment before the old ones let go; null for all that should.
 */
export async function rebalancePass(
  work: CatalogWork,
  table: string,
  { config, pools = {} }: RebalanceJob,
  needed: number | null,
): Promise<PassResult> {
  const { state, clock } = work;
  const arrived = arrivedSegments(work, table, needed);
  if (arrived.size > 0) {
    await editRecords(work, table, (record, id) =>
      record.move !== undefined && arrived.has(id) ? finishMove(record) : record,
    );
    await state.settled();
  }
  const node = existingTable(state.tables, table);
  const target = targetPlacement(state, node, pools, clock.nowMs(), config.bootstrap);
  const moves = plannedMoves(state, table, target);
  const { batchSizePerServer, downtime } = config;
  const batch = batchSizePerServer > 0 ? batchSizePerServer : REBALANCE_BATCH_SEGMENTS;
  const chosen = downtime ? moves : chooseMoves(work, table, moves, batch);
  if (chosen.size > 0) {
    await editRecords(work, table, (record, id) => {
      const move = chosen.get(id);
      if (move === undefined) return record;
      const begun = beginMove(record, move);
      return downtime && begun !== record ? finishMove(begun) : begun;
    });
    await state.settled();
  }
  const moving = [...movingSegments(work, table)].length;
  return { moving, finished: arrived.size, waiting: moves.size - chosen.size };
}

/**
 * Ends what moves in a table: a segment is where it goes when all serve it there, or nobody where it was
 * does; otherwise it stays where it was. Can be done again.
 */
export async function settleMoves(work: CatalogWork, table: string): Promise<void> {
  const ends = new Map<string, (record: SegmentRecord) => SegmentRecord>();
  for (const [page, id, record] of movingSegments(work, table)) {
    const { served } = servingOf(work.state, table, page, id);
    const isServed = (server: string) => served.includes(server);
    const before = undoMove(record).servers;
    const after = settledServers(record);
    const isLost = !before.some(isServed) && after.some(isServed);
    const isThere = after.length > 0 && (after.every(isServed) || isLost || before.length === 0);
    ends.set(id, isThere ? finishMove : undoMove);
  }
  if (ends.size === 0) return;
  await editRecords(work, table, (record, id) =>
    record.move === undefined ? record : (ends.get(id)?.(record) ?? record),
  );
  await work.state.settled();
}

/** Segments of a table that move, with their pages. */
export function* movingSegments(
  { state }: Pick<CatalogWork, 'state'>,
  table: string,
): Generator<readonly [page: string, id: string, record: SegmentRecord]> {
  for (const [page, { segments }] of state.segments.get(table)?.pages ?? []) {
    for (const [id, record] of Object.entries(segments)) {
      if (record.move !== undefined) yield [page, id, record];
    }
  }
}

function arrivedSegments(work: CatalogWork, table: string, needed: number | null): Set<string> {
  const arrived = new Set<string>();
  for (const [page, id, record] of movingSegments(work, table)) {
    const { served } = servingOf(work.state, table, page, id);
    const wanted = settledServers(record);
    const serving = wanted.filter((server) => served.includes(server));
    if (serving.length >= Math.min(needed ?? wanted.length, wanted.length)) arrived.add(id);
  }
  return arrived;
}

/** As many as servers may take at a time, and as their pages have room for while they move. */
function chooseMoves(
  work: CatalogWork,
  table: string,
  moves: ReadonlyMap<string, PlannedMove>,
  batch: number,
): Map<string, PlannedMove> {
  const taking = new Map<string, number>();
  const take = (server: string) => taking.set(server, (taking.get(server) ?? 0) + 1);
  for (const [, , { move }] of movingSegments(work, table)) move?.add.forEach(take);
  const chosen = new Map<string, PlannedMove>();
  for (const page of work.state.segments.get(table)?.pages.values() ?? []) {
    let bytes = pageBytes(page);
    for (const [id, record] of Object.entries(page.segments)) {
      const move = moves.get(id);
      if (move === undefined) continue;
      const more = recordBytes(id, beginMove(record, move)) - recordBytes(id, record);
      const hasRoom = bytes + more <= CLUSTER_NODE_BYTES_MAX - PAGE_ROOM_BYTES;
      if (!hasRoom || move.add.some((server) => (taking.get(server) ?? 0) >= batch)) continue;
      move.add.forEach(take);
      chosen.set(id, move);
      bytes += more;
    }
  }
  return chosen;
}

/** Left for what else changes in a page meanwhile: marks of a load that replaces all its segments. */
const PAGE_ROOM_BYTES = 16_384;
