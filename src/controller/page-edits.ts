import { PAGE_WRITES_MAX } from '../base/limits.ts';
import { inParallel } from '../base/parallel.ts';
import { SEGMENT_PAGE_RANGES_BYTES_MAX } from '../base/serving-limits.ts';
import { childPath, clusterPaths } from '../coord/cluster/paths.ts';
import type { SegmentPageNode, SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { assignPages, pageBytes, recordBytes } from '../coord/cluster/segment-pages.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { LeaderTerm } from './leader-term.ts';

/** What becomes of a record: another one, itself, or null when it goes. */
export type RecordEdit = (record: SegmentRecord, id: string) => SegmentRecord | null;

/** Puts records of new segments into pages that have room. Can be done again. */
export async function addRecords(
  { state, term }: CatalogWork,
  table: string,
  records: ReadonlyMap<string, SegmentRecord>,
): Promise<void> {
  const pages = state.segments.get(table)?.pages ?? new Map<string, SegmentPageNode>();
  const assigned = assignPages(
    new Map([...pages].map(([name, page]) => [name, pageBytes(page)])),
    new Map([...records].map(([id, record]) => [id, recordBytes(id, record)])),
  );
  await inParallel(assigned, PAGE_WRITES_MAX, async ([page, ids]) => {
    const added = Object.fromEntries(ids.map((id) => [id, records.get(id)!]));
    await term.update<SegmentPageNode>(pagePath(table, page), (current) => {
      const segments = current?.segments ?? {};
      if (ids.every((id) => Object.hasOwn(segments, id))) return null;
      return { segments: { ...segments, ...added } };
    });
  });
}

/**
 * Edits the records of a table, each page that is touched in one write. An edit that has been done
 * already must change nothing.
 */
export async function editRecords(
  { state, term }: CatalogWork,
  table: string,
  edit: RecordEdit,
): Promise<void> {
  const pages = state.segments.get(table)?.pages ?? [];
  const touched = [...pages].filter(([, page]) => editedPage(page, edit) !== null);
  await inParallel(touched, PAGE_WRITES_MAX, ([page]) => editPage(term, table, page, edit));
}

/** Edits the records of one page. */
export async function editPage(
  term: LeaderTerm,
  table: string,
  page: string,
  edit: RecordEdit,
): Promise<void> {
  await term.update<SegmentPageNode>(pagePath(table, page), (current) =>
    current === null ? null : editedPage(current, edit),
  );
}

/** The node of a page. */
export function pagePath(table: string, page: string): string {
  return childPath(clusterPaths.segments, table, page);
}

/**
 * Null when the edit changes nothing. What it adds to the ranges of records is left out when the page has
 * no room for that.
 */
function editedPage({ segments }: SegmentPageNode, edit: RecordEdit): SegmentPageNode | null {
  let hasChanged = false;
  const edited: Record<string, SegmentRecord> = {};
  const unranged: Record<string, SegmentRecord> = {};
  for (const [id, record] of Object.entries(segments)) {
    const next = edit(record, id);
    hasChanged ||= next !== record;
    if (next === null) continue;
    edited[id] = next;
    if (next.ranges !== undefined && next.ranges !== record.ranges) {
      const { ranges: _, ...rest } = next;
      unranged[id] = record.ranges === undefined ? rest : { ...rest, ranges: record.ranges };
    }
  }
  if (!hasChanged) return null;
  const page = { segments: edited };
  const hasRoom =
    Object.keys(unranged).length === 0 || pageBytes(page) <= SEGMENT_PAGE_RANGES_BYTES_MAX;
  return hasRoom ? page : { segments: { ...edited, ...unranged } };
}
