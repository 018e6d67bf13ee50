import { assert } from '../base/assert.ts';
import { NODE, STAR } from '../segment/indexes/star-tree.ts';
import { NODE_BYTES } from '../segment/indexes/star-tree-shape.ts';
import type { Expression } from '../sql/expression.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import type { ExecutionContext } from './context.ts';
import { combineFilters, type Filter } from './filter.ts';
import {
  type ColumnView,
  codedView,
  rowBytes,
  rowWidthBytes,
  type SegmentView,
  type StarTreeView,
} from './segment-view.ts';

const COUNT_BYTES = 4;
/** A copy may take this share of the working memory that is left: groups need some, too. */
const COPY_SHARE_MAX = 1 / 4;

/** Records from `start` to before `end`. */
interface Range {
  readonly start: number;
  end: number;
}

/**
 * Finds the records of a star-tree that together stand for all rows of a segment, each once, and that
 * have codes in all the dimensions that a plan reads, without those of which the tree alone tells that
 * the filter excludes them; and puts what the plan reads of them side by side into state memory. Where
 * there is no room for that, the filter leaves out the other records.
 *
 * @param segment the view of the star-tree, which the filter was compiled for.
 * @param used what the plan evaluates, the filter included.
 * @returns the view of those records, and the filter for it, which still has to be applied.
 */
export function selectRecords(
  segment: SegmentView,
  filter: Filter,
  used: readonly (Expression | null)[],
  context: ExecutionContext,
): { readonly segment: SegmentView; readonly filter: Filter } {
  const { starTree } = segment;
  assert(starTree !== undefined, 'the rows are the records of a star-tree');
  const { names, ranges } = selectedRanges(starTree, filter, used, context);
  const rowCount = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  const copyBytes = rowCount * (rowBytes(used, segment) + COUNT_BYTES);
  if (copyBytes > context.state.freeBytes * COPY_SHARE_MAX) {
    const rows = ranges.map(
      (range): Filter => ({ kind: 'rowRange', index: starTree.name, ...range }),
    );
    return { segment, filter: combineFilters('and', [filter, combineFilters('or', rows)]) };
  }
  const copy = (address: number, widthBytes: number): number => {
    const target = context.state.allocate(Math.max(1, rowCount * widthBytes));
    let next = target;
    for (const { start, end } of ranges) {
      context.kernels.u8.copyWithin(next, address + start * widthBytes, address + end * widthBytes);
      next += (end - start) * widthBytes;
    }
    return target;
  };
  const columns = new Map<string, ColumnView>();
  for (const name of names) {
    const { metadata, addresses } = segment.columns.get(name)!;
    const role = metadata.encoding.kind === 'raw' ? 'values' : 'codes';
    const copied = copy(addresses[role]!, rowWidthBytes(metadata));
    columns.set(name, { metadata, addresses: { ...addresses, [role]: copied } });
  }
  const selected = {
    ...segment,
    metadata: { ...segment.metadata, rowCount },
    columns,
    starTree: { ...starTree, counts: copy(starTree.counts, COUNT_BYTES) },
  };
  return { segment: selected, filter: movedFilter(filter, columns) };
}

/** The records that a plan selects, and the columns that it reads of them. */
interface Selected {
  /** What the plan evaluates, its filter first: the same objects where the same plan comes again. */
  readonly used: readonly (Expression | null)[];
  readonly names: ReadonlySet<string>;
  readonly ranges: readonly Range[];
}

/** What the last plan of each view selected. */
const selections = new WeakMap<StarTreeView, Selected>();

function selectedRanges(
  starTree: StarTreeView,
  filter: Filter,
  used: readonly (Expression | null)[],
  context: ExecutionContext,
): Selected {
  const known = selections.get(starTree);
  if (known !== undefined && sameItems(known.used, used)) return known;
  const names = new Set<string>();
  for (const expression of used) collectColumns(expression, names);
  const selected = { used, names, ranges: rangesOf(starTree, filter, names, context) };
  selections.set(starTree, selected);
  return selected;
}

function sameItems<Item>(left: readonly Item[], right: readonly Item[]): boolean {
  return left.length === right.length && left.every((item, at) => item === right[at]);
}

/** Walks down the tree; the ranges ascend within each node. */
function rangesOf(
  { shape, nodes }: StarTreeView,
  filter: Filter,
  names: ReadonlySet<string>,
  context: ExecutionContext,
): Range[] {
  const dimensions = shape.dimensions.map(({ name }) => name);
  const lastUsed = dimensions.findLastIndex((name) => names.has(name));
  const tests = dimensions.map((name) => testOf(filter, name, context) ?? (() => true));
  const { u32 } = context.kernels;
  const word = (node: number, field: keyof typeof NODE): number =>
    u32[(nodes + node * NODE_BYTES) / 4 + NODE[field]]!;
  const ranges: Range[] = [];
  const add = (start: number, end: number): void => {
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({ start, end });
  };
  const visit = (node: number, depth: number): void => {
    if (depth > lastUsed) {
      const total = word(node, 'total');
      add(total, total + 1);
      return;
    }
    const [first, end] = [word(node, 'firstChild'), word(node, 'childrenEnd')];
    if (first === end) {
      add(word(node, 'start'), word(node, 'end'));
      return;
    }
    const hasStar = word(end - 1, 'code') === STAR;
    if (hasStar && !names.has(dimensions[depth]!)) {
      visit(end - 1, depth + 1);
      return;
    }
    for (let child = first; child < end - (hasStar ? 1 : 0); child++) {
      if (tests[depth]!(word(child, 'code'))) visit(child, depth + 1);
    }
  };
  visit(0, 0);
  return ranges;
}

/**
 * What a filter demands of the codes of one column, as far as it, or conjuncts of it, are about that
 * alone; null when it demands nothing.
 */
function testOf(
  filter: Filter,
  column: string,
  context: ExecutionContext,
): ((code: number) => boolean) | null {
  switch (filter.kind) {
    case 'codeRange': {
      const { low, high } = filter;
      if (filter.column.metadata.name !== column) return null;
      return (code) => code >= low && code <= high;
    }
    case 'codeSet': {
      const { set } = filter;
      if (filter.column.metadata.name !== column) return null;
      const { u8 } = context.kernels;
      return (code) => ((u8[set + (code >>> 3)]! >>> (code & 7)) & 1) === 1;
    }
    case 'and': {
      const tests = filter.filters.flatMap((inner) => testOf(inner, column, context) ?? []);
      return tests.length === 0 ? null : (code) => tests.every((test) => test(code));
    }
    case 'or': {
      const tests = filter.filters.flatMap((inner) => testOf(inner, column, context) ?? []);
      const isWhole = tests.length === filter.filters.length;
      return isWhole ? (code) => tests.some((test) => test(code)) : null;
    }
    default:
      return null;
  }
}

/** The filter over the same columns at other addresses. */
function movedFilter(filter: Filter, columns: ReadonlyMap<string, ColumnView>): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const filters = filter.filters.map((inner) => movedFilter(inner, columns));
      return { ...filter, filters };
    }
    case 'codeRange':
    case 'codeSet':
      return { ...filter, column: codedView(columns.get(filter.column.metadata.name)!)! };
    default:
      return filter;
  }
}
