import { EngineError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { MayHave } from '../exec/prune.ts';
import type { PinnedBuffers } from '../exec/segment-view.ts';
import { chooseStarTree } from '../exec/star-tree-view.ts';
import { partitionMayHave } from '../segment/indexes/partition.ts';
import type { ColumnMetadata, SegmentIndex, SegmentMetadata } from '../segment/metadata.ts';
import { filterIndexes } from '../sql/index-use.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { type TruncatedPlan, withTimestampIndexes } from '../sql/timestamp-use.ts';
import { findVirtualColumn } from '../sql/virtual-columns.ts';
import {
  type BufferAddresses,
  type BufferGroup,
  columnGroup,
  dictionaryGroup,
  indexGroup,
  type PinRequest,
} from './column-cache.ts';
import type { SegmentSource } from './segment-source.ts';

/** A segment that an engine holds. */
export interface EngineSegment {
  /** The engine's number for it. */
  readonly id: number;
  readonly arena: number;
  readonly metadata: SegmentMetadata;
  readonly source: SegmentSource;
}

/** What the partitions of a segment's columns say of single values, as far as a plan may use them. */
export function partitionTest(plan: LeafPlan, { metadata }: EngineSegment): MayHave {
  const indexes = filterIndexes(plan, metadata.indexes).filter(({ kind }) => kind === 'partition');
  return ({ name }, value) =>
    indexes.every((index) => index.columns[0] !== name || partitionMayHave(index, value));
}

/** The Bloom filters of a segment that may rule it out, and how to have them in memory. */
export function bloomProbes(
  plan: LeafPlan,
  { id, arena, metadata, source }: EngineSegment,
): { readonly index: SegmentIndex; readonly request: PinRequest }[] {
  return filterIndexes(plan, metadata.indexes)
    .filter(({ kind }) => kind === 'bloom')
    .map((index) => {
      return { index, request: { segment: id, arena, group: indexGroup(index), source } };
    });
}

/**
 * A plan that reads truncated moments from the columns that all its segments have for them, and the names
 * of the indexes that these are. Where a star-tree answers, the plan stays as it is.
 */
export function timestampPlan(
  plan: LeafPlan,
  segments: readonly EngineSegment[],
  hostName: string,
): TruncatedPlan {
  const truncated = withTimestampIndexes(plan, (name) =>
    segments.every(({ metadata }) => isStored(metadata, name)),
  );
  const hasTree =
    truncated.indexes.length > 0 &&
    segments.some(({ metadata }) => chooseStarTree(plan, metadata, hostName) !== null);
  return hasTree ? { plan, indexes: [] } : truncated;
}

/** What one segment needs in memory for a plan. */
export interface SegmentNeeds {
  readonly columns: readonly PinRequest[];
  /** In the order of `columns`. */
  readonly columnNames: readonly string[];
  readonly indexes: readonly PinRequest[];
  /** The places of `indexes` in the metadata; those without buffers come last. */
  readonly indexPlaces: readonly number[];
  /** The place of the star-tree that answers the plan; null when rows do. */
  readonly starTree: number | null;
}

/**
 * What a plan reads of a segment. Virtual columns are nowhere in the file, added ones may not be.
 *
 * @throws EngineError UNKNOWN_COLUMN for another column that the segment does not have.
 */
export function segmentNeeds(
  plan: LeafPlan,
  { id, arena, metadata, source }: EngineSegment,
  hostName: string,
): SegmentNeeds {
  const request = (group: BufferGroup): PinRequest => ({ segment: id, arena, group, source });
  const choice = chooseStarTree(plan, metadata, hostName);
  if (choice !== null) {
    const { place } = choice;
    // The records have codes of their own: of the columns only what these mean is needed.
    const coded = choice.columns.filter(({ encoding }) => encoding.kind === 'dictionary');
    return {
      columns: coded.map((column) => request(dictionaryGroup(column))),
      columnNames: coded.map(({ name }) => name),
      indexes: [request(indexGroup(metadata.indexes[place]!))],
      indexPlaces: [place],
      starTree: place,
    };
  }
  const columnNames = plan.columns.filter(
    (name) => isStored(metadata, name) || !isSupplied(plan, name),
  );
  const read = columnNames.flatMap((name) => withElements(columnOf(metadata, name)));
  const columns = read.map((column) => request(columnGroup(column)));
  const usable = filterIndexes(plan, metadata.indexes)
    .filter(({ kind }) => kind !== 'bloom' && kind !== 'partition')
    .toSorted((left, right) => right.buffers.length - left.buffers.length);
  const stored = usable.filter(({ buffers }) => buffers.length > 0);
  return {
    columns,
    columnNames: read.map(({ name }) => name),
    indexes: stored.map((index) => request(indexGroup(index))),
    indexPlaces: usable.map((index) => metadata.indexes.indexOf(index)),
    starTree: null,
  };
}

function withElements(column: ColumnMetadata): ColumnMetadata[] {
  return column.elements === undefined ? [column] : [column, column.elements];
}

/** Whether a column that a segment does not have is known all the same. */
function isSupplied({ absent = [] }: LeafPlan, name: string): boolean {
  return findVirtualColumn(name) !== undefined || absent.some((column) => column.name === name);
}

/** Whether some column of a plan is not the same kind of thing in all segments. */
export function variesBySegment(plan: LeafPlan, segments: readonly EngineSegment[]): boolean {
  if (plan.columns.some((name) => findVirtualColumn(name) !== undefined)) return true;
  const { absent = [] } = plan;
  return absent.some(({ name }) => segments.some(({ metadata }) => !isStored(metadata, name)));
}

function isStored({ columns }: SegmentMetadata, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function columnOf(metadata: SegmentMetadata, name: string): ColumnMetadata {
  const column = metadata.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const known = metadata.columns.map((candidate) => candidate.name);
  throw new EngineError(
    'UNKNOWN_COLUMN',
    `engine: segment ${metadata.name} has no column ${name}${didYouMean(name, known)}`,
  );
}

/** Addresses, which are in the order of the requests, for each segment. */
export function pinnedBuffers(
  needs: readonly SegmentNeeds[],
  addresses: readonly BufferAddresses[],
): PinnedBuffers[] {
  let next = 0;
  return needs.map(({ columnNames, indexes, indexPlaces, starTree }) => {
    const columns = columnNames.map((name) => [name, addresses[next++]!] as const);
    const found = indexPlaces.map((place, at) => {
      return [place, at < indexes.length ? addresses[next++]! : {}] as const;
    });
    return { columns: Object.fromEntries(columns), indexes: Object.fromEntries(found), starTree };
  });
}
