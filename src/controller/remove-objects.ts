import { REMOVED_OBJECTS_MAX } from '../base/controller-limits.ts';
import { EngineError } from '../base/errors.ts';
import type { TableStateNode } from '../coord/cluster/segment-nodes.ts';
import { segmentKey } from '../store/segment-store.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { ClusterState } from './cluster-state.ts';
import { statePath } from './table-loads.ts';

/**
 * Removes objects of a table that no record names from the deep store. The store knows no terms: a
 * controller that is stopped on its way may remove them long after another one leads. So they are named in
 * the table's state first, in a write of the term, and whoever leads makes no segment of them from then on.
 *
 * @param objects names, as the store lists them.
 */
export async function removeObjects(
  work: CatalogWork,
  table: string,
  objects: readonly string[],
): Promise<void> {
  for (let at = 0; at < objects.length; at += REMOVED_OBJECTS_MAX) {
    const some = objects.slice(at, at + REMOVED_OBJECTS_MAX);
    await work.term.update<TableStateNode>(statePath(table), (current) => {
      const { version = 0, pending = {}, removed = [] } = current ?? {};
      const added = some.filter((object) => !removed.includes(object));
      if (added.length === 0) return null;
      return { ...current, version: version + 1, pending, removed: [...removed, ...added] };
    });
    await removeNamed(work, table, some);
  }
}

/** Goes on with what another controller, or this one before it failed, has begun to remove. */
export async function finishRemovals(work: CatalogWork): Promise<void> {
  for (const [table, { state }] of [...work.state.segments]) {
    if (state?.removed !== undefined) await removeNamed(work, table, state.removed);
  }
}

/** @throws EngineError NOT_FOUND for an object that is being removed. */
export function checkNotRemoved(
  state: ClusterState,
  table: string,
  objects: readonly string[],
): void {
  const removed = new Set(state.segments.get(table)?.state?.removed);
  const found = objects.find((object) => removed.has(object));
  if (found === undefined) return;
  throw new EngineError(
    'NOT_FOUND',
    `controller: ${found} of ${table} was part of no load for too long; upload it again`,
  );
}

async function removeNamed(
  { store, term }: CatalogWork,
  table: string,
  objects: readonly string[],
): Promise<void> {
  for (const object of objects) await store.delete(segmentKey(table, object));
  const gone = new Set(objects);
  await term.update<TableStateNode>(statePath(table), (current) => {
    const { removed = [], ...rest } = current ?? { version: 0, pending: {} };
    const left = removed.filter((object) => !gone.has(object));
    if (left.length === removed.length) return null;
    const version = rest.version + 1;
    return { ...rest, version, ...(left.length > 0 && { removed: left }) };
  });
}
