import { childPath, clusterPaths, type TableNode } from '../coord/cluster/paths.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { segmentKey } from '../store/segment-store.ts';
import type { CatalogWork } from './catalog-work.ts';
import { describeSegment, pruningFacts } from './describe-segment.ts';
import { addRecords } from './page-edits.ts';
import { readNode } from './read-node.ts';
import { ensureTable } from './table-changes.ts';

/** Layout 1 had one node with all segments of a table and their servers, and one that queries went by. */
const ASSIGNMENT = '/nyala/assignment';
const ROUTING = '/nyala/routing';

/** What both of them held. */
interface SegmentLists {
  readonly segments: Readonly<Record<string, readonly string[]>>;
}

/**
 * Brings a tree of layout 1 to the present one. What queries saw of a table they see afterwards; loads
 * that were under way are gone. The files stay where they are. Table by table, each until its node of
 * layout 1 is gone, so that it goes on where another controller has stopped.
 */
export async function migrateLayout(work: CatalogWork): Promise<void> {
  const { client, term } = work;
  if ((await client.exists(ASSIGNMENT)) === null) return;
  for (const table of await client.children(ASSIGNMENT)) await migrateTable(work, table);
  await term.remove(ROUTING);
  await term.remove(ASSIGNMENT);
}

async function migrateTable(work: CatalogWork, table: string): Promise<void> {
  const { client, term, state } = work;
  const routing = await readNode<SegmentLists>(client, childPath(ROUTING, table));
  const node = await readNode<TableNode>(client, childPath(clusterPaths.tables, table));
  const segments = childPath(clusterPaths.segments, table);
  if ((await client.exists(segments)) !== null) {
    // A segment of layout 1 may be called as a page is.
    for (const name of await client.children(segments))
      await term.remove(childPath(segments, name));
  }
  if (node?.value) {
    await ensureTable(work, node.value.schema);
    await state.settled();
    const visible = Object.entries(routing?.value?.segments ?? {});
    await addRecords(work, table, await recordsOfLists(work, table, node.value, visible));
  }
  await term.remove(childPath(ROUTING, table));
  await term.remove(childPath(ASSIGNMENT, table));
}

async function recordsOfLists(
  { store }: CatalogWork,
  table: string,
  node: TableNode,
  segments: readonly (readonly [string, readonly string[]])[],
): Promise<Map<string, SegmentRecord>> {
  const records = new Map<string, SegmentRecord>();
  for (const [name, servers] of segments) {
    const { file, metadata } = await describeSegment(store, segmentKey(table, name));
    records.set(name, { ...file, servers, ...pruningFacts(metadata, node) });
  }
  return records;
}
