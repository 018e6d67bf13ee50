import { EngineError } from '../base/errors.ts';
import { childPath, clusterPaths } from '../coord/cluster/paths.ts';
import type { PendingLoad, SegmentRecord, TableStateNode } from '../coord/cluster/segment-nodes.ts';
import { randomHex } from '../io/random.ts';
import type { CatalogWork } from './catalog-work.ts';
import { editRecords } from './page-edits.ts';

/*
 * A load, step by step, each a write of the term, and what a new leader makes of it that finds the tree
 * in the state after the step:
 *
 *     begun      its id is in `pending`                        aborts it: nothing but the id is there
 *     recorded   some or all of its records are in pages, and  aborts it: takes them and the marks back
 *                `replacedBy` marks at what it replaces
 *     served     servers hold its segments                     aborts it
 *     committed  its id is not in `pending` any more           removes the records that it has replaced
 *     aborting   some of its records or marks are gone         aborts it
 *
 * So `pending` alone decides. A replacement that belongs to a client goes through the same steps, and a
 * new leader leaves it as it is. What is dropped is a load of nothing that replaces something.
 */

const LOAD_ID_BYTES = 6;

/** Begins a load; returns its id. */
export async function beginLoad(
  { term, random, clock }: CatalogWork,
  table: string,
  kind: PendingLoad['kind'],
  brings: readonly string[] = [],
): Promise<string> {
  const id = randomHex(random, LOAD_ID_BYTES);
  const named = brings.length === 0 ? {} : { brings };
  const load: PendingLoad = { kind, startedAtMs: clock.nowMs(), ...named };
  await term.update<TableStateNode>(statePath(table), (current) => {
    const { version = 0, pending = {} } = current ?? {};
    if (Object.hasOwn(pending, id)) return null;
    return { ...current, version: version + 1, pending: { ...pending, [id]: load } };
  });
  return id;
}

/** Marks segments as replaced by a load, once that is committed. */
export function markReplaced(
  work: CatalogWork,
  table: string,
  load: string,
  ids: ReadonlySet<string>,
): Promise<void> {
  return editRecords(work, table, (record, id) =>
    ids.has(id) && record.replacedBy !== load ? { ...record, replacedBy: load } : record,
  );
}

/**
 * Makes what a load brings visible, and what it replaces invisible.
 *
 * @returns the version of the table's state in which it is so.
 * @throws EngineError CONFLICT when the load has been taken back meanwhile.
 */
export async function endLoad({ term }: CatalogWork, table: string, load: string): Promise<number> {
  let wasThere = false;
  const state = await term.update<TableStateNode>(statePath(table), (current) => {
    const next = withoutLoad(current, load);
    wasThere ||= next !== null;
    return next;
  });
  if (wasThere && state !== null) return state.version;
  throw new EngineError('CONFLICT', `controller: load ${load} of ${table} is not under way`);
}

/**
 * Takes a load back: its records, its marks, and then its id. Can be done again.
 *
 * @returns the files of its segments, which are nobody's any more.
 */
export async function abortLoad(work: CatalogWork, table: string, load: string): Promise<string[]> {
  const files = new Set<string>();
  await editRecords(work, table, (record) => {
    if (record.load === load) {
      files.add(record.file);
      return null;
    }
    return record.replacedBy === load ? withoutMark(record) : record;
  });
  await work.term.update<TableStateNode>(statePath(table), (current) => withoutLoad(current, load));
  return [...files];
}

/** The node of a table's state. */
export function statePath(table: string): string {
  return childPath(clusterPaths.segments, table);
}

function withoutLoad(current: TableStateNode | null, load: string): TableStateNode | null {
  if (current === null || !Object.hasOwn(current.pending, load)) return null;
  const { [load]: _, ...pending } = current.pending;
  return { ...current, version: current.version + 1, pending };
}

function withoutMark({ replacedBy: _, ...record }: SegmentRecord): SegmentRecord {
  return record;
}
