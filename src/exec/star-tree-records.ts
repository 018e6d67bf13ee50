import { NODE, STAR } from '../segment/indexes/star-tree.ts';
import { NODE_BYTES } from '../segment/indexes/star-tree-shape.ts';
import type { Expression } from '../sql/expression.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import type { ExecutionContext } from './context.ts';
import type { Filter } from './filter.ts';
import type { SegmentView, StarTreeView } from './segment-view.ts';

type CodeTest = (code: number) => boolean;

/**
 * Finds the records of a star-tree that together stand for all rows of a segment, each once, and that
 * have codes in all the dimensions that a plan reads; without those of which the tree alone tells that
 * the filter excludes them. The filter has to be applied all the same.
 *
 * @param used what the plan evaluates.
 * @returns the address of a bitmap over the records, in the query's state memory.
 */
export function selectRecords(
  { metadata }: SegmentView,
  { shape, nodes }: StarTreeView,
  filter: Filter,
  used: readonly (Expression | null)[],
  context: ExecutionContext,
): number {
  const { u8, u32 } = context.kernels;
  const bitmapBytes = Math.ceil(metadata.rowCount / 64) * 8;
  const bitmap = context.state.allocate(bitmapBytes);
  u8.fill(0, bitmap, bitmap + bitmapBytes);
  const names = new Set<string>();
  for (const expression of used) collectColumns(expression, names);
  const dimensions = shape.dimensions.map(({ name }) => name);
  const lastUsed = dimensions.findLastIndex((name) => names.has(name));
  const tests = dimensions.map((name) => testsOf(filter, name, context));
  const word = (node: number, field: keyof typeof NODE): number =>
    u32[(nodes + node * NODE_BYTES) / 4 + NODE[field]]!;
  const pending = [{ node: 0, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (depth > lastUsed) {
      const total = word(node, 'total');
      setBits(u8, bitmap, total, total + 1);
      continue;
    }
    const [first, end] = [word(node, 'firstChild'), word(node, 'childrenEnd')];
    if (first === end) {
      setBits(u8, bitmap, word(node, 'start'), word(node, 'end'));
      continue;
    }
    const hasStar = word(end - 1, 'code') === STAR;
    if (hasStar && !names.has(dimensions[depth]!)) {
      pending.push({ node: end - 1, depth: depth + 1 });
      continue;
    }
    for (let child = first; child < end - (hasStar ? 1 : 0); child++) {
      const code = word(child, 'code');
      if (tests[depth]!.every((test) => test(code)))
        pending.push({ node: child, depth: depth + 1 });
    }
  }
  return bitmap;
}

/** What a filter demands of the codes of one column, as far as its conjuncts are about that alone. */
function testsOf(filter: Filter, column: string, context: ExecutionContext): CodeTest[] {
  const filters = filter.kind === 'and' ? filter.filters : [filter];
  return filters.flatMap((one) => testOf(one, column, context) ?? []);
}

function testOf(filter: Filter, column: string, context: ExecutionContext): CodeTest | null {
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
    case 'or': {
      const tests = filter.filters.map((inner) => testOf(inner, column, context));
      if (tests.includes(null)) return null;
      return (code) => tests.some((test) => test!(code));
    }
    default:
      return null;
  }
}

function setBits(u8: Uint8Array, bitmap: number, start: number, end: number): void {
  let bit = start;
  for (; bit < end && (bit & 7) !== 0; bit++) u8[bitmap + (bit >>> 3)]! |= 1 << (bit & 7);
  const wholeEnd = Math.max(bit, end - (end & 7));
  u8.fill(0xff, bitmap + (bit >>> 3), bitmap + (wholeEnd >>> 3));
  for (bit = wholeEnd; bit < end; bit++) u8[bitmap + (bit >>> 3)]! |= 1 << (bit & 7);
}
