import { isVisible } from '../coord/cluster/visibility.ts';
import type { CatalogWork } from './catalog-work.ts';
import { recordsOf } from './load-plan.ts';
import { endTimeMs, hostingOf } from './server-pools.ts';
import { beginLoad, endLoad, markReplaced } from './table-loads.ts';

/**
 * Drops the segments whose latest row is older than their table keeps rows
 * (`segmentsConfig.retentionTimeUnit` and `retentionTimeValue`): all at once for queries, and their
 * files later, as those of any segment that is dropped. One without a known time is kept.
 */
export async function dropExpired(work: CatalogWork): Promise<void> {
  for (const table of [...work.state.tables.keys()]) {
    const ids = expiredSegments(work, table);
    if (ids.size === 0) continue;
    const load = await beginLoad(work, table, 'load');
    await markReplaced(work, table, load, ids);
    await endLoad(work, table, load);
    await work.state.settled();
  }
}

function expiredSegments({ state, clock }: CatalogWork, table: string): Set<string> {
  const node = state.tables.get(table)!;
  const expired = new Set<string>();
  // Read for tables with a configuration only, since every housekeeping comes by here.
  if (node.config === undefined) return expired;
  const { retentionMs, timeUnitMs } = hostingOf(node);
  if (retentionMs === null) return expired;
  const oldestMs = clock.nowMs() - retentionMs;
  const pending = state.segments.get(table)?.state?.pending ?? {};
  for (const [id, record] of recordsOf(state, table)) {
    if (record.replacedBy !== undefined || !isVisible(record, pending)) continue;
    const endMs = endTimeMs(node.schema, timeUnitMs, record);
    if (endMs !== null && endMs < oldestMs) expired.add(id);
  }
  return expired;
}
