import type { Value } from '../../src/base/types.ts';
import type { AggregateOutput, Output, RandomQuery } from './random-queries.ts';
import { type Term, typeOf } from './term.ts';

/** Reductions that are tried before the rest is left as it is: each may need a query on both sides. */
const QUERY_ATTEMPTS_MAX = 500;
const ROW_ATTEMPTS_MAX = 60;

/** The smallest query that still fails, found by leaving out parts while it does. */
export async function shrinkQuery(
  query: RandomQuery,
  fails: (query: RandomQuery) => Promise<boolean>,
): Promise<RandomQuery> {
  let best = query;
  let attempts = 0;
  for (;;) {
    let smaller: RandomQuery | null = null;
    for (const candidate of smallerQueries(best)) {
      if (attempts++ >= QUERY_ATTEMPTS_MAX) return best;
      if (!(await fails(candidate))) continue;
      smaller = candidate;
      break;
    }
    if (smaller === null) return best;
    best = smaller;
  }
}

/** The fewest rows on which something still fails, found by leaving out halves, quarters and so on. */
export async function shrinkRows(
  rows: readonly Value[][],
  fails: (rows: readonly Value[][]) => Promise<boolean>,
): Promise<readonly Value[][]> {
  let best = rows;
  let size = Math.ceil(rows.length / 2);
  let attempts = 0;
  while (size >= 1 && best.length > 1) {
    let isSmaller = false;
    for (let start = 0; start < best.length; ) {
      if (attempts++ >= ROW_ATTEMPTS_MAX) return best;
      const candidate = [...best.slice(0, start), ...best.slice(start + size)];
      if (candidate.length > 0 && (await fails(candidate))) {
        best = candidate;
        isSmaller = true;
      } else {
        start += size;
      }
    }
    if (!isSmaller) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return best;
}

/** Queries with one part less, those with the largest parts left out first. */
function* smallerQueries(query: RandomQuery): Generator<RandomQuery> {
  const { where, groups, order, outputs } = query;
  if (where !== null) yield { ...query, where: null };
  for (let at = 0; at < outputs.length && outputs.length > 1; at++) yield withoutOutput(query, at);
  if (order.length > 0) yield { ...query, order: [], limit: null, offset: 0 };
  const shown = order.filter(({ key }) => typeof key === 'number');
  if (shown.length < order.length) yield { ...query, order: shown, limit: null, offset: 0 };
  if (query.limit !== null || query.offset > 0) yield { ...query, limit: null, offset: 0 };
  if (query.distinct) yield { ...query, distinct: false };
  if (groups !== null && groups.having !== null) {
    yield { ...query, groups: { ...groups, having: null } };
  }
  if (groups !== null && groups.kind !== 'plain') {
    yield { ...query, groups: { ...groups, kind: 'plain' } };
  }
  if (where !== null) for (const smaller of smallerTerms(where)) yield { ...query, where: smaller };
  for (const [at, output] of outputs.entries()) {
    for (const smaller of smallerOutputs(output)) {
      yield { ...query, outputs: outputs.with(at, smaller) };
    }
  }
}

/** Keys of the order are counted anew; without one of them LIMIT has no one answer. */
function withoutOutput(query: RandomQuery, at: number): RandomQuery {
  const { groups } = query;
  const isWhole = query.order.every(({ key }) => key !== at);
  // Nor is there one order by what is no output.
  const order = query.order
    .filter(({ key }) => key !== at && (isWhole || typeof key === 'number'))
    .map((item) => {
      const { key } = item;
      return typeof key === 'number' && key > at ? { ...item, key: key - 1 } : item;
    });
  const keyCount = groups === null ? 0 : groups.keyCount - (at < groups.keyCount ? 1 : 0);
  return {
    ...query,
    outputs: query.outputs.toSpliced(at, 1),
    groups: groups === null ? null : { ...groups, keyCount },
    order,
    limit: isWhole ? query.limit : null,
    offset: isWhole ? query.offset : 0,
  };
}

function* smallerOutputs(output: Output): Generator<Output> {
  if (output.kind === 'grouping') return;
  if (output.kind === 'term') {
    for (const term of smallerTerms(output.term)) yield { ...output, term };
    return;
  }
  const change = (part: Partial<AggregateOutput>): AggregateOutput => ({ ...output, ...part });
  if (output.filter !== null) yield change({ filter: null });
  if (output.distinct) yield change({ distinct: false });
  if (output.wrapper !== '$1') yield change({ wrapper: '$1' });
  if (output.filter !== null) {
    for (const filter of smallerTerms(output.filter)) yield change({ filter });
  }
  for (const [at, arg] of output.args.entries()) {
    for (const smaller of smallerTerms(arg)) yield change({ args: output.args.with(at, smaller) });
  }
}

/** Terms of the same type with fewer operators. */
function* smallerTerms(term: Term): Generator<Term> {
  if (term.kind === 'leaf') return;
  const type = typeOf(term);
  for (const arg of term.args) if (typeOf(arg) === type) yield arg;
  for (const [at, arg] of term.args.entries()) {
    for (const smaller of smallerTerms(arg)) yield { ...term, args: term.args.with(at, smaller) };
  }
  for (const arg of term.args) {
    for (const smaller of smallerTerms(arg)) if (typeOf(smaller) === type) yield smaller;
  }
}
